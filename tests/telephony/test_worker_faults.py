"""What a worker does with what it cannot do: the call ends, the others know, nothing raised ends the process."""

import queue
from types import SimpleNamespace
from typing import Any

import pytest

from ivr import commands, facts
from ivr.facts import CALLER, Fact
from telephony.worker import accounts, serving
from telephony.worker.accounts import Accounts
from telephony.worker.alone import Alone
from telephony.worker.conversation import Conversation
from telephony.worker.legs.dialling import Dialled
from telephony.worker.legs.requests import Wanted
from telephony.worker.legs.security import Security
from telephony.worker.serving import ToldToEnd, Worker

ENDED: list[tuple[int, int]] = []


class Ended:
    """A call of PJSIP's that notes how it was ended."""

    def __init__(self, _account: Any, call_id: int) -> None:
        self.call_id = call_id

    def hangup(self, param: Any) -> None:
        ENDED.append((self.call_id, int(param.statusCode)))


class Link:
    connected = True

    def say(self, message: Any) -> None: ...


INVITE = "INVITE sip:12348@127.0.0.1 SIP/2.0\r\nX-Hotline-Trunk: carrier\r\n\r\n"


class Held:
    """The conversation of a worker, as far as it matters here; `leg` is whether it holds the caller's."""

    dismissed = False
    refused: tuple[int, str] | None = None
    answered: bool | None = None
    breaks = False

    def __init__(self, leg: bool = True) -> None:
        self.over = not leg

    def arrive(self, _invite: Any, _call_id: int, answered: bool) -> None:
        if self.breaks:
            raise RuntimeError("broken")
        self.answered = answered

    def refuse(self, code: int, reason: str) -> None:
        self.refused = (code, reason)


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(accounts.pj, "Call", Ended)
    ENDED.clear()
    made: Any = Worker.__new__(Worker)
    made._conversation, made._told_to_end, made._accounts = None, ToldToEnd(), Accounts.__new__(Accounts)
    made._accounts.hearing = None
    made._place, made._core, made._answers = SimpleNamespace(security=Security()), Link(), True
    made._alone, made._nursery, made._events = Alone(), Link(), queue.SimpleQueue()
    return made


def broken(*_: Any) -> Any:
    raise RuntimeError("broken")


def test_an_invite_that_cannot_be_taken_is_500_and_ends_the_worker(
    worker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "read_invite", broken)
    worker._incoming(7, "INVITE")
    assert ENDED == [(7, 500)]
    assert worker._idle_and_unwanted(0.0)


def test_a_conversation_that_breaks_while_it_begins_is_refused_and_dismissed(worker: Any) -> None:
    held = begins(worker)
    held.breaks = True
    worker._incoming(7, INVITE)
    assert (held.refused, held.dismissed) == ((500, ""), True)
    assert ENDED == []


def test_one_that_breaks_before_it_has_the_caller_s_leg_is_refused_all_the_same(worker: Any) -> None:
    held = begins(worker, leg=False)
    held.breaks = True
    worker._incoming(7, INVITE)
    assert (ENDED, held.dismissed) == ([(7, 500)], True)


def begins(worker: Any, leg: bool = True) -> Held:
    held = Held(leg)

    def begin(_call: str) -> Held:
        worker._conversation = held
        return held

    worker._begin = begin
    return held


@pytest.mark.parametrize(("told", "there", "at_once"), [(True, True, True), (False, True, False), (True, False, False)])
def test_a_caller_is_answered_at_once_where_a_core_is_there_that_has_said_so(
    worker: Any, told: bool, there: bool, at_once: bool
) -> None:
    held = begins(worker)
    worker._ordered({"standing": "Answer"} if told else {"standing": ""})
    worker._core.connected = there
    worker._incoming(7, INVITE)
    assert (held.answered, held.refused) == (at_once, None)


def test_who_offers_what_the_trunk_may_not_is_refused_and_never_answered(worker: Any) -> None:
    held = begins(worker)
    worker._incoming(7, INVITE + "m=audio 4000 RTP/SAVP 0\r\n")
    assert (held.answered, held.refused) == (False, (488, "SRTP is off"))


def test_a_second_invite_that_cannot_even_be_refused_leaves_the_first_call_alone(
    worker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker._conversation = first = Held()
    worker._incoming(8, "INVITE")
    assert ENDED == [(8, 486)]
    monkeypatch.setattr(Ended, "hangup", lambda *_: broken_pjsip())
    worker._incoming(9, "INVITE")
    assert (worker._conversation, first.refused, first.dismissed) == (first, None, False)


def broken_pjsip() -> None:
    raise accounts.pj.Error


def conversation() -> tuple[Any, list[Fact]]:
    """A conversation without legs: its caller has left."""
    told: list[Fact] = []
    made: Any = Conversation.__new__(Conversation)
    made.call, made._legs, made._tell = "c", {}, told.append
    made._around = type("Around", (), {"clock": staticmethod(lambda: 0.0)})
    return made, told


@pytest.mark.parametrize("order", [commands.Answer("c"), commands.Refuse("c", 486, "Busy Here")])
def test_an_order_that_crossed_with_the_caller_s_leaving_changes_nothing(order: Any) -> None:
    made, told = conversation()
    made.carry_out(order)
    assert told == []


@pytest.mark.parametrize("fault", [accounts.pj.Error, RuntimeError])
@pytest.mark.parametrize("anew", [False, True], ids=["dialled", "with another offer"])
def test_a_leg_that_cannot_be_made_has_ended(fault: type[Exception], anew: bool) -> None:
    """Who waits for it waits for its end, and the loop goes on."""
    made, told = conversation()

    def account_for(*_: Any) -> Any:
        raise fault

    made._around.account_for = account_for
    made._engine = SimpleNamespace(ports=SimpleNamespace(sip_address="127.0.0.1"), sip_port=5060)
    made._dialled, made._anew, made._old_legs, made._mixed = {}, {}, [], set()
    if anew:
        made._legs["line:110"] = SimpleNamespace(name="line:110")
        made._dialled["line:110"] = Dialled("sip:110@127.0.0.1", "", {})
        made._anew["line:110"] = Wanted("off", "")
        made._offer_anew()
    else:
        made.carry_out(commands.Dial("c", "line:110", "sip:110@127.0.0.1;user=phone", "12348"))
    [ended] = told
    assert isinstance(ended, facts.LegEnded)
    assert (ended.leg, ended.code, made._legs) == ("line:110", 500, {})


def test_an_order_that_meets_a_fault_is_told_and_nothing_is_raised() -> None:
    made, told = conversation()
    made._legs[CALLER] = object()
    made.carry_out(commands.Answer("c"))
    assert told == [facts.WorkerFailed("c", "Answer: AttributeError")]


def test_another_offer_is_made_at_once() -> None:
    made, _ = conversation()
    made._anew = {}
    assert not made.pressing
    made._anew["outside:1"] = object()
    assert made.pressing
