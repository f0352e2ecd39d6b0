"""A fault in what is due on one call: the others get their orders, and it comes again later, not at once."""

from typing import Any

import pytest

from ivr.facts import Answered, Arrived, PromptEnded
from ivr.scripts import Script
from ivr.session import Session
from routing.facts import AgentKnown, PhoneRegistered, ReadyAsked
from telephony.calls.due import AGAIN_SECONDS
from telephony.calls.switchboard import Switchboard, Ticked
from telephony.control import moves
from telephony.control.talk import State
from tests.telephony.control_hall import LI
from tests.telephony.lines_hall import LinesHall, board_of


def waiting(board: Switchboard) -> None:
    """Two callers hear the notice at the same time."""
    for call in ("a", "b"):
        for fact in (
            Arrived(call, f"1380000123{call}", "12348", "t"),
            Answered(call),
            PromptEnded(call, "notice", True),
        ):
            board.handle(fact, 1000.0)


def broken(call: str) -> Any:
    tick = Session.tick

    def fails(session: Session, now: float) -> Any:
        if session.call != call or session.deadline is None or now < session.deadline:
            return tick(session, now)
        session.deadline = None  # as the session's own
        raise KeyError("a fault")

    return fails


def test_the_others_get_their_orders_and_the_fault_does_not_spin(
    whole: Script, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    board = board_of(whole, strict=False)
    waiting(board)
    due = board.next_deadline()
    assert due is not None
    monkeypatch.setattr(Session, "tick", broken("a"))
    orders = board.handle(Ticked(), due)
    assert {getattr(order, "call", "") for order in orders} >= {"b"}
    assert [each.getMessage() for each in caplog.records if each.levelname == "ERROR"] == [
        "call a: what was due failed"
    ]
    assert board.calls["a"].session.next_deadline() == due + AGAIN_SECONDS
    monkeypatch.undo()
    assert board.handle(Ticked(), due + AGAIN_SECONDS) != [], "and goes on when it can"


def test_a_talk_that_fails_is_tried_again_too(whole: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    hall = LinesHall(whole, strict=False)
    hall.talking(others=False)
    hall.ask("park")
    hall.ended(LI)
    due = hall.call.control.deadline
    assert due is not None

    def fails(*_about: Any) -> Any:
        raise KeyError("a fault")

    monkeypatch.setattr(moves, "step", fails)
    hall.board.handle(Ticked(), due)
    assert hall.call.control.deadline == due + AGAIN_SECONDS
    monkeypatch.undo()
    hall.now = due
    hall.wait(AGAIN_SECONDS)
    assert hall.state is State.IDLE
    assert hall.known


def test_a_fault_for_agents_and_queue_costs_no_call_its_orders(whole: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    board = board_of(whole, strict=False)
    waiting(board)
    for fact in (AgentKnown("li", "li1", (("*", 3),)), PhoneRegistered("li"), ReadyAsked("li")):
        board.handle(fact, 1000.0)

    def fails(_now: float) -> Any:
        raise KeyError("a fault")

    monkeypatch.setattr(board.router, "tick", fails)
    due = board.next_deadline()
    assert due is not None
    assert board.handle(Ticked(), due) != []


def test_where_it_is_strict_a_fault_is_raised(whole: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    board = board_of(whole)
    waiting(board)
    due = board.next_deadline()
    assert due is not None
    monkeypatch.setattr(Session, "tick", broken("a"))
    with pytest.raises(KeyError):
        board.handle(Ticked(), due)
