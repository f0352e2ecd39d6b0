"""The gate in front of the edge's rules: who is let through, and what a source's conduct leads to. Pure.

Puts bans, rates and offences together and keeps from all of them whom one must never ban: trunks and the allow-list;
and, of its own accord, whoever has shown who they are. An allow-listed source is never banned, not even by hand.
"""

import ipaddress
from collections import Counter

from config.edge import Guarding
from config.settings import Trunk
from telephony.edge.guard.bans import Ban, Bans, source_of
from telephony.edge.guard.offences import MOST_SOURCES, Offence, Offences
from telephony.edge.guard.scanners import is_scanner
from telephony.edge.sip.message import Request

SWEEP_SECONDS = 60.0
KNOWN_SECONDS = 3600.0
"""A source where somebody has shown who they are counts as known for so long."""


class GateError(ValueError):
    """What was asked by hand cannot be done; one line that names the value and the way out."""


class Gate:
    """`counts` are what the edge tells of itself; see docs/edge.md for the names."""

    def __init__(self, rules: Guarding, trunks: tuple[Trunk, ...], counts: Counter[str]) -> None:
        self._rules = rules
        self._counts = counts
        self._allowed = [*rules.allow, *(network for trunk in trunks for network in trunk.addresses)]
        self._known: dict[str, float] = {}
        self.bans = Bans(rules.ban_seconds, rules.longest_ban_seconds, rules.remember_seconds)
        self.offences = Offences(rules)
        self._sources: dict[str, tuple[str, bool]] = {}
        self._sweep_at = 0.0

    def lets_in(self, host: str, phone: bool, now: float) -> bool:
        """One message from `host` has come, before it is read. `phone` says whether a registered phone lives there."""
        source, allowed = self._source(host)
        if allowed:
            return True
        if self.bans.banned(source, now):
            self._counts["dropped_banned"] += 1
            return False
        known = phone or self._known.get(source, 0.0) > now
        if self.offences.sent(source, known, now):
            return True
        self._counts["dropped_rate"] += 1
        if not known:
            self.did(host, Offence.FLOOD, phone, now)
        return False

    def keeps_out(self, host: str, now: float) -> bool:
        """Whether `host` is banned now: it gets no connection, and loses those it has."""
        source, allowed = self._source(host)
        return not allowed and self.bans.banned(source, now)

    def sees(self, request: Request, host: str, phone: bool, now: float) -> bool:
        """Whether a request that was let in is to be answered at all: scanners get nothing."""
        if self._source(host)[1] or not is_scanner(request, self._rules.scanners):
            return True
        self._counts["scanners"] += 1
        self.did(host, Offence.SCANNER, phone, now)
        return False

    def did(self, host: str, offence: Offence, phone: bool, now: float, user: str = "") -> Ban | None:
        """`host` did wrong, or may have; the ban where that was enough."""
        source, allowed = self._source(host)
        if allowed or phone or self._known.get(source, 0.0) > now:
            return None
        if not self.offences.committed(source, offence, now, user) or self.bans.banned(source, now):
            return None
        self._counts["bans"] += 1
        self.offences.forget(source)
        return self.bans.ban(source, offence.value, now)

    def knows(self, host: str, user: str, now: float) -> None:
        """Somebody at `host` has shown that they are `user`."""
        source, allowed = self._source(host)
        if allowed:
            return
        self.offences.shown(source, user, now)
        self._known.pop(source, None)
        self._known[source] = now + KNOWN_SECONDS
        if len(self._known) > MOST_SOURCES:
            del self._known[next(iter(self._known))]

    def ban(self, host: str, seconds: float, reason: str, now: float) -> Ban:
        """By hand. Raises GateError for an address that is none, or that must not be banned."""
        source, allowed = self._asked(host)
        if allowed:
            raise GateError(f"{host}: is a trunk's or in sip.guard.allow; take it out of the settings first")
        return self.bans.add(source, seconds, reason, now)

    def pardon(self, host: str) -> Ban:
        """By hand. Raises GateError when it is not banned."""
        source, _ = self._asked(host)
        ban = self.bans.remove(source)
        self.offences.forget(source)
        if ban is None:
            raise GateError(f"{host}: is not banned; see hotline bans list")
        return ban

    def sweep(self, now: float) -> None:
        """Forget what has run out, now and then: with many bans the look costs milliseconds."""
        if now < self._sweep_at:
            return
        self._sweep_at = now + SWEEP_SECONDS
        self.bans.sweep(now)
        for source in [source for source, until in self._known.items() if until <= now]:
            del self._known[source]

    def _asked(self, host: str) -> tuple[str, bool]:
        host = host.removesuffix("/64")
        try:
            source_of(host)
        except ValueError:
            raise GateError(f"{host}: is no IP address") from None
        return self._source(host)

    def _source(self, host: str) -> tuple[str, bool]:
        """What `host` is counted as, and whether it must never be banned."""
        found = self._sources.get(host)
        if found is None:
            if len(self._sources) > MOST_SOURCES:
                self._sources.clear()
            found = self._sources[host] = self._look_up(host)
        return found

    def _look_up(self, host: str) -> tuple[str, bool]:
        try:
            source, address = source_of(host), ipaddress.ip_address(host.partition("%")[0])
        except ValueError:
            return host, False
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        allowed = any(address.version == network.version and address in network for network in self._allowed)
        # Of a /64 that holds an allowed address nobody is banned: they would be banned together.
        if "/" in source and not allowed:
            whole = ipaddress.ip_network(source)
            allowed = any(network.version == 6 and network.overlaps(whole) for network in self._allowed)
        return source, allowed
