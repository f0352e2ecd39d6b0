"""How often a password may be tried, per name and per source. PURE: the time is an argument.

After `free` failures the wait doubles with each further one. It must not know who is right.
"""

from collections import OrderedDict
from dataclasses import dataclass

FORGET_SECONDS = 900.0
MOST_SECONDS = 300.0
MOST_KEPT = 10_000


@dataclass
class Failures:
    count: int = 0
    last: float = 0.0


class Throttle:
    """`wait()`, then `failed()` before a password is looked at, `succeeded()` when it was right. Not thread-safe."""

    def __init__(self, free: int = 5, free_per_source: int = 20) -> None:
        self._free = {"name": free, "source": free_per_source}
        self._kept: OrderedDict[tuple[str, str], Failures] = OrderedDict()

    def wait(self, name: str, source: str, now: float) -> float:
        """Seconds until the next try is looked at; 0 for at once."""
        return max(self._wait("name", name, now), self._wait("source", source, now))

    def failed(self, name: str, source: str, now: float) -> None:
        for kind, value in (("name", name), ("source", source)):
            kept = self._kept.setdefault((kind, value), Failures())
            if now - kept.last > FORGET_SECONDS:
                kept.count = 0
            kept.count, kept.last = kept.count + 1, now
            self._kept.move_to_end((kind, value))
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)

    def succeeded(self, name: str, source: str) -> None:
        """The name starts afresh. Its source only gets this try back, or one account would open the door to guess."""
        self._kept.pop(("name", name), None)
        kept = self._kept.get(("source", source))
        if kept is not None:
            kept.count = max(0, kept.count - 1)

    def _wait(self, kind: str, value: str, now: float) -> float:
        kept = self._kept.get((kind, value))
        if kept is None or now - kept.last > FORGET_SECONDS or kept.count < self._free[kind]:
            return 0.0
        pause = min(MOST_SECONDS, 2.0 ** min(kept.count - self._free[kind] + 1, 10))
        return max(0.0, kept.last + pause - now)
