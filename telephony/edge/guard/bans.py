"""Who is banned, since when, until when and why. Pure; times are seconds since the epoch.

Decides how long a ban is: each one of the same source twice as long as the last. Every ban ends. Who deserves one is
telephony.edge.guard.offences' business; who never gets one the guard's.
"""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

MOST_BANS = 20_000
"""Bans remembered; above it the one that ends, or ended, first is forgotten."""

LONGEST_BY_HAND = 30 * 86400.0


@dataclass(frozen=True, slots=True)
class Ban:
    """`times` counts the bans of this source so far, this one included; `reason` is a word of offences or a clerk's."""

    source: str
    reason: str
    since: float
    until: float
    times: int = 1


class Bans:
    """`first` and `longest` are seconds; after `remember` seconds without a ban a source begins anew."""

    def __init__(self, first: float, longest: float, remember: float, most: int = MOST_BANS) -> None:
        self._first, self._longest, self._remember, self._most = first, longest, remember, most
        self._bans: dict[str, Ban] = {}
        self.changes = 0
        """Counts every change, so that one can see whether what is kept is still true."""

    def restore(self, bans: Iterable[Ban]) -> None:
        """What an edge before this one knew."""
        for ban in bans:
            self._bans[ban.source] = ban
        self._shrink()

    def banned(self, source: str, now: float) -> bool:
        ban = self._bans.get(source)
        return ban is not None and now < ban.until

    def ban(self, source: str, reason: str, now: float) -> Ban:
        """A ban of its own accord; one that stands is made longer."""
        old = self._bans.get(source)
        times = old.times + 1 if old is not None and now < old.until + self._remember else 1
        seconds = min(self._first * 2.0 ** min(times - 1, 60), self._longest)
        return self._put(Ban(source, reason, now, now + seconds, times))

    def add(self, source: str, seconds: float, reason: str, now: float) -> Ban:
        """A ban by hand, of LONGEST_BY_HAND seconds at the most."""
        old = self._bans.get(source)
        seconds = min(max(seconds, 1.0), LONGEST_BY_HAND)
        return self._put(Ban(source, reason, now, now + seconds, old.times if old is not None else 1))

    def remove(self, source: str) -> Ban | None:
        """Lift the ban of `source` and forget its past; None when there was none."""
        ban = self._bans.pop(source, None)
        self.changes += ban is not None
        return ban

    def standing(self, now: float) -> list[Ban]:
        """Those in force, the newest first."""
        return sorted((ban for ban in self._bans.values() if now < ban.until), key=lambda ban: -ban.since)

    def kept(self) -> list[Ban]:
        """All that is remembered, for keeping across a restart."""
        return list(self._bans.values())

    def sweep(self, now: float) -> None:
        """Forget bans that ended `remember` seconds ago."""
        for source in [ban.source for ban in self._bans.values() if now >= ban.until + self._remember]:
            del self._bans[source]
            self.changes += 1

    def __len__(self) -> int:
        return len(self._bans)

    def _put(self, ban: Ban) -> Ban:
        self._bans[ban.source] = ban
        self.changes += 1
        self._shrink(ban.source)
        return ban

    def _shrink(self, but: str = "") -> None:
        while len(self._bans) > self._most:
            del self._bans[min((each for each in self._bans if each != but), key=lambda each: self._bans[each].until)]


def source_of(host: str) -> str:
    """What is counted and banned together: an IPv4 address, the /64 of an IPv6 address (one customer has all of it).

    Raises ValueError for what is no IP address.
    """
    address = ipaddress.ip_address(host.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)
