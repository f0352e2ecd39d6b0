"""Tickets that go to 12345 and come from there. Decides which ticket either house's number means, and who is told."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from records.schema import OutboxRow, TicketRow
from tickets import outbox_entries
from tickets.lifecycle import TABLE, Event, State
from tickets.ticket import Ticket, get_ticket, ticket_body
from tickets.writing import change

CHANNEL = "12345"


def known(session: Session, reference: str) -> str | None:
    """Our number of the ticket that either house calls `reference`."""
    if session.get(TicketRow, reference) is not None:
        return reference
    ours = session.scalars(select(TicketRow.number).where(TicketRow.number_12345 == reference)).first()
    if ours is not None:
        return ours
    given = select(OutboxRow.ticket).where(OutboxRow.channel == CHANNEL, OutboxRow.reference == reference)
    return session.scalars(given).first()


def send(session: Session, number: str, who: str, now: float) -> Ticket:
    """Give the ticket to 12345 over its channel, once; it is passed on (转办) where it can be.

    Raises LookupError for an unknown number.
    """
    detail = get_ticket(session, number)
    if detail is None:
        raise LookupError(f"没有工单“{number}”")
    ticket = detail.ticket
    if CHANNEL not in outbox_entries.channels_of(session, number):
        body = ticket_body(ticket, session.info["labels"])
        outbox_entries.add(session, CHANNEL, number, "ticket", body, now)
    if (State(ticket.state), Event.FORWARD) in TABLE:
        ticket = change(session, number, Event.FORWARD, who, "转12345", now)
    return ticket
