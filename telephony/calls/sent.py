"""Callers sent to a number outside, as transfers of their record: asked for, answered, come back or over. PURE.

It decides from two states of a talk what is written down. It must not know who may send whom (telephony.control.rules)
nor the lines of the dialogue, 12345 and the emergencies (telephony.calls.outside).
"""

from dataclasses import replace

from records.masking import masked
from records.transfer_entry import ANSWERED, CANCELLED, NO_ANSWER, NUMBER, OPEN, OUT, Transfer, outcome_of
from telephony.calls.names import AGENT_LEG, OUTSIDE_LEG
from telephony.calls.sheet import Sheet
from telephony.control.steps import Occasion
from telephony.control.talk import Control, Event, Request, State

ON_THE_WAY = (State.SENT, State.REFERRING)  # the number is called for the caller
SENT_OUT = (*ON_THE_WAY, State.OUTSIDE)


def noted(sheet: Sheet, before: Control, after: Control, what: Request | Event, about: Occasion) -> Sheet:
    """The sheet after the talk went from `before` to `after` by `what`.

    Blind, and by the caller's carrier, a transfer is asked for when the number is called; one after a consultation is
    asked for and answered when the agent leaves, and of that there is no ringing to count.
    """
    if what is Event.REFERRED or (after.state is not before.state and before.state in SENT_OUT):
        return _became(sheet, after, what, about)
    if after.state is before.state:
        return sheet
    if after.state in ON_THE_WAY:
        return _asked(sheet, before, after.target, about.now)
    if after.state is State.OUTSIDE and any(leg.startswith(OUTSIDE_LEG) for leg in after.guests):
        return _last(_asked(sheet, before, before.target, about.now), ANSWERED, about.now)
    return sheet


def _became(sheet: Sheet, after: Control, what: Request | Event, about: Occasion) -> Sheet:
    """Something became of the one under way; of one that was answered it is the end, whatever it was."""
    if what is Event.REFERRED:
        return _last(sheet, ANSWERED, about.now, over=True)
    if after.state is State.OUTSIDE and what is not Event.LINE:
        return _last(sheet, ANSWERED, about.now)
    return _last(sheet, _why(what, about), about.now, over=True)


def _why(what: Request | Event, about: Occasion) -> str:
    """Why a number that was called has not got the caller."""
    if isinstance(what, Request) or what in (Event.AGENT_GONE, Event.AGENT_LOST, Event.LINE):
        return CANCELLED
    return NO_ANSWER if what is Event.LATE else outcome_of(about.code)


def _asked(sheet: Sheet, before: Control, number: str, now: float) -> Sheet:
    """Another try. The number of a conference is not known any more: its leg alone is."""
    by = (before.agent or before.by).removeprefix(AGENT_LEG)
    id = f"{sheet.call}.{len(sheet.outside) + 1}"
    return replace(
        sheet, outside=(*sheet.outside, Transfer(id, sheet.call, NUMBER, OUT, masked(number) or "", by, "", now))
    )


def _last(sheet: Sheet, outcome: str, now: float, over: bool = False) -> Sheet:
    """The last number the caller was sent to has that outcome, if it had none; with `over` it is over."""
    for place in range(len(sheet.outside) - 1, -1, -1):
        each = sheet.outside[place]
        if each.kind != NUMBER or each.ended_at is not None:
            continue
        if each.outcome == OPEN:
            each = replace(each, outcome=outcome, answered_at=now if outcome == ANSWERED else None)
        if over:
            each = replace(each, ended_at=now)
        return replace(sheet, outside=(*sheet.outside[:place], each, *sheet.outside[place + 1 :]))
    return sheet
