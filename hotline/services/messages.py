"""Voicemails as tickets: opened once a call, with their clock; those that a core left behind are found at its start.

It decides what a message's ticket says. It must not know how a message was left (ivr.dialogue.voicemail).
"""

import logging
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from ivr.commands import OpenMessage
from ivr.facts import MessageTaken
from ivr.lines.voicemail import MARK, VoicemailSettings
from records import audit, callrecords, recordings
from records.recordings import Recording
from records.schema import CallLogRow
from telephony.recordings import inside, parts_of
from tickets.ticket import list_tickets
from tickets.writing import Draft, open_ticket

log = logging.getLogger(__name__)

CLERK = "自助语音"
NO_WORDS = "（没有识别出文字，请听录音）"
NO_SOUND = "（留言的录音没有保存下来，请查看本次通话的录音）"
LOOK_BACK = 7 * 86400.0  # seconds: messages left behind longer ago are no news
UNKNOWN = "agent"


def take(session: Session, request: OpenMessage, settings: VoicemailSettings, folder: Path, now: float) -> MessageTaken:
    """The ticket of the message; asked for again on the same call it is the same ticket.

    `folder` holds the recordings: a message whose worker died may still be there, and is closed by others.
    """
    for ticket in list_tickets(session, call=request.call):
        if ticket.title == settings.title:
            return MessageTaken(request.call, ticket.number)
    file, seconds = request.file, request.seconds
    if file:
        recordings.keep(session, Recording(file, request.call, now, seconds, request.sha256))
    else:
        file = salvaged(folder, f"{request.call}.{MARK}.wav")
    number = request.caller if request.caller.isascii() and request.caller.isdigit() else None
    label = request.label if request.label in session.info["labels"] else UNKNOWN
    content = [request.transcript or NO_WORDS] + ([] if file else [NO_SOUND])
    if seconds:
        content.append(f"留言时长{round(seconds)}秒。")
    draft = Draft(
        category=label,
        title=settings.title,
        content="\n".join(content),
        accepted_by=CLERK,
        call=request.call,
        calling_number=number,
        contact_number=number,
        urgency=settings.urgency,
        transcript=request.transcript or None,
        label=label,
        recording=file or None,
        due_at=now + 3600 * settings.clock_hours,
        channels=settings.channels,
    )
    ticket = open_ticket(session, draft, now)
    audit.append(session, now, CLERK, "message.open", f"ticket:{ticket.number}", {"call": request.call})
    return MessageTaken(request.call, ticket.number)


def salvaged(folder: Path, name: str) -> str:
    """The name of a message whose worker died, which telephony.core.salvaging closes; empty where there is none."""
    parts = parts_of(folder, name)
    return parts.name if parts.target.exists() or parts.hidden.exists() else ""


def left_behind(session: Session, settings: VoicemailSettings, folder: Path, now: float) -> list[OpenMessage]:
    """Messages on disk without a ticket: a core died between the message and its ticket.

    A message that its caller took back has no file any more.
    """
    rows = session.scalars(
        select(CallLogRow)
        .where(CallLogRow.name == "MessageKept", CallLogRow.at >= now - LOOK_BACK)
        .order_by(CallLogRow.seq)
    )
    found: dict[str, OpenMessage] = {}
    for row in rows:
        file, call = str(row.body.get("file") or ""), row.call or ""
        if not file or not call or not inside(folder, file).exists():
            continue
        if any(ticket.title == settings.title for ticket in list_tickets(session, call=call)):
            continue
        record = callrecords.get(session, call)
        caller, label = (record.caller or "", record.label or UNKNOWN) if record is not None else ("", UNKNOWN)
        words = (record.transcript if record is not None else None) or ""
        body = row.body
        found[call] = OpenMessage(call, caller, label, words, file, float(body["seconds"]), str(body["sha256"]))
    return list(found.values())
