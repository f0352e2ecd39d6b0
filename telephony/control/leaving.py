"""Steps of a talk that loses its agent: passed on, sent to a number, referred, parked, and who comes back. PURE.

Every one ends with a person or with a clear end: where nobody has the caller any more, they go to the queue's head.
"""

from dataclasses import replace

from ivr.commands import HangUp
from ivr.facts import CALLER
from telephony.calls.names import AGENT_LEG, BYE
from telephony.control.effects import AsBefore, Free, Give, Part, ReferNumber, Release, Requeue
from telephony.control.steps import Change, Occasion, S, Step, alone, called, called_off, sent_away
from telephony.control.talk import Control

TO_LINE = "line"  # a transfer to a line outside that the dialogue calls: telephony.calls.outside

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
        other = "" if control.state is S.INVITING else control.other
        there = tuple(leg for leg in (other, *control.guests) if leg)
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
    if about.kind == TO_LINE:
        return replace(control, state=S.IDLE), [Release(), Part()]
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


def outside_gone(control: Control, about: Occasion) -> Change:
    """The number hung up: that was the talk. One that broke off gives the caller a person of ours."""
    guests = tuple(leg for leg in control.guests if leg != about.leg)
    if guests:
        return replace(control, guests=guests), []
    if about.code == BYE:
        return replace(control, state=S.IDLE), [Part()]
    return not_sent(control, about)


# --- the caller's carrier connects them itself


def refer(control: Control, about: Occasion) -> Change:
    """The caller stays until their carrier says that the number has answered."""
    until = about.now + about.limits.ring_seconds
    after = replace(control, state=S.REFERRING, deadline=until, trouble=0, seeks=about.kind, target=about.target)
    return after, [ReferNumber(about.target)]


def referred(control: Control, _about: Occasion) -> Change:
    return control, [HangUp(control.call, CALLER)]


def not_referred(control: Control, about: Occasion) -> Change:
    return replace(alone(control), trouble=about.code or 408), []


# --- parking


def park(control: Control, about: Occasion) -> Change:
    until = about.now + about.limits.park_seconds
    return replace(control, state=S.PARKED, agent="", deadline=until), [Release()]


def retrieve(control: Control, about: Occasion) -> Change:
    return replace(control, state=S.IDLE), [Requeue(agent=about.by)]


def parked_too_long(control: Control, _about: Occasion) -> Change:
    return replace(control, state=S.IDLE), [Requeue(agent=control.by.removeprefix(AGENT_LEG))]
