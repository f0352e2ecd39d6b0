"""INVITE transactions that pass through the edge, as a table of stages and events, and their timers. Pure.

Decides when an INVITE is sent again, given to another worker or given up. Knows no sockets.
"""

import heapq
from dataclasses import dataclass
from enum import Enum

from telephony.edge.sip.flows import Flow
from telephony.edge.sip.message import Request, Response

HOLD = 4.0
"""Seconds a caller is held while no worker is idle."""

SILENCE = 3.0
"""Seconds without any answer after which a worker counts as dead."""

T1 = 0.5
T2 = 4.0
LINGER = 32.0
"""Seconds (64·T1) a finished transaction is remembered, for retransmissions and ACK."""

LONGEST = 600.0
"""Seconds after which an INVITE that still rings is cancelled (timer C, §16.8); one without any answer is forgotten."""


class Stage(Enum):
    HELD = "held"
    SENT = "sent"
    RINGING = "ringing"
    FINAL = "final"
    REFUSED = "refused"


class Event(Enum):
    TAKEN = "a worker was taken"
    PROVISIONAL = "a provisional answer came"
    FINAL = "a 2xx came"
    LOST = "the worker is gone or silent"
    DIVERTED = "a trunk failed and the next one is asked"
    REFUSED = "a refusal came, or we refused ourselves"


NEXT: dict[tuple[Stage, Event], Stage] = {
    (Stage.HELD, Event.TAKEN): Stage.SENT,
    (Stage.HELD, Event.REFUSED): Stage.REFUSED,
    (Stage.SENT, Event.PROVISIONAL): Stage.RINGING,
    (Stage.SENT, Event.FINAL): Stage.FINAL,
    (Stage.SENT, Event.LOST): Stage.HELD,
    (Stage.SENT, Event.REFUSED): Stage.REFUSED,
    (Stage.RINGING, Event.PROVISIONAL): Stage.RINGING,
    (Stage.RINGING, Event.FINAL): Stage.FINAL,
    (Stage.RINGING, Event.LOST): Stage.HELD,
    (Stage.SENT, Event.DIVERTED): Stage.SENT,
    (Stage.RINGING, Event.DIVERTED): Stage.SENT,
    (Stage.RINGING, Event.REFUSED): Stage.REFUSED,
    (Stage.FINAL, Event.FINAL): Stage.FINAL,
}
"""Pairs not in the table do not happen; meeting one is a fault and raises KeyError."""

OPEN = (Stage.HELD, Stage.SENT, Stage.RINGING)
"""Stages in which the caller has no final answer yet."""


@dataclass(slots=True)
class Invite:
    """One INVITE. `request` is as it came, `back` where its answers go, `sent` what went on over `to`.

    `trunk` is shown to the worker, "" when a worker sent the INVITE; `user` is the SIP user of a phone outside.
    `worker` is the worker that has the call on either side; `passed_over` when it answered OPTIONS sent after the
    INVITE, and not that. `answer` is what went back last.
    """

    key: str
    request: Request
    source: Flow
    back: Flow
    trunk: str
    user: str
    give_up: float
    stage: Stage = Stage.HELD
    attempt: int = 0
    worker: str = ""
    sip_port: int = 0
    sent: Request | None = None
    to: Flow | None = None
    answer: Response | None = None
    cancelled: bool = False
    orphaned: bool = False
    due: float | None = None
    interval: float = T1
    silent_until: float = 0.0
    passed_over: bool = False

    @property
    def from_inside(self) -> bool:
        return self.source.transport == "inside"

    def happened(self, event: Event) -> None:
        self.stage = NEXT[self.stage, event]


class Invites:
    """All of them by transaction; `due` gives those whose timer has run out."""

    def __init__(self) -> None:
        self._invites: dict[str, Invite] = {}
        self._timers: list[tuple[float, str]] = []

    def get(self, key: str) -> Invite | None:
        return self._invites.get(key)

    def add(self, invite: Invite) -> None:
        self._invites[invite.key] = invite

    def forget(self, invite: Invite) -> None:
        self._invites.pop(invite.key, None)

    def arm(self, invite: Invite, when: float) -> None:
        """Set the one timer of `invite` to `when`."""
        invite.due = when
        heapq.heappush(self._timers, (when, invite.key))

    def due(self, now: float) -> list[Invite]:
        """Those whose timer has run out; their timers are off from now on."""
        found = []
        while self._timers and self._timers[0][0] <= now:
            when, key = heapq.heappop(self._timers)
            invite = self._invites.get(key)
            if invite is not None and invite.due == when:
                invite.due = None
                found.append(invite)
        return found

    def next_deadline(self) -> float | None:
        return self._timers[0][0] if self._timers else None

    def all(self) -> list[Invite]:
        return list(self._invites.values())

    def held(self) -> list[Invite]:
        """Callers without a worker, longest held first."""
        return [invite for invite in self._invites.values() if invite.stage is Stage.HELD]

    def of_worker(self, worker: str) -> list[Invite]:
        """Those without a final answer that `worker` takes part in."""
        return [invite for invite in self._invites.values() if invite.worker == worker and invite.stage in OPEN]

    def __len__(self) -> int:
        return len(self._invites)
