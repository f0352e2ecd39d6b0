"""One question of a service: put, put again, given up for a person. PURE.

It decides what an answer that was not understood leads to: twice in a row, a person. It must not know what is asked.
"""

from dataclasses import replace

from ivr.commands import Command, NoteMatter
from ivr.dialogue.standing import Dialogue, State
from ivr.slots import grammars
from ivr.slots.form import Form, Question
from ivr.slots.offering import Offering
from ivr.slots.services import PREFIX
from ivr.speaking.kinds import Value

MOST_TURNS = 6  # questions put again although the caller was understood; then a person


def form_of(dialogue: Dialogue) -> Form:
    assert dialogue.form is not None
    return dialogue.form


def offering_of(dialogue: Dialogue) -> Offering:
    assert dialogue.script.services is not None
    return dialogue.script.services


def said(dialogue: Dialogue, prompt: str, **values: Value) -> tuple[str, ...]:
    """The files of a prompt of config/services.yaml."""
    return dialogue.script.say(f"{PREFIX}{prompt}", **values)


def followed(dialogue: Dialogue, first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    """Two sentences with the pause between them."""
    return first + dialogue.script.pause + second if first else second


def put(dialogue: Dialogue, question: Question, now: float, before: tuple[str, ...] = ()) -> list[Command]:
    """Ask `question`, after the files `before`."""
    form = form_of(dialogue)
    form.question = question
    form.keyed = form.spoken = ""
    if question.slot and not question.check and question.slot not in form.asked:
        form.asked.append(question.slot)
    dialogue.state = State.CHECKING if question.check else State.FILLING
    listen = [_listen(dialogue, question)] if dialogue.speech else []
    files = followed(dialogue, before, said(dialogue, question.prompt, **question.values))
    if question.slot == "day" and not question.check and (form.failures or not dialogue.speech):
        files = followed(dialogue, files, said(dialogue, "day_keys"))
    return [*listen, *dialogue.say(f"{PREFIX}{question.prompt}", files, now, barge_in=True)]


def _listen(dialogue: Dialogue, question: Question) -> Command:
    settings = offering_of(dialogue).settings
    match question.ear:
        case "yes_no":
            return dialogue.listen(grammars.yes_no(settings))
        case "choice":
            return dialogue.listen(grammars.choice(settings, question.slot))
        case "digits":
            return dialogue.listen(grammars.digits(settings), settings.pause_seconds)
        case _:
            return dialogue.listen()


def understood(dialogue: Dialogue) -> None:
    """An answer was understood: failures count from nothing again."""
    form_of(dialogue).failures = 0


def failed(dialogue: Dialogue, now: float, why: str = "again", **values: Value) -> list[Command]:
    """Not understood, or silent. Once: the same question, said why, listened to in the other way. Twice: a person."""
    form = form_of(dialogue)
    form.failures += 1
    if form.failures >= offering_of(dialogue).settings.failures:
        return hand_over(dialogue, now)
    question = form.question
    if question.ear == "yes_no":
        question = replace(question, ear="free")
    elif question.ear == "free" and question.slot in offering_of(dialogue).settings.options:
        question = replace(question, ear="choice")
    return put(dialogue, question, now, said(dialogue, why, **values))


def once_more(dialogue: Dialogue, now: float, before: tuple[str, ...] = ()) -> list[Command]:
    """The same question, which the caller understood or asked for; not for ever."""
    return turned(dialogue, now) or put(dialogue, form_of(dialogue).question, now, before)


def turned(dialogue: Dialogue, now: float) -> list[Command]:
    """Another round; a person for who goes round and round, nothing otherwise."""
    form = form_of(dialogue)
    form.turns += 1
    return hand_over(dialogue, now) if form.turns > MOST_TURNS else []


def note(dialogue: Dialogue) -> Command:
    """What a person will see of the service so far."""
    form = form_of(dialogue)
    text = f"{dialogue.text} {form.summary()}".strip()
    return NoteMatter(dialogue.call, text, form.label, form.confidence, form.entered_by)


def hand_over(dialogue: Dialogue, now: float, why: str = "", **values: Value) -> list[Command]:
    """A person, who sees what was said; who is in the queue already stays there."""
    if form_of(dialogue).service == "callback":
        return keep_waiting(dialogue, now)
    kept, label = note(dialogue), form_of(dialogue).label
    dialogue.form = None
    before = said(dialogue, why, **values) if why else ()
    return [kept, *dialogue.enqueue(label, "to_person", now, before)]


def keep_waiting(dialogue: Dialogue, now: float) -> list[Command]:
    """Back into the queue, where the caller never lost their place."""
    dialogue.form = None
    dialogue.state = State.WAITING
    files = said(dialogue, "keep_waiting")
    return [dialogue.queue_ear(), *dialogue.say("still_waiting", files, now, barge_in=False)]


def more(dialogue: Dialogue, now: float, before: tuple[str, ...]) -> list[Command]:
    """The service is done or given up: is there anything else?"""
    dialogue.form = None
    dialogue.misses = 0
    dialogue.state = State.MORE
    listen = [dialogue.listen()] if dialogue.speech else []
    return [
        *listen,
        *dialogue.say(f"{PREFIX}more", followed(dialogue, before, said(dialogue, "more")), now, barge_in=True),
    ]
