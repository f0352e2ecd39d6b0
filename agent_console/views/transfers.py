"""Transfers, emergencies and messages as supervisors watch them (转接), and in short on the board for everybody.

Decides who sees which part and what is read for it; what counts as what: transferred, dangers and due beside it.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, jsonify, render_template
from sqlalchemy import exists, func, literal, or_, select
from sqlalchemy.orm import Session

from agent_console import dangers, due, guard, transferred
from agent_console.bridge import DeskBusyError
from agent_console.dangers import LOOKS, Danger
from agent_console.due import Message
from agent_console.sight import DANGERS
from agent_console.views.answering import OPENED
from records import audit, transfers
from records.masking import masked
from records.schema import AccountRow, AuditRow, CallRecordRow, TicketRow
from records.transfer_entry import EMERGENCY, Transfer
from tickets.lifecycle import State

pages = Blueprint("transfers", __name__)

SUPERVISORS = ("supervisor", "admin")
MOST = 100  # rows of a list
UNFINISHED = [state.value for state in State if state not in (State.CLOSED, State.ARCHIVED)]


@dataclass(frozen=True, slots=True)
class Read:
    """What the database says of today: transfers, calls of people in danger, looks (who, when) by call, messages."""

    transfers: tuple[Transfer, ...]
    dangers: tuple[Danger, ...]
    seen: Mapping[str, list[tuple[str, float]]]
    messages: tuple[Message, ...]


@pages.get("/transfers")
@guard.for_roles(*SUPERVISORS)
def page() -> Any:
    return render_template("transfers.html", **today())


@pages.get("/transfers/now")
@guard.for_roles(*SUPERVISORS)
def now() -> Any:
    """The parts of the page, drawn anew."""
    return render_template("transfers_now.html", **today())


@pages.get("/board/transfers")
@guard.for_roles()
def short() -> Any:
    """The parts of the board, drawn anew."""
    return render_template("transfers_short.html", **today())


@pages.post("/transfers/emergencies/<call>/seen")
@guard.for_roles(*SUPERVISORS)
def seen(call: str) -> Any:
    """A supervisor knows of the emergency: said once a person, in the audit trail."""
    if not guard.database().do(note_seen, call, guard.visitor().name, time.time()):
        abort(404)
    return jsonify(ok=True)


def today() -> dict[str, Any]:
    """What the templates show, as of now. Without an answer of the exchange it is what the database knows."""
    at = time.time()
    since = transferred.day_start(at)
    read = guard.database().read(read_day, since)
    try:
        calls = {call["call"]: call for call in guard.bridge().board()["calls"] if call["state"] != "ENDED"}
    except DeskBusyError:
        calls = None
    emergencies = dangers.emergencies(read.dangers, read.transfers, read.seen)
    gone = [each for each in read.transfers if each.kind != EMERGENCY and each.asked_at >= since]
    return {
        "at": at,
        "out": transferred.out(read.transfers, since),
        "tallies": transferred.tallies(read.transfers, since),
        "running": transferred.running(read.transfers, calls),
        "emergencies": emergencies,
        "unseen": dangers.unseen(emergencies),
        "unanswered": dangers.unanswered(emergencies),
        "messages": due.in_order(read.messages)[:MOST],
        "waits": due.count(read.messages, at),
        "gone": gone[::-1][:MOST],
        "way_of": transferred.way_of,
        "WAYS": transferred.WAYS,
        "TARGETS": transferred.TARGETS,
        "STANDS": transferred.STANDS,
        "CAME_BACK": transferred.CAME_BACK,
        "RESULTS": transferred.OUTCOMES,
        "BECAME": dangers.BECAME,
        "labels": guard.labels(),
        "watches": guard.visitor().role in SUPERVISORS,
        "reveals": guard.visitor().role == "supervisor",
    }


def read_day(session: Session, since: float) -> Read:
    """Everything of the day that began at `since` (UTC epoch seconds), and all messages that wait."""
    found = transfers.since(session, since)
    ill = in_danger(session, since, {each.call for each in found if each.kind == EMERGENCY and each.asked_at >= since})
    looks = looked(session, {each.call for each in ill})
    return Read(tuple(found), tuple(ill), looks, tuple(waiting(session)))


def in_danger(session: Session, since: float, calls: set[str]) -> list[Danger]:
    """Calls since then whose matter is one of danger, and those on which an emergency line was called."""
    row = CallRecordRow
    columns = (row.call, row.label, row.arrived_at, row.agent, row.joined_at, row.ended_at)
    matter = or_(row.label.in_(DANGERS), *(row.label.startswith(f"{each}.") for each in DANGERS))
    query = select(*columns).where(((row.arrived_at >= since) & matter) | row.call.in_(calls))
    rows = session.execute(query.order_by(row.arrived_at))
    return [
        Danger(call, label or "", float(arrived or 0.0), agent or "", joined, ended)
        for call, label, arrived, agent, joined, ended in rows
    ]


def looked(session: Session, calls: set[str]) -> dict[str, list[tuple[str, float]]]:
    """Which supervisors have looked at these calls, by call and in order."""
    row = AuditRow
    supervisors = select(AccountRow.name).where(AccountRow.role.in_(SUPERVISORS))
    query = select(row.object, row.who, row.at).where(
        row.object.in_([f"call:{call}" for call in calls]), row.action.in_(LOOKS), row.who.in_(supervisors)
    )
    found: dict[str, list[tuple[str, float]]] = {}
    for what, who, at in session.execute(query.order_by(row.seq)):
        found.setdefault(what.removeprefix("call:"), []).append((who, at))
    return found


def waiting(session: Session) -> list[Message]:
    """Messages that nobody has answered; numbers masked."""
    row = TicketRow
    opened = exists().where(AuditRow.object == literal("ticket:") + row.number, AuditRow.action == OPENED)
    columns = (row.number, row.call, row.contact_number, row.category, row.accepted_at, row.due_at)
    query = select(*columns).where(
        row.due_at.is_not(None), row.finished_at.is_(None), row.state.in_(UNFINISHED), opened
    )
    return [
        Message(number, call or "", masked(contact) or "", label, left, until or 0.0)
        for number, call, contact, label, left, until in session.execute(query)
    ]


def note_seen(session: Session, call: str, who: str, at: float) -> bool:
    """Whether there is such an emergency; the entry is made once a person."""
    row = CallRecordRow
    label = session.execute(select(row.label).where(row.call == call)).scalar_one_or_none() or ""
    danger = label.partition(".")[0] in DANGERS
    if not danger and not any(each.kind == EMERGENCY for each in transfers.of_call(session, call)):
        return False
    own = (AuditRow.object == f"call:{call}", AuditRow.action == LOOKS[0], AuditRow.who == who)
    if session.execute(select(func.count()).where(*own)).scalar_one() == 0:
        audit.append(session, at, who, LOOKS[0], f"call:{call}")
    return True
