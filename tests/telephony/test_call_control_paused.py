"""A recording that is paused while the talk is held, shared or passed on: the pause ends with the agent who asked."""

import pytest

from ivr.commands import PauseRecording, ResumeRecording
from ivr.facts import CALLER, LegAnswered, LegEnded, RecordingPaused
from tests.telephony.control_hall import LI, NUMBER, WU, Hall


@pytest.fixture
def hall() -> Hall:
    hall = Hall()
    hall.talking()
    assert PauseRecording("c1", 180.0) in hall.take(RecordingPaused("c1", "li"))
    return hall


def paused_by(hall: Hall) -> str:
    return hall.board.calls["c1"].capture.paused_by


@pytest.mark.parametrize(
    ("request_", "kind", "target"),
    [
        ("park", "", ""),
        ("transfer", "agent", "wu"),
        ("transfer", "skill", "notary"),
        ("transfer", "number", NUMBER),
    ],
)
def test_it_goes_on_when_the_agent_passes_the_call_on(hall: Hall, request_: str, kind: str, target: str) -> None:
    assert hall.ask(request_, kind, target).count(ResumeRecording("c1")) == 1
    assert paused_by(hall) == ""


def test_it_goes_on_when_the_call_is_given_to_who_was_consulted(hall: Hall) -> None:
    hall.ask("consult", "agent", "wu")
    hall.take(LegAnswered("c1", WU))
    assert paused_by(hall) == "li", "the agent is still in the talk"
    assert ResumeRecording("c1") in hall.ask("complete")
    assert (paused_by(hall), hall.board.calls["c1"].agent) == ("", "wu")


def test_it_goes_on_when_the_agents_phone_sends_nothing_any_more(hall: Hall) -> None:
    assert ResumeRecording("c1") in hall.take(LegEnded("c1", LI, 408, "no audio"))
    assert paused_by(hall) == ""


def test_it_lasts_while_the_caller_is_held_and_is_of_no_account_at_the_end(hall: Hall) -> None:
    assert ResumeRecording("c1") not in hall.ask("hold") + hall.ask("resume")
    assert paused_by(hall) == "li"
    assert ResumeRecording("c1") not in hall.take(LegEnded("c1", CALLER, 200, ""))
