"""What is kept of a call beside its record: its recordings, and how the audio of its legs was.

Decides nothing; it turns what a sheet holds into rows. For a database thread.
"""

from dataclasses import asdict

from sqlalchemy.orm import Session

from ivr.facts import Fact, LegMeasured, RecordingFailed, RecordingKept
from records import legs, recordings
from records.legs import CallLeg
from records.recordings import Recording
from telephony.calls.sheet import Sheet
from telephony.core.quality import estimate


def save(session: Session, sheet: Sheet, before: Sheet | None = None) -> None:
    """May be repeated; what is written stays. `before` is the sheet that was written last, where that is certain."""
    at = sheet.ended_at or sheet.arrived_at or 0.0
    recorded = measured = 0
    if before is not None:
        recorded, measured = same(before.recordings, sheet.recordings), same(before.measured, sheet.measured)
    for fact in sheet.recordings[recorded:]:
        recordings.keep(session, recording(fact, at))
    legs.save(session, sheet.call, [leg(fact) for fact in sheet.measured[measured:]], measured)


def same(before: tuple[Fact, ...], now: tuple[Fact, ...]) -> int:
    """How many of `now` are those of `before`, to which others were added; 0 where it did not come of it."""
    return len(before) if now[: len(before)] == before else 0


def recording(fact: RecordingKept | RecordingFailed, at: float) -> Recording:
    if isinstance(fact, RecordingFailed):
        return Recording(fact.file, fact.call, at, partial=True, trouble=fact.reason)
    return Recording(fact.file, fact.call, at, fact.seconds, fact.sha256, fact.masked, fact.partial)


def leg(fact: LegMeasured) -> CallLeg:
    measures = {name: value for name, value in asdict(fact).items() if name not in ("call", "leg", "codec", "secure")}
    found = estimate(fact)
    return CallLeg(fact.leg, fact.codec, fact.secure, found.heard, found.far, measures)
