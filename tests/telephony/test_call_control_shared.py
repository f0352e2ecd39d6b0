"""Talks of three and four, parked and picked up, watched by supervisors; what is refused. No sockets, no clock."""

import pytest

from ivr.commands import (
    Dial,
    HangUp,
    Join,
    Mix,
    PlayMusic,
    SendDigits,
)
from ivr.facts import (
    CALLER,
    Answered,
    Arrived,
    LegAnswered,
    LegEnded,
    LegRinging,
    PromptEnded,
)
from ivr.session import State as SessionState
from routing.facts import ForceAsked, ReadyAsked
from telephony.calls.switchboard import Ticked
from telephony.control.talk import State
from tests.telephony.control_hall import LI, NUMBER, OUT, PLAIN, WU, Hall, mutual


@pytest.fixture
def hall() -> Hall:
    return Hall()


# --- three and four


def test_three(hall: Hall) -> None:
    hall.consulting()
    hall.ask("conference")
    assert hall.mixed() == mutual(CALLER, LI, WU)
    hall.ask("mute", "leg", WU)
    assert hall.mixed() == mutual(CALLER, LI, WU) - {(WU, CALLER), (WU, LI)}
    hall.ask("unmute", "leg", WU)
    hall.take(LegEnded("c1", WU, 200, ""))
    assert (hall.state, hall.mixed()) == (State.TALK, set(PLAIN))


def test_four_and_no_more(hall: Hall) -> None:
    hall.talking()
    hall.ask("conference", "agent", "wu")
    assert hall.mixed() == {*PLAIN, (WU, LI), (WU, CALLER)}, "the talk goes on while it rings"
    hall.take(LegAnswered("c1", WU))
    hall.ask("conference", "number", NUMBER)
    hall.take(LegAnswered("c1", "outside:2"))
    assert hall.mixed() == mutual(CALLER, LI, WU, "outside:2")
    assert "4方" in hall.refused("conference", "agent", "zhou")
    assert "4方" in hall.refused("listen", "phone", "9001", by="z")
    assert hall.ask("digits", "digits", "1#") == [SendDigits("c1", "outside:2", "1#")]
    hall.ask("drop", "leg", "outside:2")
    assert hall.mixed() == mutual(CALLER, LI, WU)


def test_the_agent_leaves_a_conference(hall: Hall) -> None:
    hall.consulting()
    hall.ask("conference")
    assert HangUp("c1", LI) in hall.ask("complete")
    assert hall.mixed() == mutual(CALLER, WU)
    assert hall.board.calls["c1"].agent == "wu"


def test_an_invited_number_that_does_not_come_changes_nothing(hall: Hall) -> None:
    hall.talking()
    hall.ask("conference", "number", NUMBER)
    hall.take(LegEnded("c1", OUT, 486, ""))
    assert (hall.state, hall.mixed()) == (State.TALK, set(PLAIN))


# --- park, retrieve, pick up


def test_park_and_retrieve(hall: Hall) -> None:
    hall.talking()
    given = hall.ask("park")
    assert given[:2] == [Mix("c1", ()), PlayMusic("c1", "hold.wav")]
    assert HangUp("c1", LI) in given
    hall.take(LegEnded("c1", LI, 200, ""))
    assert "就绪" in hall.refused("retrieve", by="li")
    assert Dial("c1", WU, "sip:wu1@12348", "13800001234") in hall.ask("retrieve", by="wu")
    assert Join("c1", WU) in hall.take(LegAnswered("c1", WU))


def test_a_call_parked_too_long_goes_to_whoever_is_next(hall: Hall) -> None:
    hall.talking()
    hall.ask("park")
    given = hall.take(LegEnded("c1", LI, 200, ""), Ticked(), after=121.0)
    assert [order.leg for order in given if isinstance(order, Dial)] != []
    assert hall.session is SessionState.WAITING


def test_a_colleague_takes_the_ringing_call(hall: Hall) -> None:
    hall.take(ReadyAsked("li"), Arrived("c1", "13800001234", "12348", "t"), Answered("c1"))
    hall.take(PromptEnded("c1", "notice", True), LegRinging("c1", LI), ReadyAsked("wu"))
    assert hall.ask("pickup", by="wu") == [HangUp("c1", LI), Dial("c1", WU, "sip:wu1@12348", "13800001234")]
    hall.take(LegEnded("c1", LI, 487, ""))
    assert hall.agents()["li"] == "READY", "who was relieved has missed nothing"
    assert Join("c1", WU) in hall.take(LegAnswered("c1", WU))
    hall.take(ReadyAsked("zhou"))
    assert "已有坐席" in hall.refused("pickup", by="zhou")


# --- supervisors


def test_listen_whisper_barge(hall: Hall) -> None:
    hall.talking()
    look = "supervisor:z"
    given = hall.ask("listen", "phone", "9001", by="z")
    assert given[0] == Dial("c1", look, "sip:9001@12348", "12348")
    hall.take(LegAnswered("c1", look))
    assert hall.mixed() == {*PLAIN, (CALLER, look), (LI, look)}
    hall.ask("whisper", "phone", "9001", by="z")
    assert hall.mixed() == {*PLAIN, (CALLER, look), (LI, look), (look, LI)}
    hall.ask("barge", "phone", "9001", by="z")
    assert hall.mixed() == mutual(CALLER, LI, look)
    hall.ask("hold")
    assert hall.mixed() == mutual(LI, look), "a held caller hears no supervisor"
    hall.ask("resume")
    assert HangUp("c1", look) in hall.ask("leave", by="z")
    hall.take(LegEnded("c1", look, 200, ""))
    assert (hall.state, hall.mixed()) == (State.TALK, set(PLAIN))


def test_who_looks_on_goes_when_the_talk_is_over(hall: Hall) -> None:
    hall.talking()
    hall.ask("listen", "phone", "9001", by="z")
    hall.take(LegAnswered("c1", "supervisor:z"))
    assert HangUp("c1", "supervisor:z") in hall.take(LegEnded("c1", LI, 200, ""))


def test_a_supervisor_who_takes_the_call_from_the_agent_leaves_nobody_behind(hall: Hall) -> None:
    hall.consulting()
    given = hall.take(ForceAsked("li", "paused", "z"))
    assert {HangUp("c1", LI), HangUp("c1", WU)} <= set(given)
    assert Mix("c1", ()) in given
    assert hall.session is SessionState.WAITING
    hall.take(LegEnded("c1", WU, 200, ""), LegEnded("c1", LI, 200, ""))
    assert hall.agents()["li"] == "PAUSED"
    assert hall.agents()["wu"] in ("READY", "TALKING", "RESERVED")


# --- refusals


def test_refusals_name_what_is_wrong(hall: Hall) -> None:
    hall.talking()
    assert "其他坐席" in hall.refused("hold", by="wu")
    assert "不在允许" in hall.refused("consult", "number", "999")
    assert "没有这位坐席" in hall.refused("consult", "agent", "li")
    assert "在通话" in hall.refused("resume")
    assert "应为" in hall.refused("jump")
    assert "没有话机" in hall.refused("listen", "phone", "", by="z")
    hall.ask("conference", "number", NUMBER)
    hall.take(LegAnswered("c1", OUT))
    assert "按键" in hall.refused("digits", "digits", "12x")
    assert "移出" in hall.refused("drop", "leg", WU)
    assert "静音" in hall.refused("mute", "leg", WU)
    hall.take(ForceAsked("wu", "paused", "z"))
    assert "不空闲" in hall.refused("conference", "agent", "wu")
