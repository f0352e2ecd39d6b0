"""One call as the switchboard holds it, and what it orders. PURE: shapes only, nothing is decided here."""

from dataclasses import dataclass

from ivr.commands import Command
from ivr.session import Session
from telephony.sheet import Sheet
from telephony.transcript import Transcript

AGENT_LEG = "agent:"
BYE = 200  # how a leg ends that was hung up; anything else in a conversation is a failure


@dataclass(frozen=True, slots=True)
class Ticked:
    """The alarm went off: time has passed and something is due."""


@dataclass(frozen=True, slots=True)
class KeepRecord:
    """Store the call record as it stands."""

    sheet: Sheet


Order = Command | KeepRecord


@dataclass
class Conversation:
    """One call: session, sheet, what is written down of its talk, and the agent at the other end while there is one."""

    session: Session
    sheet: Sheet
    transcript: Transcript
    agent: str = ""
