"""Opening the database and running functions in transactions. SQLite by default, PostgreSQL by URL.

A function gets a Session and gives back plain values; live rows are refused, since a row may not leave its thread.
Knows nothing of what the tables mean.
"""

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, Result, Row, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.orm import DeclarativeBase, Session

from config.settings import Settings
from records.errors import DETAIL, DatabaseError, LiveRowError, explained
from records.labels import load_labels, load_skills
from records.sealing import load_sealer

P = ParamSpec("P")
T = TypeVar("T")
BUSY_SECONDS = 10
MOST_PAGES = 16_000
"""Of the write-ahead log (64 MiB): a commit brings them in itself when records.checkpoints does not keep up."""


class Database:
    """An open database. Safe to use from any thread; each call has its own session and transaction."""

    def __init__(self, engine: Engine, labels: dict[str, str], skills: dict[str, str]) -> None:
        self.engine = engine
        self.where = f"database {engine.url.render_as_string(hide_password=True)}"
        self._info = {"labels": labels, "skills": skills}
        self._reading = engine.execution_options(hotline_reads=True)

    def do(self, fn: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`fn(session, *args)` in one transaction that may write; on SQLite it waits for other writers.

        Commits when `fn` returns and rolls back when it raises. Raises DatabaseError when the database fails,
        LiveRowError when the result is bound to the session.
        """
        return self._run(self.engine, fn, *args, **kwargs)

    def read(self, fn: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Like `do` for functions that only read: never waits for a writer, and writing is refused."""
        return self._run(self._reading, fn, *args, **kwargs)

    def _run(self, engine: Engine, fn: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            with Session(engine, expire_on_commit=False, info=self._info) as session, session.begin():
                result = fn(session, *args, **kwargs)
                refuse_live(result)
                return result
        except DBAPIError as error:
            raise explained(self.where, error) from (None if DETAIL in str(error.orig) else error)

    def close(self) -> None:
        self.engine.dispose()


def open_database(settings: Settings) -> Database:
    """The database of `settings`, opened with the key of its home. Does not create tables: see records.upgrade.

    Raises DatabaseError, records.sealing.SealError or config.load.ConfigError with a line for the operator.
    """
    sealer = load_sealer(settings)
    try:
        url = make_url(settings.database_url)
        if url.get_backend_name() not in ("sqlite", "postgresql"):
            raise DatabaseError(f"database.url: {url.get_backend_name()}: must be a sqlite or postgresql URL")
        if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
            raise DatabaseError("database.url: names no file: write sqlite:////path/of/the/file.db")
        waiting = {"timeout": BUSY_SECONDS} if url.get_backend_name() == "sqlite" else {}
        engine = create_engine(url, connect_args=waiting, pool_size=8, max_overflow=24, hide_parameters=True)
    except (ArgumentError, NoSuchModuleError):
        raise DatabaseError("database.url: is no database URL, such as postgresql://user@host/name") from None
    except ModuleNotFoundError as error:
        raise DatabaseError(
            f"database.url: needs the Python package {error.name}: pip install 'psycopg[binary]'"
        ) from None
    engine.dialect.sealer = sealer  # type: ignore[attr-defined]
    if engine.dialect.name == "sqlite":
        prepare_sqlite(engine, settings)
    else:
        event.listen(engine, "begin", begin_postgresql)
    return Database(engine, load_labels(settings), load_skills(settings))


def prepare_sqlite(engine: Engine, settings: Settings) -> None:
    """WAL with synchronous=NORMAL: a process that dies loses nothing committed; transactions are opened by us."""
    if not settings.database.url:
        settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        (settings.home / "hotline.db").touch(mode=0o600, exist_ok=True)

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        wanted = ("journal_mode=WAL", "synchronous=NORMAL", f"wal_autocheckpoint={MOST_PAGES}", "foreign_keys=ON")
        for pragma in wanted:
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        # A deferred transaction that reads and then writes fails at once when somebody wrote in between; so a
        # transaction that may write takes its place in the row first.
        reads = connection.get_execution_options().get("hotline_reads", False)
        if connection.info.get("reads") is not reads:  # how this connection of the pool stands
            connection.exec_driver_sql(f"PRAGMA query_only={'ON' if reads else 'OFF'}")
            connection.info["reads"] = reads
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def begin_postgresql(connection: Connection) -> None:
    if connection.get_execution_options().get("hotline_reads", False):
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")


def refuse_live(result: object) -> None:
    """Raise LiveRowError when `result`, or what it holds, is bound to a session."""
    for value in held(result):
        if isinstance(value, DeclarativeBase | Row | Result | Session | Iterator):
            raise LiveRowError(f"{type(value).__name__} may not leave its transaction: give back a frozen dataclass")


def held(value: object) -> Iterator[object]:
    yield value
    if isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, list | tuple | set | frozenset) and not isinstance(value, Row):
        yield from value
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            held_value = getattr(value, field.name)
            yield held_value
            if isinstance(held_value, list | tuple):
                yield from held_value
