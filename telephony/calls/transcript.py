"""The transcript of a call's talks while it runs: whose words are wanted, what was said, what went wrong. PURE.

It decides when a worker is told to listen to a talk. It must not know how speech is recognised or who reads it.
"""

from dataclasses import dataclass, replace
from typing import Literal

from ivr.commands import Command, Transcribe
from ivr.facts import CALLER, Said, TranscriptFailed, TranscriptSwitched
from records.utterance import Utterance

Wanted = Literal["off", "caller", "both"]


@dataclass(frozen=True, slots=True)
class Transcript:
    """Of the call `call`. `legs` are told just now, counted from `since` (UTC epoch seconds).

    `agent` is the leg in the talk, `off_by` the agent who switched it off, `said` in order of arrival.
    """

    call: str
    wanted: Wanted = "off"
    agent: str = ""
    legs: tuple[str, ...] = ()
    since: float = 0.0
    off_by: str = ""
    said: tuple[Utterance, ...] = ()
    failed: tuple[TranscriptFailed, ...] = ()
    hushed: bool = False  # the recording is paused: what is said then is not written down either

    def in_order(self) -> tuple[Utterance, ...]:
        """What was said, by when it began."""
        return tuple(sorted(self.said, key=lambda each: each.at))


Change = tuple[Transcript, list[Command]]


def joined(transcript: Transcript, leg: str, now: float) -> Change:
    """The caller talks with `leg` from now on."""
    return _told(replace(transcript, agent=leg), now)


def parted(transcript: Transcript, now: float) -> Change:
    """Nobody talks with the caller any more; what the caller hears and says then is not written down."""
    return _told(replace(transcript, agent=""), now)


def switched(transcript: Transcript, fact: TranscriptSwitched, now: float) -> Change:
    """The agent does not want it, or wants it again; what was said before stays."""
    return _told(replace(transcript, off_by="" if fact.on else fact.by), now)


def hushed(transcript: Transcript, on: bool, now: float) -> Change:
    """The recording is paused, or goes on."""
    return _told(replace(transcript, hushed=on), now)


def said(transcript: Transcript, fact: Said, now: float) -> Transcript:
    """One utterance more. None begins later than it is told, whichever Transcribe the worker counted from."""
    if not fact.text:
        return transcript
    spoken = Utterance(fact.leg, min(transcript.since + fact.began, now), fact.seconds, fact.text)
    return replace(transcript, said=(*transcript.said, spoken))


def failed(transcript: Transcript, fact: TranscriptFailed) -> Transcript:
    """What is the matter with the legs told just now; the same is kept once."""
    return transcript if fact in transcript.failed else replace(transcript, failed=(*transcript.failed, fact))


def _told(transcript: Transcript, now: float) -> Change:
    """With the order that makes the worker tell what is wanted; none where nothing changes."""
    legs: tuple[str, ...] = (CALLER, transcript.agent) if transcript.wanted == "both" else (CALLER,)
    if not transcript.agent or transcript.off_by or transcript.hushed or transcript.wanted == "off":
        legs = ()
    if legs == transcript.legs:
        return transcript, []
    changed = replace(transcript, legs=legs)
    if legs:  # its troubles are told anew where there still are any
        changed = replace(changed, since=now, failed=())
    return changed, [Transcribe(transcript.call, legs)]
