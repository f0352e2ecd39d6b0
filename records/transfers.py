"""Transfers in the database, each with its lines in the audit trail. Keeps what the switchboard decided."""

from collections.abc import Iterable
from dataclasses import fields

from sqlalchemy import select
from sqlalchemy.orm import Session

from records import audit
from records.schema import TransferRow
from records.transfer_entry import EMERGENCY, KINDS, NUMBER, OPEN, OUTCOMES, TO_12345, Transfer

COLUMNS = tuple(field.name for field in fields(Transfer))
SPOKEN = "自助语音"  # by whom a line was called that no person asked for
ACTIONS = {TO_12345: "transfer", EMERGENCY: "emergency", NUMBER: "outside"}
LONGEST = 86400.0  # seconds: no call lasts longer


def save(session: Session, transfers: Iterable[Transfer]) -> None:
    """Write transfers as they stand; may be repeated. What is new of one is noted in the audit trail, without words."""
    for transfer in transfers:
        if transfer.kind not in KINDS or transfer.outcome not in OUTCOMES:
            raise ValueError(f"kind {transfer.kind!r} or outcome {transfer.outcome!r}: no such value")
        row = session.get(TransferRow, transfer.id)
        before = None if row is None else row.outcome
        if row is None:
            row = TransferRow(id=transfer.id)
            session.add(row)
            _note(session, transfer, "asked", transfer.asked_at)
        if transfer.outcome not in (before, OPEN):
            _note(session, transfer, transfer.outcome, transfer.answered_at or transfer.ended_at or transfer.asked_at)
        for name in COLUMNS:
            setattr(row, name, getattr(transfer, name))
        session.flush()


def _note(session: Session, transfer: Transfer, what: str, at: float) -> None:
    detail = {"number": transfer.number, "direction": transfer.direction, "ticket": transfer.ticket}
    action = f"{ACTIONS[transfer.kind]}.{what}"
    audit.append(session, at, transfer.by or SPOKEN, action, f"call:{transfer.call}", detail)


def of_call(session: Session, call: str) -> list[Transfer]:
    """The transfers of one call, in order."""
    query = select(TransferRow).where(TransferRow.call == call).order_by(TransferRow.asked_at, TransferRow.id)
    return [_transfer(row) for row in session.scalars(query)]


def since(session: Session, at: float) -> list[Transfer]:
    """Those asked for since `at` (UTC epoch seconds) and those that are not over yet, in order."""
    row = TransferRow
    there = (row.asked_at >= at) | (row.ended_at.is_(None) & (row.asked_at >= at - LONGEST))
    return [_transfer(each) for each in session.scalars(select(row).where(there).order_by(row.asked_at, row.id))]


def _transfer(row: TransferRow) -> Transfer:
    return Transfer(*(getattr(row, name) for name in COLUMNS))
