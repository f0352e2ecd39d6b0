"""One agent's state: a table of what may happen in each state, and how long each may last. PURE.

It decides where an agent stands. It must not know about queues or calls other than the one it is reserved for.
"""

from dataclasses import dataclass, field
from enum import Enum, auto

from routing.needs import GENERALIST, level
from routing.rules import Rules, upwards


class State(Enum):
    """Where an agent stands. The words shown to people are agent_console's business."""

    OFFLINE = auto()  # no phone registered, or sent home by a supervisor
    PAUSED = auto()
    READY = auto()
    RESERVED = auto()  # for one call; the phone was told to ring
    RINGING = auto()
    TALKING = auto()
    WRAP_UP = auto()
    LOST = auto()  # the phone vanished while it rang or in a talk, and is not registered


class Event(Enum):
    """What can happen to an agent."""

    PHONE_UP = auto()
    PHONE_DOWN = auto()
    READY = auto()
    PAUSE = auto()
    RESERVE = auto()
    RING = auto()
    ANSWER = auto()
    RELEASE = auto()  # the caller left while the phone rang, or never came to an agent who waited on the line
    MISS = auto()  # did not answer, declined, could not be reached, or broke off
    VANISH = auto()  # broke off, and the phone is not registered any more
    PART = auto()  # the conversation is over
    DONE = auto()  # wrap-up is over
    EXPIRE = auto()  # a lost phone did not come back
    FORCE_READY = auto()
    FORCE_PAUSED = auto()
    FORCE_OFFLINE = auto()
    FORCE_WRAP_UP = auto()


REST = None  # the agent goes to rest: OFFLINE without a phone, PAUSED when not willing, else READY
S, E = State, Event

TABLE: dict[tuple[State, Event], State | None] = {
    (S.OFFLINE, E.PHONE_UP): REST,
    (S.OFFLINE, E.PHONE_DOWN): S.OFFLINE,
    (S.OFFLINE, E.READY): REST,
    (S.OFFLINE, E.PAUSE): REST,
    (S.PAUSED, E.PHONE_UP): S.PAUSED,
    (S.PAUSED, E.PHONE_DOWN): S.OFFLINE,
    (S.PAUSED, E.READY): REST,
    (S.PAUSED, E.PAUSE): S.PAUSED,
    (S.READY, E.PHONE_UP): S.READY,
    (S.READY, E.PHONE_DOWN): S.OFFLINE,
    (S.READY, E.READY): S.READY,
    (S.READY, E.PAUSE): S.PAUSED,
    (S.READY, E.RESERVE): S.RESERVED,
    (S.RESERVED, E.RING): S.RINGING,
    (S.TALKING, E.PHONE_UP): S.TALKING,
    (S.TALKING, E.PHONE_DOWN): S.TALKING,  # the talk goes on without the registrar; its leg tells how it ends
    (S.TALKING, E.READY): S.TALKING,
    (S.TALKING, E.PAUSE): S.TALKING,
    (S.TALKING, E.PART): S.WRAP_UP,
    (S.TALKING, E.RELEASE): REST,
    (S.TALKING, E.MISS): REST,
    (S.TALKING, E.VANISH): S.LOST,
    (S.TALKING, E.FORCE_WRAP_UP): S.WRAP_UP,
    (S.WRAP_UP, E.PHONE_UP): S.WRAP_UP,
    (S.WRAP_UP, E.PHONE_DOWN): S.WRAP_UP,
    (S.WRAP_UP, E.READY): REST,
    (S.WRAP_UP, E.PAUSE): REST,
    (S.WRAP_UP, E.DONE): REST,
    (S.LOST, E.PHONE_UP): REST,
    (S.LOST, E.PHONE_DOWN): S.LOST,
    (S.LOST, E.READY): S.LOST,
    (S.LOST, E.PAUSE): S.LOST,
    (S.LOST, E.EXPIRE): S.OFFLINE,
}
for _state in (S.RESERVED, S.RINGING):
    TABLE |= {
        (_state, E.PHONE_UP): _state,
        (_state, E.PHONE_DOWN): S.LOST,
        (_state, E.READY): _state,
        (_state, E.PAUSE): _state,
        (_state, E.ANSWER): S.TALKING,
        (_state, E.RELEASE): REST,
        (_state, E.MISS): REST,
    }
for _state in State:
    TABLE |= {
        (_state, E.FORCE_READY): REST,
        (_state, E.FORCE_PAUSED): REST,
        (_state, E.FORCE_OFFLINE): S.OFFLINE,
    }

HOLDING = (S.RESERVED, S.RINGING, S.TALKING)  # states that hold a call
RESTING = (S.OFFLINE, S.PAUSED, S.READY)  # states that may last for ever
UNWILLING = (E.PAUSE, E.MISS, E.VANISH, E.FORCE_PAUSED, E.FORCE_OFFLINE)
FORCED = {
    "ready": E.FORCE_READY,
    "paused": E.FORCE_PAUSED,
    "offline": E.FORCE_OFFLINE,
    "wrap-up": E.FORCE_WRAP_UP,
}


@dataclass
class Agent:
    """One agent as the router sees them. `since` is when the state was entered; `call` the call it is about.

    `load` is the share that other work takes, 0..1; `leaving` means the account is gone and the last call is not.
    """

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
    load: float = 0.0
    leaving: bool = False

    def happen(self, event: Event, now: float) -> bool:
        """Move by the table; False when the event means nothing in this state (and nothing changed)."""
        if (self.state, event) not in TABLE:
            return False
        self._remember(event)
        target = TABLE[self.state, event] or self._rest()
        if target is not self.state:
            if target is State.READY and event is not Event.RELEASE:
                self.idle_since = now
            self.state, self.since = target, now
        if target in RESTING or target is State.LOST:
            self.call = None
        return True

    def _remember(self, event: Event) -> None:
        if event in (Event.PHONE_UP, Event.PHONE_DOWN):
            self.phone = event is Event.PHONE_UP
            if event is Event.PHONE_DOWN and self.state in (State.RESERVED, State.RINGING):
                self.willing = False
        elif event in (Event.READY, Event.FORCE_READY):
            self.willing = True
        elif event in UNWILLING:
            self.willing = False

    @property
    def rests_in(self) -> State:
        """Where the agent stands who has no call."""
        return self._rest()

    def _rest(self) -> State:
        if not self.phone:
            return State.OFFLINE
        return State.READY if self.willing else State.PAUSED

    def level(self, label: str) -> int:
        """The level in `label` by the nearest skill at or above it, 1-5; 0 for none."""
        return level(self.skills, tuple(upwards(label)))

    @property
    def generalist(self) -> bool:
        return GENERALIST in self.skills

    def deadline(self, rules: Rules) -> float | None:
        """When the watchdog of the state goes off; None in the states of rest, which may last."""
        match self.state:
            case State.RESERVED:
                return self.since + rules.reserved_seconds
            case State.RINGING:
                return self.since + rules.ring_seconds
            case State.TALKING:
                return self.since + rules.talk_seconds
            case State.WRAP_UP:
                return self.since + rules.wrap_up_seconds
            case State.LOST:
                return self.since + rules.lost_seconds
        return None
