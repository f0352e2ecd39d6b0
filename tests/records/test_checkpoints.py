"""The write-ahead log comes into the database beside the writer; nobody waits for it."""

import time
from pathlib import Path

from sqlalchemy import text

from records import calllog
from records.calllog import Entry
from records.checkpoints import checkpoint, checkpoints
from records.engine import Database


def write(database: Database, entries: int) -> None:
    for number in range(entries):
        database.do(calllog.append, [Entry("fact", "boot", float(number), "c1", "DigitPressed", {"digit": "1"})])


def kept(database: Database) -> bytes:
    assert database.engine.url.database is not None
    return Path(database.engine.url.database).read_bytes()


def test_a_commit_leaves_the_log_long_and_a_checkpoint_brings_it_in(database: Database, sqlite_only: None) -> None:
    file = str(database.engine.url.database)
    write(database, 1)
    checkpoint(file)
    before = kept(database)
    write(database, 600)  # more than 1,000 pages, at which SQLite's own default would step in
    assert Path(f"{file}-wal").stat().st_size > 4_200_000
    assert kept(database) == before
    assert checkpoint(file) == 0
    assert kept(database) != before
    assert checkpoint(file) == 0


def test_a_reader_keeps_back_what_it_may_still_read_and_nobody_waits(database: Database, sqlite_only: None) -> None:
    file = str(database.engine.url.database)
    write(database, 1)
    checkpoint(file)
    with database.engine.connect().execution_options(hotline_reads=True) as reading:
        seen = reading.execute(text("select count(*) from call_log")).scalar_one()
        write(database, 3)
        assert checkpoint(file) > 0
        assert reading.execute(text("select count(*) from call_log")).scalar_one() == seen
    write(database, 1)
    assert checkpoint(file) == 0


def test_passes_are_made_until_the_block_ends(database: Database, sqlite_only: None) -> None:
    with checkpoints(database, 0.01):
        before = kept(database)
        write(database, 3)
        until = time.monotonic() + 20
        while kept(database) == before and time.monotonic() < until:
            time.sleep(0.01)
        assert kept(database) != before
    before = kept(database)
    write(database, 1)
    time.sleep(0.1)
    assert kept(database) == before
