"""What is kept of a call beside its record: its recordings, and how the audio of its legs was.

Decides nothing; it turns what a sheet holds into rows. For a database thread.
"""

from dataclasses import asdict

from sqlalchemy.orm import Session

from ivr.facts import LegMeasured, RecordingFailed, RecordingKept
from records import legs, recordings
from records.legs import CallLeg
from records.recordings import Recording
from telephony.calls.sheet import Sheet
from telephony.core.quality import estimate


def save(session: Session, sheet: Sheet) -> None:
    """May be repeated; what is written stays."""
    at = sheet.ended_at or sheet.arrived_at or 0.0
    for fact in sheet.recordings:
        recordings.keep(session, recording(fact, at))
    legs.save(session, sheet.call, [leg(fact) for fact in sheet.measured])


def recording(fact: RecordingKept | RecordingFailed, at: float) -> Recording:
    if isinstance(fact, RecordingFailed):
        return Recording(fact.file, fact.call, at, partial=True, trouble=fact.reason)
    return Recording(fact.file, fact.call, at, fact.seconds, fact.sha256, fact.masked, fact.partial)


def leg(fact: LegMeasured) -> CallLeg:
    measures = {name: value for name, value in asdict(fact).items() if name not in ("call", "leg", "codec", "secure")}
    found = estimate(fact)
    return CallLeg(fact.leg, fact.codec, fact.secure, found.heard, found.far, measures)
