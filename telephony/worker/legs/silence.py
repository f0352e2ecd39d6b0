"""Which legs of a call have fallen silent: neither RTP nor RTCP for a given time. PURE.

A phone that suppresses silence still sends RTCP about every 5 s (RFC 3550 6.2). What becomes of a silent leg is not
decided here.
"""

import math
from collections.abc import Mapping

Signs = tuple[int, int]
"""RTP packets and RTCP reports received; any change is a sign of life, counters may begin anew."""

LOOK = 1.0
"""Seconds between looks at the counters."""


class Silence:
    """`seconds` without a sign of life are silence; 0 never finds any. Times are seconds of one clock."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._seen: dict[str, tuple[Signs, float]] = {}
        self._next = 0.0

    def wait(self, now: float) -> float:
        """Seconds until the next look is due; none ever is where nothing is silence."""
        return self._next - now if self._seconds > 0 else math.inf

    def look(self, signs: Mapping[str, Signs], now: float) -> list[str]:
        """The legs that are silent. One that is not named (on hold, not answered, not joined) is counted from anew."""
        self._next = now + min(LOOK, self._seconds / 4)
        seen, self._seen = self._seen, {}
        for leg, sign in signs.items():
            before = seen.get(leg)
            self._seen[leg] = before if before and before[0] == sign else (sign, now)
        return [leg for leg, (_, since) in self._seen.items() if now - since >= self._seconds]
