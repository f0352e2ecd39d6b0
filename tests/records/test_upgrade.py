"""Bringing databases up: from nothing, at the same time, and not from the future or with another key."""

import shutil
import subprocess
import sys

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.orm import Session

from config.settings import Settings
from records import callrecords
from records.callrecords import CallRecord
from records.engine import Database, open_database
from records.errors import DatabaseError, DatabaseTooNewError
from records.schema import Base
from records.sealing import SealError, key_file
from records.upgrade import MIGRATIONS, upgrade


def test_the_steps_lead_to_the_models(database: Database) -> None:
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_progress_is_said_once(settings: Settings) -> None:
    lines: list[str] = []
    upgrade(settings, lines.append)
    head = lines[-1].removeprefix("database is at ")
    assert head in {each.stem.removeprefix("v") for each in (MIGRATIONS / "versions").glob("v*.py")}
    assert lines[0] == f"database: from nothing to {head}"
    upgrade(settings, lines.append)
    assert lines[-1] == f"database is current ({head})"


def test_a_database_from_the_future_is_refused(database: Database, settings: Settings) -> None:
    def age(session: Session) -> None:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    database.do(age)
    with pytest.raises(DatabaseTooNewError, match=r"at 9999.*newer version"):
        upgrade(settings)


def test_missing_tables_are_said(settings: Settings) -> None:
    database = open_database(settings)
    with pytest.raises(DatabaseError, match="run `hotline db upgrade`"):
        database.read(callrecords.latest)
    database.close()


def test_another_key_is_refused_and_changes_nothing(database: Database, settings: Settings) -> None:
    database.do(callrecords.save, CallRecord("c1", caller="13812341234"))
    kept = key_file(settings).read_bytes()
    key_file(settings).unlink()
    with pytest.raises(SealError, match="not the key the database was sealed with"):
        upgrade(settings)
    key_file(settings).write_bytes(kept)
    upgrade(settings)
    record = database.read(callrecords.get, "c1")
    assert record is not None
    assert record.caller == "13812341234"


def test_several_processes_start_at_once(settings: Settings) -> None:
    program = (
        "import sys; from pathlib import Path; from config.settings import Settings; from config.load import PACKAGED;"
        "from records.upgrade import upgrade; upgrade(Settings(home=Path(sys.argv[1]), folder=PACKAGED), print)"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", program, str(settings.home)], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    said = [process.communicate(timeout=60)[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * 4
    assert sum("from nothing" in lines for lines in said) == 1


def test_a_copy_in_another_home_needs_its_key(database: Database, settings: Settings) -> None:
    database.close()
    other = settings.model_copy(update={"home": settings.home.parent / "other"})
    shutil.copytree(settings.home, other.home)
    upgrade(other)
    key_file(other).write_bytes(b"not a key\n")
    with pytest.raises(SealError, match=r"records\.key"):
        upgrade(other)
