"""The database beside the reactor: a pool for reading, one thread for writing, group commit for the call log.

One writer keeps the order of facts: what is logged first is committed first, and before any other write that waits:
calls wait for the log. Knows nothing of what is written.
"""

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy.orm import Session
from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.threads import deferToThreadPool
from twisted.python.failure import Failure
from twisted.python.threadpool import ThreadPool

from records import calllog
from records.engine import Database
from records.errors import ConstraintError, DatabaseError

P = ParamSpec("P")
T = TypeVar("T")
READERS = 4


CLOSED = "the database threads are closed"
LAZILY = 0.05
"""Seconds that entries nobody waits for may wait for others to be committed with."""

Part = tuple[Sequence[calllog.Entry], Deferred[int]]
"""Entries for the log, and who waits for their place in it."""


class DatabaseThreads:
    """Use from the thread of `reactor`, Twisted's. What is called begins, awaited or not; close() ends the threads."""

    def __init__(self, reactor: Any, database: Database) -> None:
        self.database = database
        self._reactor = reactor
        self._readers = ThreadPool(0, READERS, "database readers")
        self._writer = ThreadPool(0, 1, "database writer")
        self._readers.start()
        self._writer.start()
        self._under_way: set[Deferred[Any]] = set()
        self._unlogged: list[Part] = []
        self._coming = False  # whether a job will see to those
        self._lock = Lock()
        self._closed = False

    def read(self, fn: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> Deferred[T]:
        """`fn(session, *args)` in a read-only transaction on one of four threads."""
        return self._defer(self._readers, lambda: self.database.read(fn, *args, **kwargs))

    def write(self, fn: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> Deferred[T]:
        """`fn(session, *args)` in a transaction on the writer thread, after everything asked for before it."""

        def job() -> T:
            outcomes = self._log()
            if outcomes:
                self._reactor.callFromThread(_settle, outcomes)
            return self.database.do(fn, *args, **kwargs)

        return self._defer(self._writer, job)

    def append(self, entries: Sequence[calllog.Entry], lazily: bool = False) -> Deferred[int]:
        """Append to the call log; fires once committed, with the last seq of the log.

        What is appended while the writer is busy is committed together, in order; `lazily` also what comes within
        LAZILY.
        """
        if self._closed:
            raise RuntimeError(CLOSED)
        waiting: Deferred[int] = Deferred()
        with self._lock:
            self._unlogged.append((entries, waiting))
        if lazily:
            self._reactor.callLater(LAZILY, self._have_logged)
        else:
            self._have_logged()
        return waiting

    def _have_logged(self) -> None:
        """Have a job see to what waits for the log; harmless when nothing does."""
        with self._lock:
            if not self._unlogged or self._coming:
                return
            self._coming = True
        self._defer(self._writer, self._log).addCallback(_settle)

    def _log(self) -> list[tuple[Deferred[int], int | Failure]]:
        """On the writer thread: commit what waits for the log whole, or, when one part is bad, each part for itself."""
        with self._lock:
            parts, self._unlogged, self._coming = self._unlogged, [], False
        if not parts:
            return []
        try:
            last = self.database.do(calllog.append, [entry for entries, _ in parts for entry in entries])
        except Exception as error:
            if isinstance(error, DatabaseError) and not isinstance(error, ConstraintError):
                return [(waiting, Failure()) for _, waiting in parts]
            return [(waiting, self._write_part(entries)) for entries, waiting in parts]
        return [(waiting, last) for _, waiting in parts]

    def _write_part(self, entries: Sequence[calllog.Entry]) -> int | Failure:
        try:
            return self.database.do(calllog.append, entries)
        except Exception:
            return Failure()

    def _defer(self, pool: ThreadPool, job: Callable[[], T]) -> Deferred[T]:
        if self._closed:
            raise RuntimeError(CLOSED)
        deferred = deferToThreadPool(self._reactor, pool, job)
        self._under_way.add(deferred)

        def done(result: Any) -> Any:
            self._under_way.discard(deferred)
            return result

        return deferred.addBoth(done)

    async def close(self) -> None:
        """Wait for everything asked for, then end the threads."""
        self._have_logged()
        while self._under_way:
            watched: list[Deferred[Any]] = []
            for deferred in self._under_way:
                watching: Deferred[Any] = Deferred()
                deferred.addBoth(_pass_on, watching)
                watched.append(watching)
            await DeferredList(watched)
        self._closed = True
        self._readers.stop()
        self._writer.stop()


def _settle(outcomes: list[tuple[Deferred[int], int | Failure]]) -> None:
    for waiting, outcome in outcomes:
        if isinstance(outcome, Failure):
            waiting.errback(outcome)
        else:
            waiting.callback(outcome)


def _pass_on(result: Any, watching: Deferred[Any]) -> Any:
    watching.callback(None)
    return result
