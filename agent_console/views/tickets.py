"""Tickets (工单): the list, and one ticket with its way, its history and how far each channel has received it.

Decides who sees numbers; what may happen to a ticket is decided by tickets.lifecycle.
"""

import time
from typing import Any

from flask import Blueprint, abort, jsonify, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from agent_console import guard
from agent_console.views.answering import is_message, may_answer
from agent_console.views.recordings import played
from records import audit
from tickets import outbox_entries
from tickets.lifecycle import EVENT_NAMES, STATE_NAMES, Event, State
from tickets.outbox_entries import CHANNELS
from tickets.ticket import Step, Ticket, TicketDetail, get_ticket, list_tickets

pages = Blueprint("tickets", __name__, url_prefix="/tickets")

NUMBERS_TO = ("agent", "supervisor", "clerk")
HEARERS = ("agent", "supervisor", "admin", "auditor")  # who may hear a message; agents call back
PAGE = 50


@pages.get("")
@guard.for_roles()
def page() -> Any:
    state = request.args.get("state") or None
    if state is not None and state not in {each.value for each in State}:
        abort(404)
    tickets = guard.database().read(list_tickets, PAGE, state=state)
    return render_template(
        "tickets.html", tickets=tickets, labels=guard.labels(), states=list(State), names=STATE_NAMES, state=state
    )


@pages.get("/<number>")
@guard.for_roles()
def one(number: str) -> Any:
    detail = found(number)
    visitor = guard.visitor()
    if detail.ticket.accepted_by != visitor.name:
        guard.database().do(audit.append, time.time(), visitor.name, "ticket.view", f"ticket:{number}")
    return render_template(
        "ticket.html",
        ticket=detail.ticket,
        way=way(detail),
        history=[(step, said(step)) for step in reversed(detail.history)],
        sync=detail.sync,
        labels=guard.labels(),
        names={state.value: name for state, name in STATE_NAMES.items()},
        may_ask_number=may_ask(detail.ticket),
        may_retry=visitor.role in ("supervisor", "admin", "agent"),
        may_answer=may_answer(detail.ticket) and guard.database().read(is_message, number),
        has_message=bool(detail.ticket.recording) and visitor.role in HEARERS,
        late=detail.ticket.due_at is not None
        and detail.ticket.finished_at is None
        and detail.ticket.due_at < time.time(),
    )


@pages.get("/<number>/message")
@guard.for_roles(*HEARERS)
def message(number: str) -> Any:
    """The voicemail (留言) the ticket came of, as a WAV in ranges; audited."""
    ticket = found(number).ticket
    return played(ticket.recording or "", "message.play", f"ticket:{number}")


@pages.post("/<number>/number")
@guard.for_roles(*NUMBERS_TO)
def contact(number: str) -> Any:
    """The contact number in full, for whoever must call; audited."""
    ticket = found(number).ticket
    if not may_ask(ticket):
        abort(403)
    guard.database().do(audit.append, time.time(), guard.visitor().name, "ticket.number", f"ticket:{number}")
    return jsonify(number=ticket.contact_number or "")


@pages.post("/<number>/retry/<channel>")
@guard.for_roles("supervisor", "admin", "agent")
def retry(number: str, channel: str) -> Any:
    """Send again what a channel refused or has not taken yet."""
    found(number)
    if channel not in CHANNELS:
        abort(404)
    guard.database().do(try_again, number, channel, guard.visitor().name, time.time())
    guard.bridge().outbox_nudge()
    return redirect(url_for("tickets.one", number=number), 303)


def may_ask(ticket: Ticket) -> bool:
    """Supervisors and clerks may, and the agent who is the first owner (首问责任人)."""
    visitor = guard.visitor()
    left = ticket.recording is not None  # a message is for whichever agent calls back
    own = visitor.role != "agent" or left or ticket.first_owner == visitor.name
    return own and visitor.role in NUMBERS_TO and bool(ticket.contact_number)


def found(number: str) -> TicketDetail:
    detail = guard.database().read(get_ticket, number)
    if detail is None:
        abort(404)
    return detail


def try_again(session: Session, number: str, channel: str, who: str, now: float) -> None:
    outbox_entries.retry(session, number, channel, now)
    audit.append(session, now, who, "ticket.retry", f"ticket:{number}", {"channel": channel})


def way(detail: TicketDetail) -> list[dict[str, Any]]:
    """The states as one line, in order: which were reached and when, where the ticket stands, what may come."""
    reached = {step.after: step.at for step in detail.history}
    order = [state.value for state in State]
    here = order.index(detail.ticket.state)
    names = {state.value: name for state, name in STATE_NAMES.items()}
    return [
        {
            "code": code,
            "name": names[code],
            "at": reached.get(code),
            "stands": "here"
            if place == here
            else "past"
            if place < here and code in reached
            else "skipped"
            if place < here
            else "ahead",
        }
        for place, code in enumerate(order)
    ]


def said(step: Step) -> str:
    """What one step of the history says."""
    if step.event == "open":
        return "受理"
    try:
        return EVENT_NAMES[Event(step.event)]
    except ValueError:
        return step.event
