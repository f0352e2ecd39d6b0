"""How long a worker has been without core and nursery, and without a sound: what it may then do by itself. PURE.

It decides how long is too long. It must not know how core and nursery are reached, nor what ends the call.
"""

from collections.abc import Callable

NO_CORE_AT_ARRIVAL = 5.0
NO_CORE_ANSWERED = 30.0
NO_CORE_AFTER_CALL = 60.0
NO_CORE_NO_AUDIO = 60.0
NO_NURSERY_IDLE = 60.0
NO_HOTLINE_TOLD_TO_END = 1.0
"""Seconds."""


def orphaned(core: float, nursery: float) -> bool:
    """Whether who is told to end does so at once, having been `core` and `nursery` seconds without either."""
    return min(core, nursery) > NO_HOTLINE_TOLD_TO_END


class Alone:
    """Since when somebody is not there, by name; and since when no packet has come."""

    def __init__(self) -> None:
        self._since: dict[str, float] = {}
        self._packets = (0, 0.0)

    def __bool__(self) -> bool:
        return bool(self._since)

    def seconds(self, who: str, there: bool, now: float) -> float:
        """Seconds `who` has not been there."""
        if there:
            self._since.pop(who, None)
            return 0.0
        return now - self._since.setdefault(who, now)

    def silent(self, core: float, packets: Callable[[], int], now: float) -> bool:
        """Whether there has been neither core nor a new packet for too long; `packets` counts those that came."""
        if core < 1.0:
            self._packets = (-1, now)
            return False
        received = packets()
        if received != self._packets[0]:
            self._packets = (received, now)
            return False
        return now - self._packets[1] > NO_CORE_NO_AUDIO
