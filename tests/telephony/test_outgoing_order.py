"""Callbacks and callers in one order, and one call for each number at a time. No sockets, no clock."""

from collections.abc import Callable

import pytest

from ivr.commands import Dial, Dismiss, HangUp, Join, Originate
from ivr.facts import (
    CALLER,
    Answered,
    Arrived,
    CallbackDue,
    CallbackWithdrawn,
    DigitPressed,
    LegAnswered,
    LegEnded,
    LegRinging,
    Originated,
    PromptEnded,
)
from routing.facts import AgentKnown, ForceAsked, PhoneRegistered, ReadyAsked
from telephony.calls.board import board
from tests.telephony.outgoing_hall import NUMBER, SHOWN, Hall, due


@pytest.fixture
def hall() -> Hall:
    return Hall()


# --- one order, and one call for each number


def waiting_caller(hall: Hall, call: str, number: str) -> None:
    hall.take(Arrived(call, number, "12348", "local"), Answered(call), DigitPressed(call, "0"))
    hall.take(PromptEnded(call, "notice", True))


def test_one_order_over_callers_and_callbacks(hall: Hall) -> None:
    waiting_caller(hall, "early", "13700000001")
    first = hall.board.router.queue.get("early")
    assert first is not None
    waiting_caller(hall, "late", "13700000002")
    hall.take(due("HB1-a", "HB1", NUMBER, since=first.since + 1))
    hall.take(due("HB2-a", "HB2", "13700000003", since=first.since - 500))
    hall.take(due("HB3-a", "HB3", "13700000004", since=first.since + 100, priority=5))
    assert hall.queue() == ["HB2-a", "HB3-a", "early", "HB1-a", "late"]
    assert [each["call"] for each in board(hall.board, hall.now)["queue"]] == hall.queue()


def test_a_callback_waits_for_a_specialist_though_its_place_is_old(hall: Hall) -> None:
    hall.take(AgentKnown("li", "li", (("notary", 3),)), PhoneRegistered("li"), ReadyAsked("li"))
    notary = CallbackDue("HB1-a", "HB1", NUMBER, SHOWN, "carrier", "law", 0, 5000.0)
    assert hall.take(notary) == []
    assert hall.wait(43) == []
    assert hall.wait(3) == [Originate("HB1-a")], "after any_after_seconds anybody, as for a caller"


def test_a_preferred_agent_is_waited_for_as_long_as_the_callback_says(hall: Hall) -> None:
    hall.agent("li")
    assert hall.take(due(preferred="wu", kept_until=hall.now + 600)) == []
    assert hall.wait(590) == []
    assert hall.wait(15) == [Originate("HB1-a")]
    assert hall.board.router.agents["li"].call == "HB1-a"


def test_a_callback_under_way_does_not_stand_there_twice(hall: Hall) -> None:
    hall.dialling()
    hall.agent("wu")
    assert hall.take(due("HB1-b")) == []
    assert hall.take(due("HB9-a", "HB9")) == [], "nor another one of the same number"
    assert list(hall.board.calls) == ["HB1-a"]


def test_who_calls_in_takes_their_callback_out_of_the_queue(hall: Hall) -> None:
    hall.take(due())
    waiting_caller(hall, "c1", NUMBER)
    assert hall.queue() == ["c1"]
    assert hall.take(due("HB1-b")) == []
    assert hall.agent("li") == [Dial("c1", "agent:li", "sip:li@12348", NUMBER)]


def test_who_calls_in_while_an_agent_is_rung_for_them_frees_the_agent(hall: Hall) -> None:
    hall.take(due())
    hall.agent("li")
    hall.take(Originated("HB1-a"), LegRinging("HB1-a", "agent:li"))
    given = hall.take(Arrived("c1", NUMBER, "12348", "local"))
    assert HangUp("HB1-a", "agent:li") in given and Dismiss("HB1-a") in given
    assert hall.state("li") == "READY"
    assert hall.records.keys() == {"c1"}


def test_calls_that_cross_ring_nobody_twice(hall: Hall) -> None:
    """The resident calls in while their phone rings: the call out ends, no try is counted, the call in goes on."""
    hall.dialling()
    given = hall.take(Arrived("c1", NUMBER, "12348", "local"))
    assert Dismiss("HB1-a") in given
    assert (hall.records["HB1-a"].outcome, hall.records["HB1-a"].end_reason) == ("failed", "来电人正在呼入")
    hall.take(LegEnded("HB1-a", CALLER, 487, ""), LegEnded("HB1-a", "agent:li", 200, ""))
    assert hall.state("li") == "READY"
    assert hall.board.calls["c1"].sheet.outcome == "open"


def test_a_second_line_of_who_is_talked_to_disturbs_nobody(hall: Hall) -> None:
    hall.talking()
    hall.take(Arrived("c1", NUMBER, "12348", "local"))
    assert hall.state("li") == "TALKING" and hall.records["HB1-a"].outcome == "open"


@pytest.mark.parametrize("where", [Hall.noticed, Hall.talking])
def test_a_resident_on_the_line_is_not_withdrawn(hall: Hall, where: Callable[[Hall], None]) -> None:
    where(hall)
    assert hall.take(CallbackWithdrawn("HB1-a", "取消")) == []


def test_a_supervisor_who_takes_the_waiting_agent_away_ends_the_try(hall: Hall) -> None:
    hall.dialling()
    hall.agent("wu")
    hall.take(ForceAsked("li", "paused", "zhang"))
    given = hall.take(LegEnded("HB1-a", "agent:li", 200, ""))
    assert Dismiss("HB1-a") in given
    assert (hall.state("li"), hall.state("wu"), hall.queue()) == ("PAUSED", "READY", [])


def test_in_the_notice_too_the_next_agent_comes(hall: Hall) -> None:
    hall.noticed()
    hall.agent("wu")
    given = hall.take(ForceAsked("li", "paused", "zhang"))
    assert Dial("HB1-a", "agent:wu", "sip:wu@12348", NUMBER) in given
    hall.take(LegAnswered("HB1-a", "agent:wu"), LegEnded("HB1-a", "agent:li", 200, ""), after=0.1)
    assert Join("HB1-a", "agent:wu") in hall.take(PromptEnded("HB1-a", "callback.greeting", True))
