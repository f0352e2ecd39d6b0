"""What a worker does with what it cannot do: the call ends, the others know, nothing raised ends the process."""

import queue
from typing import Any

import pytest

from ivr import commands, facts
from ivr.facts import CALLER, Fact
from telephony.worker import main
from telephony.worker.alone import Alone
from telephony.worker.conversation import Conversation
from telephony.worker.main import Worker

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


class Held:
    """The conversation of a worker, as far as it matters here."""

    dismissed = False
    refused: tuple[int, str] | None = None

    def refuse(self, code: int, reason: str) -> None:
        self.refused = (code, reason)


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(main.pj, "Call", Ended)
    ENDED.clear()
    made: Any = Worker.__new__(Worker)
    made._conversation, made._asked_to_end, made._account = None, False, None
    made._alone, made._nursery, made._events = Alone(), Link(), queue.SimpleQueue()
    return made


def broken(*_: Any) -> Any:
    raise RuntimeError("broken")


def test_an_invite_that_cannot_be_taken_is_500_and_ends_the_worker(
    worker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(main, "read_invite", broken)
    worker._incoming(7, "INVITE")
    assert ENDED == [(7, 500)]
    assert worker._idle_and_unwanted(0.0)


def test_a_conversation_that_breaks_while_it_begins_is_refused_and_dismissed(
    worker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def begin(*_: Any) -> Any:
        worker._conversation = Held()
        raise RuntimeError("broken")

    monkeypatch.setattr(main, "read_invite", lambda _: None)
    worker._begin = begin
    worker._incoming(7, "INVITE")
    assert (worker._conversation.refused, worker._conversation.dismissed) == ((500, ""), True)
    assert ENDED == []


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
    raise main.pj.Error


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


def test_an_order_that_meets_a_fault_is_told_and_nothing_is_raised() -> None:
    made, told = conversation()
    made._legs[CALLER] = object()
    made.carry_out(commands.Answer("c"))
    assert told == [facts.WorkerFailed("c", "Answer: AttributeError")]
