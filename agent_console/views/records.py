"""Call records (话务工单): the list, and one record with what happened on the call.

Decides who may look: agents at their own, supervisors, admins and auditors at all. Every look at another's is audited,
and numbers are masked in it.
"""

import time
from typing import Any

from flask import Blueprint, abort, jsonify, render_template, request
from sqlalchemy.orm import Session

from agent_console import guard, shown
from agent_console.sight import words
from agent_console.story import leg_name, step
from records import audit, calllog, callrecords, legs, recordings, transcripts
from records.calllog import Entry
from records.callrecords import CallRecord
from records.legs import CallLeg
from records.recordings import Recording
from records.utterance import Utterance
from tickets.ticket import Ticket, list_tickets

pages = Blueprint("records", __name__, url_prefix="/records")

READERS = ("agent", "supervisor", "admin", "auditor")
NUMBERS_TO = ("agent", "supervisor")
PAGE = 50
REPEAT_SECONDS = 600.0  # a player asks for a recording piece by piece: one entry in the audit trail
heard: dict[tuple[str, str], float] = {}


@pages.get("")
@guard.for_roles(*READERS)
def page() -> Any:
    """The newest first; what still has to be written before all of it."""
    visitor = guard.visitor()
    agent = visitor.name if visitor.role == "agent" else (request.args.get("agent") or None)
    outcome = request.args.get("outcome") or None
    if outcome not in (None, *shown.OUTCOMES):
        abort(404)
    unwritten, records = guard.database().read(lists, agent, outcome, visitor.role == "agent")
    return render_template(
        "records.html", unwritten=unwritten, records=records, labels=guard.labels(), outcome=outcome, agent=agent
    )


@pages.get("/<call>")
@guard.for_roles(*READERS)
def one(call: str) -> Any:
    record = readable(call)
    visitor, now = guard.visitor(), time.time()
    entries, tickets, said, kept, measured = guard.database().read(surroundings, call)
    own = record.agent == visitor.name
    if record.agent != visitor.name:
        guard.database().do(audit.append, now, visitor.name, "record.view", f"call:{call}")
    return render_template(
        "record.html",
        record=record,
        labels=guard.labels(),
        steps=[step(entry, record.arrived_at or now, guard.labels()) for entry in entries],
        tickets=tickets,
        said=words(said, whole=own),
        number=record.caller if own else None,
        may_ask_number=visitor.role in NUMBERS_TO and not own,
        may_ask_words=visitor.role in NUMBERS_TO and not own,
        recordings=kept,
        playable=[each.file for each in kept if each.there],
        may_hold=visitor.role == "supervisor",
        legs=[(leg_name(each.leg), each) for each in measured],
    )


@pages.post("/<call>/number")
@guard.for_roles(*NUMBERS_TO)
def number(call: str) -> Any:
    """The caller's number in full, for the one who must call back; audited."""
    record = readable(call)
    guard.database().do(audit.append, time.time(), guard.visitor().name, "record.number", f"call:{call}")
    return jsonify(number=record.caller or "")


@pages.post("/<call>/said")
@guard.for_roles(*NUMBERS_TO)
def said(call: str) -> Any:
    """The transcript of the talk with the numbers that were said in it; audited."""
    readable(call)
    guard.database().do(audit.append, time.time(), guard.visitor().name, "transcript.view", f"call:{call}")
    return jsonify(lines=words(guard.database().read(transcripts.of_call, call), whole=True))


def note_playing(action: str, what: str) -> None:
    visitor, now = guard.visitor(), time.time()
    for old in [key for key, at in list(heard.items()) if now - at > REPEAT_SECONDS]:
        heard.pop(old, None)
    if (visitor.sid, what) not in heard:
        guard.database().do(audit.append, now, visitor.name, action, what)
        heard[visitor.sid, what] = now


def readable(call: str) -> CallRecord:
    visitor = guard.visitor()
    record = guard.database().read(callrecords.get, call)
    if record is None:
        abort(404)
    if visitor.role == "agent" and record.agent != visitor.name:
        abort(403)
    return record


def lists(
    session: Session, agent: str | None, outcome: str | None, own: bool
) -> tuple[list[CallRecord], list[CallRecord]]:
    unwritten = callrecords.uncompleted(session, agent) if own and agent else []
    first = {record.call for record in unwritten}
    records = callrecords.latest(session, PAGE, agent=agent, outcome=outcome)
    return unwritten, [record for record in records if record.call not in first]


def surroundings(
    session: Session, call: str
) -> tuple[list[Entry], list[Ticket], list[Utterance], list[Recording], list[CallLeg]]:
    return (
        calllog.of_call(session, call),
        list_tickets(session, call=call),
        transcripts.of_call(session, call),
        recordings.of_call(session, call),
        legs.of_call(session, call),
    )
