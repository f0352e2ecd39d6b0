"""Call control through the real switchboard, router and tables: held, asked, passed on. No sockets, no clock."""

import pytest

from ivr.commands import (
    Dial,
    Dismiss,
    HangUp,
    Join,
    Mix,
    Play,
    PlayMusic,
    Ringback,
    StopPlaying,
)
from ivr.facts import (
    CALLER,
    EarlyAudio,
    LegAnswered,
    LegEnded,
    LegHeld,
    LegRinging,
    WorkerLost,
)
from ivr.session import State as SessionState
from routing.facts import ForceAsked
from telephony.calls.switchboard import KeepRecord, Ticked
from telephony.control.talk import State
from tests.telephony.control_hall import LI, NUMBER, OUT, PLAIN, SHOWN, WU, ZHOU, Hall, mutual, names


@pytest.fixture
def hall() -> Hall:
    return Hall()


# --- hold


def test_a_held_caller_hears_music_and_nobody_hears_them(hall: Hall) -> None:
    hall.talking()
    assert hall.ask("hold") == [Mix("c1", ()), PlayMusic("c1", "hold.wav")]
    assert hall.ask("resume") == [StopPlaying("c1"), Mix("c1", tuple(sorted(PLAIN)))]
    assert hall.state is State.TALK


def test_who_hangs_up_with_the_caller_on_hold_has_not_ended_the_call(hall: Hall) -> None:
    hall.talking()
    hall.ask("hold")
    given = hall.take(LegEnded("c1", LI, 200, ""))
    assert Play("c1", "transferring", ("transferring.wav",)) in given
    assert hall.session is SessionState.WAITING
    assert [order.leg for order in given if isinstance(order, Dial)] == [ZHOU], "the next agent is rung at once"
    assert hall.agents()["li"] == "WRAP_UP"


def test_a_phone_that_holds_by_itself_holds_the_caller(hall: Hall) -> None:
    hall.talking()
    assert hall.take(LegHeld("c1", LI, True)) == [Mix("c1", ()), PlayMusic("c1", "hold.wav")]
    assert hall.state is State.HELD, "which the pages show"
    assert hall.take(LegHeld("c1", LI, True)) == [], "again is nothing"
    assert hall.take(LegHeld("c1", LI, False)) == [StopPlaying("c1"), Mix("c1", tuple(sorted(PLAIN)))]
    assert hall.state is State.TALK
    assert hall.take(LegHeld("c1", LI, False)) == []


def test_phone_and_page_hold_the_same_caller(hall: Hall) -> None:
    hall.talking()
    hall.take(LegHeld("c1", LI, True))
    hall.ask("resume")
    assert hall.state is State.TALK
    assert hall.take(LegHeld("c1", LI, False)) == [], "the page has taken the caller back already"
    hall.ask("hold")
    hall.take(LegHeld("c1", LI, True), LegHeld("c1", LI, False))
    assert hall.state is State.TALK


def test_who_else_holds_holds_nobody(hall: Hall) -> None:
    hall.consulting()
    for leg in (WU, LI, CALLER):
        assert hall.take(LegHeld("c1", leg, True), LegHeld("c1", leg, False)) == []
    assert hall.state is State.CONSULT
    hall.ask("conference")
    assert hall.take(LegHeld("c1", LI, True)) == [], "the others talk on"
    assert hall.state is State.CONFERENCE


# --- ringback


@pytest.mark.parametrize("asked", [("agent", "wu", WU), ("number", NUMBER, OUT), ("skill", "notary", WU)])
def test_who_waits_for_a_phone_hears_how_it_rings(hall: Hall, asked: tuple[str, str, str]) -> None:
    kind, target, leg = asked
    hall.talking()
    assert not [order for order in hall.ask("consult", kind, target) if isinstance(order, Ringback)]
    assert hall.take(LegRinging("c1", leg)) == [Ringback("c1", LI)]
    assert hall.take(LegRinging("c1", leg)) == [], "again is nothing"
    given = hall.take(LegAnswered("c1", leg))
    assert Ringback("c1", "") in given
    assert hall.state is State.CONSULT


def test_what_the_network_says_is_heard_in_its_place(hall: Hall) -> None:
    hall.talking()
    hall.ask("consult", "number", NUMBER)
    assert hall.take(LegRinging("c1", OUT), EarlyAudio("c1", OUT)) == [Ringback("c1", LI), Ringback("c1", "")]
    assert hall.take(LegRinging("c1", OUT)) == [], "180 after 183"


def test_each_phone_of_a_skill_rings_anew(hall: Hall) -> None:
    hall.talking()
    hall.ask("consult", "skill", "notary")
    hall.take(LegRinging("c1", WU))
    given = hall.take(LegEnded("c1", WU, 486, ""))
    assert [order for order in given if isinstance(order, Ringback)] == [Ringback("c1", "")]
    assert hall.take(LegRinging("c1", ZHOU)) == [Ringback("c1", LI)]
    assert Ringback("c1", "") in hall.ask("return")


@pytest.mark.parametrize("request_", ["conference", "transfer"])
def test_nobody_who_talks_or_waits_with_music_hears_it(hall: Hall, request_: str) -> None:
    hall.talking()
    hall.ask(request_, "number", NUMBER)
    assert not [order for order in hall.take(LegRinging("c1", OUT)) if isinstance(order, Ringback)]


# --- consult and attended transfer


def test_consult_then_complete(hall: Hall) -> None:
    hall.talking()
    given = hall.ask("consult", "agent", "wu")
    dial = Dial("c1", WU, "sip:wu1@12348", "13800001234")
    assert given == [Mix("c1", ()), PlayMusic("c1", "hold.wav"), dial, Mix("c1", ((WU, LI),))]
    assert hall.agents()["wu"] == "RESERVED"
    hall.take(LegRinging("c1", WU), EarlyAudio("c1", WU))
    assert hall.mixed() == {(WU, LI)}, "the agent hears how it rings"
    hall.take(LegAnswered("c1", WU))
    assert hall.mixed() == mutual(LI, WU)
    hall.ask("swap")
    assert hall.mixed() == mutual(LI, CALLER)
    hall.ask("swap")
    given = hall.ask("complete")
    assert given[:2] == [StopPlaying("c1"), Mix("c1", tuple(sorted(mutual(CALLER, WU))))]
    assert HangUp("c1", LI) in given
    assert (hall.agents()["li"], hall.agents()["wu"]) == ("WRAP_UP", "TALKING")
    hall.take(LegEnded("c1", LI, 200, ""))
    assert hall.session is SessionState.TALKING
    assert hall.board.calls["c1"].sheet.agent == "wu"
    given = hall.take(LegEnded("c1", WU, 408, "no audio"))
    assert Play("c1", "reconnecting", ("reconnecting.wav",)) in given, (
        "the new agent's phone is watched as the old one's"
    )
    assert [order.leg for order in given if isinstance(order, Dial)] == [ZHOU]


def test_consult_and_back(hall: Hall) -> None:
    hall.consulting()
    given = hall.ask("return")
    assert given[:2] == [StopPlaying("c1"), Mix("c1", tuple(sorted(PLAIN)))]
    assert HangUp("c1", WU) in given
    assert hall.agents()["wu"] == "TALKING", "not free before their leg has ended"
    hall.take(LegEnded("c1", WU, 200, ""))
    assert hall.agents()["wu"] == "READY", "who was only asked has no record to write"
    assert hall.state is State.TALK


@pytest.mark.parametrize("code", [486, 480, 603, 408])
def test_who_is_asked_and_does_not_come_gives_the_caller_back(hall: Hall, code: int) -> None:
    hall.talking()
    hall.ask("consult", "agent", "wu")
    hall.take(LegRinging("c1", WU))
    given = hall.take(LegEnded("c1", WU, code, ""))
    assert given == [StopPlaying("c1"), Mix("c1", tuple(sorted(PLAIN))), Ringback("c1", "")]
    assert hall.board.calls["c1"].control.trouble == code
    assert hall.queue() == []


def test_a_phone_that_rings_too_long_gives_the_caller_back(hall: Hall) -> None:
    hall.talking()
    hall.ask("consult", "agent", "wu")
    given = hall.take(LegRinging("c1", WU), Ticked(), after=21.0)
    assert HangUp("c1", WU) in given
    assert hall.state is State.TALK
    hall.take(LegEnded("c1", WU, 487, ""))
    assert (hall.queue(), hall.agents()["wu"]) == ([], "PAUSED")


def test_a_skill_is_asked_agent_after_agent(hall: Hall) -> None:
    hall.talking()
    assert Dial("c1", WU, "sip:wu1@12348", "13800001234") in hall.ask("consult", "skill", "notary")
    given = hall.take(LegEnded("c1", WU, 486, ""))
    assert [order.leg for order in given if isinstance(order, Dial | HangUp)] == [ZHOU], (
        "the ring of generalists is open"
    )
    assert hall.state is State.CALLING
    hall.take(LegRinging("c1", ZHOU), LegAnswered("c1", ZHOU))
    assert hall.mixed() == mutual(LI, ZHOU)


def test_a_skill_nobody_answers_for_gives_the_caller_back(hall: Hall) -> None:
    hall.talking()
    hall.take(ForceAsked("wu", "paused", "z"), ForceAsked("zhou", "paused", "z"))
    hall.ask("consult", "skill", "notary")
    assert hall.queue() == ["c1/1"]
    given = hall.take(Ticked(), after=61.0)
    assert [type(order) for order in given] == [StopPlaying, Mix]
    assert (hall.state, hall.queue()) == (State.TALK, [])


def test_the_one_who_is_asked_hangs_up(hall: Hall) -> None:
    hall.consulting()
    assert hall.take(LegEnded("c1", WU, 200, "")) == [StopPlaying("c1"), Mix("c1", tuple(sorted(PLAIN)))]
    assert hall.agents()["wu"] == "READY"


@pytest.mark.parametrize("code", [200, 408])
def test_the_agent_goes_while_they_ask_and_the_other_has_the_caller(hall: Hall, code: int) -> None:
    hall.consulting()
    given = hall.take(LegEnded("c1", LI, code, ""))
    assert Mix("c1", tuple(sorted(mutual(CALLER, WU)))) in given
    assert hall.board.calls["c1"].agent == "wu"
    assert hall.queue() == []


def test_the_agent_goes_while_it_rings(hall: Hall) -> None:
    hall.talking()
    hall.ask("consult", "agent", "wu")
    hall.take(LegRinging("c1", WU), LegEnded("c1", LI, 200, ""))
    assert hall.session is SessionState.WAITING
    given = hall.take(LegAnswered("c1", WU))
    assert Join("c1", WU) in given
    assert hall.board.calls["c1"].sheet.agent == "wu"


def test_the_agent_goes_while_it_rings_and_it_goes_on_ringing_in_vain(hall: Hall) -> None:
    hall.talking()
    hall.ask("consult", "agent", "wu")
    hall.take(LegRinging("c1", WU), LegEnded("c1", LI, 200, ""))
    given = hall.take(LegEnded("c1", WU, 486, ""))
    assert [order.leg for order in given if isinstance(order, Dial)] == [ZHOU]


def test_the_agents_phone_vanishes_while_it_rings(hall: Hall) -> None:
    hall.talking()
    hall.ask("consult", "agent", "wu")
    given = hall.take(LegEnded("c1", LI, 408, "no audio"))
    assert HangUp("c1", WU) in given
    assert Play("c1", "reconnecting", ("reconnecting.wav",)) in given
    assert hall.session is SessionState.WAITING
    assert hall.queue() == [], "somebody is rung for the caller already"


def test_the_caller_hangs_up_while_the_agent_asks(hall: Hall) -> None:
    hall.consulting()
    assert hall.take(LegEnded("c1", CALLER, 200, "")) == [Dismiss("c1")]
    hall.take(LegEnded("c1", WU, 200, ""), LegEnded("c1", LI, 200, ""), WorkerLost("c1", "over"))
    assert hall.agents() == {"li": "WRAP_UP", "wu": "READY", "zhou": "READY"}
    assert hall.board.calls == {}


def test_the_worker_dies_while_the_agent_asks(hall: Hall) -> None:
    hall.consulting()
    hall.take(WorkerLost("c1", "died"))
    assert hall.agents() == {"li": "WRAP_UP", "wu": "READY", "zhou": "READY"}


# --- blind transfer


def test_to_an_agent(hall: Hall) -> None:
    hall.talking()
    given = hall.ask("transfer", "agent", "wu")
    assert given[:2] == [Mix("c1", ()), HangUp("c1", LI)]
    assert Dial("c1", WU, "sip:wu1@12348", "13800001234") in given
    hall.take(LegEnded("c1", LI, 200, ""))
    assert hall.agents()["li"] == "WRAP_UP"
    assert Join("c1", WU) in hall.take(LegAnswered("c1", WU))


def test_to_an_agent_who_does_not_answer(hall: Hall) -> None:
    hall.talking()
    hall.ask("transfer", "agent", "wu")
    given = hall.take(LegEnded("c1", WU, 603, ""))
    assert [order.leg for order in given if isinstance(order, Dial)] == [ZHOU], "a person, not a dead end"


def test_to_a_skill(hall: Hall) -> None:
    hall.talking()
    assert Dial("c1", WU, "sip:wu1@12348", "13800001234") in hall.ask("transfer", "skill", "notary")
    assert hall.board.router.held["c1"].label == "notary"


def test_to_a_number(hall: Hall) -> None:
    hall.talking()
    given = hall.ask("transfer", "number", NUMBER)
    assert given[0] == Dial("c1", OUT, f"sip:{NUMBER}@12348;user=phone", SHOWN, "10.0.0.9")
    assert PlayMusic("c1", "hold.wav") in given
    assert HangUp("c1", LI) in given
    hall.take(LegEnded("c1", LI, 200, ""), LegRinging("c1", OUT))
    assert hall.take(EarlyAudio("c1", OUT)) == [StopPlaying("c1"), Mix("c1", ((OUT, CALLER),))], (
        "the network's own tones"
    )
    assert hall.take(LegAnswered("c1", OUT)) == [Mix("c1", tuple(sorted(mutual(CALLER, OUT))))]
    assert hall.agents()["li"] == "WRAP_UP"
    assert "Play" in names(hall.take(LegEnded("c1", OUT, 200, ""))), "the talk is over: the rating"


@pytest.mark.parametrize("code", [486, 480, 404, 503])
def test_to_a_number_that_does_not_answer(hall: Hall, code: int) -> None:
    hall.talking()
    hall.ask("transfer", "number", NUMBER)
    given = hall.take(LegEnded("c1", LI, 200, ""), LegEnded("c1", OUT, code, ""))
    assert Play("c1", "reconnecting", ("reconnecting.wav",)) in given
    assert [order.leg for order in given if isinstance(order, Dial)] == [ZHOU]


def test_to_a_number_that_rings_for_ever(hall: Hall) -> None:
    hall.talking()
    hall.ask("transfer", "number", NUMBER)
    given = hall.take(LegEnded("c1", LI, 200, ""), Ticked(), after=46.0)
    assert HangUp("c1", OUT) in given
    assert hall.session is SessionState.WAITING


def test_a_number_that_breaks_off_gives_the_caller_a_person(hall: Hall) -> None:
    hall.outside()
    given = hall.take(LegEnded("c1", OUT, 408, "no audio"))
    assert [order.leg for order in given if isinstance(order, Dial)] == [ZHOU]


def test_the_record_names_the_last_agent(hall: Hall) -> None:
    hall.consulting()
    hall.ask("complete")
    hall.take(LegEnded("c1", LI, 200, ""), LegEnded("c1", CALLER, 200, ""))
    records = [order.sheet for order in hall.orders if isinstance(order, KeepRecord)]
    assert (records[-1].agent, records[-1].outcome) == ("wu", "answered")
