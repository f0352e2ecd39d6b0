"""A voicemail (留言): the tone, the message, hearing it again, its ticket. PURE.

It decides what counts as a message and that none is lost. It must not know how sound is recorded (telephony.worker)
nor what becomes of the ticket (hotline.services.messages). Who waits in the queue meanwhile keeps the place until it is
sent.
"""

from dataclasses import dataclass

from ivr.commands import (
    Command,
    DropMessage,
    KeepMessage,
    LeaveQueue,
    NoteMatter,
    OpenMessage,
    PlayMessage,
    RecordMessage,
)
from ivr.dialogue import question
from ivr.dialogue.after import leave
from ivr.dialogue.standing import PROMPT_SECONDS, Dialogue, State
from ivr.facts import DigitPressed, Fact, Heard, HeardSoFar, MessageKept, MessageTaken, PromptEnded
from ivr.lines.voicemail import KEYS, MARK, PREFIX, VoicemailSettings
from ivr.slots.digits import grouped

LEFT = "已留言"
KEEP_SECONDS = 10.0  # for the worker to say that the message is on disk
WORDS_SECONDS = 2.0  # for the last words of it to be recognised
MOST_EMPTY = 2  # messages without a sound, one after the other
MOST_ANEW = 5
LABEL = "agent"  # of a message whose matter nobody knows


@dataclass
class Message:
    """The message under way. `queued` tells whether the caller also waits for a person."""

    queued: bool
    limit: float = 0.0
    began: float = 0.0
    heard: bool = False
    text: str = ""
    kept: MessageKept | None = None
    sent: bool = False  # its ticket was asked for
    settled: bool = False
    empty: int = 0
    anew: int = 0


def settings_of(dialogue: Dialogue) -> VoicemailSettings | None:
    """The settings where messages can be left: they have their words, and there is a tone."""
    settings = dialogue.script.voicemail
    return settings if settings is not None and settings.enabled and dialogue.script.beep else None


def begin(dialogue: Dialogue, now: float, before: tuple[str, ...] = ()) -> list[Command]:
    """What to say, then the tone. Without voicemail the caller gets a person."""
    if settings_of(dialogue) is None:
        return dialogue.to_person(now)
    if dialogue.message is None:
        dialogue.message = Message(queued=dialogue.state is State.WAITING)
    return _greet(dialogue, now, before)


def _greet(dialogue: Dialogue, now: float, before: tuple[str, ...] = ()) -> list[Command]:
    dialogue.state = State.MESSAGE_TONE
    files = (*before, *dialogue.script.files(f"{PREFIX}greeting"), dialogue.script.beep)
    return [dialogue.deaf(), *dialogue.say(f"{PREFIX}greeting", files, now, barge_in=False)]


def tone_ended(dialogue: Dialogue, fact: PromptEnded, now: float) -> list[Command]:
    return record(dialogue, now) if dialogue.prompt_over(fact) else []


def tone_digit(dialogue: Dialogue, fact: DigitPressed, now: float) -> list[Command]:
    """Who knows what to do begins at once; nothing is there yet that could be kept."""
    return record(dialogue, now) if fact.digit == KEYS["end"] else digit(dialogue, fact, now)


def record(dialogue: Dialogue, now: float) -> list[Command]:
    """The message begins; words are listened for where there is speech, so that silence ends it."""
    message, settings = message_of(dialogue), dialogue.script.voicemail
    assert settings is not None
    dialogue.state = State.MESSAGE
    dialogue.speaking = False
    message.began, message.limit = now, now + settings.longest_seconds
    message.heard, message.text, message.kept = False, "", None
    _patience(dialogue, now)
    listen = [dialogue.listen(pause=1.0)] if dialogue.speech else []
    return [RecordMessage(dialogue.call, f"{dialogue.call}.{MARK}.wav"), *listen]


def _patience(dialogue: Dialogue, now: float) -> None:
    """The message ends after a silence that somebody could hear, or at its limit."""
    message, settings = message_of(dialogue), dialogue.script.voicemail
    assert settings is not None
    quiet = now + settings.silence_seconds
    dialogue.deadline = min(message.limit, quiet) if dialogue.speech and not dialogue.speaking else message.limit


def speech_started(dialogue: Dialogue, _fact: Fact, now: float) -> list[Command]:
    dialogue.speaking = message_of(dialogue).heard = True
    _patience(dialogue, now)
    return []


def heard(dialogue: Dialogue, fact: Heard, now: float) -> list[Command]:
    if code := question.danger(dialogue, fact.text):
        return danger(dialogue, code, fact.text, now)
    message = message_of(dialogue)
    dialogue.speaking = False
    message.text = f"{message.text} {fact.text}".strip()
    _patience(dialogue, now)
    return []


def speech_off(dialogue: Dialogue, _fact: Fact, now: float) -> list[Command]:
    dialogue.speech = dialogue.speaking = False
    _patience(dialogue, now)
    return []


def heard_so_far(dialogue: Dialogue, fact: HeardSoFar, now: float) -> list[Command]:
    """Danger goes before everything."""
    code = dialogue.script.intents.alarm(fact.text)
    return danger(dialogue, code, fact.text, now) if code else []


def danger(dialogue: Dialogue, code: str, text: str, now: float) -> list[Command]:
    """No message is left: whoever is in danger gets help at once."""
    dialogue.message = None
    return [DropMessage(dialogue.call), *question.alarmed(dialogue, code, text, now)]


def digit(dialogue: Dialogue, fact: DigitPressed, now: float) -> list[Command]:
    """# ends it, 0 is a person, * cancels; any other key is part of the message."""
    if fact.digit == KEYS["end"]:
        message_of(dialogue).heard = True
        return finish(dialogue, now)
    if fact.digit == KEYS["person"]:
        return person(dialogue, now)
    return cancel(dialogue, now) if fact.digit == KEYS["cancel"] else []


def finish(dialogue: Dialogue, now: float) -> list[Command]:
    """The message is over; the worker keeps it. The words under way are still listened to."""
    dialogue.state = State.MESSAGE_KEEPING
    dialogue.deadline = now + KEEP_SECONDS
    return [KeepMessage(dialogue.call)]


def last_words(dialogue: Dialogue, fact: Heard, now: float) -> list[Command]:
    """What was still being said when the message ended."""
    message = message_of(dialogue)
    message.text = f"{message.text} {fact.text}".strip()
    dialogue.speaking = False
    return understood(dialogue, now) if message.kept is not None else []


def kept(dialogue: Dialogue, fact: MessageKept, now: float) -> list[Command]:
    message_of(dialogue).kept = fact
    if dialogue.speaking:
        dialogue.deadline = now + WORDS_SECONDS
        return []
    return understood(dialogue, now)


def not_kept(dialogue: Dialogue, now: float) -> list[Command]:
    """No last words come; where the worker does not even say that it kept the message, a person is called."""
    return understood(dialogue, now) if message_of(dialogue).kept is not None else person(dialogue, now)


def understood(dialogue: Dialogue, now: float) -> list[Command]:
    """The message with its words: reviewed where there is something in it."""
    message = message_of(dialogue)
    dialogue.speaking = False
    if counts(dialogue):
        return [dialogue.deaf(), *review(dialogue, now)]
    message.empty += 1
    if message.empty >= MOST_EMPTY:
        return nothing_said(dialogue, now)
    return _greet(dialogue, now, dialogue.script.files(f"{PREFIX}nothing"))


def nothing_said(dialogue: Dialogue, now: float) -> list[Command]:
    """Silent twice: who waits waits on; who does not, gets a person where one is at work now, and else the end."""
    queued = message_of(dialogue).queued
    dialogue.message = None
    dropped: list[Command] = [dialogue.deaf(), DropMessage(dialogue.call)]
    return [*dropped, *(back_to_queue(dialogue, now) if queued else dialogue.to_person(now))]


def counts(dialogue: Dialogue) -> bool:
    """Whether there is something in the message: words, a #, or, where nobody could listen, enough sound."""
    message, settings = message_of(dialogue), dialogue.script.voicemail
    if message.kept is None or settings is None:
        return False
    long = message.kept.seconds >= settings.least_seconds
    return message.kept.seconds > 0 and (message.heard or (long and not dialogue.speech))


def review(dialogue: Dialogue, now: float) -> list[Command]:
    dialogue.state = State.MESSAGE_REVIEW
    return dialogue.play(f"{PREFIX}review", now, barge_in=True)


def review_ended(dialogue: Dialogue, fact: PromptEnded, now: float) -> list[Command]:
    """After the choices silence sends the message; after the message itself the choices come again."""
    if not dialogue.prompt_over(fact):
        return []
    if fact.prompt == f"{PREFIX}message":
        return review(dialogue, now)
    dialogue.deadline = now + dialogue.script.tree.silence_seconds
    return []


def review_digit(dialogue: Dialogue, fact: DigitPressed, now: float) -> list[Command]:
    message = message_of(dialogue)
    if fact.digit == KEYS["again"]:
        seconds = message.kept.seconds if message.kept is not None else 0.0
        dialogue.expect(f"{PREFIX}message", now + seconds + PROMPT_SECONDS)
        return [PlayMessage(dialogue.call, f"{PREFIX}message")]
    if fact.digit == KEYS["anew"]:
        message.anew += 1
        return _greet(dialogue, now) if message.anew <= MOST_ANEW else send(dialogue, now)
    if fact.digit == KEYS["cancel"]:
        return cancel(dialogue, now)
    if fact.digit == KEYS["person"]:
        return person(dialogue, now)
    return send(dialogue, now) if fact.digit == KEYS["send"] else []


def send(dialogue: Dialogue, now: float) -> list[Command]:
    """Its ticket is asked for; from here on nobody waits for a person."""
    settings = dialogue.script.voicemail
    assert settings is not None
    dialogue.state = State.MESSAGE_SENDING
    dialogue.deadline = now + settings.answer_seconds
    return [*_open(dialogue), LeaveQueue(dialogue.call, LEFT)]


def _open(dialogue: Dialogue) -> list[Command]:
    message = message_of(dialogue)
    message.sent = True
    there = message.kept or MessageKept(dialogue.call, "", 0.0, "")
    text = f"{dialogue.text} {message.text}".strip()
    label = dialogue.wants or LABEL
    noted = [NoteMatter(dialogue.call, text, label, 0.0, "speech")] if message.text and not dialogue.text else []
    order = OpenMessage(dialogue.call, dialogue.number, label, text, there.file, there.seconds, there.sha256)
    return [*noted, order]


def taken(dialogue: Dialogue, fact: MessageTaken, now: float) -> list[Command]:
    """The ticket's number is read out; without one the message is kept all the same and found at the next start."""
    message_of(dialogue).settled = fact.number != ""
    number = grouped("".join(char for char in fact.number if char.isdigit()))
    files = dialogue.script.say(f"{PREFIX}sent", number=number) if number else dialogue.script.files(f"{PREFIX}kept")
    dialogue.state = State.LEAVING
    return dialogue.say("thanks", files + dialogue.script.then("thanks"), now, barge_in=False)


def not_taken(dialogue: Dialogue, now: float) -> list[Command]:
    return taken(dialogue, MessageTaken(dialogue.call, ""), now)


def cancel(dialogue: Dialogue, now: float) -> list[Command]:
    """The caller does not want to leave one: back to where they were."""
    queued = message_of(dialogue).queued
    dialogue.message = None
    files = dialogue.script.files(f"{PREFIX}cancelled")
    if queued:
        return [dialogue.deaf(), DropMessage(dialogue.call), *back_to_queue(dialogue, now, files)]
    return [dialogue.deaf(), DropMessage(dialogue.call), *leave(dialogue, now, files)]


def back_to_queue(dialogue: Dialogue, now: float, before: tuple[str, ...] = ()) -> list[Command]:
    """The place was never lost."""
    dialogue.state = State.WAITING
    files = before + dialogue.script.then("still_waiting") if before else dialogue.script.files("still_waiting")
    return [dialogue.queue_ear(), *dialogue.say("still_waiting", files, now, barge_in=False)]


def person(dialogue: Dialogue, now: float) -> list[Command]:
    """A person is wanted after all; no message is left."""
    message = message_of(dialogue)
    dialogue.message = None
    if message.text:
        dialogue.remember(message.text)
    dropped: list[Command] = [dialogue.deaf(), DropMessage(dialogue.call)]
    if message.queued:
        return [*dropped, *back_to_queue(dialogue, now)]
    return [*dropped, *dialogue.to_person(now)]


def connected(dialogue: Dialogue, _fact: Fact, _now: float) -> list[Command]:
    """The person has come to who was just leaving a message; one that was sent stays."""
    sent = message_of(dialogue).sent
    dialogue.message = None
    dialogue.state = State.TALKING
    dialogue.deadline = None
    return [dialogue.deaf()] if sent else [dialogue.deaf(), DropMessage(dialogue.call)]


# --- the caller or the worker has gone


def gone(dialogue: Dialogue) -> list[Command]:
    """The caller hung up: what was kept and not sent is sent; what is being kept comes late."""
    message = dialogue.message
    if message is None or message.sent:
        return []
    if message.kept is not None:
        return [*_open(dialogue), LeaveQueue(dialogue.call, LEFT)] if counts(dialogue) else []
    return [LeaveQueue(dialogue.call, LEFT)] if message.heard else []


def late(dialogue: Dialogue, fact: MessageKept, _now: float) -> list[Command]:
    """The message of a caller who hung up in the middle of it."""
    message = dialogue.message
    if message is None or message.sent:
        return []
    message.kept = fact
    if counts(dialogue):
        return [*_open(dialogue), LeaveQueue(dialogue.call, LEFT)]
    return [DropMessage(dialogue.call)]


def settled(dialogue: Dialogue, fact: MessageTaken, _now: float) -> list[Command]:
    """The ticket of a caller who has hung up."""
    if dialogue.message is not None:
        dialogue.message.settled = fact.number != ""
    return []


def lost(dialogue: Dialogue) -> list[Command]:
    """The worker is gone: a message that has no ticket yet gets one, with its words where its sound is lost.

    Asked for again it is the same ticket, see OpenMessage.
    """
    message = dialogue.message
    if message is None or message.settled or not (message.sent or message.heard):
        return []
    return [*_open(dialogue), LeaveQueue(dialogue.call, LEFT)]


def message_of(dialogue: Dialogue) -> Message:
    assert isinstance(dialogue.message, Message)
    return dialogue.message
