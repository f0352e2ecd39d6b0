"""Transactions, what may leave them, and what is said when the database fails."""

import threading
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, event, select, text
from sqlalchemy.orm import Session

from config.load import PACKAGED
from config.settings import Database as DatabaseSettings
from config.settings import Settings
from records import audit, calllog, callrecords
from records.callrecords import CallRecord
from records.engine import Database, open_database
from records.errors import ConstraintError, DatabaseError, LiveRowError, StorageFullError
from records.schema import CallRecordRow


def save(session: Session, call: str) -> None:
    callrecords.save(session, CallRecord(call))


def test_what_is_done_is_kept_and_what_fails_is_undone(database: Database) -> None:
    def half(session: Session) -> None:
        save(session, "c2")
        raise RuntimeError("half way")

    database.do(save, "c1")
    with pytest.raises(RuntimeError, match="half way"):
        database.do(half)
    assert database.read(callrecords.get, "c1") == CallRecord("c1")
    assert database.read(callrecords.get, "c2") is None


@dataclass(frozen=True)
class Holder:
    inside: Any


def row_of(session: Session) -> CallRecordRow:
    return session.get_one(CallRecordRow, "c1")


def tuples_of(session: Session) -> Row[Any]:
    return session.execute(select(CallRecordRow.call)).one()


def stream_of(session: Session) -> Iterator[str]:
    return (call for call in session.scalars(select(CallRecordRow.call)))


@pytest.mark.parametrize(
    "leak",
    [
        row_of,
        tuples_of,
        stream_of,
        lambda session: session.execute(select(CallRecordRow.call)),
        lambda session: [row_of(session)],
        lambda session: {"row": row_of(session)},
        lambda session: Holder(row_of(session)),
        lambda session: Holder((tuples_of(session),)),
        lambda session: session,
    ],
)
def test_live_rows_may_not_leave(database: Database, leak: Any) -> None:
    database.do(save, "c1")
    with pytest.raises(LiveRowError):
        database.read(leak)


def test_reading_refuses_to_write(database: Database) -> None:
    with pytest.raises(DatabaseError, match="run by read"):
        database.read(save, "c1")
    database.do(save, "c1")
    assert database.read(callrecords.get, "c1") is not None


def test_a_reader_does_not_wait_for_a_writer(database: Database) -> None:
    written, may_commit = threading.Event(), threading.Event()

    def slow(session: Session) -> None:
        save(session, "c1")
        written.set()
        assert may_commit.wait(20)

    writer = threading.Thread(target=database.do, args=(slow,))
    writer.start()
    assert written.wait(20)
    assert database.read(callrecords.get, "c1") is None
    may_commit.set()
    writer.join()
    assert database.read(callrecords.get, "c1") is not None


def test_two_writers_wait_for_each_other(database: Database, sqlite_only: None) -> None:
    def count(session: Session) -> None:
        record = callrecords.get(session, "c1") or CallRecord("c1", rating=0)
        callrecords.save(session, CallRecord("c1", rating=(record.rating or 0) + 1))

    def often() -> None:
        for _ in range(25):
            database.do(count)

    threads = [threading.Thread(target=often) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    record = database.read(callrecords.get, "c1")
    assert record is not None
    assert record.rating == 100


def test_a_full_disk_is_said_and_loses_nothing_that_was_confirmed(database: Database, sqlite_only: None) -> None:
    def limit(connection: Any, _record: Any) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages + 60}").close()

    event.listen(database.engine, "connect", limit)
    database.engine.dispose()
    confirmed = 0
    fact = calllog.Entry("fact", "boot", 1.0, "c1", "Heard", {"text": "欠" * 2000})
    with pytest.raises(StorageFullError, match="the disk is full: free some space"):
        for _ in range(10_000):
            database.do(calllog.append, [fact])
            confirmed += 1
    assert confirmed > 0
    event.remove(database.engine, "connect", limit)
    database.engine.dispose()
    assert len(database.read(calllog.of_call, "c1")) == confirmed
    assert database.do(calllog.append, [fact]) == confirmed + 1
    assert database.read(lambda session: session.execute(text("PRAGMA integrity_check")).scalar()) == "ok"


def test_the_modes_of_sqlite(database: Database, sqlite_only: None) -> None:
    def pragma(session: Session, name: str) -> Any:
        return session.execute(text(f"PRAGMA {name}")).scalar()

    values = [database.read(pragma, name) for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")]
    assert values == ["wal", 1, 1, 10_000]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nonsense", "is no database URL"),
        ("mysql://x@h/d", "must be a sqlite or postgresql URL"),
        ("oracle+nothing://x@h/d", "is no database URL|must be a sqlite or postgresql URL"),
        ("sqlite://", "names no file"),
        ("sqlite:////nowhere/at/all.db", "cannot be opened"),
    ],
)
def test_a_wrong_url_is_named(tmp_path: Path, url: str, said: str) -> None:
    settings = Settings(home=tmp_path, folder=PACKAGED, database=DatabaseSettings(url=url))
    with pytest.raises(DatabaseError, match=said):
        open_database(settings).read(audit.trail)


def test_a_file_that_is_no_database(settings: Settings, sqlite_only: None) -> None:
    settings.home.mkdir()
    (settings.home / "hotline.db").write_bytes(b"this is a letter, not a database" * 100)
    with pytest.raises(DatabaseError, match="no SQLite database"):
        open_database(settings).read(audit.trail)


def test_errors_hold_no_values(database: Database) -> None:
    def double(session: Session) -> None:
        session.add_all([CallRecordRow(call="13812341234", entered_by="none", outcome="open") for _ in range(2)])

    with pytest.raises(ConstraintError, match=r"(?i)unique") as caught:
        database.do(double)
    assert "13812341234" not in "".join(traceback.format_exception(caught.value))
