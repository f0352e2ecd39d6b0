"""A call to a user who has several phones: those that are called, as a table of phases and events. Pure.

Holds what is known of it; who is called, stopped and passed on is telephony.edge.calls.forking's business.
"""

from dataclasses import dataclass, field
from enum import Enum

from telephony.edge.registrar.bindings import Binding
from telephony.edge.sip.flows import STREAMS, Flow
from telephony.edge.sip.message import Request, Response
from telephony.edge.transactions.invites import T1


class Phase(Enum):
    ASKED = "nothing came yet"
    RINGING = "a provisional answer came"
    REFUSED = "it will not take the call"
    TAKEN = "it was picked up"


class Event(Enum):
    PROVISIONAL = "1xx"
    REFUSAL = "300 and above, or no connection"
    PICKED_UP = "2xx"


NEXT: dict[tuple[Phase, Event], Phase] = {
    (Phase.ASKED, Event.PROVISIONAL): Phase.RINGING,
    (Phase.ASKED, Event.REFUSAL): Phase.REFUSED,
    (Phase.ASKED, Event.PICKED_UP): Phase.TAKEN,
    (Phase.RINGING, Event.PROVISIONAL): Phase.RINGING,
    (Phase.RINGING, Event.REFUSAL): Phase.REFUSED,
    (Phase.RINGING, Event.PICKED_UP): Phase.TAKEN,
}
"""Anybody may send anything: a pair not in the table changes nothing."""


@dataclass(slots=True)
class Ring:
    """One phone: `sent` went to `binding`. `stopped`: nobody waits for it; `cancelled`: it was told so.

    `refusal` is what it said, as it would go on; `lost_at` when its connection was closed.
    """

    sent: Request
    binding: Binding
    phase: Phase = Phase.ASKED
    refusal: Response | None = None
    stopped: bool = False
    cancelled: bool = False
    lost_at: float = 0.0

    @property
    def flow(self) -> Flow:
        return self.binding.flow

    @property
    def awaited(self) -> bool:
        return not self.stopped and self.phase in (Phase.ASKED, Phase.RINGING)

    @property
    def unheard(self) -> bool:
        """Whether its INVITE is to be sent again over UDP, stopped or not: CANCEL needs an answer first (§9.1)."""
        return self.phase is Phase.ASKED and self.flow.transport not in STREAMS

    def happened(self, event: Event) -> bool:
        """Whether `event` changes anything; the phase is the new one then."""
        phase = NEXT.get((self.phase, event))
        if phase is None:
            return False
        self.phase = phase
        return True


@dataclass(slots=True)
class Fork:
    """`rings` are the phones called so far, `later` those of a lower q, to be called when all of these will not.

    `asked_at` is when the last of them were called, `again_at` when their INVITEs go out again, `until` when the call
    is given up, `ended_at` when all but `taken`, who picked up, were stopped last.
    """

    later: list[list[Binding]]
    until: float
    asked_at: float = 0.0
    again_at: float = 0.0
    interval: float = T1
    ended_at: float = 0.0
    rings: list[Ring] = field(default_factory=list)
    taken: Ring | None = None

    def of_branch(self, branch: str) -> Ring | None:
        """The phone that answers with our `branch`."""
        return next((ring for ring in self.rings if ring.sent.via.branch == branch), None)


def in_groups(bindings: list[Binding]) -> list[list[Binding]]:
    """Those of the same q together (RFC 3261 §16.6); `bindings` are in their order."""
    groups: list[list[Binding]] = []
    for binding in bindings:
        if groups and groups[-1][0].q == binding.q:
            groups[-1].append(binding)
        else:
            groups.append([binding])
    return groups


def best(refusals: list[Response]) -> Response | None:
    """What the caller is told when nobody takes the call (§16.7 step 6): a word of a person before one of a machine."""
    machine = (408, 480, 487)
    return min(refusals, key=lambda each: (each.status < 600, each.status // 100, each.status in machine), default=None)
