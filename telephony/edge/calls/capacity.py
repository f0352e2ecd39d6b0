"""How many calls from outside are taken: all at once, new ones a second, for the node and for each trunk. Pure.

Decides who is refused and when they may come again; how many calls are up it is told. Draining refuses every new one.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from config.edge import Limits, NodeLimits
from config.settings import Trunk

DRAINING_SECONDS = 60
"""Retry-After of a node that is drained: longer than a carrier waits with the same call, so that it goes elsewhere."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """`why` is the name the refusal is counted under, `retry_after` is in seconds."""

    why: str
    retry_after: int


@dataclass(slots=True)
class _Bucket:
    """New calls a second: one second's worth may come at once, one call at the least."""

    rate: float
    tokens: float
    at: float = 0.0

    def open_at(self, now: float) -> bool:
        self.tokens = min(max(self.rate, 1.0), self.tokens + max(0.0, now - self.at) * self.rate)
        self.at = max(self.at, now)
        return self.tokens >= 1.0


class Capacity:
    """`draining` is set from outside."""

    def __init__(self, node: NodeLimits, trunks: Iterable[Trunk]) -> None:
        self._node = node
        self._trunks: dict[str, Limits] = {trunk.name: trunk.limits for trunk in trunks}
        self._buckets = {
            name: _Bucket(limits.calls_per_second, max(limits.calls_per_second, 1.0))
            for name, limits in [("", node), *self._trunks.items()]
            if limits.calls_per_second
        }
        self.draining = False

    def asks_for(self, trunk: str) -> bool:
        """Whether it matters how many calls of `trunk` are up."""
        return trunk in self._trunks and self._trunks[trunk].calls > 0

    def refuses(self, trunk: str, up: int, up_on_trunk: int, now: float) -> Refusal | None:
        """Whether one more call over `trunk` ("" for a phone) is refused, with `up` calls up in all; None takes it."""
        if self.draining:
            return Refusal("refused_draining", DRAINING_SECONDS)
        if self.full("", up) or self.full(trunk, up_on_trunk):
            return Refusal("refused_calls", self._node.retry_after_seconds)
        buckets = [self._buckets[name] for name in {"", trunk} if name in self._buckets]
        open_now = [bucket.open_at(now) for bucket in buckets]
        if not all(open_now):
            return Refusal("refused_rate", self._node.retry_after_seconds)
        for bucket in buckets:
            bucket.tokens -= 1.0
        return None

    def full(self, trunk: str, up: int) -> bool:
        """Whether `trunk` ("": the node) holds as many calls as it may."""
        limits = self._node if not trunk else self._trunks.get(trunk)
        return limits is not None and 0 < limits.calls <= up
