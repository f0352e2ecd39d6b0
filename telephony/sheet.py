"""What is written down about one call while it runs: the call record (话务工单) before it is stored. PURE.

It decides the outcome of a call from what happened. It must not know where records are kept.
"""

from dataclasses import dataclass, replace

from ivr.commands import Enqueue, NoteMatter, NoteRating, WantCallback
from ivr.facts import (
    CALLER,
    Answered,
    Arrived,
    Booked,
    Fact,
    LegEnded,
    LegRinging,
    ProgressFound,
    RecordingKept,
    WorkerLost,
)
from records.utterance import Utterance

OPEN = "open"
WITHHELD = ("anonymous", "unavailable", "restricted")  # user parts that stand for no number (RFC 3323 §4.1.1.3)
SELF_SERVED = {"Booked": "自助预约", "ProgressFound": "自助查询进度"}  # why a caller needed no person
CALL_BACK = "要求回拨"  # why a caller who asked to be called back left the queue


@dataclass(frozen=True, slots=True)
class Sheet:
    """One call so far. Times are UTC epoch seconds, None for what has not happened.

    `why` are the reasons for who gets the call (ivr.needs.reasons), kept by the call log and not by the record.
    `transcript` is the matter in the caller's words, `said` what was said in the talk, in order, once it is over.
    """

    call: str
    caller: str = ""
    called: str = ""
    trunk: str = ""
    arrived_at: float | None = None
    answered_at: float | None = None
    queued_at: float | None = None
    ringing_at: float | None = None
    joined_at: float | None = None
    ended_at: float | None = None
    transcript: str = ""
    label: str = ""
    label_confidence: float = 0.0
    entered_by: str = "none"
    agent: str = ""
    outcome: str = OPEN
    end_reason: str = ""
    ended_by: str = ""
    rating: int | None = None
    recording_file: str = ""
    recording_seconds: float | None = None
    recording_sha256: str = ""
    why: tuple[tuple[str, str, str, str], ...] = ()
    said: tuple[Utterance, ...] = ()


def happened(sheet: Sheet, fact: Fact, now: float) -> Sheet:
    """The sheet after `fact`."""
    match fact:
        case Arrived():
            caller = "" if fact.caller.lower() in WITHHELD else fact.caller
            sheet = replace(sheet, caller=caller, called=fact.called, trunk=fact.trunk, arrived_at=now)
        case Answered():
            sheet = replace(sheet, answered_at=now)
        case LegRinging() if sheet.ringing_at is None and fact.leg != CALLER:
            sheet = replace(sheet, ringing_at=now)
        case Booked() | ProgressFound() if served(fact):
            sheet = replace(sheet, end_reason=SELF_SERVED[type(fact).__name__])
        case RecordingKept():
            kept = {"recording_file": fact.file, "recording_seconds": fact.seconds, "recording_sha256": fact.sha256}
            sheet = replace(sheet, **kept)  # type: ignore[arg-type]
        case LegEnded() if fact.leg == CALLER and sheet.ended_at is None:
            sheet = ended(sheet, "caller", fact.reason if fact.code != 200 else "", now)
        case WorkerLost() if sheet.ended_at is None:
            sheet = ended(sheet, "system", fact.reason, now)
    return sheet


def served(fact: Booked | ProgressFound) -> bool:
    """Whether the caller got what they called for."""
    return fact.outcome == "told" if isinstance(fact, ProgressFound) else fact.number != ""


def noted(sheet: Sheet, command: Enqueue | NoteMatter | NoteRating | WantCallback, now: float) -> Sheet:
    """The sheet after one of the session's orders to the desk."""
    match command:
        case NoteMatter():
            return replace(
                sheet,
                transcript=command.text,
                label=command.label,
                label_confidence=command.confidence,
                entered_by=command.entered_by,
            )
        case Enqueue():
            reason = "" if sheet.end_reason in SELF_SERVED.values() else sheet.end_reason
            label = sheet.label or command.label
            queued_at = sheet.queued_at or now
            return replace(sheet, queued_at=queued_at, label=label, end_reason=reason, why=command.why)
        case NoteRating():
            return replace(sheet, rating=command.value)
        case WantCallback():
            return replace(sheet, end_reason=CALL_BACK)


def joined(sheet: Sheet, agent: str, now: float) -> Sheet:
    """The sheet once `agent` talks with the caller; the first moment counts, the last agent is named."""
    return replace(sheet, joined_at=sheet.joined_at or now, agent=agent)


def ended(sheet: Sheet, by: str, reason: str, now: float) -> Sheet:
    """The sheet of a call that is over. `by` is caller, agent or system."""
    if sheet.joined_at is not None:
        outcome = "answered"
    elif by == "system" and reason:
        outcome = "failed"
    elif sheet.queued_at is not None:
        outcome = "abandoned_queue"
    elif sheet.end_reason in SELF_SERVED.values():
        outcome = "self_served"
    else:
        outcome = "abandoned_ivr"
    return replace(sheet, ended_at=now, outcome=outcome, ended_by=by, end_reason=reason or sheet.end_reason)
