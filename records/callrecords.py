"""The call record (话务工单): exactly one for each call, written by the hotline and completed by the agent.

Decides who may write which fields: what the agent wrote is never overwritten by the hotline, and what is known is
never erased by something that knows less. Knows nothing of how a call came about.
"""

from collections.abc import Collection
from dataclasses import fields
from functools import cache
from typing import Any

from sqlalchemy import Select, Update, bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from records.inserting import table_of
from records.record_entry import DIRECTIONS, ENTRIES, OUTCOMES, CallRecord
from records.schema import CallRecordRow

__all__ = ["DIRECTIONS", "ENTRIES", "OUTCOMES", "CallRecord"]

LONGEST_MATTER = 200
AGENTS_FIELDS = frozenset({"category", "matter", "answer", "completed_at"})
RECORDING_FIELDS = frozenset({"recording_file", "recording_seconds", "recording_sha256"})
# What a record says before anything is known; such a value never replaces another.
NOTHING_KNOWN: dict[str, Any] = {"entered_by": "none", "outcome": "open", "direction": "inbound"}
COLUMNS = tuple(field.name for field in fields(CallRecord))
HOTLINES = tuple(name for name in COLUMNS if name not in AGENTS_FIELDS)
RECORDS = table_of(CallRecordRow)
BEGIN = insert(RECORDS)


class RecordRefusedError(ValueError):
    """The agent's entries cannot be kept. `fields` names those to mend; the text is Chinese, for the page."""

    def __init__(self, text: str, *wrong: str) -> None:
        super().__init__(text)
        self.fields = wrong


def save(session: Session, record: CallRecord, before: CallRecord | None = None) -> None:
    """Write what the hotline knows. May be repeated, and may come late; it leaves the agent's fields alone.

    `before` is what was written of the call last, where that is certain: then only what differs is written.
    """
    if record.outcome not in OUTCOMES or record.entered_by not in ENTRIES:
        raise ValueError(f"outcome {record.outcome!r} or entered_by {record.entered_by!r}: no such value")
    known = _known(record)
    new = known if before is None else {name: known[name] for name in known if known[name] != getattr(before, name)}
    if not new:
        return
    # Written without being read: what is sealed of it would be opened, at every step of every call.
    first = frozenset(new.keys() & RECORDING_FIELDS)
    values = {NEW + name if name in first else name: value for name, value in _marked(new).items()}
    session.flush()
    changed = session.connection().execute(_change(first), {OF: record.call, **values})
    if not changed.rowcount:
        session.connection().execute(BEGIN, NOTHING_KNOWN | _marked(known))


OF, NEW = "of_call", "new_"  # of parameters that are no columns


@cache
def _change(first: frozenset[str]) -> Update:
    """Of the row of the call OF; of the columns `first`, what is there stays. The same object each time: SQLAlchemy
    works out a statement's key in its cache once an object."""
    change = update(RECORDS).where(RECORDS.c.call == bindparam(OF))
    stay = {name: func.coalesce(RECORDS.c[name], bindparam(NEW + name, type_=RECORDS.c[name].type)) for name in first}
    return change.values(stay) if stay else change


def _known(record: CallRecord) -> dict[str, Any]:
    """What the hotline knows, by column."""
    known = {name: getattr(record, name) for name in HOTLINES}
    return {name: value for name, value in known.items() if value is not None and value != NOTHING_KNOWN.get(name)}


def _marked(values: dict[str, Any]) -> dict[str, Any]:
    """`values` with the mark that the caller is found by."""
    return {**values, "caller_mark": values["caller"]} if "caller" in values else values


def complete(
    session: Session, call: str, agent: str, category: str, matter: str, answer: str, now: float
) -> CallRecord:
    """Keep the agent's category, matter and answer; may be repeated to correct them. Raises RecordRefusedError."""
    category, matter, answer = category.strip(), matter.strip(), answer.strip()
    asked = {"category": (category, "类别"), "matter": (matter, "事项"), "answer": (answer, "答复")}
    empty = [name for name, (value, _) in asked.items() if not value]
    if empty:
        raise RecordRefusedError("请填写：" + "、".join(asked[name][1] for name in empty), *empty)
    if category not in session.info["labels"]:
        raise RecordRefusedError(f"类别“{category}”不在目录中，请从列表中选择", "category")
    if len(matter) > LONGEST_MATTER:
        raise RecordRefusedError(f"事项最多{LONGEST_MATTER}字，现为{len(matter)}字，请把详情写入答复", "matter")
    row = session.get(CallRecordRow, call)
    if row is None:
        raise RecordRefusedError(f"没有通话“{call}”，请从待填写列表中选择", "call")
    if row.agent is not None and row.agent != agent:
        raise RecordRefusedError("这通电话由其他坐席接听，只能由接听人填写", "agent")
    row.agent, row.category, row.matter, row.answer, row.completed_at = agent, category, matter, answer, now
    session.flush()
    return _record(row)


def keep_recording(session: Session, call: str, file: str, seconds: float, sha256: str) -> None:
    """Note where the recording lies; `file` is a name inside the recordings folder, `sha256` in hex."""
    row = _row(session, call)
    row.recording_file, row.recording_seconds, row.recording_sha256 = file, seconds, sha256
    session.flush()


def close_open(session: Session, calls_alive: Collection[str], now: float, reason: str) -> list[str]:
    """After a crash: close the records of calls that are over although nobody said so; returns their call ids.

    A call that was joined stays answered; any other counts as failed.
    """
    closed = []
    for row in session.scalars(select(CallRecordRow).where(CallRecordRow.outcome == "open")):
        if row.call in calls_alive:
            continue
        row.outcome = "answered" if row.joined_at is not None else "failed"
        row.ended_at = row.ended_at if row.ended_at is not None else now
        row.end_reason, row.ended_by = row.end_reason or reason, row.ended_by or "system"
        closed.append(row.call)
    return closed


def get(session: Session, call: str) -> CallRecord | None:
    row = session.get(CallRecordRow, call)
    return _record(row) if row else None


def latest(  # noqa: PLR0913 (each is a filter of the page)
    session: Session,
    limit: int = 50,
    *,
    agent: str | None = None,
    outcome: str | None = None,
    label: str | None = None,
    caller: str | None = None,
    since: float | None = None,
    until: float | None = None,
) -> list[CallRecord]:
    """The newest records first that meet every filter given; `since` <= arrived_at < `until`."""
    row = CallRecordRow
    query = select(row).order_by(row.arrived_at.desc().nulls_last(), row.call.desc()).limit(limit)
    for column, value in ((row.agent, agent), (row.outcome, outcome), (row.label, label), (row.caller_mark, caller)):
        if value is not None:
            query = query.where(column == value)
    if since is not None:
        query = query.where(row.arrived_at >= since)
    if until is not None:
        query = query.where(row.arrived_at < until)
    return _records(session, query)


def uncompleted(session: Session, agent: str) -> list[CallRecord]:
    """What this agent still has to fill in, the oldest call first."""
    row = CallRecordRow
    mine = select(row).where(row.agent == agent, row.completed_at.is_(None), row.joined_at.is_not(None))
    return _records(session, mine.order_by(row.joined_at, row.call))


def _row(session: Session, call: str) -> CallRecordRow:
    row = session.get(CallRecordRow, call)
    if row is None:
        row = CallRecordRow(call=call, **NOTHING_KNOWN)
        session.add(row)
    return row


def _record(row: CallRecordRow) -> CallRecord:
    return CallRecord(*(getattr(row, name) for name in COLUMNS))


def _records(session: Session, query: Select[Any]) -> list[CallRecord]:
    return [_record(row) for row in session.scalars(query)]
