"""A caller in the queue: music, announcements, the callback asked for, the person who comes. PURE.

It decides what a waiting caller hears and may press. It must not know the queue's order (routing).
"""

from ivr.commands import AskPlace, Command, LeaveQueue, PlayMusic, WantCallback
from ivr.dialogue import question, service, voicemail
from ivr.dialogue.after import leave
from ivr.dialogue.standing import PROMPT_SECONDS, Dialogue, State
from ivr.facts import Crowded, DigitPressed, Fact, Heard, HeardSoFar, Placed, PromptEnded
from ivr.scripts import URGENT

SENT_AWAY = "排队已满，已告知12345"


def announced(dialogue: Dialogue, fact: PromptEnded, now: float) -> list[Command]:
    if not dialogue.prompt_over(fact):
        return []
    dialogue.deadline = now + dialogue.script.tree.announce_every_seconds
    return [PlayMusic(dialogue.call, dialogue.script.music)]


def announce(dialogue: Dialogue, now: float) -> list[Command]:
    dialogue.announcements += 1
    dialogue.deadline = now + PROMPT_SECONDS
    return [AskPlace(dialogue.call)]


def placed(dialogue: Dialogue, fact: Placed, now: float) -> list[Command]:
    then = dialogue.script.place(dialogue.announcements, fact) + offers(dialogue)
    return dialogue.play("still_waiting", now, then=then)


def offers(dialogue: Dialogue) -> tuple[str, ...]:
    """What a caller in the queue may press, said after another sentence."""
    then: tuple[str, ...] = ()
    if dialogue.script.offers_callback(dialogue.number, dialogue.wants):
        then += dialogue.script.then("callback.offer")
    if dialogue.script.offers_message(dialogue.wants, dialogue.crowded):
        then += dialogue.script.then("voicemail.offer")
    return then


def crowded(dialogue: Dialogue, fact: Crowded, now: float) -> list[Command]:
    """The queue is overloaded: said once, with what may be done instead. The place is kept whatever follows."""
    settings = dialogue.script.overload
    if settings is None or dialogue.crowded or urgent(dialogue.wants):
        return []
    dialogue.crowded = fact.why
    path = settings.path(fact.why)
    said = dialogue.script.files(f"overload.{fact.why}")
    match path:
        case "to_12345":
            words = dialogue.script.files(f"overload.{fact.why}_12345")
            return [LeaveQueue(dialogue.call, SENT_AWAY), *leave(dialogue, now, words)]
        case "voicemail" if voicemail.settings_of(dialogue) is not None:
            return voicemail.begin(dialogue, now, said)
        case "wait":
            return []
    files = said + offers(dialogue) if said else dialogue.script.files("to_person")
    return dialogue.say("overload", files, now, barge_in=False)


def heard_so_far(dialogue: Dialogue, fact: HeardSoFar, now: float) -> list[Command]:
    """A cry for help, before the sentence has ended."""
    code = dialogue.script.intents.alarm(fact.text)
    return _danger(dialogue, code, fact.text, now) if code else []


def heard(dialogue: Dialogue, fact: Heard, now: float) -> list[Command]:
    """Nothing but danger is acted on; the caller talks with somebody beside them, or to the music."""
    code = dialogue.script.intents.alarm(fact.text) or question.named(dialogue, fact.text)
    return _danger(dialogue, code, fact.text, now) if code else []


def _danger(dialogue: Dialogue, code: str, text: str, now: float) -> list[Command]:
    """The same danger again changes nothing: help is on its way."""
    return [] if code == dialogue.wants else question.alarmed(dialogue, code, text, now)


def urgent(label: str) -> bool:
    return label.partition(".")[0] in URGENT


def waiting_digit(dialogue: Dialogue, fact: DigitPressed, now: float) -> list[Command]:
    settings = voicemail.settings_of(dialogue)
    if settings is not None and fact.digit == settings.key:
        there = dialogue.script.offers_message(dialogue.wants, dialogue.crowded)
        return voicemail.begin(dialogue, now) if there else []
    wanted = fact.digit == dialogue.script.callback_key
    if not wanted or not dialogue.script.offers_callback(dialogue.number, dialogue.wants):
        return []
    if dialogue.script.services is not None and dialogue.script.services.settings.enabled:
        return service.ask_number(dialogue, now)
    dialogue.state = State.LEAVING
    return [WantCallback(dialogue.call), *dialogue.play("callback.taken", now)]


def connected(dialogue: Dialogue, _fact: Fact, _now: float) -> list[Command]:
    """The person is there, also for a caller who was just saying where to be called back."""
    asked = dialogue.form is not None or dialogue.hears_queue
    dialogue.form = None
    dialogue.state = State.TALKING
    dialogue.deadline = None
    return [dialogue.deaf()] if asked else []
