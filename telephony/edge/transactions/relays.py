"""Transactions of requests within calls that pass through, as a table of phases and events, and their timers. Pure.

One relay is the server transaction towards who asked and the client transaction towards who is to answer (RFC 3261
§§16, 17). Knows what has passed and when something is due; what is sent then is telephony.edge.transactions.relaying's
business.
"""

import heapq
from dataclasses import dataclass
from enum import Enum

from telephony.edge.proxy.actions import Send
from telephony.edge.proxy.tokens import transaction
from telephony.edge.sip.flows import STREAMS, Flow
from telephony.edge.sip.message import Message, Request, Response
from telephony.edge.transactions.invites import T1

T4 = 5.0
"""Seconds a message may stay in the network (RFC 3261 §17.1.2.2)."""

MOST_RELAYS = 20_000
"""Transactions at once; requests beyond are passed on without being remembered (RFC 3261 §16.11)."""


class Phase(Enum):
    SENT = "sent on"
    PROCEEDING = "a provisional answer passed"
    ANSWERED = "the final answer passed"
    REFUSED = "an INVITE was refused, its ACK is awaited"
    CONFIRMED = "the ACK of the refusal came"


class Event(Enum):
    PROVISIONAL = "1xx"
    FINAL = "a final answer, of an INVITE 2xx"
    REFUSAL = "300 and above to an INVITE"
    ACK = "the ACK of a refusal"


NEXT: dict[tuple[Phase, Event], Phase] = {
    (Phase.SENT, Event.PROVISIONAL): Phase.PROCEEDING,
    (Phase.SENT, Event.FINAL): Phase.ANSWERED,
    (Phase.SENT, Event.REFUSAL): Phase.REFUSED,
    (Phase.PROCEEDING, Event.PROVISIONAL): Phase.PROCEEDING,
    (Phase.PROCEEDING, Event.FINAL): Phase.ANSWERED,
    (Phase.PROCEEDING, Event.REFUSAL): Phase.REFUSED,
    (Phase.REFUSED, Event.ACK): Phase.CONFIRMED,
}
"""RFC 3261 figures 5 to 8 put together. Anybody may send anything: a pair not in the table changes nothing."""


@dataclass(slots=True)
class Relay:
    """`request` is as it came, its answers go `back`; `sent` is what went on. `last` is what was answered last.

    `due` is when something must be done next, `until` when the phase ends; `worker` is who must answer, "" for the
    party outside.
    """

    key: str
    request: Request
    back: Flow
    sent: Send
    until: float
    phase: Phase = Phase.SENT
    last: Response | None = None
    interval: float = T1
    due: float | None = None
    cancelled: bool = False
    worker: str = ""

    @property
    def is_invite(self) -> bool:
        return self.request.method == "INVITE"

    @property
    def open(self) -> bool:
        """Whether who asked still waits for a final answer."""
        return self.phase in (Phase.SENT, Phase.PROCEEDING)

    @property
    def unreliable(self) -> bool:
        """Whether what went on must be sent again until it is answered."""
        return self.sent.flow.transport not in STREAMS

    def happened(self, event: Event) -> bool:
        """Whether `event` changes anything; the phase is the new one then."""
        phase = NEXT.get((self.phase, event))
        if phase is None:
            return False
        self.phase = phase
        return True


class Relays:
    """All of them by transaction and method; `due` gives those whose time has come."""

    def __init__(self) -> None:
        self._relays: dict[str, Relay] = {}
        self._timers: list[tuple[float, str]] = []

    def get(self, message: Message, method: str) -> Relay | None:
        """The relay of the transaction that `message` belongs to, `method` being that of its request."""
        return self._relays.get(key_of(message, method))

    def add(self, relay: Relay) -> bool:
        """False when there are too many already."""
        if len(self._relays) >= MOST_RELAYS:
            return False
        self._relays[relay.key] = relay
        return True

    def forget(self, relay: Relay) -> None:
        self._relays.pop(relay.key, None)

    def arm(self, relay: Relay, when: float) -> None:
        """Set the one timer of `relay` to `when`."""
        relay.due = when
        heapq.heappush(self._timers, (when, relay.key))

    def due(self, now: float) -> list[Relay]:
        """Those whose time has come; their timers are off from now on."""
        found = []
        while self._timers and self._timers[0][0] <= now:
            when, key = heapq.heappop(self._timers)
            relay = self._relays.get(key)
            if relay is not None and relay.due == when:
                relay.due = None
                found.append(relay)
        return found

    def next_deadline(self) -> float | None:
        return self._timers[0][0] if self._timers else None

    def __len__(self) -> int:
        return len(self._relays)


def key_of(message: Message, method: str) -> str:
    """What a transaction is found by (RFC 3261 §17.2.3): the topmost Via and the method. Raises FormError."""
    return f"{method}|{transaction(message)}"
