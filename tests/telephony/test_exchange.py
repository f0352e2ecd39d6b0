"""The exchange keeps order, logs before it acts, and serves on when the log cannot be written. A real SQLite file."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import event
from twisted.internet.defer import ensureDeferred
from twisted.internet.selectreactor import SelectReactor
from twisted.internet.task import deferLater

from ivr.commands import Command, Play
from ivr.facts import Answered, Arrived, Heard, LegEnded, RecordingKept, WorkerLost
from ivr.scripts import Script
from ivr.session import Session
from ivr.tree import SPOKEN, Tree
from records import calllog, callrecords
from records.engine import Database
from records.threads import DatabaseThreads
from routing.facts import AgentKnown, CallWaiting, PauseAsked
from routing.router import Router, Rules
from telephony.calls.switchboard import Switchboard, Ticked
from telephony.core.exchange import Exchange
from telephony.core.journal import command_entry, fact_entry, fact_of, replay


def switchboard() -> Switchboard:
    """One whose callers hear the notice; nobody is understood in these tests."""
    words = dict.fromkeys(SPOKEN, "话") | {"confirm": "{label}"}
    tree = Tree.model_validate({"keys": {"0": {"label": "agent"}}, "prompts": words})
    script = Script(tree, None, prompts={"notice": ("notice.wav",)})  # type: ignore[arg-type]
    return Switchboard(Router(Rules()), lambda call: Session(call, script), strict=True)


def run(database: Database, play: Callable[[Exchange, Any], Awaitable[None]]) -> list[Command]:
    """Run `play(exchange, reactor)` on a reactor of its own; the commands that went out to workers."""
    reactor: Any = SelectReactor()
    reactor.startRunning(installSignalHandlers=False)
    threads = DatabaseThreads(reactor, database)
    sent: list[Command] = []
    exchange = Exchange(reactor, switchboard(), threads, "b1", sent.append)

    async def main() -> None:
        try:
            await play(exchange, reactor)
        finally:
            exchange.stop()
            await threads.close()

    ended: list[Any] = []
    ensureDeferred(main()).addBoth(ended.append)
    for _ in range(6000):
        if ended:
            break
        reactor.iterate(0.005)
    reactor.disconnectAll()
    if ended[0] is not None:
        ended[0].raiseException()
    return sent


def test_facts_are_logged_in_order_with_the_commands_they_lead_to(database: Database) -> None:
    async def play(exchange: Exchange, _reactor: Any) -> None:
        exchange.take(Arrived("c1", "13800001234", "12348", "local"), 1)
        exchange.take(Answered("c1"), 2)
        await exchange.take(LegEnded("c1", "caller", 200, ""), 3)

    sent = run(database, play)
    assert [type(command).__name__ for command in sent] == ["Answer", "Play", "Dismiss"]
    entries = database.read(calllog.of_boot, "b1")
    assert [entry.name for entry in entries if entry.kind == "fact"] == ["Arrived", "Answered", "LegEnded"]
    assert [entry.name for entry in entries if entry.kind == "command"] == ["Answer", "Play", "Dismiss"]
    record = database.read(callrecords.get, "c1")
    assert record is not None
    assert (record.outcome, record.caller) == ("abandoned_ivr", "13800001234")


def test_the_log_replays_the_call(database: Database) -> None:
    async def play(exchange: Exchange, _reactor: Any) -> None:
        exchange.take(Arrived("c1", "1", "12348", "local"), 1)
        exchange.take(Answered("c1"), 2)
        await exchange.take(WorkerLost("c1", "gone"))

    sent = run(database, play)
    again = replay(database.read(calllog.of_boot, "b1"), switchboard())
    assert [order for _, orders in again for order in orders if isinstance(order, Command)] == sent


def test_a_log_that_cannot_be_written_ends_no_call_and_catches_up(database: Database) -> None:
    """SQLite's own limit on pages gives the error of a disk without room."""
    full = [True]

    @event.listens_for(database.engine, "begin")
    def begun(connection: Any) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count={1 if full else 1 << 30}")

    # More than the free space in the pages that are there.
    caller = "1" * 20_000
    troubles: list[str] = []

    async def play(exchange: Exchange, reactor: Any) -> None:
        await exchange.take(Arrived("c1", caller, "12348", "local"), 1)
        troubles.append(exchange.log_trouble)
        await exchange.take(Answered("c1"), 2)
        full.clear()
        for _ in range(100):
            if not exchange.log_trouble:
                break
            await deferLater(reactor, 0.1)
        troubles.append(exchange.log_trouble)
        await deferLater(reactor, 0.1)

    sent = run(database, play)
    assert [type(command).__name__ for command in sent] == ["Answer", "Play"]
    assert "disk is full" in troubles[0]
    assert troubles[1] == ""
    entries = database.read(calllog.of_boot, "b1")
    assert sorted(entry.name for entry in entries) == ["Answer", "Answered", "Arrived", "Play"]
    record = database.read(callrecords.get, "c1")
    assert record is not None
    assert record.answered_at is not None


@pytest.mark.parametrize(
    "fact",
    [
        Arrived("c1", "1", "12348", "local"),
        Heard("c1", "我要离婚", 0.5, 1.25),
        LegEnded("c1", "agent:li", 486, "Busy"),
        RecordingKept("c1", "c1.wav", 3.0, "00"),
        AgentKnown("li", "1001", (("*", 3), ("law", 2))),
        CallWaiting("c1", "law", 10),
        PauseAsked("li", "小休"),
        Ticked(),
    ],
    ids=lambda fact: type(fact).__name__,
)
def test_facts_survive_the_log(database: Database, fact: Any) -> None:
    database.do(calllog.append, [fact_entry("b", 1.0, fact, 5)])
    [entry] = database.read(calllog.of_boot, "b")
    assert fact_of(entry) == fact


def test_commands_are_kept_as_json() -> None:
    entry = command_entry("b", 1.0, Play("c1", "notice", ("a.wav", "b.wav"), True))
    assert (entry.call, entry.name) == ("c1", "Play")
    assert entry.fields == {"prompt": "notice", "files": ["a.wav", "b.wav"], "barge_in": True}
