"""The live queue page (看板), what it asks of the database, and the health of the hotline.

Decides what counts as trouble with the outbox. The live part comes by agent_console.live.
"""

import time
from typing import Any

from flask import Blueprint, jsonify, render_template, request
from markupsafe import Markup
from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from agent_console import guard, words
from agent_console.bridge import DeskBusyError
from agent_console.views import orders, transfers
from agent_console.waited import STEP_SECONDS, STEPS, Stay, drawing, stretches
from records import accounts
from records.errors import DatabaseError
from records.schema import CallRecordRow, OutboxRow
from tickets.outbox_entries import CHANNELS, DELIVERED, FAILED

pages = Blueprint("board", __name__)

DAY_SECONDS = 86400.0
ANSWER_WITHIN = 15.0  # GB/T 33358-2016: answered within 15 s
LATE_SECONDS = 120.0
LONGEST_WAIT = 3600.0


@pages.get("/board")
@guard.for_roles()
def page() -> Any:
    may_close = guard.visitor().role in orders.CLOSES
    return render_template(
        "board.html",
        names=guard.database().read(display_names),
        closings=guard.bridge().closings() if may_close else [],
        drawing=hours_drawn(),
        states=orders.STATES,
        SUPERVISORS=transfers.SUPERVISORS,
        **transfers.today(),
    )


@pages.get("/board/hours")
@guard.for_roles()
def hours() -> Any:
    """The last hours, drawn anew."""
    return hours_drawn()


def hours_drawn() -> Markup:
    now = time.time()
    stays = guard.database().read(stays_since, now - STEPS * STEP_SECONDS)
    return drawing(stretches(stays, now), words.dictionary(words.language(request.cookies)))


def stays_since(session: Session, since: float) -> list[Stay]:
    """Callers who were in the queue at `since` (UTC epoch seconds) or later; nobody waits for longer than an hour."""
    row = CallRecordRow
    query = select(row.queued_at, row.joined_at, row.ended_at).where(
        row.arrived_at >= since - LONGEST_WAIT, row.queued_at.is_not(None)
    )
    found = session.execute(query.order_by(row.arrived_at))
    return [
        Stay(float(queued or 0.0), joined if joined is not None else ended, joined is not None)
        for queued, joined, ended in found
    ]


@pages.get("/board/figures")
@guard.for_roles()
def figures() -> Any:
    """The last 24 hours, and how the outbox stands."""
    day, outbox = guard.database().read(measured, time.time())
    return jsonify(day=day, outbox=outbox)


@pages.get("/health")
def health() -> Any:
    """For whoever watches the machine: 200 when calls are taken and kept, 503 with the reason otherwise."""
    state: dict[str, Any] = {"ok": True}
    try:
        board = guard.bridge().board()
        state |= {"speech": board["speech"], "log": board["log"], "calls": len(board["calls"])}
        state["ok"] = board["log"]["ok"]
    except DeskBusyError:
        state |= {"ok": False, "desk": "does not answer"}
    try:
        guard.database().read(select_one)
        state["database"] = {"ok": True}
    except DatabaseError as error:
        state |= {"ok": False, "database": {"ok": False, "reason": str(error)}}
    return jsonify(state), 200 if state["ok"] else 503


def select_one(session: Session) -> None:
    session.execute(select(1))


def display_names(session: Session) -> dict[str, str]:
    return {account.name: account.display_name for account in accounts.list_accounts(session)}


def measured(session: Session, now: float) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    return last_day(session, now), outbox(session, now)


def last_day(session: Session, now: float) -> dict[str, Any]:
    """Answered ÷ offered to a person, and answered within 15 s ÷ offered, of the calls of the last 24 hours.

    Counts are integers; shares are 0..1, None when nobody was offered.
    """
    row = CallRecordRow
    answered = (row.outcome == "answered") & row.queued_at.is_not(None)
    quick = answered & (row.joined_at - row.queued_at <= ANSWER_WITHIN)
    offered = answered | (row.outcome == "abandoned_queue")
    sums = (func.coalesce(func.sum(case((what, 1), else_=0)), 0) for what in (offered, answered, quick))
    query = select(func.count(), *sums).where(row.arrived_at >= now - DAY_SECONDS)
    calls, offers, answers, quicks = session.execute(query).one()
    share = {"connect": answers / offers, "level": quicks / offers} if offers else {"connect": None, "level": None}
    return {"calls": calls, "offered": offers, "answered": answers, **share}


def outbox(session: Session, now: float) -> list[dict[str, Any]]:
    """For each channel what has not arrived: how much waits, since when, how much was refused, and whether to worry."""
    row = OutboxRow
    waiting = func.count().filter(row.state != FAILED)
    refused = func.count().filter(row.state == FAILED)
    query = select(row.channel, waiting, refused, func.min(row.created_at)).where(row.state != DELIVERED)
    found = {channel: rest for channel, *rest in session.execute(query.group_by(row.channel))}
    lines = []
    for channel in CHANNELS:
        count, failed, oldest = found.get(channel, (0, 0, None))
        late = oldest is not None and now - oldest > LATE_SECONDS
        lines.append(
            {"channel": channel, "waiting": count, "failed": failed, "oldest": oldest, "trouble": bool(failed or late)}
        )
    return lines
