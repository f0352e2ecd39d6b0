"""How the recording of a call stands while the call runs: on, paused and by whom, broken and why. PURE.

It decides what a pause means for the worker and for the transcript. It must not know where recordings are kept.
"""

from dataclasses import dataclass, replace

from ivr.commands import Command, PauseRecording, ResumeRecording, StartRecording
from ivr.facts import Fact, RecordingFailed, RecordingKept, RecordingPaused, RecordingResumed

RecordingFact = RecordingFailed | RecordingPaused | RecordingResumed

PAUSE_SECONDS = 180.0


@dataclass(frozen=True, slots=True)
class Capture:
    """Of the call `call`. `paused_by` is the agent who paused it, empty while it runs; `since` is of the pause."""

    call: str
    on: bool = False
    paused_by: str = ""
    since: float = 0.0
    trouble: str = ""


Change = tuple[Capture, list[Command]]


def started(capture: Capture, _order: StartRecording) -> Capture:
    """A worker was told to record."""
    return replace(capture, on=True, paused_by="", trouble="")


def happened(capture: Capture, fact: RecordingFact, now: float, longest: float) -> Change:
    """After `fact`; a pause lasts `longest` seconds at the most. What is not recorded cannot be paused."""
    match fact:
        case RecordingFailed():
            return replace(capture, on=False, paused_by="", trouble=fact.reason), []
        case RecordingPaused() if capture.on and not capture.paused_by:
            return replace(capture, paused_by=fact.by, since=now), [PauseRecording(capture.call, longest)]
        case RecordingResumed() if capture.paused_by:
            told: list[Command] = [ResumeRecording(capture.call)] if fact.by else []
            return replace(capture, paused_by="", since=now), told
    return capture, []


def parted(capture: Capture) -> Change:
    """The agent who paused it is gone: nobody is left who would have it go on."""
    if not capture.paused_by:
        return capture, []
    return replace(capture, paused_by=""), [ResumeRecording(capture.call)]


@dataclass(frozen=True, slots=True)
class Alarm:
    """Whether calls go unrecorded: `reason` since `since`, empty while all is well."""

    reason: str = ""
    since: float = 0.0


def alarm(before: Alarm, fact: Fact, answered_at: float | None, now: float) -> Alarm:
    """Raised by a recording that fails, ended by a whole one of a call that was answered later."""
    match fact:
        case RecordingFailed():
            return before if before.reason == fact.reason else Alarm(fact.reason, now)
        case RecordingKept() if not fact.partial and before.reason and (answered_at or 0.0) > before.since:
            return Alarm()
    return before
