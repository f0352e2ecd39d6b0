"""The call log: every fact before it is acted on, every command as it is given, in one order for ever.

Decides how entries are kept. Does not know what they mean: they are names and JSON fields here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from records.inserting import table_of
from records.schema import CallLogRow

APPEND = insert(table_of(CallLogRow))


@dataclass(frozen=True, slots=True)
class Entry:
    """A fact or command. `boot` names the run of the core, `at` is UTC epoch seconds, `call` the call id or None.

    `fields` holds plain JSON values. `seq` is the place in the log, 0 until written.
    """

    kind: Literal["fact", "command"]
    boot: str
    at: float
    call: str | None
    name: str
    fields: dict[str, Any] = field(default_factory=dict)
    seq: int = 0


def append(session: Session, entries: Sequence[Entry]) -> int:
    """Append in the given order; returns the last seq (0 when there are none)."""
    if not entries:
        return 0
    connection = session.connection()  # rows without objects: each fact waits for this
    *before, last = [
        {"boot": e.boot, "at": e.at, "call": e.call, "kind": e.kind, "name": e.name, "body": e.fields} for e in entries
    ]
    if before:
        connection.execute(APPEND, before)
    place = connection.execute(APPEND, last).inserted_primary_key  # a single row tells its own
    assert place is not None
    return int(place[0])


def of_call(session: Session, call: str) -> list[Entry]:
    """All entries of one call, oldest first."""
    return _entries(session, CallLogRow.call == call)


def of_boot(session: Session, boot: str) -> list[Entry]:
    """All entries of one run of the core, oldest first."""
    return _entries(session, CallLogRow.boot == boot)


def after(session: Session, boot: str, seq: int) -> list[Entry]:
    """The entries of one run of the core with a place above `seq`, oldest first."""
    return _entries(session, (CallLogRow.boot == boot) & (CallLogRow.seq > seq))


def count_after(session: Session, boot: str, seq: int) -> int:
    """How many those are."""
    log = CallLogRow
    return session.execute(select(func.count()).where(log.boot == boot, log.seq > seq)).scalar_one()


def last_boot(session: Session) -> str | None:
    """The run of the core that wrote last, or None in an empty log."""
    return session.scalars(select(CallLogRow.boot).order_by(CallLogRow.seq.desc()).limit(1)).first()


def last_of(session: Session, boot: str, names: Sequence[str]) -> Entry | None:
    """The newest fact of these names in one run of the core, or None."""
    log = CallLogRow
    newest = select(func.max(log.seq)).where(log.boot == boot, log.name.in_(names), log.kind == "fact")
    found = _entries(session, log.seq == newest.scalar_subquery())
    return found[0] if found else None


def _entries(session: Session, condition: Any) -> list[Entry]:
    log = CallLogRow
    columns = (log.kind, log.boot, log.at, log.call, log.name, log.body, log.seq)
    rows = session.execute(select(*columns).where(condition).order_by(log.seq))
    return [Entry(*row) for row in rows]
