"""The call page (接听): who calls, what about, and the record and ticket that come of it.

Decides whose call it is and what is refused; what is kept is decided by records and tickets.
"""

import time
from dataclasses import replace
from typing import Any

from flask import Blueprint, abort, jsonify, redirect, render_template, request
from sqlalchemy.orm import Session

from agent_console import guard
from agent_console.choices import categories
from agent_console.lines import OVER, earlier, item, ticket_line
from agent_console.sight import agent_in, call_in, has_call
from records import audit, callrecords
from records.callrecords import CallRecord, RecordRefusedError
from routing.facts import WrapUpDone
from tickets.ticket import Ticket, get_ticket, list_tickets
from tickets.writing import URGENCIES, Draft, TicketRefusedError, open_ticket

pages = Blueprint("calls", __name__)

MATTER_FIELDS = ("category", "matter", "answer")
TICKET_FIELDS = ("title", "content", "urgency", "contact_name", "contact_number")
FIELD_NAMES = {"category": "类别", "matter": "事项", "answer": "答复", "title": "标题", "content": "内容"}


@pages.get("/")
@guard.for_roles()
def page() -> Any:
    if guard.visitor().role != "agent":
        return redirect(guard.home())
    sip = guard.settings().sip
    return render_template(
        "call.html",
        categories=categories(guard.labels()),
        urgencies=URGENCIES,
        sip_server=f"{sip.host}:{sip.port}",
    )


@pages.get("/calls/work")
@guard.for_roles("agent")
def work() -> Any:
    """The calls whose records this agent still has to write, oldest first."""
    records = guard.database().read(callrecords.uncompleted, guard.visitor().name)
    return jsonify(work=[item(record, guard.labels()) for record in records])


@pages.get("/calls/<call>/who")
@guard.for_roles("agent")
def who(call: str) -> Any:
    """What is known of this number: earlier calls and tickets, the open ones first."""
    own, number = own_call(call)
    live = call_in(guard.bridge().board(), call)
    referred = str(live["ticket"]) if live is not None else ""
    records, tickets = guard.database().read(history, number, call, referred)
    return jsonify(
        call=call,
        caller=number,
        completed=own.completed_at is not None if own else False,
        kept={name: (getattr(own, name) or "") if own else "" for name in MATTER_FIELDS},
        records=[earlier(record, guard.labels()) for record in records],
        tickets=[ticket_line(ticket, ticket.number == referred) for ticket in tickets],
    )


@pages.post("/calls/<call>/record")
@guard.for_roles("agent")
def save(call: str) -> Any:
    """Keep category, matter and answer; in wrap-up that ends it. What is empty is named, field by field."""
    own_call(call)
    visitor, now = guard.visitor(), time.time()
    given = {name: request.form.get(name, "") for name in MATTER_FIELDS}
    try:
        guard.database().do(complete, call, visitor.name, given, now)
    except RecordRefusedError as error:
        return refusal(error)
    me = agent_in(guard.bridge().board(), visitor.name)
    ended = me is not None and me["state"] == "WRAP_UP" and me["call"] == call
    if ended:
        guard.bridge().tell(WrapUpDone(visitor.name))
    return jsonify(ok=True, wrap_up_over=ended)


@pages.post("/calls/<call>/ticket")
@guard.for_roles("agent")
def ticket(call: str) -> Any:
    """Open a ticket out of this call; the outside systems get it at once."""
    record, number = own_call(call)
    visitor, now = guard.visitor(), time.time()
    given = {name: request.form.get(name, "").strip() for name in TICKET_FIELDS}
    live = call_in(guard.bridge().board(), call)
    draft = Draft(
        category=request.form.get("category", "").strip(),
        title=given["title"],
        content=given["content"],
        accepted_by=visitor.name,
        call=call,
        calling_number=number or None,
        contact_number=given["contact_number"] or number or None,
        contact_name=given["contact_name"] or None,
        urgency=given["urgency"] or URGENCIES[0],
    )
    if live is not None:
        draft = replace(
            draft, transcript=live["transcript"], label=live["label"] or None, label_confidence=live["confidence"]
        )
    elif record is not None:
        draft = replace(
            draft, transcript=record.transcript, label=record.label, label_confidence=record.label_confidence
        )
    try:
        opened = guard.database().do(open_once, draft, now)
    except TicketRefusedError as error:
        return refusal(error)
    guard.bridge().outbox_nudge()
    return jsonify(ok=True, ticket=ticket_line(opened)), 201


def own_call(call: str) -> tuple[CallRecord | None, str]:
    """The record, if there is one yet, and the number of a call that is this agent's; 404 or 403 for all others."""
    name = guard.visitor().name
    record = guard.database().read(callrecords.get, call)
    board = guard.bridge().board()
    live = call_in(board, call)
    if record is None and live is None:
        abort(404)
    if not (has_call(board, name, call) or (record is not None and record.agent == name)):
        abort(403)
    return record, (live["caller"] if live else "") or (record.caller if record else "") or ""


def complete(session: Session, call: str, agent: str, given: dict[str, str], now: float) -> None:
    callrecords.complete(session, call, agent, given["category"], given["matter"], given["answer"], now)
    audit.append(session, now, agent, "record.complete", f"call:{call}")


def open_once(session: Session, draft: Draft, now: float) -> Ticket:
    """A ticket with this title out of this call is opened once, however often the button is pressed."""
    same = [ticket for ticket in list_tickets(session, call=draft.call) if ticket.title == draft.title.strip()]
    if same:
        raise TicketRefusedError(f"本次通话已开立同名工单 {same[0].number}，无需重复开立", "title")
    opened = open_ticket(session, draft, now)
    audit.append(session, now, draft.accepted_by, "ticket.open", f"ticket:{opened.number}")
    return opened


def history(session: Session, number: str, but: str, referred: str = "") -> tuple[list[CallRecord], list[Ticket]]:
    """Earlier calls and tickets of the number, before them the ticket that came with the call."""
    there = get_ticket(session, referred) if referred else None
    first = [there.ticket] if there is not None else []
    if not number:
        return [], first
    records = [record for record in callrecords.latest(session, 6, caller=number) if record.call != but][:5]
    tickets = sorted(list_tickets(session, 20, contact=number), key=lambda ticket: ticket.state in OVER)
    return records, [*first, *(ticket for ticket in tickets if ticket.number != referred)][:5]


def refusal(error: RecordRefusedError | TicketRefusedError) -> Any:
    """422 with the reason, and for each wrong field what to do there."""
    one = len(error.fields) == 1
    fields = {name: str(error) if one else f"请填写{FIELD_NAMES.get(name, '')}" for name in error.fields}
    return jsonify(error=str(error), fields=fields), 422
