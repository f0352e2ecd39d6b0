"""Callers sent to a number outside, as transfers: every way there and back, through the table of call control."""

import pytest

from records.transfer_entry import outcome_of
from telephony.calls.sent import noted
from telephony.calls.sheet import Sheet
from telephony.control.steps import Occasion, begun
from telephony.control.table import step
from telephony.control.talk import Control, Event, Request, State

NUMBER, MASKED = "02087654321", "020****4321"
OUT = "outside:1"
SEND = (Request.TRANSFER, {"kind": "number", "target": NUMBER})
CONSULT = (Request.CONSULT, {"kind": "number", "target": NUMBER})
REFER = (Request.REFER, {"kind": "number", "target": NUMBER})
ANSWERED = (Event.ANSWERED, {"leg": OUT})
Happening = tuple[Request | Event, dict[str, object]]


def written(*steps: Happening) -> list[tuple[str, str, str, float, float | None, float | None, str]]:
    """What stands in the record after `steps`, ten seconds apart, of a talk that began at 0."""
    control, sheet = begun(Control("c1"), "agent:li", 0.0), Sheet("c1")
    for place, (what, about) in enumerate(steps, 1):
        occasion = Occasion(now=10.0 * place, **about)  # type: ignore[arg-type]
        change = step(control, what, occasion)
        assert change is not None, what
        before, control = control, change[0]
        sheet = noted(sheet, before, control, what, occasion)
    return [
        (each.id, each.number, each.by, each.asked_at, each.answered_at, each.ended_at, each.outcome)
        for each in sheet.outside
    ]


@pytest.mark.parametrize(
    ("steps", "asked", "answered", "ended", "outcome"),
    [
        ([SEND], 10, None, None, "open"),
        ([SEND, (Event.EARLY, {"leg": OUT})], 10, None, None, "open"),
        ([SEND, ANSWERED], 10, 20, None, "answered"),
        ([SEND, ANSWERED, (Event.GUEST_GONE, {"leg": OUT, "code": 200})], 10, 20, 30, "answered"),
        ([SEND, ANSWERED, (Event.GUEST_GONE, {"leg": OUT, "code": 408})], 10, 20, 30, "answered"),
        ([SEND, (Event.FAILED, {"leg": OUT, "code": 486})], 10, None, 20, "busy"),
        ([SEND, (Event.FAILED, {"leg": OUT, "code": 480})], 10, None, 20, "no_answer"),
        ([SEND, (Event.FAILED, {"leg": OUT, "code": 603})], 10, None, 20, "refused"),
        ([SEND, (Event.FAILED, {"leg": OUT, "code": 503})], 10, None, 20, "failed"),
        ([SEND, (Event.LATE, {})], 10, None, 20, "no_answer"),
        # The agent leaves while the number they consult rings: the caller waits for it from then on.
        ([CONSULT, (Request.COMPLETE, {})], 20, None, None, "open"),
        ([CONSULT, (Event.AGENT_GONE, {}), ANSWERED], 20, 30, None, "answered"),
        # After a consultation: asked for and answered at once.
        ([CONSULT, ANSWERED, (Request.COMPLETE, {})], 30, 30, None, "answered"),
        ([CONSULT, ANSWERED, (Event.AGENT_LOST, {})], 30, 30, None, "answered"),
        # A line outside answers: they are not on their way to the number any more.
        ([SEND, (Event.LINE, {"leg": "line:110"})], 10, None, 20, "cancelled"),
        ([REFER, (Event.LINE, {"leg": "line:110"})], 10, None, 20, "cancelled"),
        ([REFER], 10, None, None, "open"),
        ([REFER, (Event.REFERRED, {"code": 200})], 10, 20, 20, "answered"),
        ([REFER, (Event.NOT_REFERRED, {"code": 603})], 10, None, 20, "refused"),
        ([REFER, (Event.LATE, {})], 10, None, 20, "no_answer"),
        ([REFER, (Request.BACK, {})], 10, None, 20, "cancelled"),
        ([REFER, (Event.AGENT_GONE, {})], 10, None, 20, "cancelled"),
    ],
)
def test_a_try_is_written_down(
    steps: list[Happening], asked: float, answered: float | None, ended: float | None, outcome: str
) -> None:
    assert written(*steps) == [("c1.1", MASKED, "li", asked, answered, ended, outcome)]


@pytest.mark.parametrize(
    "steps",
    [
        [CONSULT],
        [CONSULT, ANSWERED],
        [CONSULT, (Event.FAILED, {"leg": OUT, "code": 486})],
        [CONSULT, ANSWERED, (Request.BACK, {})],
        [CONSULT, ANSWERED, (Request.CONFERENCE, {}), (Event.GUEST_GONE, {"leg": OUT, "code": 200})],
        [(Request.HOLD, {}), (Request.RESUME, {})],
        [(Request.TRANSFER, {"kind": "agent", "target": "wu"})],
        [(Request.PARK, {}), (Event.LATE, {})],
    ],
)
def test_who_stays_with_the_house_was_not_sent(steps: list[Happening]) -> None:
    assert written(*steps) == []


def test_the_number_of_a_conference_is_not_known_any_more() -> None:
    [found] = written(CONSULT, ANSWERED, (Request.CONFERENCE, {}), (Request.COMPLETE, {}))
    assert found == ("c1.1", "", "li", 40, 40, None, "answered")


def test_an_emergency_line_that_stays_with_the_caller_is_no_transfer() -> None:
    before = Control("c1", State.CONFERENCE, "agent:li", guests=("line:110",), by="agent:li")
    change = step(before, Request.COMPLETE, Occasion(now=10.0))
    assert change is not None and change[0].state is State.OUTSIDE
    assert noted(Sheet("c1"), before, change[0], Request.COMPLETE, Occasion(now=10.0)).outside == ()


def test_sent_again_is_another_try() -> None:
    held = [SEND, (Event.FAILED, {"leg": OUT, "code": 486})]
    control, sheet = begun(Control("c1"), "agent:li", 0.0), Sheet("c1")
    for what, about in [*held, *held]:
        control = begun(control, "agent:li", 0.0) if control.state is State.IDLE else control
        occasion = Occasion(now=1.0, **about)  # type: ignore[arg-type]
        change = step(control, what, occasion)
        assert change is not None
        before, control = control, change[0]
        sheet = noted(sheet, before, control, what, occasion)
    assert [(each.id, each.outcome) for each in sheet.outside] == [("c1.1", "busy"), ("c1.2", "busy")]


@pytest.mark.parametrize(
    ("code", "outcome"),
    [(486, "busy"), (600, "busy"), (408, "no_answer"), (480, "no_answer"), (487, "no_answer"), (603, "refused"),
     (607, "refused"), (608, "refused"), (403, "failed"), (404, "failed"), (503, "failed"), (200, "failed")],
)  # fmt: skip
def test_what_a_status_says(code: int, outcome: str) -> None:
    assert outcome_of(code) == outcome
