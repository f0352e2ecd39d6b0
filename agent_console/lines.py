"""Calls and tickets as the call page's script gets them: plain JSON types. PURE; whose they are is not decided here."""

from collections.abc import Mapping
from typing import Any

from agent_console import shown
from records.callrecords import CallRecord
from tickets.ticket import Ticket

OVER = ("closed", "archived")


def item(record: CallRecord, labels: Mapping[str, str]) -> dict[str, Any]:
    """A call as the page keeps it, of the same shape as in the live stream."""
    return {
        "call": record.call,
        "caller": record.caller or "",
        "transcript": record.transcript or "",
        "label": record.label or "",
        "label_name": labels.get(record.label or "", ""),
        "confidence": record.label_confidence or 0.0,
        "entered_by": record.entered_by,
        "arrived_at": record.arrived_at,
        "queued_at": record.queued_at,
        "joined_at": record.joined_at,
        "ended_at": record.ended_at,
    }


def earlier(record: CallRecord, labels: Mapping[str, str]) -> dict[str, Any]:
    """A call of the past, in one line."""
    return {
        "call": record.call,
        "at": shown.moment(record.arrived_at),
        "category": labels.get(record.category or record.label or "", ""),
        "matter": record.matter or "",
        "answer": record.answer or "",
        "outcome": shown.OUTCOMES.get(record.outcome, record.outcome),
    }


def ticket_line(ticket: Ticket, referred: bool = False) -> dict[str, Any]:
    """A ticket, in one line; `over` when nothing is left to do, `referred` when 12345 passed it on with the call."""
    return {
        "number": ticket.number,
        "title": ticket.title,
        "state": ticket.state,
        "state_name": ticket.state_name,
        "urgency": ticket.urgency,
        "over": ticket.state in OVER,
        "referred": referred,
        "at": shown.moment(ticket.accepted_at),
    }
