"""SQLite's write-ahead log is brought into the database beside the writer, so that no commit waits for the disk.

By itself SQLite does it within the commit that makes the log long, and a call waits for that commit: on a busy disk
for hundreds of milliseconds. Every pass also bounds what a power cut may cost. PostgreSQL sees to its own.
"""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from threading import Event, Thread

from records.engine import Database

log = logging.getLogger(__name__)

SECONDS = 5.0


@contextmanager
def checkpoints(database: Database, seconds: float = SECONDS) -> Iterator[None]:
    """Within this block a pass is made every `seconds`, on a thread of its own; none where SQLite is not in use."""
    file = database.engine.url.database
    if database.engine.dialect.name != "sqlite" or file is None:
        yield
        return
    over = Event()
    thread = Thread(target=_run, args=(file, seconds, over), name="database checkpoints", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _run(file: str, seconds: float, over: Event) -> None:
    while not over.wait(seconds):
        try:
            checkpoint(file)
        except sqlite3.Error as error:
            log.warning("database: its write-ahead log was not brought in, another try follows: %s", error)


def checkpoint(file: str) -> int:
    """Bring in what can be brought in without keeping a writer or reader waiting; the pages still to come.

    Raises sqlite3.Error.
    """
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        _busy, written, brought = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    return max(0, int(written) - int(brought))
