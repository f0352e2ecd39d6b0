"""One agent's state: a table of what may happen in each state, and what the agent can answer. PURE.

It decides when an agent is free. It must not know about queues or calls other than the one it is reserved for.
"""

from dataclasses import dataclass, field
from enum import Enum, auto

GENERALIST = "*"


class State(Enum):
    """Where an agent stands. The value shown to people is agent_console's business."""

    OFFLINE = auto()  # no phone registered
    PAUSED = auto()
    READY = auto()
    RINGING = auto()  # reserved for one call
    TALKING = auto()
    WRAP_UP = auto()


class Event(Enum):
    """What can happen to an agent."""

    PHONE_UP = auto()
    PHONE_DOWN = auto()
    READY = auto()
    PAUSE = auto()
    RESERVE = auto()
    ANSWER = auto()
    RELEASE = auto()  # the caller left while the phone rang
    MISS = auto()  # did not answer, declined, could not be reached, or vanished
    PART = auto()  # the conversation is over
    DONE = auto()  # wrap-up is over


# Where an entry is None the agent goes to rest: OFFLINE without a phone, PAUSED when not willing, else READY.
TABLE: dict[tuple[State, Event], State | None] = {
    (State.OFFLINE, Event.PHONE_UP): None,
    (State.OFFLINE, Event.PHONE_DOWN): State.OFFLINE,
    (State.OFFLINE, Event.READY): State.OFFLINE,
    (State.OFFLINE, Event.PAUSE): State.OFFLINE,
    (State.PAUSED, Event.PHONE_UP): State.PAUSED,
    (State.PAUSED, Event.PHONE_DOWN): State.OFFLINE,
    (State.PAUSED, Event.READY): None,
    (State.PAUSED, Event.PAUSE): State.PAUSED,
    (State.READY, Event.PHONE_UP): State.READY,
    (State.READY, Event.PHONE_DOWN): State.OFFLINE,
    (State.READY, Event.READY): State.READY,
    (State.READY, Event.PAUSE): State.PAUSED,
    (State.READY, Event.RESERVE): State.RINGING,
    (State.RINGING, Event.PHONE_UP): State.RINGING,
    (State.RINGING, Event.PHONE_DOWN): State.RINGING,  # the leg itself tells how it ends
    (State.RINGING, Event.READY): State.RINGING,
    (State.RINGING, Event.PAUSE): State.RINGING,
    (State.RINGING, Event.ANSWER): State.TALKING,
    (State.RINGING, Event.RELEASE): None,
    (State.RINGING, Event.MISS): None,
    (State.TALKING, Event.PHONE_UP): State.TALKING,
    (State.TALKING, Event.PHONE_DOWN): State.TALKING,
    (State.TALKING, Event.READY): State.TALKING,
    (State.TALKING, Event.PAUSE): State.TALKING,
    (State.TALKING, Event.PART): State.WRAP_UP,
    (State.TALKING, Event.MISS): None,  # the phone vanished; the call goes on with somebody else
    (State.WRAP_UP, Event.PHONE_UP): State.WRAP_UP,
    (State.WRAP_UP, Event.PHONE_DOWN): State.WRAP_UP,
    (State.WRAP_UP, Event.READY): None,
    (State.WRAP_UP, Event.PAUSE): None,
    (State.WRAP_UP, Event.DONE): None,
}


@dataclass
class Agent:
    """One agent as the router sees them. `since` is when the state was entered; `call` the call it is about."""

    name: str
    sip_user: str
    skills: dict[str, int]
    since: float
    state: State = State.OFFLINE
    phone: bool = False
    willing: bool = False
    reason: str = "未签入"  # why paused
    call: str | None = None
    idle_since: float = field(default=0.0)

    def happen(self, event: Event, now: float) -> bool:
        """Move by the table; False when the event means nothing in this state (and nothing changed)."""
        if (self.state, event) not in TABLE:
            return False
        self._remember(event)
        target = TABLE[self.state, event]
        if target is None:
            target = self._rest()
        if target is not self.state:
            if target is State.READY and event is not Event.RELEASE:
                self.idle_since = now
            self.state, self.since = target, now
        if target in (State.OFFLINE, State.PAUSED, State.READY):
            self.call = None
        return True

    def _remember(self, event: Event) -> None:
        if event in (Event.PHONE_UP, Event.PHONE_DOWN):
            self.phone = event is Event.PHONE_UP
        elif event is Event.READY:
            self.willing = True
        elif event in (Event.PAUSE, Event.MISS):
            self.willing = False

    def _rest(self) -> State:
        if not self.phone:
            return State.OFFLINE
        return State.READY if self.willing else State.PAUSED

    def level(self, label: str) -> int:
        """How well this agent answers `label`, 1-5 by the nearest skill at or above it; 0 when only as generalist."""
        while label:
            if label in self.skills:
                return self.skills[label]
            label = label.rpartition(".")[0]
        return 0

    @property
    def generalist(self) -> bool:
        return GENERALIST in self.skills
