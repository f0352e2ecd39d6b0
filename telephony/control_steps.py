"""The table of call control: state and request or event → the next state and what follows. PURE.

Every way out of a talk ends with a person or with a clear end: who is called and does not come gives the caller back
to the agent; where there is no agent any more, the caller goes to the head of the queue. What may be asked by whom is
telephony.control_rules'; it is asked before.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from ivr.commands import HangUp, SendDigits
from telephony.control import (
    WATCHES,
    AsBefore,
    Control,
    DialAgent,
    DialNumber,
    DialPhone,
    Effect,
    Event,
    Free,
    Give,
    Limits,
    Part,
    Release,
    Request,
    Requeue,
    Seek,
    State,
)
from telephony.names import AGENT_LEG, BYE, OUTSIDE_LEG, SUPERVISOR_LEG

DEFAULT = Limits()


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a step is about: of a request who asks and for what, of an event the leg and its SIP status."""

    by: str = ""
    kind: str = ""
    target: str = ""
    leg: str = ""
    code: int = 0
    now: float = 0.0
    limits: Limits = DEFAULT


Change = tuple[Control, list[Effect]]
Step = Callable[[Control, Occasion], Change]
S, R, E = State, Request, Event


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
    gone = set(after.muted) - {"caller", *after.legs}
    return replace(after, muted=tuple(leg for leg in after.muted if leg not in gone)), effects


def begun(control: Control, agent: str, now: float) -> Control:
    """Caller and agent have been joined."""
    return Control(control.call, State.TALK, agent, since=now, count=control.count, by=agent)


# --- the caller held, and back


def to(state: State) -> Step:
    return lambda control, _about: (replace(control, state=state, trouble=0), [])


def back(control: Control, about: Occasion) -> Change:
    """Whoever was called, consulted or invited is sent away; caller and agent are alone again."""
    if control.state in (S.CALLING, S.INVITING):
        after, effects = failed(control, replace(about, code=0))
        return after, sent_away(control, control.other) + effects
    return alone(control), sent_away(control, control.other, *control.guests)


def alone(control: Control) -> Control:
    """Caller and agent, and nobody else but watchers."""
    return replace(control, state=S.TALK, other="", line="", seeks="", target="", guests=(), early=False, deadline=None)


def sent_away(control: Control, *legs: str) -> list[Effect]:
    return [HangUp(control.call, leg) for leg in legs if leg]


def called_off(control: Control) -> list[Effect]:
    """Nobody is called any more; those in the talk stay."""
    line: list[Effect] = [Free(control.line)] if control.line else []
    return sent_away(control, control.other) + line if control.state in (S.CALLING, S.INVITING) else []


# --- somebody is called


def called(state: State) -> Step:
    """Another party is called: an agent through the router, a number over a trunk."""

    def calls(control: Control, about: Occasion) -> Change:
        count = control.count + 1
        control = replace(control, state=state, count=count, seeks=about.kind, target=about.target, trouble=0)
        if about.kind == "number":
            leg, until = f"{OUTSIDE_LEG}{count}", about.now + about.limits.ring_seconds
            return replace(control, other=leg, deadline=until), [DialNumber(leg, about.target)]
        line, until = f"{control.call}/{count}", about.now + about.limits.consult_seconds
        return replace(control, line=line, deadline=until), [Seek(line, about.kind, about.target)]

    return calls


def conference(control: Control, about: Occasion) -> Change:
    """The one who is consulted comes into the talk, or with a target somebody is called into it."""
    if about.kind:
        return called(S.INVITING)(control, about)
    return merged(control), []


def merged(control: Control) -> Control:
    return replace(
        control,
        state=S.CONFERENCE,
        guests=(*control.guests, control.other),
        other="",
        line="",
        seeks="",
        target="",
        early=False,
        deadline=None,
        trouble=0,
    )


def found(control: Control, about: Occasion) -> Change:
    return replace(control, other=about.leg), [DialAgent(about.leg)]


def next_one(control: Control, about: Occasion) -> Change:
    """Of a skill the router finds another; an agent who was asked for by name does not come."""
    if control.seeks == "agent":
        return failed(control, about)
    return replace(control, other=""), []


def heard_early(control: Control, _about: Occasion) -> Change:
    return replace(control, early=True), []


def answered(control: Control, _about: Occasion) -> Change:
    if control.state is S.INVITING:
        return merged(control), []
    if control.state is S.SENT:
        return replace(merged(control), state=S.OUTSIDE), []
    return replace(control, state=S.CONSULT, early=False, deadline=None), []


def failed(control: Control, about: Occasion) -> Change:
    """Who was called does not come: the caller comes back to the agent, the talk goes on as it was."""
    effects: list[Effect] = [Free(control.line)] if control.line else []
    control = replace(control, other="", line="", seeks="", target="", early=False, deadline=None, trouble=about.code)
    return replace(control, state=S.CONFERENCE if control.guests else S.TALK), effects


def late(control: Control, about: Occasion) -> Change:
    after, effects = failed(control, replace(about, code=408))
    return after, sent_away(control, control.other) + effects


# --- the talk without its agent


def complete(control: Control, about: Occasion) -> Change:
    """The agent leaves the others to themselves."""
    return left(hang_up=True)(control, about)


def left(hang_up: bool) -> Step:
    """The agent is out of the talk; whoever is there has the caller."""

    def leaves(control: Control, _about: Occasion) -> Change:
        if control.state is S.CALLING or (control.state is S.INVITING and not control.guests):
            return passed_on(control, hang_up)
        away = called_off(control)
        there = control.guests or (control.other,)
        taker = next((leg for leg in there if leg.startswith(AGENT_LEG)), "")
        guests = tuple(leg for leg in there if leg != taker)
        after = replace(alone(control), agent=taker, guests=guests)
        if not taker:
            return replace(after, state=S.OUTSIDE), [*away, Release(hang_up)]
        after = replace(after, state=S.CONFERENCE if guests else S.TALK, by=taker)
        return after, [*away, Give(taker, up=True, hang_up=hang_up)]

    return leaves


def passed_on(control: Control, hang_up: bool) -> Change:
    """The agent does not wait for the one who is called: the caller does."""
    if control.seeks == "number":
        return replace(control, state=S.SENT, agent=""), [Release(hang_up)]
    if control.other:
        return replace(control, state=S.IDLE), [Give(control.other, up=False, hang_up=hang_up)]
    return replace(control, state=S.IDLE), [
        Free(control.line),
        Release(hang_up),
        queue_for(control.seeks, control.target),
    ]


def transfer(control: Control, about: Occasion) -> Change:
    """Blind: the agent is free at once, the caller waits for whom they are sent to."""
    if about.kind == "number":
        after, effects = called(S.SENT)(control, about)
        return replace(after, agent=""), [Release(), *effects]
    return replace(control, state=S.IDLE), [Release(), queue_for(about.kind, about.target)]


def queue_for(kind: str, target: str) -> Requeue:
    return Requeue(label=target) if kind == "skill" else Requeue(agent=target)


def hung_up_on_hold(control: Control, _about: Occasion) -> Change:
    """Who hangs up with the caller on hold has forgotten them, or means somebody else to take the call."""
    return replace(control, state=S.IDLE), [Release(hang_up=False), Requeue()]


def as_before(control: Control, _about: Occasion) -> Change:
    """As in a talk of two. Who is called is sent away; a phone that is gone puts the caller at the queue's head."""
    return replace(control, state=S.IDLE), [*called_off(control), AsBefore()]


def not_sent(control: Control, _about: Occasion) -> Change:
    return replace(control, state=S.IDLE), [Requeue(agent=control.by.removeprefix(AGENT_LEG), lost=True)]


def late_sent(control: Control, about: Occasion) -> Change:
    after, effects = not_sent(control, about)
    return after, sent_away(control, control.other) + effects


def guest_gone(control: Control, about: Occasion) -> Change:
    """Who was consulted gives the caller back to the agent; a conference goes on with who is left."""
    guests = tuple(leg for leg in control.guests if leg != about.leg)
    if control.other == about.leg:
        return alone(control), []
    state = control.state if guests or control.state is S.INVITING else S.TALK
    return replace(control, state=state, guests=guests), []


def outside_gone(control: Control, about: Occasion) -> Change:
    """The number hung up: that was the talk. One that broke off gives the caller a person of ours."""
    guests = tuple(leg for leg in control.guests if leg != about.leg)
    if guests:
        return replace(control, guests=guests), []
    if about.code == BYE:
        return replace(control, state=S.IDLE), [Part()]
    return not_sent(control, about)


# --- parking


def park(control: Control, about: Occasion) -> Change:
    until = about.now + about.limits.park_seconds
    return replace(control, state=S.PARKED, agent="", deadline=until), [Release()]


def retrieve(control: Control, about: Occasion) -> Change:
    return replace(control, state=S.IDLE), [Requeue(agent=about.by)]


def parked_too_long(control: Control, _about: Occasion) -> Change:
    return replace(control, state=S.IDLE), [Requeue(agent=control.by.removeprefix(AGENT_LEG))]


# --- one leg


def mute(control: Control, about: Occasion) -> Change:
    leg = about.target or control.agent
    return replace(control, muted=tuple(dict.fromkeys((*control.muted, leg)))), []


def unmute(control: Control, about: Occasion) -> Change:
    leg = about.target or control.agent
    return replace(control, muted=tuple(each for each in control.muted if each != leg)), []


def digits(control: Control, about: Occasion) -> Change:
    """To the number that is talked with: its menu."""
    return control, [SendDigits(control.call, outside_of(control), about.target)]


def outside_of(control: Control) -> str:
    """The number's leg in the talk, empty where there is none."""
    there = (control.other, *control.guests) if control.state is not S.CALLING else ()
    return next((leg for leg in there if leg.startswith(OUTSIDE_LEG)), "")


def drop(control: Control, about: Occasion) -> Change:
    after, _ = guest_gone(control, replace(about, leg=about.target))
    return after, sent_away(control, about.target)


def watch(request: Request) -> Step:
    """A supervisor looks on, or changes how."""

    def looks(control: Control, about: Occasion) -> Change:
        leg, mode = f"{SUPERVISOR_LEG}{about.by}", WATCHES[request]
        there = any(each == leg for each, _ in control.watchers)
        others = tuple(pair for pair in control.watchers if pair[0] != leg)
        after = replace(control, watchers=(*others, (leg, mode)))
        return after, [] if there else [DialPhone(leg, about.target)]

    return looks


def unwatch(control: Control, about: Occasion) -> Change:
    leg = f"{SUPERVISOR_LEG}{about.by}"
    there = any(each == leg for each, _ in control.watchers)
    return watcher_gone(control, leg), [HangUp(control.call, leg)] if there else []


def watcher_gone(control: Control, leg: str) -> Control:
    return replace(control, watchers=tuple(pair for pair in control.watchers if pair[0] != leg))


AGENTS: dict[State, dict[Request | Event, Step]] = {
    S.IDLE: {},
    S.TALK: {
        R.HOLD: to(S.HELD),
        R.CONSULT: called(S.CALLING),
        R.CONFERENCE: conference,
        R.TRANSFER: transfer,
        R.PARK: park,
        E.AGENT_GONE: as_before,
        E.AGENT_LOST: as_before,
    },
    S.HELD: {
        R.RESUME: to(S.TALK),
        R.BACK: to(S.TALK),
        R.CONSULT: called(S.CALLING),
        R.TRANSFER: transfer,
        R.PARK: park,
        E.AGENT_GONE: hung_up_on_hold,
        E.AGENT_LOST: as_before,
    },
    S.CALLING: {
        R.BACK: back,
        R.COMPLETE: complete,
        E.FOUND: found,
        E.NEXT: next_one,
        E.EARLY: heard_early,
        E.ANSWERED: answered,
        E.FAILED: failed,
        E.LATE: late,
        E.AGENT_GONE: left(hang_up=False),
        E.AGENT_LOST: as_before,
    },
    S.CONSULT: {
        R.BACK: back,
        R.SWAP: to(S.SWAPPED),
        R.COMPLETE: complete,
        R.CONFERENCE: conference,
        R.DIGITS: digits,
        E.GUEST_GONE: guest_gone,
        E.AGENT_GONE: left(hang_up=False),
        E.AGENT_LOST: left(hang_up=False),
    },
    S.SWAPPED: {
        R.BACK: back,
        R.SWAP: to(S.CONSULT),
        R.COMPLETE: complete,
        R.CONFERENCE: conference,
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
        E.GUEST_GONE: guest_gone,
        E.AGENT_GONE: left(hang_up=False),
        E.AGENT_LOST: left(hang_up=False),
    },
    S.PARKED: {R.RETRIEVE: retrieve, E.LATE: parked_too_long},
    S.SENT: {E.EARLY: heard_early, E.ANSWERED: answered, E.FAILED: not_sent, E.LATE: late_sent},
    S.OUTSIDE: {E.GUEST_GONE: outside_gone},
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
