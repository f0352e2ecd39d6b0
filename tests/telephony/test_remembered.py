"""What is certain to be in the database is not written again, and nothing else is ever missing. Real SQLite files."""

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from config.load import PACKAGED
from config.settings import Settings
from ivr.facts import LegMeasured, RecordingFailed, RecordingKept
from records import calllog, callrecords, legs, recordings, transcripts, transfers
from records.callrecords import CallRecord
from records.engine import Database, open_database
from records.errors import DatabaseError
from records.transfer_entry import Transfer
from records.upgrade import upgrade
from records.utterance import Utterance
from telephony.calls.sheet import Sheet
from telephony.core import evidence
from telephony.core.writing import BEHIND, Writing, record_of

CALLS = ("a", "b", "c")
AGENTS = ("", "li", "wang", "zhao")


class Threads:
    """Does at once what is written; the next transaction fails as `fails` says: "in" it, or at its "commit".

    `other` is a database that gets the same sheets, each of them whole.
    """

    def __init__(self, database: Database, other: Database | None = None) -> None:
        self._database = database
        self._other = other
        self.fails = ""

    def write(self, fn: Callable[..., Any], sheets: list[Sheet]) -> Deferred[Any]:
        done: Deferred[Any] = Deferred()
        fails, self.fails = self.fails, ""

        def whole(session: Session) -> None:
            fn(session, sheets)
            if fails == "in":
                raise DatabaseError("in it")
            if fails == "commit":
                event.listen(session, "before_commit", refuse)

        try:
            self._database.do(whole)
        except DatabaseError:
            done.errback()
            return done
        for sheet in sheets if self._other is not None else ():
            self._other.do(write_whole, sheet)
        done.callback(None)
        return done


def refuse(_session: Session) -> None:
    raise DatabaseError("at its commit")


def written(database: Database, call: str) -> Any:
    def all_of(session: Session) -> tuple[Any, ...]:
        of_call = (legs.of_call, recordings.of_call, transcripts.of_call, transfers.of_call)
        return callrecords.get(session, call), *(tuple(read(session, call)) for read in of_call)

    return database.read(all_of)


def changed(sheet: Sheet, at: float, chance: random.Random) -> Sheet:
    """The sheet after something that happens to calls, or after nothing."""
    call, number = sheet.call, len(sheet.recordings) + len(sheet.measured)
    measured = LegMeasured(call, "caller", "PCMA", False, at, 475, 0, 0, 1.0, 2.0, 40.0, 1.0, 475, 0, 1.0)
    kept = RecordingKept(call, chance.choice((call, f"{call}.{number}")), at, f"{number:02d}", ((1.0, 2.0),))
    lost = RecordingFailed(call, chance.choice((call, f"{call}.{number}")), "full")
    tried = Transfer(f"{call}/{number}", call, "12345", "out", "12345", "", "", at)
    changes: list[dict[str, Any]] = [
        {},
        {"agent": chance.choice(AGENTS)},
        {"queued_at": at, "caller": f"1380000{chance.randrange(3)}"},
        {"rating": chance.choice((None, 1, 5)), "transcript": chance.choice(("", "欠薪", "离婚"))},
        {"recordings": (*sheet.recordings, kept), "recording_file": kept.file, "recording_seconds": at},
        {"recordings": (*sheet.recordings, lost)},
        {"measured": (*sheet.measured, measured)},
        {"said": (*sheet.said, Utterance("caller", at, 1.0, "您好"))},
        {"outside": (*sheet.outside, tried)},
        {"outside": tuple(replace(each, outcome="busy", ended_at=at) for each in sheet.outside)},
        {"ended_at": at, "outcome": "answered"},
    ]
    return replace(sheet, **chance.choice(changes))


@pytest.mark.parametrize("seed", range(12))
def test_what_is_kept_is_what_is_kept_when_every_version_is_written_whole(
    database: Database, tmp_path: Path, seed: int
) -> None:
    settings = Settings(home=tmp_path / "other", folder=PACKAGED)
    upgrade(settings)
    other = open_database(settings)
    chance, clock, threads = random.Random(seed), Clock(), Threads(database, other)
    writing = Writing(clock, threads, callrecords.save, lambda: None)  # type: ignore[arg-type]
    sheets = {call: Sheet(call, arrived_at=1.0) for call in CALLS}
    for step in range(60):
        call = chance.choice(CALLS)
        sheets[call] = changed(sheets[call], 10.0 + step, chance)
        threads.fails = chance.choice(("in", "commit", *[""] * 6))
        writing.keep(sheets[call])
        if chance.random() < 0.5:
            threads.fails = ""
            clock.pump([1.0] * 4)  # what was refused is tried again
            assert [written(database, each) for each in CALLS] == [written(other, each) for each in CALLS]
    assert all(written(database, each)[0].arrived_at for each in CALLS)
    other.close()


def write_whole(session: Session, sheet: Sheet) -> None:
    callrecords.save(session, record_of(sheet))
    transcripts.save(session, sheet.call, sheet.said)
    transfers.save(session, sheet.outside)
    evidence.save(session, sheet)


def test_a_version_that_differs_in_one_column_is_one_statement(database: Database) -> None:
    clock, said = Clock(), []
    writing = Writing(clock, Threads(database), callrecords.save, lambda: None)  # type: ignore[arg-type]
    kept, measured = RecordingKept("c", "c", 1.0, "00"), changed_leg("c")
    sheet = Sheet("c", "13800001234", arrived_at=1.0, recordings=(kept,), measured=(measured,))
    writing.keep(replace(sheet, said=(Utterance("caller", 1.0, 1.0, "您好"),)))

    @event.listens_for(database.engine, "before_cursor_execute")
    def executed(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        said.append(statement.split(" WHERE", maxsplit=1)[0])

    writing.keep(replace(sheet, agent="li", said=(Utterance("caller", 1.0, 1.0, "您好"),)))
    clock.advance(BEHIND)
    assert said == ["BEGIN IMMEDIATE", "UPDATE call_records SET agent=?"]


@pytest.mark.parametrize("fails", ["in", "commit"])
def test_after_a_failure_nothing_is_certain_of_any_call(database: Database, fails: str) -> None:
    """As where an older copy of the database has taken over."""
    clock, threads = Clock(), Threads(database)
    writing = Writing(clock, threads, callrecords.save, lambda: None)  # type: ignore[arg-type]
    sheet = Sheet("c", "13800001234", arrived_at=1.0, agent="li")
    writing.keep(sheet)
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE call_records SET agent = NULL"))
    threads.fails = fails
    writing.keep(Sheet("d", arrived_at=2.0))
    writing.keep(replace(sheet, queued_at=3.0))
    clock.pump([1.0] * 4)
    assert database.read(callrecords.get, "c") == record_of(replace(sheet, queued_at=3.0))


def test_behind_a_new_connection_nothing_is_certain(database: Database) -> None:
    """As after a failover that the call log met first: the record is then written without a failure."""
    clock = Clock()
    writing = Writing(clock, Threads(database), callrecords.save, lambda: None)  # type: ignore[arg-type]
    sheet = Sheet("c", "13800001234", arrived_at=1.0, agent="li")
    writing.keep(sheet)
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE call_records SET agent = NULL"))
    database.engine.dispose()
    database.do(calllog.append, [calllog.Entry("fact", "b", 1.0, "c", "Arrived", {})])
    writing.keep(replace(sheet, ended_at=9.0))
    assert database.read(callrecords.get, "c") == record_of(replace(sheet, ended_at=9.0))


def test_behind_connections_that_wrote_before_it_stays_certain(database: Database) -> None:
    given: list[CallRecord | None] = []

    def keep(session: Session, record: CallRecord, before: CallRecord | None = None) -> None:
        given.append(before)
        callrecords.save(session, record, before)

    def write(agent: str) -> None:
        writing.keep(Sheet("c", arrived_at=1.0, agent=agent))
        writing.flush()

    writing = Writing(Clock(), Threads(database), keep, lambda: None)  # type: ignore[arg-type]
    write("")
    with database.engine.connect():  # a reader has the first one
        write("li")
    for agent in AGENTS:  # the pool gives the two in turn
        write(agent)
    assert [before is None for before in given] == [True, True, *[False] * len(AGENTS)]


def changed_leg(call: str) -> LegMeasured:
    return LegMeasured(call, "caller", "PCMA", False, 9.0, 475, 0, 0, 1.0, 2.0, 40.0, 1.0, 475, 0, 1.0)


def test_a_row_that_is_gone_is_made_anew_whole(database: Database) -> None:
    before = CallRecord("c", "13800001234", arrived_at=1.0)
    database.do(callrecords.save, replace(before, agent="li"), before)
    assert database.read(callrecords.get, "c") == replace(before, agent="li")
