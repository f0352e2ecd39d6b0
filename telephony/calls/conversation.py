"""One call as the switchboard holds it, and what it orders. PURE: shapes only, nothing is decided here."""

from dataclasses import dataclass, field

from ivr.commands import Command
from ivr.session import Session
from routing.facts import CallWaiting
from telephony.calls.capture import Capture
from telephony.calls.sheet import Sheet
from telephony.calls.transcript import Transcript
from telephony.control.mixing import Pairs
from telephony.control.talk import Control


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
    """One call: session, sheet, what is written down of its talk, and the agent at the other end while there is one.

    `control` is how its talk stands; `mixed` who hears whom as its worker was told last; `waiting` its last place in
    the queue.
    """

    session: Session
    sheet: Sheet
    transcript: Transcript
    agent: str = ""
    capture: Capture = field(default_factory=lambda: Capture(""))
    control: Control = field(default_factory=lambda: Control(""))
    mixed: Pairs = frozenset()
    waiting: CallWaiting | None = None

    def __post_init__(self) -> None:
        self.control = Control(self.sheet.call)
