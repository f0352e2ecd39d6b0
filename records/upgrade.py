"""Bringing the tables to the shape this code needs, and never behind it.

Decides whether a database may be used at all: one from a newer hotline or sealed with another key is refused.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from config.settings import Settings
from records.engine import open_database
from records.errors import DatabaseTooNewError, explained
from records.schema import MarkRow
from records.sealing import SealError, key_file, sealer_of

MIGRATIONS = Path(__file__).parent / "migrations"
KEY_CHECK = "12348 records"
POSTGRESQL_LOCK = 12348


def upgrade(settings: Settings, say: Callable[[str], object] = str) -> None:
    """Create or upgrade the tables; nothing to do when they are current. `say` gets a line for each step.

    Safe when several processes start at once. Raises DatabaseTooNewError, DatabaseError or SealError.
    """
    logging.getLogger("alembic").setLevel(logging.WARNING)
    database = open_database(settings)
    try:
        with database.engine.begin() as connection, alone(connection):
            bring_up(connection, say)
        database.do(check_key, str(key_file(settings)))
    except DBAPIError as error:
        raise explained(database.where, error) from error
    finally:
        database.close()


def bring_up(connection: Connection, say: Callable[[str], object]) -> None:
    alembic = Config()
    alembic.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    alembic.set_main_option("path_separator", "os")
    alembic.attributes["connection"] = connection
    alembic.attributes["say"] = say
    scripts = ScriptDirectory.from_config(alembic)
    found, head = MigrationContext.configure(connection).get_current_revision(), scripts.get_current_head()
    if found is not None:
        try:
            scripts.get_revision(found)
        except CommandError:
            raise DatabaseTooNewError(
                f"the database is at {found}, which this hotline (up to {head}) does not know: it was upgraded by a"
                " newer version; install that version, or restore the backup taken before the upgrade"
            ) from None
    if found == head:
        say(f"database is current ({head})")
        return
    say(f"database: from {found or 'nothing'} to {head}")
    command.upgrade(alembic, "head")
    say(f"database is at {head}")


@contextmanager
def alone(connection: Connection) -> Iterator[None]:
    """SQLite's BEGIN IMMEDIATE keeps others out already; PostgreSQL takes a lock until the transaction ends."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({POSTGRESQL_LOCK})")
    yield


def check_key(session: Session, file: str) -> None:
    """Note the key's fingerprint in a new database; refuse a database that was sealed with another."""
    mark = sealer_of(session.get_bind().dialect).fingerprint(KEY_CHECK)
    kept = session.get(MarkRow, "key")
    if kept is None:
        session.add(MarkRow(name="key", value=mark))
    elif kept.value != mark:
        raise SealError(
            f"{file}: this is not the key the database was sealed with; restore the right key from the"
            " backup (the last line of the file must stay the oldest key)"
        )
