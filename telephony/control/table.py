"""The table of call control: state and request or event → the step that gives the next state and what follows. PURE.

What may be asked by whom is telephony.control.rules'; it is asked before.
"""

from dataclasses import replace

from ivr.commands import HangUp
from ivr.facts import CALLER
from telephony.control.leaving import (
    as_before,
    complete,
    hung_up_on_hold,
    late_sent,
    left,
    not_referred,
    not_sent,
    outside_gone,
    park,
    parked_too_long,
    refer,
    referred,
    retrieve,
    transfer,
)
from telephony.control.lines import instead, meanwhile, together
from telephony.control.steps import (
    Change,
    E,
    Occasion,
    R,
    S,
    Step,
    answered,
    back,
    called,
    conference,
    digits,
    drop,
    failed,
    found,
    guest_gone,
    heard_early,
    late,
    mute,
    next_one,
    ringing,
    to,
    unmute,
    unwatch,
    watch,
)
from telephony.control.talk import WATCHES, Control, Event, Request, State


def step(control: Control, what: Request | Event, about: Occasion) -> Change | None:
    """The control after `what`, and what follows; None where it means nothing in this state."""
    found = TABLE.get((control.state, what))
    if found is None:
        return None
    after, effects = found(control, about)
    if after.state is not control.state:
        after = replace(after, since=about.now)
    if after.state is State.IDLE and control.state is not State.IDLE:
        effects = [*effects, *(HangUp(control.call, leg) for leg, _ in control.watchers)]
        after = Control(control.call, count=after.count)
    gone = set(after.muted) - {CALLER, *after.legs}
    return replace(after, muted=tuple(leg for leg in after.muted if leg not in gone)), effects


AGENTS: dict[State, dict[Request | Event, Step]] = {
    S.IDLE: {},
    S.TALK: {
        R.HOLD: to(S.HELD),
        R.CONSULT: called(S.CALLING),
        R.CONFERENCE: conference,
        R.TRANSFER: transfer,
        R.REFER: refer,
        R.PARK: park,
        E.LINE: together,
        E.AGENT_GONE: as_before,
        E.AGENT_LOST: as_before,
    },
    S.HELD: {
        R.RESUME: to(S.TALK),
        R.BACK: to(S.TALK),
        R.CONSULT: called(S.CALLING),
        R.TRANSFER: transfer,
        R.REFER: refer,
        R.PARK: park,
        E.LINE: together,
        E.AGENT_GONE: hung_up_on_hold,
        E.AGENT_LOST: as_before,
    },
    S.CALLING: {
        R.BACK: back,
        R.COMPLETE: complete,
        E.FOUND: found,
        E.NEXT: next_one,
        E.RINGING: ringing,
        E.EARLY: heard_early,
        E.ANSWERED: answered,
        E.FAILED: failed,
        E.LATE: late,
        E.LINE: meanwhile,
        E.AGENT_GONE: left(hang_up=False),
        E.AGENT_LOST: as_before,
    },
    S.CONSULT: {
        R.BACK: back,
        R.SWAP: to(S.SWAPPED),
        R.COMPLETE: complete,
        R.CONFERENCE: conference,
        R.DIGITS: digits,
        E.LINE: together,
        E.GUEST_GONE: guest_gone,
        E.AGENT_GONE: left(hang_up=False),
        E.AGENT_LOST: left(hang_up=False),
    },
    S.SWAPPED: {
        R.BACK: back,
        R.SWAP: to(S.CONSULT),
        R.COMPLETE: complete,
        R.CONFERENCE: conference,
        E.LINE: together,
        E.GUEST_GONE: guest_gone,
        E.AGENT_GONE: left(hang_up=False),
        E.AGENT_LOST: left(hang_up=False),
    },
    S.INVITING: {
        R.BACK: back,
        E.FOUND: found,
        E.NEXT: next_one,
        E.EARLY: heard_early,
        E.ANSWERED: answered,
        E.FAILED: failed,
        E.LATE: late,
        E.LINE: meanwhile,
        E.GUEST_GONE: guest_gone,
        E.AGENT_GONE: left(hang_up=False),
        E.AGENT_LOST: left(hang_up=False),
    },
    S.CONFERENCE: {
        R.BACK: back,
        R.COMPLETE: complete,
        R.CONFERENCE: conference,
        R.DROP: drop,
        R.DIGITS: digits,
        E.LINE: together,
        E.GUEST_GONE: guest_gone,
        E.AGENT_GONE: left(hang_up=False),
        E.AGENT_LOST: left(hang_up=False),
    },
    S.REFERRING: {
        R.BACK: back,
        E.REFERRED: referred,
        E.NOT_REFERRED: not_referred,
        E.LATE: not_referred,
        E.LINE: together,
        E.AGENT_GONE: hung_up_on_hold,
        E.AGENT_LOST: as_before,
    },
    S.PARKED: {R.RETRIEVE: retrieve, E.LATE: parked_too_long, E.LINE: instead},
    S.SENT: {E.EARLY: heard_early, E.ANSWERED: answered, E.FAILED: not_sent, E.LATE: late_sent, E.LINE: instead},
    S.OUTSIDE: {E.GUEST_GONE: outside_gone, E.LINE: instead},
}

ANY_TALK: dict[Request | Event, Step] = {
    R.MUTE: mute,
    R.UNMUTE: unmute,
    **{request: watch(request) for request in WATCHES},
    R.LEAVE: unwatch,
}
"""What may be asked in every state with an agent in it; supervisors look on wherever somebody talks."""

TABLE: dict[tuple[State, Request | Event], Step] = {
    (state, what): each for state, own in AGENTS.items() for what, each in own.items()
}
for _state in set(State) - {S.IDLE, S.PARKED, S.SENT}:
    TABLE |= {(_state, what): each for what, each in ANY_TALK.items()}
TABLE |= {(_state, R.LEAVE): unwatch for _state in (S.PARKED, S.SENT)}


def printed() -> str:
    """The table as Markdown: a row a state, with what it takes and the state that follows where it is one only."""
    rows = ["| state | what may be asked | what may happen |", "|---|---|---|"]
    for state in State:
        here = [what for at, what in TABLE if at is state and what not in ANY_TALK]
        asked = ", ".join(sorted(what.value for what in here if isinstance(what, Request)))
        happens = ", ".join(sorted(what.value for what in here if isinstance(what, Event)))
        rows.append(f"| {state.value} | {asked or '–'} | {happens or '–'} |")
    return "\n".join(rows)
