"""Recordings as the database knows them: where each lies, what it is like, who holds it, when it went.

Decides that a held recording is never purged and that what is known is not erased. How long recordings are kept is
hotline.retention's, their sound records.audio's.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from records import audit
from records.inserting import insert_new, table_of
from records.schema import RecordingRow

LONGEST_REASON = 200
LONGEST_TROUBLE = 200
OF = "of_file"  # of a parameter that is no column
RECORDINGS = table_of(RecordingRow)
CHANGE = update(RECORDINGS).where(RECORDINGS.c.file == bindparam(OF))
WHAT = CHANGE.where(RECORDINGS.c.purged_at.is_(None))


@dataclass(frozen=True, slots=True)
class Recording:
    """`at` is when it was noted (UTC epoch seconds), `masked` spans in seconds, `sha256` of the file in hex.

    `seconds` and `sha256` are None while nothing is kept; `trouble` says why it broke off or never began.
    """

    file: str
    call: str
    at: float
    seconds: float | None = None
    sha256: str | None = None
    masked: tuple[tuple[float, float], ...] = ()
    partial: bool = False
    trouble: str = ""
    held_by: str = ""
    held_at: float | None = None
    held_reason: str | None = None
    purged_at: float | None = None

    @property
    def held(self) -> bool:
        return self.held_at is not None

    @property
    def there(self) -> bool:
        """Whether there is something to hear."""
        return self.sha256 is not None and self.purged_at is None


class RecordingRefusedError(ValueError):
    """What is asked of a recording cannot be done; the text is Chinese, for page and command line."""


def keep(session: Session, recording: Recording) -> None:
    """Note a recording, or what is known of it besides. May be repeated; what is known is never erased."""
    trouble = recording.trouble[:LONGEST_TROUBLE]
    what: dict[str, Any] = {"seconds": None, "sha256": None, "masked": []}
    if recording.sha256 is not None:
        masked = [list(span) for span in recording.masked]
        what = {"seconds": recording.seconds, "sha256": recording.sha256, "masked": masked}
    row = {"file": recording.file, "call": recording.call, "at": recording.at, **what}
    session.flush()
    if insert_new(session, RecordingRow, {**row, "partial": recording.partial, "trouble": trouble}):
        return
    connection, file = session.connection(), {OF: recording.file}
    if recording.sha256 is not None:
        connection.execute(WHAT, {**file, **what})
    wrong = ({"partial": True} if recording.partial else {}) | ({"trouble": trouble} if trouble else {})
    if wrong:
        connection.execute(CHANGE, {**file, **wrong})


def of_call(session: Session, call: str) -> list[Recording]:
    """The recordings of one call, the oldest first."""
    rows = session.scalars(select(RecordingRow).where(RecordingRow.call == call).order_by(RecordingRow.at))
    return [_recording(row) for row in rows]


def listed(
    session: Session, limit: int = 50, *, held: bool = False, before: float | None = None, after: str = ""
) -> list[Recording]:
    """The newest first that are there; with `before`, the oldest first of what was noted earlier than that.

    `held`: only those. `after` is the name of the last one seen, to go on behind it.
    """
    row = RecordingRow
    query = select(row).where(row.purged_at.is_(None)).limit(limit)
    if held:
        query = query.where(row.held_at.is_not(None))
    if before is None:
        query = query.order_by(row.at.desc(), row.file.desc())
    else:
        query = query.where(row.at < before, row.file > after).order_by(row.file)
    return [_recording(each) for each in session.scalars(query)]


def hold(session: Session, call: str, who: str, reason: str, now: float) -> list[Recording]:
    """Keep the recordings of `call` until they are released; audited. Raises RecordingRefusedError."""
    reason = reason.strip()
    if not reason or len(reason) > LONGEST_REASON or not reason.isprintable():
        raise RecordingRefusedError(f"reason：请用一行写明保全原因，最多{LONGEST_REASON}字")
    rows = _rows(session, call)
    for row in rows:
        row.held_by, row.held_at, row.held_reason = who, now, reason
    audit.append(session, now, who, "recording.hold", f"call:{call}", {"reason": reason})
    session.flush()
    return [_recording(row) for row in rows]


def release(session: Session, call: str, who: str, now: float) -> list[Recording]:
    """End the hold: their age counts again; audited. Raises RecordingRefusedError."""
    rows = [row for row in _rows(session, call) if row.held_at is not None]
    if not rows:
        raise RecordingRefusedError(f"通话“{call}”的录音没有保全，无需解除")
    for row in rows:
        row.held_by, row.held_at, row.held_reason = "", None, None
    audit.append(session, now, who, "recording.release", f"call:{call}")
    session.flush()
    return [_recording(row) for row in rows]


def purge(session: Session, file: str, who: str, why: str, now: float) -> Recording | None:
    """Mark a recording as gone, audited; None when it is held or gone already. Its file is removed by the caller,
    within this transaction, so that a hold comes before or after the whole of it."""
    row = session.get(RecordingRow, file, with_for_update=True)
    if row is None or row.held_at is not None or row.purged_at is not None:
        return None
    row.purged_at = now
    audit.append(session, now, who, "recording.purge", f"call:{row.call}", {"file": file, "why": why})
    session.flush()
    return _recording(row)


def _rows(session: Session, call: str) -> list[RecordingRow]:
    row = RecordingRow
    rows = list(session.scalars(select(row).where(row.call == call, row.purged_at.is_(None)).with_for_update()))
    if not rows:
        raise RecordingRefusedError(f"通话“{call}”没有可保全的录音，请核对通话编号")
    return rows


def _recording(row: RecordingRow) -> Recording:
    masked = tuple((begin, end) for begin, end in row.masked)
    return Recording(
        row.file,
        row.call,
        row.at,
        row.seconds,
        row.sha256,
        masked,
        row.partial,
        row.trouble or "",
        row.held_by or "",
        row.held_at,
        row.held_reason,
        row.purged_at,
    )
