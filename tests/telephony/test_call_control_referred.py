"""REFER either way: a desk phone's, and the one to the caller's carrier. No sockets, no clock."""

import pytest

from ivr.commands import (
    HangUp,
    Join,
    Mix,
    PlayMusic,
    Refer,
    StopPlaying,
    TellReferred,
)
from ivr.facts import (
    CALLER,
    LegAnswered,
    LegEnded,
    Referred,
    ReferTold,
)
from telephony.calls.switchboard import Ticked
from telephony.control.talk import State
from tests.telephony.control_hall import LI, NUMBER, PLAIN, WU, Hall, mutual


@pytest.fixture
def hall() -> Hall:
    return Hall()


# --- a desk phone's REFER


def test_a_phone_passes_the_caller_on(hall: Hall) -> None:
    hall.talking()
    given = hall.take(Referred("c1", LI, "wu1"))
    assert given[0] == TellReferred("c1", LI, 200)
    assert HangUp("c1", LI) in given
    assert Join("c1", WU) in hall.take(LegEnded("c1", LI, 200, ""), LegAnswered("c1", WU))


def test_a_phone_completes_the_consultation(hall: Hall) -> None:
    hall.consulting()
    given = hall.take(Referred("c1", LI, "wu1"))
    assert given[0] == TellReferred("c1", LI, 200)
    assert (hall.mixed(), hall.board.calls["c1"].agent) == (mutual(CALLER, WU), "wu")


@pytest.mark.parametrize(("user", "code"), [("nobody", 404), ("999", 404), ("li1", 603)])
def test_a_phone_is_told_why_not(hall: Hall, user: str, code: int) -> None:
    hall.talking()
    assert hall.take(Referred("c1", LI, user)) == [TellReferred("c1", LI, code)]
    assert hall.state is State.TALK


def test_a_dialog_of_the_phones_own_cannot_be_replaced(hall: Hall) -> None:
    hall.talking()
    assert hall.take(Referred("c1", LI, "wu1", replaces=True)) == [TellReferred("c1", LI, 501)]
    assert hall.take(Referred("c1", WU, "li1")) == [TellReferred("c1", WU, 603)], "nor may a phone outside the talk ask"


# --- REFER to the caller's side


def test_the_callers_carrier_connects_them(hall: Hall) -> None:
    hall.talking()
    given = hall.ask("refer", "number", NUMBER)
    assert Refer("c1", CALLER, f"sip:{NUMBER}@12348;user=phone") in given
    assert PlayMusic("c1", "hold.wav") in given
    assert hall.take(ReferTold("c1", CALLER, 180, False)) == []
    assert hall.take(ReferTold("c1", CALLER, 200, True)) == [HangUp("c1", CALLER)]
    hall.take(LegEnded("c1", CALLER, 200, ""))
    assert hall.agents()["li"] == "WRAP_UP"


@pytest.mark.parametrize("code", [405, 603, 486])
def test_a_carrier_that_cannot_gives_the_caller_back(hall: Hall, code: int) -> None:
    hall.talking()
    hall.ask("refer", "number", NUMBER)
    assert hall.take(ReferTold("c1", CALLER, code, True)) == [StopPlaying("c1"), Mix("c1", tuple(sorted(PLAIN)))]
    assert hall.board.calls["c1"].control.trouble == code
    hall.ask("refer", "number", NUMBER)
    hall.take(Ticked(), after=46.0)
    assert (hall.state, hall.mixed()) == (State.TALK, set(PLAIN))
    assert "外线号码" in hall.refused("refer", "agent", "wu")
