"""A service under way: what the words of an answer lead to. PURE.

It decides what holds at every step: a person, help, again, back, another matter. It must not know what the slots of a
service are (appointment, numbers) nor what keys do (keys).
"""

from collections.abc import Callable

from ivr.commands import Command
from ivr.dialogue import appointment, numbers
from ivr.dialogue.asking import (
    failed,
    form_of,
    hand_over,
    keep_waiting,
    more,
    offering_of,
    once_more,
    put,
    said,
)
from ivr.dialogue.standing import Dialogue, State
from ivr.slots.form import Form, Question
from ivr.slots.replies import Act
from ivr.slots.services import PREFIX
from knowledge.intents import Understanding

CHOOSE = Question("choose", "free", "choose", help="choose_help")
LONGEST_ANSWER = 5  # characters; what is longer may be another matter
ANOTHER_FROM = 0.55  # confidence of another matter that is followed, as in knowledge.intents
NOT_ANOTHER = ("unclear", "abusive", "guide")


def start(dialogue: Dialogue, service: str, form: Form, text: str, now: float) -> list[Command]:
    """Begin `service` with what the first sentence says."""
    form.service = service
    dialogue.form = form
    dialogue.misses = 0
    if service == "appointment":
        return appointment.begin(dialogue, text, now)
    if service == "progress":
        return numbers.begin_progress(dialogue, text, now)
    return put(dialogue, CHOOSE, now)


def ask_number(dialogue: Dialogue, now: float) -> list[Command]:
    """A waiting caller wants to be called back: on which number?"""
    dialogue.form = Form("callback", dialogue.wants, entered_by="key")
    return numbers.begin_callback(dialogue, now)


def answer(dialogue: Dialogue, text: str, now: float) -> list[Command] | Understanding:
    """What the words of an answer lead to; an Understanding is another matter that the caller has come to."""
    form, offering = form_of(dialogue), offering_of(dialogue)
    act = offering.replies.act(text) if text else None
    if act in ANYWHERE:
        return ANYWHERE[act](dialogue, now)
    taken = _taken(dialogue, text, act, now)
    if taken is not None:
        return taken
    other = another(dialogue, text)
    if other is not None:
        return hand_over(dialogue, now) if other.code == "agent" else other
    if act is Act.DONE and form.question.check:  # 好的谢谢
        return agreed(dialogue, now)
    return failed(dialogue, now)


def _taken(dialogue: Dialogue, text: str, act: Act | None, now: float) -> list[Command] | None:
    """The answer to the question that is open; None when it is none."""
    form = form_of(dialogue)
    if form.question.check and act is Act.AGREE:
        return agreed(dialogue, now)
    if form.service == "appointment":
        return _slots_taken(dialogue, text, act, now)
    if form.service == "choose":
        replies = offering_of(dialogue).replies
        name = replies.option("choose", text) or replies.placed("choose", text)
        return chosen(dialogue, name, text, now) if name else None
    found = numbers.take(dialogue, text, now)
    no = form.question.check and act in (Act.DENY, Act.CHANGE, Act.ELSEWHERE)
    return numbers.denied(dialogue, now) if found is None and no else found


def _slots_taken(dialogue: Dialogue, text: str, act: Act | None, now: float) -> list[Command] | None:
    form, replies = form_of(dialogue), offering_of(dialogue).replies
    before = (form.what, form.where, form.day, form.hour)
    checking = form.question.check
    found = appointment.take(dialogue, text, now)
    if found is not None:
        same = before == (form.what, form.where, form.day, form.hour)
        return appointment.agreed(dialogue, now) if checking and same and replies.agrees(text) else found
    if slot := replies.named_slot(text):
        return appointment.correct(dialogue, slot, now)
    return appointment.denied(dialogue, now) if act in (Act.DENY, Act.CHANGE) else None


def agreed(dialogue: Dialogue, now: float) -> list[Command]:
    if form_of(dialogue).service == "appointment":
        return appointment.agreed(dialogue, now)
    return numbers.agreed(dialogue, now)


def denied(dialogue: Dialogue, now: float) -> list[Command]:
    if form_of(dialogue).service == "appointment":
        return appointment.denied(dialogue, now)
    return numbers.denied(dialogue, now)


def chosen(dialogue: Dialogue, name: str, text: str, now: float) -> list[Command]:
    settings = offering_of(dialogue).settings
    service = next(each.service for each in settings.choose if each.name == name)
    form = form_of(dialogue)
    label = settings.appointment.label if service == "appointment" else settings.progress.label
    return start(dialogue, service, Form(service, label, form.confidence, form.entered_by), text, now)


def closed(dialogue: Dialogue) -> bool:
    """Whether the caller is listened to in a closed grammar."""
    return dialogue.form is not None and dialogue.form.question.ear != "free"


def alarm_phrase(dialogue: Dialogue, text: str) -> bool:
    """Whether `text` holds a whole phrase of danger of the closed grammars."""
    return any(phrase in text for phrase in offering_of(dialogue).settings.alarms)


def another(dialogue: Dialogue, text: str) -> Understanding | None:
    """Another matter the caller has come to; None when the words may still belong to the service."""
    if len(text) <= LONGEST_ANSWER or form_of(dialogue).service == "callback":
        return None
    understood = dialogue.script.intents.understand(text)
    code, confidence = understood.labels[0]
    own = form_of(dialogue).label
    if code.startswith("emergency."):  # perhaps past: it is asked about once, not taken for a slot
        return understood
    if code in (own, *NOT_ANOTHER) or understood.decision == "confirm" or confidence < ANOTHER_FROM:
        return None
    return understood


# --- what may be said at every step


def _help(dialogue: Dialogue, now: float) -> list[Command]:
    wanted = form_of(dialogue).question.help
    return once_more(dialogue, now, said(dialogue, wanted) if wanted else ())


def back(dialogue: Dialogue, now: float) -> list[Command]:
    service = form_of(dialogue).service
    gone: list[Command] | None = None
    if service == "appointment":
        gone = appointment.back(dialogue, now)
    elif service != "choose":
        gone = numbers.back(dialogue, now)
    return gone if gone is not None else _other(dialogue, now)


def _other(dialogue: Dialogue, now: float) -> list[Command]:
    """Back to the open question."""
    if form_of(dialogue).service == "callback":
        return keep_waiting(dialogue, now)
    dialogue.form = None
    dialogue.misses = 0
    dialogue.state = State.ASKING
    listen = [dialogue.listen()] if dialogue.speech else []
    return [*listen, *dialogue.say(f"{PREFIX}other", said(dialogue, "other"), now, barge_in=True)]


def _cancel(dialogue: Dialogue, now: float) -> list[Command]:
    if form_of(dialogue).service == "callback":
        return keep_waiting(dialogue, now)
    return more(dialogue, now, said(dialogue, "cancelled"))


ANYWHERE: dict[Act | None, Callable[[Dialogue, float], list[Command]]] = {
    Act.PERSON: hand_over,
    Act.REPEAT: once_more,
    Act.HELP: _help,
    Act.BACK: back,
    Act.CANCEL: _cancel,
    Act.OTHER: _other,
}
