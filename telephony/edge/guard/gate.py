"""The gate in front of the edge's rules: who is let through, and what a source's conduct leads to. Pure.

Puts bans, rates and offences together and keeps from all of them whom one must never ban: trunks and the allow-list;
and, of its own accord, whoever has shown who they are. An allow-listed source is never banned, not even by hand.
Who speaks over streams, whose address is proved by that, is never banned for datagrams, which anybody can forge.
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


DATAGRAMS = " udp"
"""Behind a source: what is counted of its datagrams apart."""

STREAM_SECONDS = 3600.0
"""So long after a message over a stream (TCP, TLS, WebSocket) datagrams alone ban nobody at that source."""


class GateError(ValueError):
    """What was asked by hand cannot be done; one line that names the value and the way out."""


class Gate:
    """`counts` are what the edge tells of itself; see docs/edge.md for the names."""

    def __init__(self, rules: Guarding, trunks: tuple[Trunk, ...], counts: Counter[str]) -> None:
        self._rules = rules
        self._counts = counts
        self._allowed = [*rules.allow, *(network for trunk in trunks for network in trunk.addresses)]
        self._known: dict[str, float] = {}
        self._spoke: dict[str, float] = {}  # over a stream, which cannot be forged
        self._unheard: dict[str, float] = {}  # whose datagrams are dropped, and nothing else of theirs
        self.bans = Bans(rules.ban_seconds, rules.longest_ban_seconds, rules.remember_seconds)
        self.offences = Offences(rules)
        self._sources: dict[str, tuple[str, bool]] = {}
        self._sweep_at = 0.0

    def lets_in(self, host: str, phone: bool, now: float, stream: bool = False) -> bool:
        """One message from `host` has come, before it is read. `phone` says whether a registered phone lives there.

        `stream` says whether it came over a connection, which proves the address.
        """
        source, allowed = self._source(host)
        if allowed:
            return True
        if self.bans.banned(source, now) or (not stream and self._unheard.get(source, 0.0) > now):
            self._counts["dropped_banned"] += 1
            return False
        if stream:
            _note(self._spoke, source, now + STREAM_SECONDS)
        known = phone or self._known.get(source, 0.0) > now
        if self.offences.sent(source, known, now):
            return True
        self._counts["dropped_rate"] += 1
        if not known:
            self.did(host, Offence.FLOOD, phone, now, stream=stream)
        return False

    def keeps_out(self, host: str, now: float) -> bool:
        """Whether `host` is banned now: it gets no connection, and loses those it has."""
        source, allowed = self._source(host)
        return not allowed and self.bans.banned(source, now)

    def sees(self, request: Request, host: str, phone: bool, now: float, stream: bool = False) -> bool:
        """Whether a request that was let in is to be answered at all: scanners get nothing."""
        if self._source(host)[1] or not is_scanner(request, self._rules.scanners):
            return True
        self._counts["scanners"] += 1
        self.did(host, Offence.SCANNER, phone, now, stream=stream)
        return False

    def did(
        self, host: str, offence: Offence, phone: bool, now: float, user: str = "", stream: bool = False
    ) -> Ban | None:
        """`host` did wrong, or may have; the ban where that was enough.

        Of a source that spoke over a stream lately, datagrams are counted apart and lead to no ban: where they were
        enough for one, datagrams alone are dropped for as long as a first ban is, and its streams go on.
        """
        source, allowed = self._source(host)
        if allowed or phone or self._known.get(source, 0.0) > now:
            return None
        if not stream and self._spoke.get(source, 0.0) > now:
            if self.offences.committed(source + DATAGRAMS, offence, now, user):
                self.offences.forget(source + DATAGRAMS)
                self._counts["unheard"] += 1
                _note(self._unheard, source, now + self._rules.ban_seconds)
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
        _note(self._known, source, now + KNOWN_SECONDS)

    def ban(self, host: str, seconds: float, reason: str, now: float) -> Ban:
        """By hand. Raises GateError for an address that is none, or that must not be banned."""
        source, allowed = self._asked(host)
        if allowed:
            raise GateError(f"{host}: is a trunk's or in sip.guard.allow; take it out of the settings first")
        return self.bans.add(source, seconds, reason, now)

    def pardon(self, host: str) -> Ban:
        """By hand; also where datagrams alone were dropped. Raises GateError when it is not banned."""
        source, _ = self._asked(host)
        ban = self.bans.remove(source)
        self.offences.forget(source)
        unheard = self._unheard.pop(source, None)
        if ban is None and unheard is not None:
            return Ban(source, "datagrams", unheard - self._rules.ban_seconds, unheard)
        if ban is None:
            raise GateError(f"{host}: is not banned; see hotline bans list")
        return ban

    def sweep(self, now: float) -> None:
        """Forget what has run out, now and then: with many bans the look costs milliseconds."""
        if now < self._sweep_at:
            return
        self._sweep_at = now + SWEEP_SECONDS
        self.bans.sweep(now)
        for noted in (self._known, self._spoke, self._unheard):
            for source in [source for source, until in noted.items() if until <= now]:
                del noted[source]

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


def _note(noted: dict[str, float], source: str, until: float) -> None:
    """Keep it as the newest; the oldest goes where there are too many."""
    noted.pop(source, None)
    noted[source] = until
    if len(noted) > MOST_SOURCES:
        del noted[next(iter(noted))]
