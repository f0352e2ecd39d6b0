"""Rows that are written without being read first, on SQLite and PostgreSQL. Knows nothing of what they mean."""

from functools import cache
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session


def table_of(row: type[DeclarativeBase]) -> Table:
    """The table of a mapped class."""
    table = row.__table__
    assert isinstance(table, Table)
    return table


def insert_new(session: Session, row: type[DeclarativeBase], values: dict[str, Any]) -> bool:
    """Insert `values`, by column; False, and nothing done, where a row of that key is there."""
    done = session.connection().execute(_insert(session.get_bind().dialect.name, row, False), values)
    return done.rowcount > 0


def put(session: Session, row: type[DeclarativeBase], values: dict[str, Any]) -> None:
    """Insert `values`, by column, in place of the row of that key; every column must be given."""
    session.connection().execute(_insert(session.get_bind().dialect.name, row, True), values)


@cache
def _insert(dialect: str, row: type[DeclarativeBase], replace: bool) -> Any:
    """The same object each time: SQLAlchemy works out a statement's key in its cache once an object."""
    table = table_of(row)
    insert = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(table)
    if not replace:
        return insert.on_conflict_do_nothing().execution_options(preserve_rowcount=True)
    rest = {column.name: insert.excluded[column.name] for column in table.columns if not column.primary_key}
    return insert.on_conflict_do_update(index_elements=list(table.primary_key), set_=rest)
