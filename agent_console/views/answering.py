"""A message (留言) is answered: whoever called back writes down what was said, and its ticket is closed.

Decides who may and when; which states a ticket has is tickets.lifecycle's business.
"""

import time
from typing import Any

from flask import Blueprint, abort, flash, redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from agent_console import guard
from records import audit
from records.schema import AuditRow
from tickets.lifecycle import Event, LifecycleError, State, events_of
from tickets.ticket import Ticket, get_ticket
from tickets.writing import change

pages = Blueprint("answering", __name__)

ANSWERERS = ("agent", "supervisor")
OPENED, ANSWERED = "message.open", "message.answer"
LONGEST_ANSWER = 1000


@pages.post("/tickets/<number>/answer")
@guard.for_roles(*ANSWERERS)
def answer(number: str) -> Any:
    """The words go into the ticket's history, and to the systems outside that have the ticket."""
    note = request.form.get("note", "").strip()
    if not 0 < len(note) <= LONGEST_ANSWER:
        flash(f"请填写答复内容，1至{LONGEST_ANSWER}个字。", "amber")
        return redirect(url_for("tickets.one", number=number) + "#answer", 303)
    try:
        done = guard.database().do(write_down, number, guard.visitor().name, note, time.time())
    except LifecycleError as error:
        flash(str(error), "amber")
    else:
        if not done:
            abort(404)
        guard.bridge().outbox_nudge()
        flash("答复已登记，工单办结。", "green")
    return redirect(url_for("tickets.one", number=number), 303)


def may_answer(ticket: Ticket) -> bool:
    """Whether this visitor may, and the ticket still waits for it; it must be that of a message besides."""
    return guard.visitor().role in ANSWERERS and Event.ANSWER in events_of(State(ticket.state))


def is_message(session: Session, number: str) -> bool:
    """Whether the ticket was opened for a message: the audit trail says so."""
    row = AuditRow
    query = select(row.seq).where(row.object == f"ticket:{number}", row.action == OPENED).limit(1)
    return session.scalars(query).first() is not None


def write_down(session: Session, number: str, who: str, note: str, now: float) -> bool:
    """Whether there is such a message. Raises LifecycleError when it was answered already or is in other hands."""
    if get_ticket(session, number) is None or not is_message(session, number):
        return False
    change(session, number, Event.ANSWER, who, note, now)
    audit.append(session, now, who, ANSWERED, f"ticket:{number}")
    return True
