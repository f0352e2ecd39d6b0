"""Call control of one call: where its talk stands, who is in it, and so who hears whom. PURE: shapes only.

It decides what each party does in each state. What moves it on is telephony.control.steps', what may be asked by whom
telephony.control.rules'.
"""

from dataclasses import dataclass
from enum import Enum

from ivr.facts import CALLER
from telephony.calls.names import AGENT_LEG
from telephony.control.mixing import RINGBACK, Mode, Pairs, Party, Role, pairs

MOST_LEGS = 4  # what a worker's PJSIP is compiled for


class State(Enum):
    """Where the talk stands. The value is what documents and the board call it."""

    IDLE = "idle"  # no talk: the dialogue or the queue has the caller
    TALK = "talk"  # caller and agent
    HELD = "held"  # the caller hears music
    CALLING = "calling"  # the caller is held, the agent waits for the one who is called
    CONSULT = "consult"  # the caller is held, agent and the other talk
    SWAPPED = "swapped"  # caller and agent talk, the other is held
    INVITING = "inviting"  # the talk goes on, another is called into it
    CONFERENCE = "conference"  # everybody hears everybody
    REFERRING = "referring"  # the caller is held, their carrier was asked to call a number for them
    PARKED = "parked"  # no agent; the caller hears music until somebody takes the call
    SENT = "sent"  # no agent; a number is called for the caller
    OUTSIDE = "outside"  # no agent; the caller talks with a number


class Request(Enum):
    """What may be asked. The value is that of ivr.facts.Requested.request."""

    HOLD = "hold"
    RESUME = "resume"
    CONSULT = "consult"
    COMPLETE = "complete"
    BACK = "return"
    SWAP = "swap"
    CONFERENCE = "conference"
    TRANSFER = "transfer"
    REFER = "refer"
    PARK = "park"
    RETRIEVE = "retrieve"
    PICKUP = "pickup"
    MUTE = "mute"
    UNMUTE = "unmute"
    DIGITS = "digits"
    DROP = "drop"
    LISTEN = "listen"
    WHISPER = "whisper"
    BARGE = "barge"
    LEAVE = "leave"


class Event(Enum):
    """What happens to the talk by itself."""

    FOUND = "found"  # the router has an agent for the line
    RINGING = "ringing"
    NEXT = "next"  # that agent did not pick up, the router looks for another
    EARLY = "early audio"
    ANSWERED = "answered"
    FAILED = "failed"  # the called one ended before they picked up, or was given up
    LINE = "line answered"  # a line outside that was called beside the talk
    GUEST_GONE = "guest gone"  # somebody in the talk who is neither caller nor agent hung up
    AGENT_GONE = "agent gone"
    AGENT_LOST = "agent lost"  # their phone vanished
    REFERRED = "referred"  # the caller's carrier has done what it was asked for
    NOT_REFERRED = "not referred"
    LATE = "late"  # the deadline has come


WATCHES = {Request.LISTEN: Mode.LISTEN, Request.WHISPER: Mode.WHISPER, Request.BARGE: Mode.BARGE}
CALLER_HELD = (State.HELD, State.CALLING, State.CONSULT, State.REFERRING, State.PARKED)
ALONE = (State.PARKED, State.SENT, State.OUTSIDE)  # talks that have no agent


@dataclass(frozen=True, slots=True)
class Control:
    """The talk of `call`. Legs are named as in ivr.facts; empty where there is none.

    `agent` has the call; `other` is called, consulted, or got the caller; `line` is what the router knows an agent by
    who is called; `guests` are the further legs of a conference.
    `watchers` are supervisors' legs with their modes. `seeks` is what was asked for ("agent", "skill" or "number") and
    `target` whom. `rings` and `early`: the phone of `other` rings, and can be
    heard before it is picked up. `trouble` is why the last one who was called did not come, a SIP status, 0 for none.
    """

    call: str
    state: State = State.IDLE
    agent: str = ""
    other: str = ""
    line: str = ""
    seeks: str = ""
    target: str = ""
    guests: tuple[str, ...] = ()
    watchers: tuple[tuple[str, Mode], ...] = ()
    muted: tuple[str, ...] = ()
    early: bool = False
    rings: bool = False
    deadline: float | None = None
    since: float = 0.0
    count: int = 0
    trouble: int = 0
    by: str = ""  # who had the call last, for it to come back to

    @property
    def legs(self) -> tuple[str, ...]:
        """All legs but the caller's."""
        there = (self.agent, self.other, *self.guests, *(leg for leg, _ in self.watchers))
        return tuple(dict.fromkeys(leg for leg in there if leg))

    def parties(self) -> list[Party]:
        """Everybody in the talk, with what they do."""
        if self.state is State.IDLE:
            return []
        held = self.state in CALLER_HELD or (self.state is State.SENT and not self.early)
        there = [self._party(CALLER, Role.CALLER, Mode.HELD if held else Mode.TALK)]
        if self.agent:
            there.append(self._party(self.agent, Role.AGENT, Mode.TALK))
        if self.other:
            there.append(self._party(self.other, role_of(self.other), OTHER[self.state]))
        there += [self._party(leg, role_of(leg), Mode.TALK) for leg in self.guests]
        return there + [self._party(leg, Role.SUPERVISOR, mode) for leg, mode in self.watchers]

    def _party(self, leg: str, role: Role, mode: Mode) -> Party:
        return Party(leg, role, mode, leg in self.muted)

    def mixed(self) -> Pairs:
        """Who hears whom now. Who waits for a phone that rings hears so, until it can be heard itself."""
        ringback = self.state is State.CALLING and self.rings and not self.early
        return pairs(self.parties()) | ({(RINGBACK, self.agent)} if ringback else frozenset())

    @property
    def talks_with(self) -> str:
        """The leg whose words the caller hears first: the agent's, or whoever is there instead; empty while held."""
        if self.state in (State.TALK, State.SWAPPED, State.INVITING, State.CONFERENCE):
            return self.agent
        return self.guests[0] if self.state is State.OUTSIDE and self.guests else ""


OTHER = {
    State.CALLING: Mode.AHEAD,
    State.INVITING: Mode.AHEAD,
    State.SENT: Mode.AHEAD,
    State.CONSULT: Mode.TALK,
    State.SWAPPED: Mode.HELD,
}
"""What `other` does in the states that have one."""


def role_of(leg: str) -> Role:
    return Role.CONSULT if leg.startswith(AGENT_LEG) else Role.OUTSIDE


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds: how long a call stays parked, a number rings, and the router looks for an agent to consult."""

    park_seconds: float = 120.0
    ring_seconds: float = 45.0
    consult_seconds: float = 60.0
