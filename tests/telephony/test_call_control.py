"""Call control through the real switchboard, router and tables: every way a talk can go. No sockets, no clock."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.commands import (
    Command,
    Dial,
    Dismiss,
    HangUp,
    Join,
    Mix,
    Play,
    PlayMusic,
    Refer,
    Ringback,
    SendDigits,
    StopPlaying,
    TellReferred,
)
from ivr.facts import (
    CALLER,
    Answered,
    Arrived,
    EarlyAudio,
    LegAnswered,
    LegEnded,
    LegHeld,
    LegRinging,
    PromptEnded,
    Referred,
    ReferTold,
    Requested,
    WorkerLost,
)
from ivr.scripts import Script
from ivr.session import Session
from ivr.session import State as SessionState
from ivr.tree import SPOKEN, Tree
from routing.facts import AgentKnown, ForceAsked, PhoneRegistered, ReadyAsked
from routing.router import Router, Rules
from telephony.calling import Calling
from telephony.control import ALONE, Request, State
from telephony.control_rules import refusal
from telephony.control_table import TABLE, printed
from telephony.journal import fact_entry, replay
from telephony.switchboard import KeepRecord, Switchboard, Ticked

WORDS = dict.fromkeys(SPOKEN, "话") | {"confirm": "{label}"}
TREE = Tree.model_validate({"enabled": False, "keys": {"0": {"label": "agent"}}, "prompts": WORDS})
SCRIPT = Script(TREE, None, {name: (f"{name}.wav",) for name in SPOKEN}, music="music.wav")  # type: ignore[arg-type]
RULES = Rules(ring_seconds=20, wrap_up_seconds=60, reserved_seconds=15)
NUMBER, SHOWN = "02087654321", "02012348"
WAY = {NUMBER: SHOWN}
LI, WU, ZHOU = "agent:li", "agent:wu", "agent:zhou"
OUT = "outside:1"
PLAIN = ((LI, CALLER), (CALLER, LI))


def switchboard() -> Switchboard:
    calling = Calling("hold.wav", WAY.get, "10.0.0.9")
    return Switchboard(Router(RULES), lambda call: Session(call, SCRIPT), strict=True, calling=calling)


class Hall:
    """One call from c1 with li, and wu and zhou ready; facts with their times, and the orders they led to."""

    def __init__(self) -> None:
        self.board = switchboard()
        self.now = 10_000.0
        self.entries: list[Any] = []
        self.orders: list[Any] = []
        self.pairs: set[tuple[str, str]] = set()
        for name, skills in (("li", (("*", 3),)), ("wu", (("notary", 4),)), ("zhou", (("*", 1),))):
            self.take(AgentKnown(name, f"{name}1", skills), PhoneRegistered(name))

    def handle(self, fact: Any) -> list[Any]:
        self.entries.append(fact_entry("b", self.now, fact))
        orders = self.board.handle(fact, self.now)
        self.orders += orders
        self.heard(fact, orders)
        return [order for order in orders if isinstance(order, Command)]

    def take(self, *facts: Any, after: float = 1.0) -> list[Command]:
        given: list[Command] = []
        for fact in facts:
            until = self.now + after
            while (due := self.board.next_deadline()) is not None and due <= until:
                self.now = max(due, self.now)
                given += self.handle(Ticked())
            self.now = until
            given += self.handle(fact)
        return given

    def talking(self) -> None:
        self.take(ReadyAsked("li"), Arrived("c1", "13800001234", "12348", "t"), Answered("c1"))
        self.take(PromptEnded("c1", "notice", True), LegAnswered("c1", LI))
        assert self.state is State.TALK
        self.take(ReadyAsked("wu"), ReadyAsked("zhou"))

    def ask(self, request: str, kind: str = "", target: str = "", by: str = "li") -> list[Command]:
        asked = Requested("c1", request, by, kind, target)
        assert refusal(self.board, self.board.calls.get("c1"), asked) == ""
        return self.take(asked)

    def refused(self, request: str, kind: str = "", target: str = "", by: str = "li") -> str:
        asked = Requested("c1", request, by, kind, target)
        why = refusal(self.board, self.board.calls.get("c1"), asked)
        assert why
        assert self.take(asked) == [], "what is refused does nothing"
        return why

    @property
    def state(self) -> State:
        return self.board.calls["c1"].control.state

    @property
    def session(self) -> SessionState:
        return self.board.calls["c1"].session.state

    def agents(self) -> dict[str, str]:
        return {agent.name: agent.state.name for agent in self.board.router.agents.values()}

    def queue(self) -> list[str]:
        return [waiting.call for waiting in self.board.router.queue]

    def mixed(self) -> set[tuple[str, str]]:
        """Who hears whom, as the worker has it: what it was told, without the legs that have ended since."""
        return self.pairs

    def heard(self, fact: Any, orders: list[Any]) -> None:
        if isinstance(fact, LegEnded):
            self.pairs = {pair for pair in self.pairs if fact.leg not in pair}
        for order in orders:
            match order:
                case HangUp(leg=leg):
                    self.pairs = {pair for pair in self.pairs if leg not in pair}
                case Join(leg=leg):
                    self.pairs = self.pairs | {(CALLER, leg), (leg, CALLER)}
                case Mix(pairs=all_of_them):
                    self.pairs = set(all_of_them)

    def consulting(self, leg: str = WU, **asked: str) -> None:
        self.talking()
        self.ask("consult", **(asked or {"kind": "agent", "target": "wu"}))
        self.take(LegRinging("c1", leg), LegAnswered("c1", leg))
        assert self.state is State.CONSULT

    def outside(self) -> None:
        self.talking()
        self.ask("transfer", "number", NUMBER)
        self.take(LegEnded("c1", LI, 200, ""), LegAnswered("c1", OUT))
        assert self.state is State.OUTSIDE


@pytest.fixture
def hall() -> Hall:
    return Hall()


def mutual(*legs: str) -> set[tuple[str, str]]:
    return {(one, other) for one in legs for other in legs if one != other}


def names(commands: list[Command]) -> list[str]:
    return [type(command).__name__ for command in commands]


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


# --- whatever happens


REQUESTS = st.sampled_from(
    [
        *(Requested("c1", request.value, "li") for request in Request),
        *(Requested("c1", request.value, by) for by in ("wu", "zhou") for request in Request),
        *(
            Requested("c1", request, by, kind, target)
            for request in ("consult", "conference", "transfer", "refer")
            for kind, target in (("agent", "wu"), ("agent", "zhou"), ("skill", "notary"), ("number", NUMBER))
            for by in ("li", "wu")
        ),
        *(Requested("c1", watch, "z", "phone", "9001") for watch in ("listen", "whisper", "barge")),
    ]
)
LEGS = st.sampled_from([LI, WU, ZHOU, "supervisor:z", "outside:1", "outside:2", "outside:3"])
HAPPENINGS = st.one_of(
    REQUESTS,
    REQUESTS,
    st.builds(LegRinging, st.just("c1"), LEGS),
    st.builds(LegAnswered, st.just("c1"), LEGS),
    st.builds(LegAnswered, st.just("c1"), LEGS),
    st.builds(LegEnded, st.just("c1"), LEGS, st.sampled_from([200, 408, 486]), st.just("")),
    st.builds(EarlyAudio, st.just("c1"), LEGS),
    st.builds(ReferTold, st.just("c1"), st.just(CALLER), st.sampled_from([100, 200, 603]), st.booleans()),
    st.builds(ReadyAsked, st.sampled_from(["li", "wu", "zhou"])),
    st.builds(ForceAsked, st.sampled_from(["li", "wu"]), st.sampled_from(["ready", "paused", "offline"]), st.just("z")),
    st.just(Ticked()),
)


class Legs:
    """Which legs there are, from the orders: only those that were dialled can say anything."""

    def __init__(self) -> None:
        self.there = {LI}

    def possible(self, fact: Any) -> bool:
        return not isinstance(fact, LegRinging | LegAnswered | LegEnded | EarlyAudio) or fact.leg in self.there

    def seen(self, fact: Any, given: list[Command]) -> None:
        self.there |= {order.leg for order in given if isinstance(order, Dial)}
        if isinstance(fact, LegEnded):
            self.there.discard(fact.leg)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(HAPPENINGS, st.sampled_from([0.1, 1.0, 25.0, 130.0])), max_size=40))
def test_whatever_happens_the_caller_is_with_a_person_or_waits_for_one(happenings: list[tuple[Any, float]]) -> None:
    hall, legs = Hall(), Legs()
    hall.talking()
    for fact, after in happenings:
        if not legs.possible(fact):
            continue
        legs.seen(fact, hall.take(fact, after=after))
        conversation = hall.board.calls.get("c1")
        if conversation is None or conversation.session.state is SessionState.ENDED:
            break
        control, router = conversation.control, hall.board.router
        if conversation.session.state is SessionState.TALKING:
            assert control.state is not State.IDLE
            assert bool(conversation.agent) == (control.state not in ALONE)
            assert control.agent == (f"agent:{conversation.agent}" if conversation.agent else "")
            if control.agent:
                assert router.agents[conversation.agent].call == "c1", "the router knows who has the call"
            else:
                assert control.deadline is not None or control.guests, "nobody waits for ever"
        else:
            assert control.state is State.IDLE
        if conversation.session.state is SessionState.WAITING:
            held = router.floor.by_call.get("c1")
            assert held is not None or router.queue.get("c1") is not None, "who waits is known to the router"
        wanted = {line.split("/")[0] for line in hall.queue()}
        assert wanted <= {"c1"}
        lines = [line for line in hall.queue() if "/" in line]
        assert lines == ([control.line] if lines else []), "nobody is sought for a talk that does not want them"
        assert len(control.legs) <= 3
        if control.state is not State.IDLE:
            told = {pair for pair in conversation.mixed if pair[0] != "music"}
            assert told == hall.mixed() == {pair for pair in control.mixed() if pair[0] != "music"}
        for source, listener in conversation.mixed:
            assert {source, listener} <= {"music", CALLER, *control.legs}
    again = [order for _, orders in replay(hall.entries, switchboard()) for order in orders]
    assert again == hall.orders, "a replay of the log gives the same commands"


def test_every_state_but_idle_can_be_left() -> None:
    for state in set(State) - {State.IDLE}:
        assert any(at is state for at, _ in TABLE), state
    assert all(f"| {state.value} |" in printed() for state in State)


def test_the_record_names_the_last_agent(hall: Hall) -> None:
    hall.consulting()
    hall.ask("complete")
    hall.take(LegEnded("c1", LI, 200, ""), LegEnded("c1", CALLER, 200, ""))
    records = [order.sheet for order in hall.orders if isinstance(order, KeepRecord)]
    assert (records[-1].agent, records[-1].outcome) == ("wu", "answered")
