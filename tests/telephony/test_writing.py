"""Records lie a moment behind their calls, never at the beginning nor at the end; none is lost. A real SQLite file."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from records import callrecords
from records.callrecords import CallRecord
from records.engine import Database
from records.errors import DatabaseError
from telephony.calls.sheet import Sheet
from telephony.core.writing import BEHIND, Writing


class Threads:
    """Does at once what is written, on this thread; counts transactions. `refuses` are calls the database refuses."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.transactions = 0
        self.refuses: set[str] = set()

    def write(self, fn: Callable[..., Any], *args: Any) -> Deferred[Any]:
        done: Deferred[Any] = Deferred()
        self.transactions += 1
        try:
            done.callback(self._database.do(fn, *args))
        except DatabaseError:
            done.errback()
        return done

    def keep(self, session: Session, record: CallRecord, before: CallRecord | None = None) -> None:
        if record.call in self.refuses:
            raise DatabaseError("it refuses")
        callrecords.save(session, record, before)


def written(database: Database, call: str) -> CallRecord | None:
    return database.read(callrecords.get, call)


def test_a_record_is_there_when_its_call_begins_and_ends_and_soon_in_between(database: Database) -> None:
    clock, threads = Clock(), Threads(database)
    writing = Writing(clock, threads, threads.keep, lambda: None)  # type: ignore[arg-type]
    sheet = Sheet("c", caller="13900000000", arrived_at=1.0)
    writing.keep(sheet)
    assert written(database, "c") == CallRecord("c", caller="13900000000", arrived_at=1.0)
    for step in range(5):
        sheet = replace(sheet, answered_at=2.0, queued_at=3.0 + step)
        writing.keep(sheet)
    assert (threads.transactions, written(database, "c").answered_at) == (1, None)  # type: ignore[union-attr]
    clock.advance(BEHIND)
    assert (threads.transactions, written(database, "c").queued_at) == (2, 7.0)  # type: ignore[union-attr]
    writing.keep(replace(sheet, agent="zhang"))
    writing.keep(replace(sheet, agent="zhang", ended_at=9.0, outcome="answered"))
    ended = written(database, "c")
    assert ended is not None
    assert (threads.transactions, ended.agent, ended.ended_at) == (3, "zhang", 9.0)
    clock.advance(10 * BEHIND)
    assert threads.transactions == 3  # what the end overtook is not written after it
    assert not clock.getDelayedCalls()


def test_what_waits_is_written_together_and_at_once_when_it_is_asked_for(database: Database) -> None:
    clock, threads = Clock(), Threads(database)
    writing = Writing(clock, threads, threads.keep, lambda: None)  # type: ignore[arg-type]
    calls = [f"c{number}" for number in range(20)]
    for call in calls:
        writing.keep(Sheet(call, arrived_at=1.0))
    for call in calls:
        writing.keep(Sheet(call, arrived_at=1.0, answered_at=2.0))
    assert not writing.lacking
    writing.flush()
    assert threads.transactions == 21
    assert [written(database, call).answered_at for call in calls] == [2.0] * 20  # type: ignore[union-attr]
    assert not clock.getDelayedCalls()


def test_one_that_is_refused_costs_no_other_its_record_and_is_tried_again(database: Database) -> None:
    clock, threads = Clock(), Threads(database)
    writing = Writing(clock, threads, threads.keep, lambda: None)  # type: ignore[arg-type]
    for call in ("a", "b", "c"):
        writing.keep(Sheet(call, arrived_at=1.0))
        writing.keep(Sheet(call, arrived_at=1.0, answered_at=2.0))
    threads.refuses = {"b"}
    clock.advance(BEHIND)
    assert [written(database, call).answered_at for call in "abc"] == [2.0, None, 2.0]  # type: ignore[union-attr]
    assert (writing.trouble, writing.lacking) == ("it refuses", True)
    threads.refuses = set()
    clock.pump([1.0] * 6)
    assert (written(database, "b").answered_at, writing.trouble) == (2.0, "")  # type: ignore[union-attr]
    assert not writing.lacking
    assert not clock.getDelayedCalls()


def test_an_older_record_is_never_written_behind_a_newer_one(database: Database) -> None:
    clock, threads = Clock(), Threads(database)
    writing = Writing(clock, threads, threads.keep, lambda: None)  # type: ignore[arg-type]
    over = Sheet("c", arrived_at=1.0, ended_at=9.0, outcome="answered", agent="zhang")
    threads.refuses = {"c"}
    writing.keep(over)
    threads.refuses = set()
    clock.advance(1.5)
    writing.keep(replace(over, agent="li", rating=2))
    clock.pump([0.5] * 8)
    kept = written(database, "c")
    assert kept is not None
    assert (kept.agent, kept.rating) == ("li", 2)
    threads.refuses = {"c"}
    writing.keep(replace(over, agent="wang"))
    writing.keep(Sheet("d", arrived_at=2.0))
    writing.keep(Sheet("d", arrived_at=2.0, answered_at=3.0))
    clock.advance(BEHIND)
    threads.refuses = set()
    writing.keep(replace(over, agent="zhao"))
    clock.pump([0.5] * 8)
    kept = written(database, "c")
    assert kept is not None
    assert (kept.agent, written(database, "d").answered_at) == ("zhao", 3.0)  # type: ignore[union-attr]
    assert (writing.trouble, clock.getDelayedCalls()) == ("", [])
    assert not writing.lacking
