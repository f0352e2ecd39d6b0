"""The agent's keys to lines outside: 12345 with the ticket, the emergency lines, and giving one up.

Decides whose call it is and what is refused; what becomes of the call is decided by ivr.dialogue.outside.
"""

import time
from typing import Any

from flask import Blueprint, abort, jsonify, request
from sqlalchemy.orm import Session

from agent_console import guard
from agent_console.lines import ticket_line
from agent_console.sight import call_in
from agent_console.views.calls import refusal
from ivr.facts import LineAsked, LineDropAsked
from ivr.lines.emergencies import Emergencies
from ivr.lines.neighbour import Neighbour
from records import audit
from records.transfer_entry import NUMBER, OUT
from tickets.referring import send
from tickets.ticket import Ticket, get_ticket, list_tickets
from tickets.writing import Draft, TicketRefusedError, open_ticket

pages = Blueprint("outside", __name__)

LONGEST_SUMMARY = 2000
CATEGORY = "to_12345"
NO_WORDS = "（坐席未填写摘要，见通话记录）"


@pages.post("/calls/<call>/to_12345")
@guard.for_roles("agent")
def to_12345(call: str) -> Any:
    """One key: the ticket of this call goes to 12345, and so does the caller."""
    live = own_talk(call)
    neighbour: Neighbour = guard.extension("neighbour")
    if not neighbour.reached:
        return jsonify(error="没有通往12345的线路；由管理员在 to_12345.yaml 中指定中继。"), 409
    visitor = guard.visitor()
    if why := guard.bridge().line_refusal(LineAsked(call, "12345", neighbour.settings.number, visitor.name)):
        return jsonify(error=why), 409
    summary = request.form.get("summary", "").strip()[:LONGEST_SUMMARY]
    category = request.form.get("category", "").strip()
    if category not in guard.labels():
        category = live["label"] if live["label"] in guard.labels() else CATEGORY
    draft = Draft(
        category=category,
        title=neighbour.settings.title,
        content=summary or live["transcript"] or NO_WORDS,
        accepted_by=visitor.name,
        call=call,
        calling_number=live["caller"] or None,
        contact_number=live["caller"] or None,
        transcript=live["transcript"] or None,
        label=live["label"] or None,
        label_confidence=live["confidence"],
        channels=(),
    )
    try:
        ticket = guard.database().do(passed_on, draft, live["ticket"], time.time())
    except TicketRefusedError as error:
        return refusal(error)
    guard.bridge().outbox_nudge()
    guard.bridge().tell(LineAsked(call, "12345", neighbour.settings.number, visitor.name, ticket.number, draft.content))
    return jsonify(ok=True, ticket=ticket_line(ticket)), 201


@pages.post("/calls/<call>/emergency")
@guard.for_roles("agent")
def emergency(call: str) -> Any:
    """One key: an emergency line joins the talk, whoever else is consulted, called or there."""
    live = own_talk(call)
    emergencies: Emergencies = guard.extension("emergencies")
    number = request.form.get("number", "")
    if emergencies.of_number(number) is None:
        known = "、".join(line.number for _, line in emergencies.offered()) or "无"
        return jsonify(error=f"number：“{number}”不是可呼叫的紧急电话；现有：{known}。", field="number"), 422
    wanted = LineAsked(call, "emergency", number, guard.visitor().name, live["ticket"])
    if why := guard.bridge().line_refusal(wanted):
        return jsonify(error=why), 409
    guard.bridge().tell(wanted)
    return jsonify(ok=True)


@pages.post("/calls/<call>/line/drop")
@guard.for_roles("agent")
def drop(call: str) -> Any:
    """The line outside is given up, ringing or joined; the caller stays with the agent."""
    live = own_talk(call)
    if not busy(live):
        return jsonify(error="现在没有外线。"), 409
    guard.bridge().tell(LineDropAsked(call, guard.visitor().name))
    return jsonify(ok=True)


def own_talk(call: str) -> dict[str, Any]:
    """The call as the board has it; 404 or 403 unless this agent talks in it now."""
    live = call_in(guard.bridge().board(), call)
    if live is None:
        abort(404)
    if live["agent"] != guard.visitor().name or live["state"] != "TALKING":
        abort(403)
    return live


def busy(live: dict[str, Any]) -> bool:
    """Whether a line outside rings or is on the call; a number the caller was sent to is call control's."""
    lines = [each for each in live["outside"] if each["direction"] == OUT and each["kind"] != NUMBER]
    return any(each["ended_at"] is None for each in lines)


def passed_on(session: Session, draft: Draft, referred: str, now: float) -> Ticket:
    """The ticket that goes along: the one the call came with, one that was opened on it, or a new one."""
    there = get_ticket(session, referred) if referred else None
    own = list_tickets(session, call=draft.call)
    ticket = there.ticket if there is not None else own[0] if own else None
    if ticket is None:
        ticket = open_ticket(session, draft, now)
        audit.append(session, now, draft.accepted_by, "ticket.open", f"ticket:{ticket.number}")
    return send(session, ticket.number, draft.accepted_by, now)
