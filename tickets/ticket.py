"""Tickets as values, and reading them. Decides what a ticket holds; tickets.writing opens and changes them."""

from dataclasses import asdict, dataclass, fields
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from records.schema import TicketHistoryRow, TicketRow
from tickets import lifecycle, outbox_entries
from tickets.lifecycle import State
from tickets.outbox_entries import Sync


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket as it stands. `state` is a State's code; times are UTC epoch seconds; `first_owner` is 首问责任人.

    `due_at` is when it is to be finished, None where no clock runs; `number_12345` is its number at 12345.
    """

    number: str
    state: str
    channel: str
    call: str | None
    calling_number: str | None
    contact_number: str | None
    contact_name: str | None
    category: str
    title: str
    content: str
    urgency: str
    accepted_by: str
    accepted_at: float
    first_owner: str
    transcript: str | None
    label: str | None
    label_confidence: float | None
    recording: str | None
    result: str | None
    finished_at: float | None
    due_at: float | None = None
    number_12345: str | None = None

    @property
    def state_name(self) -> str:
        return lifecycle.STATE_NAMES[State(self.state)]


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a ticket's history. `who` is an account or `channel:<name>`; `before` is None when it was opened."""

    at: float
    who: str
    event: str
    before: str | None
    after: str
    note: str | None


@dataclass(frozen=True, slots=True)
class TicketDetail:
    """A ticket with its history, oldest first, and how far each channel has received it."""

    ticket: Ticket
    history: tuple[Step, ...]
    sync: tuple[Sync, ...]


COLUMNS = tuple(field.name for field in fields(Ticket))


def list_tickets(
    session: Session, limit: int = 50, *, state: str | None = None, call: str | None = None, contact: str | None = None
) -> list[Ticket]:
    """The newest first that meet every filter given; `contact` is a whole number."""
    query = select(TicketRow).order_by(TicketRow.accepted_at.desc(), TicketRow.number.desc()).limit(limit)
    for column, value in ((TicketRow.state, state), (TicketRow.call, call), (TicketRow.contact_mark, contact)):
        if value is not None:
            query = query.where(column == value)
    return [ticket_from(row) for row in session.scalars(query)]


def get_ticket(session: Session, number: str) -> TicketDetail | None:
    row = session.get(TicketRow, number)
    if row is None:
        return None
    steps = session.scalars(
        select(TicketHistoryRow).where(TicketHistoryRow.ticket == number).order_by(TicketHistoryRow.seq)
    )
    history = tuple(Step(s.at, s.who, s.event, s.before, s.after, s.note) for s in steps)
    return TicketDetail(ticket_from(row), history, tuple(outbox_entries.sync_of(session, number)))


def ticket_body(ticket: Ticket, labels: dict[str, str]) -> dict[str, Any]:
    """The ticket as the channels' API carries it (docs/channels.md)."""
    body = asdict(ticket)
    return {**body, "state_name": ticket.state_name, "category_name": labels[ticket.category]}


def ticket_from(row: TicketRow) -> Ticket:
    return Ticket(*(getattr(row, name) for name in COLUMNS))
