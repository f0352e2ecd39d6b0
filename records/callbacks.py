"""Callbacks in the database: one open for each number, never deleted. Keeps what routing.callbacks decided."""

from dataclasses import fields

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from records.callback_entry import Callback
from records.counters import next_number
from records.schema import CallbackRow

COLUMNS = tuple(field.name for field in fields(Callback))
OPEN = ("WAITING", "OFFERED")
OPEN_OF = select(CallbackRow.id).where(CallbackRow.open_mark == bindparam("number"))


def new_id(session: Session) -> str:
    return f"HB{next_number(session, 'callback'):06d}"


def save(session: Session, callback: Callback) -> None:
    """Write the callback as it stands. The database refuses a second open one for a number."""
    row = session.get(CallbackRow, callback.id)
    if row is None:
        row = CallbackRow(id=callback.id)
        session.add(row)
    for name in COLUMNS:
        setattr(row, name, getattr(callback, name))
    row.number_mark = callback.number
    row.open_mark = callback.number if callback.state in OPEN else None
    session.flush()


def get(session: Session, id: str) -> Callback | None:
    row = session.get(CallbackRow, id)
    return _callback(row) if row else None


def open_of(session: Session, number: str) -> Callback | None:
    """The number's open callback."""
    id = session.connection().execute(OPEN_OF, {"number": number}).scalar()
    return get(session, id) if id is not None else None


def of_call(session: Session, call: str) -> Callback | None:
    """The callback that came of this call, open or not."""
    row = session.scalars(select(CallbackRow).where(CallbackRow.call == call)).first()
    return _callback(row) if row else None


def all_open(session: Session) -> list[Callback]:
    rows = session.scalars(select(CallbackRow).where(CallbackRow.state.in_(OPEN)).order_by(CallbackRow.id))
    return [_callback(row) for row in rows]


def latest(session: Session, limit: int = 50) -> list[Callback]:
    """The newest first, closed ones too."""
    return [_callback(row) for row in session.scalars(select(CallbackRow).order_by(CallbackRow.id.desc()).limit(limit))]


def _callback(row: CallbackRow) -> Callback:
    return Callback(*(getattr(row, name) for name in COLUMNS))
