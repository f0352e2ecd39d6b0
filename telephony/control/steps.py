"""Steps of a talk that its agent stays in: held, others called and asked, a leg muted, supervisors looking on. PURE.

Who is called and does not come gives the caller back to the agent. Which step follows what: telephony.control.table.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from ivr.commands import HangUp, SendDigits
from telephony.calls.names import OUTSIDE_LEG, SUPERVISOR_LEG
from telephony.control.effects import (
    DialAgent,
    DialNumber,
    DialPhone,
    Effect,
    Free,
    Seek,
)
from telephony.control.talk import WATCHES, Control, Event, Limits, Request, State

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
        control = replace(
            control, state=state, count=count, seeks=about.kind, target=about.target, trouble=0, rings=False
        )
        if about.kind == "number":
            leg, until = f"{OUTSIDE_LEG}{count}", about.now + about.limits.ring_seconds
            return replace(control, other=leg, deadline=until), [DialNumber(leg, about.target)]
        line, until = f"{control.call}/{count}", about.now + about.limits.consult_seconds
        return replace(control, line=line, deadline=until), [Seek(line, about.kind, about.target)]

    return calls


def conference(control: Control, about: Occasion) -> Change:
    """The one who is consulted comes into the talk; with a target somebody is called into it besides."""
    return called(S.INVITING)(merged(control), about) if about.kind else (merged(control), [])


def merged(control: Control) -> Control:
    return replace(
        control,
        state=S.CONFERENCE,
        guests=tuple(leg for leg in (*control.guests, control.other) if leg),
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
    return replace(control, other="", rings=False), []


def ringing(control: Control, _about: Occasion) -> Change:
    return replace(control, rings=True), []


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


def guest_gone(control: Control, about: Occasion) -> Change:
    """Who was consulted gives the caller back to the agent; a conference goes on with who is left."""
    guests = tuple(leg for leg in control.guests if leg != about.leg)
    if control.other == about.leg:
        return replace(alone(control), state=S.CONFERENCE if guests else S.TALK, guests=guests), []
    state = S.TALK if control.state is S.CONFERENCE and not guests else control.state
    return replace(control, state=state, guests=guests), []


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
