"""Callbacks through the real switchboard, router and tables: every way a try can go. No sockets, no clock."""

from collections.abc import Callable
from typing import Any

import pytest

from ivr.commands import Dial, Dismiss, HangUp, Join, Originate, Overhear, Play, StartRecording
from ivr.facts import (
    CALLER,
    Answered,
    Arrived,
    LegAnswered,
    LegCarried,
    LegEnded,
    LegRinging,
    NoWorker,
    Originated,
    PromptEnded,
    WorkerLost,
)
from ivr.outgoing import ON_TIME, TABLE, Stage
from routing.facts import PhoneLost
from telephony.calls.board import board
from telephony.calls.outgoing import holds_worker
from telephony.calls.switchboard import Ticked
from telephony.core.journal import replay
from telephony.core.writing import record_of
from tests.telephony.outgoing_hall import NUMBER, SHOWN, Hall, due, named, switchboard


@pytest.fixture
def hall() -> Hall:
    return Hall()


def test_the_whole_way(hall: Hall) -> None:
    assert hall.take(due()) == []
    assert hall.agent("li") == [Originate("HB1-a")], "no phone rings before there is a worker"
    assert hall.take(Originated("HB1-a")) == [Dial("HB1-a", "agent:li", "sip:li@12348", NUMBER)]
    assert hall.records == {}, "nobody was called yet"
    hall.take(LegRinging("HB1-a", "agent:li"))
    assert hall.take(LegAnswered("HB1-a", "agent:li")) == [
        Dial("HB1-a", CALLER, f"sip:{NUMBER}@12348;user=phone", SHOWN, "10.0.0.9"),
        Overhear("HB1-a", "agent:li"),
    ]
    record = hall.records["HB1-a"]
    assert (record.direction, record.callback, record.caller, record.called) == ("outbound", "HB1", NUMBER, SHOWN)
    assert (record.outcome, record.agent, record.trunk, record.arrived_at) == ("open", "li", "carrier", hall.now)
    hall.take(LegRinging("HB1-a", CALLER))
    assert hall.take(Answered("HB1-a")) == [Play("HB1-a", "callback.greeting", ("callback.greeting.wav",))]
    assert hall.take(PromptEnded("HB1-a", "callback.greeting", True)) == [
        StartRecording("HB1-a", "HB1-a.wav"),
        Join("HB1-a", "agent:li"),
    ], "nothing is recorded and nobody heard before the notice is over"
    assert hall.take(LegEnded("HB1-a", CALLER, 200, ""), after=90) == [Dismiss("HB1-a")]
    record = hall.records["HB1-a"]
    assert (record.outcome, record.ended_by, record.queued_at) == ("answered", "caller", None)
    assert hall.state("li") == "WRAP_UP"
    hall.take(LegEnded("HB1-a", "agent:li", 200, ""), WorkerLost("HB1-a", "over"))
    assert hall.board.calls == {}


def test_after_the_talk_the_agent_may_hang_up_first(hall: Hall) -> None:
    hall.talking()
    assert "Play" in named(hall.take(LegEnded("HB1-a", "agent:li", 200, "")))
    hall.take(PromptEnded("HB1-a", "thanks", True))
    assert hall.records["HB1-a"].outcome == "answered"
    assert hall.state("li") == "WRAP_UP"


@pytest.mark.parametrize(
    ("code", "rang", "outcome", "reason"),
    [
        (486, True, "unreached", "占线"),
        (600, False, "unreached", "占线"),
        (603, True, "unreached", "拒接"),
        (480, True, "unreached", "无人接听"),
        (408, True, "unreached", "无人接听"),
        (404, False, "unreached", "号码无法接通"),
        (408, False, "failed", "线路故障（408）"),
        (503, False, "failed", "线路故障（503）"),
        (403, False, "failed", "线路故障（403）"),
    ],
)
def test_a_resident_who_is_not_reached_frees_the_agent_without_wrap_up(
    hall: Hall, code: int, rang: bool, outcome: str, reason: str
) -> None:
    hall.dialling()
    if rang:
        hall.take(LegRinging("HB1-a", CALLER))
    assert hall.take(LegEnded("HB1-a", CALLER, code, "x")) == [Dismiss("HB1-a")]
    record = hall.records["HB1-a"]
    assert (record.outcome, record.end_reason) == (outcome, reason)
    assert hall.state("li") == "TALKING", "the next call must not ring a phone that is still in this one"
    hall.take(LegEnded("HB1-a", "agent:li", 200, ""), after=0.1)
    assert hall.state("li") == "READY"
    hall.take(WorkerLost("HB1-a", "over"))
    assert hall.board.calls == {} and hall.queue() == []


def test_nobody_answers_and_the_ringing_ends(hall: Hall) -> None:
    hall.dialling()
    hall.take(LegRinging("HB1-a", CALLER))
    assert hall.wait(39) == [HangUp("HB1-a", CALLER)]
    assert hall.take(LegEnded("HB1-a", CALLER, 487, "")) == [Dismiss("HB1-a")]
    assert hall.records["HB1-a"].end_reason == "无人接听"


def test_an_answer_that_crosses_the_end_of_the_ringing_is_no_talk(hall: Hall) -> None:
    hall.dialling()
    hall.wait(41)
    assert hall.take(Answered("HB1-a")) == []
    assert hall.take(LegEnded("HB1-a", CALLER, 200, "")) == [Dismiss("HB1-a")]
    assert hall.records["HB1-a"].outcome == "unreached"


def test_a_leg_that_never_ends_does_not_hold_the_agent(hall: Hall) -> None:
    hall.dialling()
    assert Dismiss("HB1-a") in hall.wait(90)
    hall.take(WorkerLost("HB1-a", "gone"))
    assert hall.state("li") == "READY"


def test_who_hangs_up_in_the_notice_was_not_reached(hall: Hall) -> None:
    hall.noticed()
    hall.take(LegEnded("HB1-a", CALLER, 200, ""))
    record = hall.records["HB1-a"]
    assert (record.outcome, record.end_reason) == ("unreached", "接通后即挂断")


def test_an_agent_who_hangs_up_while_it_rings_ends_the_try(hall: Hall) -> None:
    hall.dialling()
    assert hall.take(LegEnded("HB1-a", "agent:li", 200, "")) == [Dismiss("HB1-a")]
    record = hall.records["HB1-a"]
    assert (record.outcome, record.ended_by, record.end_reason) == ("unreached", "agent", "坐席挂断")
    assert hall.state("li") == "READY"


def test_an_agent_whose_phone_vanishes_while_it_rings_is_no_try_of_the_resident(hall: Hall) -> None:
    hall.dialling()
    assert Dismiss("HB1-a") in hall.take(LegEnded("HB1-a", "agent:li", 408, "no audio"))
    assert hall.records["HB1-a"].outcome == "failed"
    assert hall.state("li") == "PAUSED"
    assert hall.queue() == []


def test_a_resident_on_the_line_hears_the_notice_out_and_gets_the_next_agent(hall: Hall) -> None:
    hall.noticed()
    hall.take(PhoneLost("li"))
    assert hall.take(LegEnded("HB1-a", "agent:li", 408, "no audio")) == []
    assert hall.queue() == ["HB1-a"]
    assert hall.agent("wu") == [Dial("HB1-a", "agent:wu", "sip:wu@12348", NUMBER)]
    given = hall.take(PromptEnded("HB1-a", "callback.greeting", True))
    assert named(given) == ["StartRecording", "Play"], "the recording begins, and they are told to wait"
    assert Join("HB1-a", "agent:wu") in hall.take(LegAnswered("HB1-a", "agent:wu"))
    assert hall.records["HB1-a"].agent == "wu"


def test_an_agent_lost_in_the_talk_is_followed_by_another_as_in_any_call(hall: Hall) -> None:
    hall.talking()
    hall.take(LegEnded("HB1-a", "agent:li", 408, "no audio"))
    assert hall.agent("wu") == [Dial("HB1-a", "agent:wu", "sip:wu@12348", NUMBER)]
    assert Join("HB1-a", "agent:wu") in hall.take(LegAnswered("HB1-a", "agent:wu"))


def test_who_does_not_pick_up_is_followed_by_the_next_with_the_same_worker(hall: Hall) -> None:
    hall.take(due())
    hall.agent("li")
    hall.agent("wu")
    hall.take(Originated("HB1-a"), LegRinging("HB1-a", "agent:li"))
    given = hall.wait(21)
    assert given == [HangUp("HB1-a", "agent:li"), Dial("HB1-a", "agent:wu", "sip:wu@12348", NUMBER)]
    assert hall.state("li") == "PAUSED"


@pytest.mark.parametrize("code", [486, 480, 603])
def test_who_declines_is_followed_too_and_without_a_next_the_worker_is_let_go(hall: Hall, code: int) -> None:
    hall.take(due())
    hall.agent("li")
    hall.take(Originated("HB1-a"), LegEnded("HB1-a", "agent:li", code, ""))
    assert hall.queue() == ["HB1-a"]
    assert hall.wait(25) == [Dismiss("HB1-a")]
    assert hall.queue() == [] and hall.records == {}


@pytest.mark.parametrize("answer", [NoWorker("HB1-a", "none"), Ticked()])
def test_without_a_worker_the_agent_is_free_at_once_and_nothing_is_left(hall: Hall, answer: Any) -> None:
    hall.take(due())
    hall.agent("li")
    hall.take(answer, after=11 if isinstance(answer, Ticked) else 0.1)
    assert hall.state("li") == "READY"
    assert (hall.board.calls, hall.records, hall.queue()) == ({}, {}, [])
    assert hall.take(Originated("HB1-a")) == [], "a worker too late finds nobody; the lines dismiss it"
    hall.take(due("HB1-b"))
    assert hall.state("li") == "RESERVED", "the same callback may stand there again"


@pytest.mark.parametrize("where", [Hall.dialling, Hall.noticed, Hall.talking], ids=["dialling", "notice", "talk"])
def test_a_worker_that_dies_ends_one_call_sanely(hall: Hall, where: Callable[[Hall], None]) -> None:
    where(hall)
    hall.take(WorkerLost("HB1-a", "通话进程中断"))
    talked = where is Hall.talking
    assert hall.records["HB1-a"].outcome == ("answered" if talked else "failed")
    assert hall.state("li") == ("WRAP_UP" if talked else "READY")
    assert hall.board.calls == {} and hall.queue() == []


# --- tables, replay


def test_every_stage_says_what_time_does_to_it() -> None:
    assert set(ON_TIME) == set(Stage) - {Stage.TALKED}
    assert {stage for stage, _ in TABLE} == set(ON_TIME)


@pytest.mark.parametrize("where", [Hall.dialling, Hall.noticed, Hall.talking])
def test_the_log_alone_gives_the_same_orders_and_a_board_to_go_on_with(
    hall: Hall, where: Callable[[Hall], None]
) -> None:
    where(hall)
    again = switchboard()
    orders = [order for _, given in replay(hall.entries, again) for order in given]
    assert orders == hall.orders
    assert again.calls["HB1-a"].sheet == hall.board.calls["HB1-a"].sheet
    assert holds_worker(again.calls["HB1-a"])
    assert again.handle(LegEnded("HB1-a", CALLER, 486, ""), hall.now + 1) == hall.board.handle(
        LegEnded("HB1-a", CALLER, 486, ""), hall.now + 1
    )


def test_the_board_shows_who_is_called_back_and_how_far_it_is(hall: Hall) -> None:
    hall.take(due())
    [call] = board(hall.board, hall.now)["calls"]
    shown = {name: call[name] for name in ("direction", "callback", "state", "caller", "arrived_at")}
    assert shown == {
        "direction": "outbound",
        "callback": "HB1",
        "state": "QUEUED",
        "caller": NUMBER,
        "arrived_at": 5000.0,
    }


def test_record_and_board_name_the_trunk_that_took_the_call(hall: Hall) -> None:
    hall.dialling()
    assert hall.records["HB1-a"].trunk == "carrier", "which was to be asked first"
    assert hall.take(LegCarried("HB1-a", CALLER, "second")) == []
    assert hall.records["HB1-a"].trunk == "second"
    hall.take(LegCarried("HB1-a", CALLER, "third"), LegCarried("HB1-a", "line:110", "stand-ins"))
    assert hall.records["HB1-a"].trunk == "third", "the last one has the call"
    [shown] = board(hall.board, hall.now)["calls"]
    assert (shown["trunk"], shown["carried"]) == ("third", {CALLER: "third", "line:110": "stand-ins"})
    again = switchboard()
    assert [order for _, orders in replay(hall.entries, again) for order in orders] == hall.orders


def test_the_trunk_of_another_leg_is_not_that_of_a_caller(hall: Hall) -> None:
    hall.take(Arrived("c1", "13900001111", "12348", "in"), LegCarried("c1", "outside:1", "out"))
    assert hall.records["c1"].trunk == "in"
    assert dict(hall.records["c1"].carried) == {"outside:1": "out"}


def test_a_sheet_with_carried_legs_makes_a_record(hall: Hall) -> None:
    hall.dialling()
    hall.take(LegCarried("HB1-a", CALLER, "second"))
    assert record_of(hall.records["HB1-a"]).trunk == "second"
