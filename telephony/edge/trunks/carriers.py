"""All trunks as carriers: which are up, where we are registered, and which of them a call goes out over. Pure.

Says what is to be asked of whom and when; sending and what came back is telephony.edge.trunks.carrying's business.
"""

import hashlib
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from config.settings import Outbound, Trunk
from telephony.edge.proxy.actions import Place
from telephony.edge.sip.flows import Flow
from telephony.edge.sip.message import Request
from telephony.edge.sip.uri import in_brackets
from telephony.edge.trunks.enrolment import Enrolment
from telephony.edge.trunks.pulse import Line, Pulse

AGENT = "12348"


@dataclass(frozen=True, slots=True)
class Asking:
    """A request that is to be sent to a trunk, without a Via; an answer is awaited for `seconds`."""

    trunk: str
    kind: Literal["options", "register"]
    request: Request
    flow: Flow
    seconds: float


@dataclass(slots=True)
class _Carrier:
    trunk: Trunk
    outbound: Outbound
    pulse: Pulse
    enrolment: Enrolment | None


class Carriers:
    """Trunks that calls may go out over. `boot` makes Call-IDs of this run unlike those of another."""

    def __init__(self, trunks: Iterable[Trunk], place: Place, boot: str) -> None:
        self._place, self._boot = place, boot
        self._carriers: dict[str, _Carrier] = {}
        self._count = 0
        self._started = False
        for trunk in trunks:
            out = trunk.outbound
            if out is None:
                continue
            enrolment = None
            if trunk.registration is not None:
                name = hashlib.sha256(f"{boot}|{trunk.name}".encode()).hexdigest()
                enrolment = Enrolment(
                    trunk, self._contact(trunk, out), f"{name[:24]}@{in_brackets(place.host)}", name[24:32]
                )
            self._carriers[trunk.name] = _Carrier(trunk, out, Pulse(trunk.health), enrolment)

    def start(self, now: float) -> None:
        """Begin to ask. Before that nothing is due."""
        self._started = True
        for each in self._carriers.values():
            each.pulse.start(now)
            if each.enrolment is not None:
                each.enrolment.start(now)

    def due(self, now: float, salt: Callable[[], str]) -> list[Asking]:
        """What is to be asked now. `salt` gives random hex, for cnonces."""
        found: list[Asking] = []
        for name, each in self._carriers.items():
            flow = flow_of(each.outbound)
            if each.pulse.due is not None and each.pulse.due <= now:
                each.pulse.asked()
                seconds = each.trunk.health.timeout_seconds
                found.append(Asking(name, "options", self._options(each.outbound), flow, seconds))
            enrolment = each.enrolment
            if enrolment is not None and enrolment.due is not None and enrolment.due <= now:
                request = enrolment.request(salt())
                request.headers.append(("User-Agent", AGENT))
                found.append(Asking(name, "register", request, flow, 32.0))
        return found

    def next_deadline(self) -> float | None:
        times = [each.pulse.due for each in self._carriers.values()]
        times += [each.enrolment.due for each in self._carriers.values() if each.enrolment is not None]
        known = [at for at in times if at is not None]
        return min(known) if known else None

    def pulse(self, trunk: str) -> Pulse | None:
        found = self._carriers.get(trunk)
        return found.pulse if found is not None else None

    def enrolment(self, trunk: str) -> Enrolment | None:
        found = self._carriers.get(trunk)
        return found.enrolment if found is not None else None

    def usable(self, trunk: str, now: float) -> bool:
        """Whether a call is likely to go out over `trunk`: not down, and registered where it must be."""
        each = self._carriers.get(trunk)
        if each is None or each.pulse.line is Line.DOWN:
            return False
        return not self._started or each.enrolment is None or each.enrolment.registered(now)

    def ways(self, number: str, call: str, now: float) -> list[Trunk]:
        """The trunks that may be asked for `number`, in order: usable ones, by priority, by lot within one priority.

        The lot is drawn by weight and is the same for the same `call`, so that nothing need be remembered. Trunks that
        are down come last and are still tried: a caller is better served by a doubtful line than by none.
        """
        allowing = [each for each in self._carriers.values() if each.outbound.allows(number)]
        allowing.sort(
            key=lambda each: (
                not self.usable(each.trunk.name, now),
                each.outbound.priority,
                _lot(call, each.trunk.name, each.outbound.weight),
            )
        )
        return [each.trunk for each in allowing]

    def names(self) -> list[str]:
        return list(self._carriers)

    def _options(self, out: Outbound) -> Request:
        self._count += 1
        target = f"sip:{in_brackets(str(out.host))}:{out.port}"
        tag = hashlib.sha256(f"{self._boot}|{self._count}".encode()).hexdigest()
        headers = [
            ("Max-Forwards", "70"),
            ("From", f"<sip:{AGENT}@{in_brackets(self._place.host)}>;tag={tag[:8]}"),
            ("To", f"<{target}>"),
            ("Call-ID", f"{tag[8:32]}@{in_brackets(self._place.host)}"),
            ("CSeq", "1 OPTIONS"),
            ("Contact", f"<sip:{AGENT}@{self._place.sent_by(out.transport)}>"),
            ("Accept", "application/sdp"),
            ("User-Agent", AGENT),
        ]
        return Request(headers, b"", "OPTIONS", target)

    def _contact(self, trunk: Trunk, out: Outbound) -> str:
        assert trunk.registration is not None
        user = trunk.registration.contact or self._place.numbers[0]
        transport = "" if out.transport == "udp" else f";transport={out.transport}"
        return f"sip:{user}@{self._place.sent_by(out.transport)}{transport}"


def flow_of(out: Outbound) -> Flow:
    return Flow(out.transport, str(out.host), out.port)


def _lot(call: str, trunk: str, weight: int) -> float:
    """The smaller the sooner; among trunks each is first in proportion to its weight (weighted rendezvous)."""
    drawn = int.from_bytes(hashlib.sha256(f"{call}|{trunk}".encode("utf-8", "surrogateescape")).digest()[:8], "big")
    return -math.log((drawn + 1) / (2**64 + 1)) / weight
