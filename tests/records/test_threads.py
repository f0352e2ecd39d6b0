"""The database beside a reactor: nothing blocks it, the order stays, commits are shared."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy.orm import Session
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.selectreactor import SelectReactor

from records import calllog, callrecords
from records.calllog import Entry
from records.callrecords import CallRecord
from records.engine import Database
from records.errors import StorageFullError
from records.threads import DatabaseThreads


@pytest.fixture
def reactor() -> Iterator[Any]:
    made: Any = SelectReactor()
    made.startRunning(installSignalHandlers=False)
    yield made
    made.disconnectAll()


@pytest.fixture
def threads(reactor: Any, database: Database) -> Iterator[DatabaseThreads]:
    made = DatabaseThreads(reactor, database)
    yield made
    wait(reactor, ensureDeferred(made.close()))


@pytest.fixture
def commits(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many entries each append to the log held."""
    made: list[int] = []
    append = calllog.append

    def counted(session: Session, entries: list[Entry]) -> int:
        made.append(len(entries))
        return append(session, entries)

    monkeypatch.setattr(calllog, "append", counted)
    return made


def wait(reactor: Any, deferred: Deferred[Any]) -> Any:
    """Turn the reactor until `deferred` fires; its result or its exception."""
    got: list[Any] = []
    failed: list[BaseException] = []
    deferred.addCallbacks(got.append, lambda failure: failed.append(failure.value))
    for _ in range(6000):
        if got or failed:
            break
        reactor.iterate(0.005)
    if failed:
        raise failed[0]
    return got[0]


def fact(number: int, call: str = "c1") -> Entry:
    return Entry("fact", "boot", float(number), call, "DigitPressed", {"digit": str(number)})


def held(started: threading.Event, may_go: threading.Event) -> Callable[[Session], None]:
    def hold(_session: Session) -> None:
        started.set()
        assert may_go.wait(20)

    return hold


def test_results_and_errors_come_back(reactor: Any, threads: DatabaseThreads) -> None:
    wait(reactor, threads.write(callrecords.save, CallRecord("c1", rating=2)))
    assert wait(reactor, threads.read(callrecords.get, "c1")) == CallRecord("c1", rating=2)
    with pytest.raises(ValueError, match="no such value"):
        wait(reactor, threads.write(callrecords.save, CallRecord("c1", outcome="?")))


def test_what_is_appended_while_the_writer_is_busy_is_committed_together(
    reactor: Any, threads: DatabaseThreads, commits: list[int]
) -> None:
    started, may_go = threading.Event(), threading.Event()
    busy = threads.write(held(started, may_go))
    assert started.wait(20)
    waiting = [threads.append([fact(number)]) for number in range(50)]
    may_go.set()
    wait(reactor, busy)
    assert {wait(reactor, each) for each in waiting} == {50}
    assert commits == [50]
    assert [entry.at for entry in wait(reactor, threads.read(calllog.of_call, "c1"))] == list(range(50))


def test_a_write_sees_what_was_logged_before_it(reactor: Any, threads: DatabaseThreads) -> None:
    seen: list[int] = []

    def count(session: Session) -> None:
        seen.append(len(calllog.of_call(session, "c1")))

    started, may_go = threading.Event(), threading.Event()
    threads.write(held(started, may_go))
    assert started.wait(20)
    threads.append([fact(1)])
    threads.append([fact(2)])
    threads.write(count)
    threads.append([fact(3)])
    last = threads.write(count)
    may_go.set()
    wait(reactor, last)
    assert seen == [3, 3]


def test_the_log_waits_for_one_write_at_the_most(reactor: Any, threads: DatabaseThreads) -> None:
    """Calls wait for the log; a record that is written late does no harm."""
    done: list[str] = []
    started, may_go = threading.Event(), threading.Event()
    threads.write(held(started, may_go))
    assert started.wait(20)
    last = [threads.write(lambda _session: None).addCallback(lambda _none: done.append("write")) for _ in range(3)][-1]
    threads.append([fact(1)]).addCallback(lambda _place: done.append("log"))
    may_go.set()
    wait(reactor, last)
    assert done == ["log", "write", "write", "write"]


def test_a_bad_entry_harms_no_other(reactor: Any, threads: DatabaseThreads) -> None:
    started, may_go = threading.Event(), threading.Event()
    threads.write(held(started, may_go))
    assert started.wait(20)
    odd: Any = {"thing": object()}
    good, bad, also_good = (
        threads.append([fact(1)]),
        threads.append([Entry("fact", "boot", 2.0, "c1", "Odd", odd)]),
        threads.append([fact(3)]),
    )
    may_go.set()
    assert wait(reactor, good) == 1
    with pytest.raises(Exception, match="not JSON serializable"):
        wait(reactor, bad)
    assert wait(reactor, also_good) == 2
    assert [entry.at for entry in wait(reactor, threads.read(calllog.of_call, "c1"))] == [1.0, 3.0]


def test_readers_go_on_while_the_writer_is_busy(reactor: Any, threads: DatabaseThreads) -> None:
    started, may_go = threading.Event(), threading.Event()
    busy = threads.write(held(started, may_go))
    assert started.wait(20)
    assert wait(reactor, threads.read(callrecords.latest)) == []
    may_go.set()
    wait(reactor, busy)


def test_closing_waits_for_what_was_asked(reactor: Any, database: Database) -> None:
    threads = DatabaseThreads(reactor, database)
    threads.append([fact(1)])
    threads.write(callrecords.save, CallRecord("c1"))
    wait(reactor, ensureDeferred(threads.close()))
    assert len(database.read(calllog.of_call, "c1")) == 1
    assert database.read(callrecords.get, "c1") == CallRecord("c1")
    with pytest.raises(RuntimeError, match="closed"):
        threads.read(callrecords.latest)


def test_everyone_hears_of_a_full_disk(reactor: Any, database: Database, sqlite_only: None) -> None:
    def no_room(session: Session) -> None:
        connection = session.connection()
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")

    # One connection for everything, since the limit is a connection's own.
    threads = DatabaseThreads(reactor, database)
    wait(reactor, threads.write(no_room))
    started, may_go = threading.Event(), threading.Event()
    threads.write(held(started, may_go))
    assert started.wait(20)
    large = Entry("fact", "boot", 1.0, "c1", "Heard", {"text": "欠" * 50_000})
    waiting = [threads.append([large]) for _ in range(3)]
    may_go.set()
    for each in waiting:
        with pytest.raises(StorageFullError):
            wait(reactor, each)
    wait(reactor, ensureDeferred(threads.close()))


def test_what_nobody_waits_for_is_committed_with_what_comes_next_and_in_order(
    reactor: Any, database: Database, commits: list[int]
) -> None:
    threads = DatabaseThreads(reactor, database)
    lazy = threads.append([fact(1)], lazily=True)
    wait(reactor, threads.append([fact(2)]))
    assert (commits, lazy.called) == ([2], True)
    wait(reactor, threads.append([fact(3)], lazily=True))
    left = threads.append([fact(4)], lazily=True)
    wait(reactor, ensureDeferred(threads.close()))
    assert (commits, left.called) == ([2, 1, 1], True)
    assert [entry.at for entry in database.read(calllog.of_call, "c1")] == [1.0, 2.0, 3.0, 4.0]
    with pytest.raises(RuntimeError):
        threads.append([fact(5)])
