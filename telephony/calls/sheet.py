"""What is written down about one call while it runs: the call record (话务工单) before it is stored. PURE.

It decides the outcome of a call from what happened. It must not know where records are kept.
"""

from dataclasses import dataclass, replace

from ivr.commands import Enqueue, LeaveQueue, NoteMatter, NoteRating, WantCallback
from ivr.dialogue.voicemail import LEFT
from ivr.facts import (
    CALLER,
    Answered,
    Arrived,
    Booked,
    Fact,
    LegCarried,
    LegEnded,
    LegMeasured,
    LegRinging,
    ProgressFound,
    RecordingFailed,
    RecordingKept,
    WorkerLost,
)
from records.transfer_entry import ANSWERED, OUT, Transfer
from records.utterance import Utterance

OPEN = "open"
WITHHELD = ("anonymous", "unavailable", "restricted")  # user parts that stand for no number (RFC 3323 §4.1.1.3)
INBOUND, OUTBOUND = "inbound", "outbound"
SELF_SERVED = {"Booked": "自助预约", "ProgressFound": "自助查询进度"}  # why a caller needed no person
LINE_FAULT = "线路故障"  # how the end of a call out reads that the carrier or the edge did not let through
CALL_BACK = "要求回拨"  # why a caller who asked to be called back left the queue


@dataclass(frozen=True, slots=True)
class Sheet:
    """One call so far. Times are UTC epoch seconds, None for what has not happened.

    `caller` is the resident in either direction; `callback` the callback a call going out belongs to.
    `why` are the reasons for who gets the call (ivr.needs.reasons), kept by the call log and not by the record.
    `ticket` is the one a call of 12345's belongs to, `outside` the lines outside that were on the call.
    `recordings` and `measured` are what became of its recordings, and how the audio of its legs was.
    `carried` are legs that were dialled with the trunk that took each; `trunk` is that of the resident's own leg.
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
    direction: str = INBOUND
    callback: str = ""
    ticket: str = ""
    outside: tuple[Transfer, ...] = ()
    why: tuple[tuple[str, str, str, str], ...] = ()
    said: tuple[Utterance, ...] = ()
    recordings: tuple[RecordingKept | RecordingFailed, ...] = ()
    measured: tuple[LegMeasured, ...] = ()
    carried: tuple[tuple[str, str], ...] = ()


def happened(sheet: Sheet, fact: Fact, now: float) -> Sheet:
    """The sheet after `fact`."""
    match fact:
        case Arrived():
            caller = "" if fact.caller.lower() in WITHHELD else fact.caller
            sheet = replace(sheet, caller=caller, called=fact.called, trunk=fact.trunk, arrived_at=now)
        case Answered():
            sheet = replace(sheet, answered_at=now)
        case LegRinging() if sheet.ringing_at is None and (fact.leg == CALLER) == (sheet.direction == OUTBOUND):
            sheet = replace(sheet, ringing_at=now)
        case Booked() | ProgressFound() if served(fact):
            sheet = replace(sheet, end_reason=SELF_SERVED[type(fact).__name__])
        case RecordingKept():
            kept = {"recording_file": fact.file, "recording_seconds": fact.seconds, "recording_sha256": fact.sha256}
            sheet = replace(sheet, **kept, recordings=(*sheet.recordings, fact))  # type: ignore[arg-type]
        case RecordingFailed():
            sheet = replace(sheet, recordings=(*sheet.recordings, fact))
        case LegCarried():
            trunk = fact.trunk if fact.leg == CALLER and sheet.direction == OUTBOUND else sheet.trunk
            others = tuple(pair for pair in sheet.carried if pair[0] != fact.leg)
            sheet = replace(sheet, trunk=trunk, carried=(*others, (fact.leg, fact.trunk)))
        case LegMeasured():
            sheet = replace(sheet, measured=(*sheet.measured, fact))
        case LegEnded() if fact.leg == CALLER and sheet.direction == OUTBOUND and sheet.joined_at is None:
            if sheet.ended_at is None:
                sheet = ended(sheet, *unreached(sheet, fact.code), now)
        case LegEnded() if fact.leg == CALLER and sheet.ended_at is None:
            sheet = ended(sheet, "caller", in_words(fact), now)
        case WorkerLost() if sheet.ended_at is None:
            sheet = ended(sheet, "system", fact.reason, now)
    return sheet


SILENT = "no audio"  # how telephony.worker ends a leg that sent nothing for media.silence_seconds


def in_words(fact: LegEnded) -> str:
    """Why a leg ended that nobody hung up; empty for a BYE."""
    if fact.code == 200:
        return ""
    return "线路无声音，自动结束" if fact.reason == SILENT else fact.reason


def served(fact: Booked | ProgressFound) -> bool:
    """Whether the caller got what they called for."""
    return fact.outcome == "told" if isinstance(fact, ProgressFound) else fact.number != ""


def noted(sheet: Sheet, command: Enqueue | LeaveQueue | NoteMatter | NoteRating | WantCallback, now: float) -> Sheet:
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
        case LeaveQueue() if command.reason:
            sheet = replace(sheet, end_reason=command.reason)
            late = sheet.ended_at is not None and sheet.joined_at is None and command.reason == LEFT
            return replace(sheet, outcome="voicemail") if late else sheet
        case LeaveQueue():
            return sheet


def joined(sheet: Sheet, agent: str, now: float) -> Sheet:
    """The sheet once `agent` talks with the caller; the first moment counts, the last agent is named."""
    return replace(sheet, joined_at=sheet.joined_at or now, agent=agent)


def ended(sheet: Sheet, by: str, reason: str, now: float) -> Sheet:
    """The sheet of a call that is over. `by` is caller, agent or system."""
    if sheet.joined_at is not None:
        outcome = "answered"
    elif sheet.end_reason == LEFT:
        outcome = "voicemail"
    elif any(each.outcome == ANSWERED and each.direction == OUT for each in sheet.outside):
        outcome = "transferred"
    elif by == "system" and reason:
        outcome = "failed"
    elif sheet.direction == OUTBOUND:
        outcome = "unreached"
    elif sheet.queued_at is not None:
        outcome = "abandoned_queue"
    elif sheet.end_reason in SELF_SERVED.values():
        outcome = "self_served"
    else:
        outcome = "abandoned_ivr"
    return replace(sheet, ended_at=now, outcome=outcome, ended_by=by, end_reason=reason or sheet.end_reason)


NO_ANSWER = (408, 480, 487)  # RFC 3261 §21.4: nobody answers, not available, our CANCEL
BUSY = (486, 600)
DECLINED = (603, 607, 608)
UNKNOWN = (404, 410, 484, 485, 604)
TROUBLE = (403, 407)  # what the edge or the carrier says when the call may not go out at all


def unreached(sheet: Sheet, code: int) -> tuple[str, str]:
    """Who ended a call to a resident before the talk, and why in Chinese: they ("caller"), or a fault ("system").

    A carrier that says nothing at all (408 without ringing) and its server errors are faults, no try of the resident.
    """
    if sheet.answered_at is not None:
        return "caller", "接通后即挂断" if code == 200 else "接通后中断"
    rang = sheet.ringing_at is not None
    if code in TROUBLE or 500 <= code < 600 or (code == 408 and not rang):
        return "system", f"{LINE_FAULT}（{code}）"
    words = {"占线": BUSY, "拒接": DECLINED, "号码无法接通": UNKNOWN, "无人接听": NO_ANSWER}
    return "caller", next((word for word, codes in words.items() if code in codes), f"未接通（{code}）")
