"""What a step of a talk leads to, besides commands for the worker: shapes only. PURE.

telephony.control.consequences turns them into orders.
"""

from dataclasses import dataclass

from ivr.commands import Command


@dataclass(frozen=True, slots=True)
class Seek:
    """Have the router find the agent (`kind` "agent") or anybody for the label (`kind` "skill"), as the call `line`."""

    line: str
    kind: str
    target: str


@dataclass(frozen=True, slots=True)
class Free:
    """Nobody is sought for `line` any more, and whose phone rings for it is free."""

    line: str


@dataclass(frozen=True, slots=True)
class DialNumber:
    """Call the number as `leg`."""

    leg: str
    number: str


@dataclass(frozen=True, slots=True)
class ReferNumber:
    """Ask the caller's side to call the number instead."""

    number: str


@dataclass(frozen=True, slots=True)
class DialAgent:
    """Call the agent's phone."""

    leg: str


@dataclass(frozen=True, slots=True)
class DialPhone:
    """Call the SIP user of a supervisor as `leg`."""

    leg: str
    user: str


@dataclass(frozen=True, slots=True)
class Release:
    """Who had the call is out of it, and writes its record; with `hang_up` their leg is still to be ended."""

    hang_up: bool = True


@dataclass(frozen=True, slots=True)
class Give:
    """The agent of `leg` has the call from now on; `up` when they are on the line already."""

    leg: str
    up: bool
    hang_up: bool = True


@dataclass(frozen=True, slots=True)
class Requeue:
    """The caller goes to the head of the queue: for `label` where it is named, for `agent` first where one is."""

    label: str = ""
    agent: str = ""
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """Nobody talks with the caller any more, and nobody is to."""


@dataclass(frozen=True, slots=True)
class AsBefore:
    """What becomes of caller and agent is as in any talk of two: the cords see to it."""


Dials = DialNumber | DialAgent | DialPhone | ReferNumber
Effect = Command | Seek | Free | Dials | Release | Give | Requeue | Part | AsBefore
