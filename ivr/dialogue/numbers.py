"""Numbers said or keyed: the ticket whose progress is asked for, its proof, the number to be called back on. PURE.

It decides when a number is whole, read back and acted on. It must not know what the number leads to (the desk).
"""

from datetime import date

from ivr.commands import AskProgress, Command, WantCallback
from ivr.dialogue.asking import (
    failed,
    form_of,
    hand_over,
    keep_waiting,
    more,
    note,
    offering_of,
    once_more,
    put,
    said,
    turned,
    understood,
)
from ivr.dialogue.standing import Dialogue, State
from ivr.facts import ProgressFound
from ivr.slots.digits import Fit, Kind, Number, embedded, figures, grouped, ticket_number
from ivr.slots.form import Form, Question
from ivr.slots.services import PREFIX

TICKET = Question("number", "digits", "number", help="number_help")
PROOF = Question("proof", "digits", "proof", help="proof_help")
PHONE = Question("phone", "digits", "phone", help="phone_help")
KINDS = {"number": Kind.TICKET, "proof": Kind.LAST_FOUR, "phone": Kind.PHONE}
SHORT = {"number": "number_short", "proof": "proof_wrong", "phone": "phone_short"}
WRONG = {"number": "number_wrong", "proof": "proof_wrong", "phone": "phone_wrong"}


def begin_progress(dialogue: Dialogue, text: str, now: float) -> list[Command]:
    """A number in the first sentence is read back at once."""
    found = embedded(text, 14)
    if ticket_number(found):
        form_of(dialogue).question = TICKET
        return whole(dialogue, found, now, keyed=False)
    return put(dialogue, TICKET, now)


def begin_callback(dialogue: Dialogue, now: float) -> list[Command]:
    """Out of the queue: the number that is shown, or another one."""
    last = {"last": dialogue.number[-4:]}
    question = Question("phone_shown", "yes_no", "", "shown", "phone_shown_help", last)
    return put(dialogue, question, now)


def take(dialogue: Dialogue, text: str, now: float) -> list[Command] | None:
    """Figures, whole or the first of several breaths; None for other words."""
    form = form_of(dialogue)
    slot = form.question.slot or ("phone" if form.service == "callback" else "number")
    heard = figures(text)
    if not heard:
        return None
    fresh = Number(KINDS[slot], heard)
    joined = Number(KINDS[slot], form.spoken + heard)
    number = fresh if fresh.fit is Fit.WHOLE or form.question.check else joined
    form.by_keys = False
    if number.fit is Fit.SHORT and not form.question.check:
        form.spoken = number.figures  # the rest may come after a breath; silence ends it
        dialogue.speaking = False
        dialogue.deadline = now + dialogue.script.tree.silence_seconds
        return []
    if number.fit is not Fit.WHOLE:
        return failed(dialogue, now, WRONG[slot] if number.fit is Fit.WRONG else SHORT[slot])
    form.question = {"number": TICKET, "proof": PROOF, "phone": PHONE}[slot]
    return whole(dialogue, number.figures, now, keyed=False)


def key(dialogue: Dialogue, digit: str, now: float) -> list[Command]:
    """A figure; # ends, * begins anew. 0 alone is a person."""
    form = form_of(dialogue)
    slot = form.question.slot
    if digit == "#":
        return keyed_out(dialogue, now)
    if digit == "*":
        form.keyed = ""
        return once_more(dialogue, now)
    form.keyed += digit
    form.spoken = ""
    number = Number(KINDS[slot], form.keyed)
    if number.complete:
        return whole(dialogue, form.keyed, now, keyed=True)
    dialogue.deadline = now + offering_of(dialogue).settings.between_keys_seconds
    return []


def keyed_out(dialogue: Dialogue, now: float) -> list[Command]:
    """# or a pause after keys: whole or not, and 0 alone is a person."""
    form = form_of(dialogue)
    slot, number = form.question.slot, Number(KINDS[form.question.slot], form.keyed)
    if form.keyed == "0":
        return hand_over(dialogue, now)
    if number.fit is Fit.WHOLE:
        return whole(dialogue, form.keyed, now, keyed=True)
    return failed(dialogue, now, WRONG[slot] if number.fit is Fit.WRONG else SHORT[slot])


def whole(dialogue: Dialogue, number: str, now: float, keyed: bool) -> list[Command]:
    """Read back what was said; what was keyed is sure, but a telephone number others will call."""
    form = form_of(dialogue)
    slot = form.question.slot
    form.by_keys = keyed
    if slot == "proof":
        return look_up(dialogue, now, number)
    form.number = number
    understood(dialogue)
    if slot == "number" and keyed:
        return look_up(dialogue, now)
    check = Question(f"{slot}_check", "yes_no", "", slot, form.question.help, {"number": grouped(number)})
    return put(dialogue, check, now)


def agreed(dialogue: Dialogue, now: float) -> list[Command]:
    form = form_of(dialogue)
    understood(dialogue)
    if form.service == "progress":
        return look_up(dialogue, now)
    return take_callback(dialogue, "" if form.question.check == "shown" else form.number, now)


def denied(dialogue: Dialogue, now: float) -> list[Command]:
    form = form_of(dialogue)
    understood(dialogue)
    form.clear("number")
    return turned(dialogue, now) or put(dialogue, TICKET if form.service == "progress" else PHONE, now)


def back(dialogue: Dialogue, now: float) -> list[Command] | None:
    form = form_of(dialogue)
    if form.service == "callback":
        return keep_waiting(dialogue, now)
    if form.question.slot == "proof" or form.question.check:
        form.clear("number")
        return turned(dialogue, now) or put(dialogue, TICKET, now)
    return None


def look_up(dialogue: Dialogue, now: float, proof: str = "") -> list[Command]:
    form = form_of(dialogue)
    dialogue.state = State.LOOKING_UP
    playing = dialogue.say(f"{PREFIX}looking", said(dialogue, "looking"), now, barge_in=False)
    dialogue.deadline = now + offering_of(dialogue).settings.answer_seconds
    asked = AskProgress(dialogue.call, ticket_number(form.number), dialogue.number, proof)
    return [note(dialogue), *playing, asked]


def found(dialogue: Dialogue, fact: ProgressFound, now: float) -> list[Command]:
    """What the desk knows of the ticket."""
    form = form_of(dialogue)
    match fact.outcome:
        case "told":
            opened, changed = date.fromisoformat(fact.opened), date.fromisoformat(fact.changed)
            told = said(dialogue, "told", opened=opened, category=fact.category, state=fact.state, changed=changed)
            return more(dialogue, now, told)
        case "proof":
            return put(dialogue, PROOF, now)
        case "wrong_proof":
            form.question = PROOF
            return failed(dialogue, now, "proof_wrong")
        case "unknown":
            number, form.number = form.number, ""
            form.question, form.unknown = TICKET, form.unknown + 1
            if form.unknown >= offering_of(dialogue).settings.failures:
                return hand_over(dialogue, now, "unknown", number=grouped(number))
            return failed(dialogue, now, "unknown", number=grouped(number))
        case _:
            return hand_over(dialogue, now, "trouble")


def take_callback(dialogue: Dialogue, number: str, now: float) -> list[Command]:
    """Leave the queue; `number` is empty for the one that is shown."""
    dialogue.form = None
    dialogue.state = State.LEAVING
    if not number:
        return [dialogue.deaf(), WantCallback(dialogue.call), *dialogue.play("callback.taken", now)]
    files = said(dialogue, "phone_taken", number=grouped(number))
    taken = dialogue.say("callback.taken", files, now, barge_in=False)
    return [dialogue.deaf(), WantCallback(dialogue.call, number), *taken]


def quiet(dialogue: Dialogue, now: float) -> list[Command] | None:
    """Silence after keys or figures ends the number; to the number that is shown, it is a yes. None: just silence."""
    form: Form = form_of(dialogue)
    if form.keyed:
        return keyed_out(dialogue, now)
    if form.question.check == "shown":
        return take_callback(dialogue, "", now)
    if form.spoken:
        slot = form.question.slot
        number = Number(KINDS[slot], form.spoken)
        if number.fit is Fit.WHOLE:
            return whole(dialogue, form.spoken, now, keyed=False)
        return failed(dialogue, now, SHORT[slot])
    return None
