"""A line outside that comes into a talk, by the table alone: who is there afterwards, and that nobody is forgotten."""

from collections import deque
from dataclasses import replace

import pytest

from ivr.commands import HangUp
from ivr.facts import CALLER
from telephony.control.effects import Give, Release
from telephony.control.steps import Occasion, begun
from telephony.control.table import TABLE, step
from telephony.control.talk import ALONE, OTHER, Control, Event, Request, State
from tests.telephony.control_hall import LI, NUMBER, OUT, WU, ZHOU, mutual

LINE, OTHER_LINE = "line:110", "line:119"
TALK = begun(Control("c1"), LI, 0.0)
WITH = {
    "wu": {"kind": "agent", "target": "wu"},
    "number": {"kind": "number", "target": NUMBER},
}
HELD = (Request.HOLD, {})
CALLING_WU = ((Request.CONSULT, WITH["wu"]), (Event.FOUND, {"leg": WU}))
CALLING = ((Request.CONSULT, WITH["number"]),)
CONSULT = (*CALLING_WU, (Event.ANSWERED, {"leg": WU}))
SENT = ((Request.TRANSFER, WITH["number"]),)
LINE_IN, LINE_OUT = (Event.LINE, {"leg": LINE}), (Event.GUEST_GONE, {"leg": LINE, "code": 200})


def walked(*steps: tuple[Request | Event, dict[str, str]]) -> Control:
    control = TALK
    for what, about in steps:
        change = step(control, what, Occasion(now=1.0, **about))  # type: ignore[arg-type]
        assert change is not None, what
        control = change[0]
    return control


@pytest.mark.parametrize(
    ("before", "state", "heard"),
    [
        ((), State.CONFERENCE, mutual(CALLER, LI, LINE)),
        ((HELD,), State.CONFERENCE, mutual(CALLER, LI, LINE)),
        (CALLING_WU, State.INVITING, mutual(CALLER, LI, LINE)),
        (CALLING, State.INVITING, mutual(CALLER, LI, LINE)),
        (CONSULT, State.CONFERENCE, mutual(CALLER, LI, WU, LINE)),
        ((*CONSULT, (Request.SWAP, {})), State.CONFERENCE, mutual(CALLER, LI, WU, LINE)),
        (((Request.CONFERENCE, WITH["wu"]), (Event.FOUND, {"leg": WU})), State.INVITING, mutual(CALLER, LI, LINE)),
        ((*CONSULT, (Request.CONFERENCE, {})), State.CONFERENCE, mutual(CALLER, LI, WU, LINE)),
        (((Request.REFER, WITH["number"]),), State.CONFERENCE, mutual(CALLER, LI, LINE)),
        (((Request.PARK, {}),), State.OUTSIDE, mutual(CALLER, LINE)),
        (SENT, State.OUTSIDE, mutual(CALLER, LINE)),
        ((*SENT, (Event.ANSWERED, {"leg": OUT})), State.OUTSIDE, mutual(CALLER, LINE, OUT)),
    ],
)
def test_wherever_the_caller_stands_they_hear_the_line_at_once(
    before: tuple[tuple[Request | Event, dict[str, str]], ...], state: State, heard: set[tuple[str, str]]
) -> None:
    control = walked(*before, LINE_IN)
    assert control.state is state
    assert {pair for pair in control.mixed() if not set(pair) & ({WU, OUT} - set(control.guests))} == heard
    assert control.deadline is None or state is State.INVITING, "who is called still rings to their deadline"


def test_a_line_that_has_hung_up_leaves_nothing_behind_while_another_is_called() -> None:
    """The ghost: forgotten as a guest, it was all the caller had when everybody else had left."""
    control = walked(*CALLING_WU, LINE_IN, LINE_OUT)
    assert (control.state, control.guests, control.other) == (State.INVITING, (), WU)
    assert control.deadline == walked(*CALLING_WU).deadline
    control = walked(*CALLING_WU, LINE_IN, LINE_OUT, (Event.FAILED, {"leg": WU}))
    assert (control.state, control.legs) == (State.TALK, (LI,))


def test_a_line_that_has_hung_up_leaves_who_was_consulted_in_the_talk() -> None:
    control = walked(*CONSULT, LINE_IN, LINE_OUT)
    assert control.mixed() == mutual(CALLER, LI, WU)
    control = walked(*CONSULT, LINE_IN, LINE_OUT, (Event.GUEST_GONE, {"leg": WU}))
    assert (control.state, control.legs) == (State.TALK, (LI,))


def test_the_agent_leaves_line_and_consulted_with_the_caller() -> None:
    control = walked(*CONSULT, LINE_IN, (Event.AGENT_GONE, {}))
    assert (control.agent, control.state) == (WU, State.CONFERENCE)
    assert control.mixed() == mutual(CALLER, WU, LINE)
    control = walked(*CALLING_WU, LINE_IN, (Event.AGENT_GONE, {}))
    assert (control.state, control.mixed()) == (State.OUTSIDE, mutual(CALLER, LINE))


def test_who_is_consulted_comes_in_when_somebody_else_is_called_into_the_talk() -> None:
    control = walked(*CONSULT, (Request.CONFERENCE, {"kind": "agent", "target": "zhou"}), (Event.FOUND, {"leg": ZHOU}))
    assert control.guests == (WU,)
    assert control.other == ZHOU


# --- all that the table can lead to


def reachable() -> dict[Control, list[tuple[Request | Event, Occasion, Control, list[object]]]]:
    """Every talk the table leads to from a talk of two with up to two others and two lines, and its steps."""
    found: dict[Control, list[tuple[Request | Event, Occasion, Control, list[object]]]] = {}
    waiting = deque([TALK])
    while waiting:
        control = waiting.popleft()
        if control in found:
            continue
        found[control] = []
        for (state, what), _ in TABLE.items():
            if state is not control.state:
                continue
            for about in occasions(control, what):
                change = step(control, what, about)
                assert change is not None
                after = replace(change[0], since=0.0, trouble=0, muted=(), watchers=(), rings=False, early=False)
                found[control].append((what, about, after, list(change[1])))
                if after.state is not State.IDLE and after.count <= 2 and len(after.guests) <= 3:
                    waiting.append(after)
    return found


def occasions(control: Control, what: Request | Event) -> list[Occasion]:  # noqa: PLR0911 (one return a step)
    """Whom the step can be about where the talk stands so."""
    match what:
        case Event.LINE:
            return [Occasion(leg=leg) for leg in (LINE, OTHER_LINE) if leg not in control.guests]
        case Event.GUEST_GONE:
            others = (control.other,) if control.other and control.state is not State.INVITING else ()
            return [Occasion(leg=leg, code=code) for leg in (*others, *control.guests) for code in (200, 408)]
        case Event.FOUND:
            return [Occasion(leg=WU)] if control.line and not control.other and WU not in control.guests else []
        case Event.ANSWERED | Event.FAILED | Event.NEXT | Event.RINGING | Event.EARLY:
            return [Occasion(leg=control.other, code=486)] if control.other else []
        case Request.DROP:
            return [Occasion(target=leg) for leg in control.guests]
        case Request.CONFERENCE if control.other:
            return [Occasion(), *(Occasion(**about) for about in WITH.values())]
        case Request.CONSULT | Request.CONFERENCE | Request.TRANSFER:
            return [Occasion(**about) for about in WITH.values()]
        case Request.REFER:
            return [Occasion(kind="number", target=NUMBER)]
        case Request.MUTE | Request.UNMUTE | Request.LISTEN | Request.WHISPER | Request.BARGE | Request.LEAVE:
            return []
    return [Occasion()]


def test_no_step_forgets_a_leg() -> None:
    """Whoever is in a talk is in it afterwards, or has hung up, or is sent away."""
    found = reachable()
    assert len(found) > 50
    assert {control.state for control in found} == set(State) - {State.IDLE}
    for control, steps in found.items():
        for what, about, after, effects in steps:
            away = {effect.leg for effect in effects if isinstance(effect, HangUp)} | {about.leg}
            if what in (Event.AGENT_GONE, Event.AGENT_LOST) or any(isinstance(each, Release) for each in effects):
                away.add(control.agent)
            for each in effects:
                if isinstance(each, Give):
                    away |= {control.agent, each.leg}
            if what is Event.REFERRED or (after.state is State.IDLE and not effects):
                continue
            if after.state is State.IDLE and what in (Event.AGENT_GONE, Event.AGENT_LOST):
                away.add(control.agent)
            kept = set(after.legs) | away
            assert set(control.legs) <= kept, (control, what, about, after, effects)


def test_every_talk_has_somebody_or_an_end() -> None:
    for control in reachable():
        assert bool(control.agent) == (control.state not in ALONE), control
        assert control.agent or control.guests or control.deadline is not None, control
        assert control.other == "" or control.state in OTHER, control
        assert not control.guests or control.state in (State.INVITING, State.CONFERENCE, State.OUTSIDE), control
        assert control.guests or control.state not in (State.CONFERENCE, State.OUTSIDE), control
        control.mixed()
