"""From the call to its callback: through the real switchboard, session and database; only the workers are missing."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session as DatabaseSession

from config.load import PACKAGED
from config.settings import Settings
from hotline.callbacks import following as rules_of_callbacks
from hotline.callbacks.following import keeping, load_callbacks
from ivr.commands import Dismiss, Play
from ivr.facts import Answered, Arrived, DigitPressed, LegAnswered, LegEnded, PromptEnded
from ivr.scripts import Script
from ivr.session import Session
from ivr.tree import SPOKEN, Tree
from records import callbacks, callrecords
from records.callback_entry import Callback
from records.callrecords import CallRecord
from records.engine import Database
from records.errors import ConstraintError
from routing.estimate import Abandons
from routing.facts import AgentKnown, PhoneRegistered, ReadyAsked
from routing.router import Router, Rules
from telephony.calls.switchboard import KeepRecord, Switchboard, Ticked
from telephony.core.writing import record_of

NUMBER = "13800001234"
WORDS = dict.fromkeys(SPOKEN, "话") | {"confirm": "{label}"}
KEYS = {"0": {"label": "agent"}, "1": {"label": "law"}, "2": {"label": "emergency.police"}}
TREE = Tree.model_validate({"keys": KEYS, "prompts": WORDS, "priorities": {"emergency": 10}})


class Line:
    """Calls through a switchboard whose records are kept as the core keeps them."""

    def __init__(self, database: Database) -> None:
        settings = load_callbacks(Settings(home=Path("unused"), folder=PACKAGED))
        self.keep = keeping(settings, Abandons(), TREE.priority)
        prompts = {name: (f"{name}.wav",) for name in ("callback.offer", "callback.taken", "still_waiting")}
        script = Script(TREE, None, prompts, callback_key=settings.key, callable=settings.callable)  # type: ignore[arg-type]
        self.board = Switchboard(Router(Rules()), lambda call: Session(call, script), strict=True)
        self.database, self.now = database, 1000.0
        self.orders: list[Any] = []

    def take(self, *facts: Any, after: float = 1.0) -> None:
        for fact in facts:
            self.now += after
            orders = self.board.handle(fact, self.now)
            self.orders += orders
            for order in orders:
                if isinstance(order, KeepRecord):
                    self.database.do(self.keep, record_of(order.sheet))

    def queued(self, call: str, key: str = "1", number: str = NUMBER) -> None:
        self.take(Arrived(call, number, "12348", "local"), Answered(call), DigitPressed(call, key))
        self.take(PromptEnded(call, "notice", True), PromptEnded(call, "to_person", True))

    def open(self) -> list[Callback]:
        return self.database.read(callbacks.all_open)

    def played(self, prompt: str) -> list[tuple[str, ...]]:
        return [order.files for order in self.orders if isinstance(order, Play) and order.prompt == prompt]


@pytest.fixture
def line(database: Database) -> Line:
    return Line(database)


def gone(call: str) -> LegEnded:
    return LegEnded(call, "caller", 200, "")


def test_who_hangs_up_in_the_queue_is_called_back_with_the_place_they_had(line: Line) -> None:
    line.queued("c1")
    queued = line.now - 1
    line.take(gone("c1"), after=40)
    [callback] = line.open()
    assert (callback.number, callback.source, callback.label, callback.call) == (NUMBER, "missed", "law", "c1")
    assert (callback.since, callback.due) == (queued, line.now)


def test_a_short_abandon_is_none(line: Line) -> None:
    line.queued("c1")
    line.take(gone("c1"), after=2)
    assert line.open() == []


@pytest.mark.parametrize("number", ["anonymous", "", "8001"])
def test_who_shows_no_number_is_neither_offered_nor_called(line: Line, number: str) -> None:
    line.queued("c1", number=number)
    line.take(Ticked(), after=31)
    assert line.played("still_waiting") == [("still_waiting.wav",)]
    line.take(DigitPressed("c1", "9"))
    assert line.board.calls["c1"].session.state.name == "WAITING"
    line.take(gone("c1"))
    assert line.open() == []


def test_nine_in_the_queue_keeps_the_place_and_ends_the_call_kindly(line: Line) -> None:
    line.queued("c1")
    queued = line.now - 1
    line.take(Ticked(), after=31)
    assert line.played("still_waiting") == [("still_waiting.wav", "callback.offer.wav")]
    line.take(DigitPressed("c1", "9"))
    assert len(line.board.router.queue) == 0
    assert line.played("callback.taken") == [("callback.taken.wav",)]
    line.take(PromptEnded("c1", "callback.taken", True))
    assert Dismiss("c1") in line.orders
    [callback] = line.open()
    assert (callback.source, callback.since) == ("queue", queued)
    record = line.database.read(callrecords.get, "c1")
    assert record is not None
    assert (record.outcome, record.end_reason) == ("abandoned_queue", "要求回拨")


def test_who_asked_and_hangs_up_at_once_is_called_back_all_the_same(line: Line) -> None:
    line.queued("c1")
    line.take(DigitPressed("c1", "9"), gone("c1"), after=0.5)
    assert [each.source for each in line.open()] == ["queue"]


def test_who_asked_while_a_phone_rings_frees_the_agent(line: Line) -> None:
    line.take(AgentKnown("li", "1001", (("*", 3),)), PhoneRegistered("li"), ReadyAsked("li"))
    line.queued("c1")
    assert line.board.router.agents["li"].call == "c1"
    line.take(DigitPressed("c1", "9"))
    assert line.board.router.agents["li"].state.name == "READY"
    line.take(LegAnswered("c1", "agent:li"))
    assert line.board.calls["c1"].agent == ""


def test_an_emergency_is_never_sent_to_wait_for_a_callback(line: Line) -> None:
    line.queued("c1", key="2")
    line.take(Ticked(), after=31)
    assert line.played("still_waiting") == [("still_waiting.wav",)]
    line.take(DigitPressed("c1", "9"))
    assert line.board.calls["c1"].session.state.name == "WAITING"
    line.take(gone("c1"), after=30)
    assert [each.priority for each in line.open()] == [10]


def test_calling_twice_makes_one_callback(line: Line) -> None:
    for call in ("c1", "c2"):
        line.queued(call)
        line.take(gone(call), after=40)
    [callback] = line.open()
    assert callback.call == "c2"
    assert callback.since < 1050


def test_a_caller_who_calls_again_and_is_served_needs_none(line: Line) -> None:
    line.queued("c1")
    line.take(gone("c1"), after=40)
    line.take(AgentKnown("li", "1001", (("*", 3),)), PhoneRegistered("li"), ReadyAsked("li"))
    line.queued("c2")
    line.take(LegAnswered("c2", "agent:li"), gone("c2"), after=10)
    assert line.open() == []
    [callback] = line.database.read(callbacks.latest)
    assert (callback.state, callback.result, callback.note) == ("DONE", "来电已接听", "c2")


def test_a_record_that_is_kept_again_asks_for_no_second_callback(line: Line) -> None:
    line.queued("c1")
    line.take(gone("c1"), after=40)
    record = line.database.read(callrecords.get, "c1")
    assert record is not None
    line.database.do(line.keep, record)
    assert len(line.database.read(callbacks.latest)) == 1


def test_a_fault_in_the_callback_never_costs_the_record(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_arguments: Any) -> None:
        raise OperationalError("INSERT", {}, Exception("disk I/O error"))

    monkeypatch.setattr(rules_of_callbacks, "wish", fails)
    line.queued("c1")
    line.take(gone("c1"), after=40)
    record = line.database.read(callrecords.get, "c1")
    assert record is not None
    assert record.outcome == "abandoned_queue"
    assert line.open() == []


def test_the_database_refuses_a_second_open_one_of_a_number(database: Database) -> None:
    def one(id: str) -> Callable[[DatabaseSession], None]:
        return lambda session: callbacks.save(session, Callback(id, NUMBER, "missed", 1.0, 1.0, 2.0))

    database.do(one("HB1"))
    with pytest.raises(ConstraintError):
        database.do(one("HB2"))


def test_no_number_lies_open_in_the_file(database: Database, tmp_path: Path) -> None:
    database.do(lambda session: callbacks.save(session, Callback("HB1", NUMBER, "missed", 1.0, 1.0, 2.0, note="张三")))
    database.close()
    stored = b"".join(file.read_bytes() for file in (tmp_path / "home").glob("hotline.db*"))
    assert NUMBER.encode() not in stored
    assert "张三".encode() not in stored


def test_who_gives_up_in_the_tree_after_a_while_is_called_back(line: Line) -> None:
    line.take(Arrived("c1", NUMBER, "12348", "local"), Answered("c1"), PromptEnded("c1", "notice", True))
    line.take(LegEnded("c1", "caller", 200, ""), after=15.0)
    [callback] = line.open()
    assert (callback.source, callback.call, callback.label) == ("missed", "c1", "agent")


def test_who_hangs_up_in_the_notice_is_not(line: Line) -> None:
    line.take(Arrived("c1", NUMBER, "12348", "local"), Answered("c1"))
    line.take(LegEnded("c1", "caller", 200, ""), after=14.0)
    assert line.open() == []


@pytest.mark.parametrize("outcome", ["self_served", "voicemail", "transferred"])
def test_who_was_served_otherwise_is_not(line: Line, outcome: str) -> None:
    over = CallRecord("c1", NUMBER, answered_at=1.0, queued_at=2.0, ended_at=100.0, outcome=outcome, ended_by="caller")
    line.database.do(line.keep, over)
    assert line.open() == []
    line.database.do(line.keep, replace(over, call="c2", outcome="abandoned_queue"))
    assert [callback.call for callback in line.open()] == ["c2"]
