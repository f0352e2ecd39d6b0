"""The audit trail: who looked at or did what, and when. Appended to, never changed. Decides nothing."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from records.schema import AuditRow


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """`at` is UTC epoch seconds, `who` an account or a program, `object` what was touched, such as `call:ID`."""

    at: float
    who: str
    action: str
    object: str
    detail: dict[str, Any] = field(default_factory=dict)
    seq: int = 0


def append(
    session: Session, at: float, who: str, action: str, object: str, detail: dict[str, Any] | None = None
) -> None:
    """Add one entry; `detail` is kept sealed."""
    session.add(AuditRow(at=at, who=who, action=action, object=object, detail=detail or {}))


def trail(session: Session, limit: int = 100, *, who: str | None = None, object: str | None = None) -> list[AuditEntry]:
    """The newest entries first."""
    query = select(AuditRow).order_by(AuditRow.seq.desc()).limit(limit)
    if who is not None:
        query = query.where(AuditRow.who == who)
    if object is not None:
        query = query.where(AuditRow.object == object)
    return [AuditEntry(r.at, r.who, r.action, r.object, r.detail, r.seq) for r in session.scalars(query)]
