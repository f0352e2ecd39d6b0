"""One timer at the earliest next deadline of the pure code. The only place that arms one for it."""

from collections.abc import Callable
from typing import Any


class Alarm:
    """Calls `ring` when the time set has come. `reactor` gives seconds() and callLater()."""

    def __init__(self, reactor: Any, ring: Callable[[], None]) -> None:
        self._reactor = reactor
        self._ring = ring
        self._timer: Any = None
        self._at: float | None = None

    def set(self, at: float | None) -> None:
        """Ring at `at` (the reactor's seconds), or not at all."""
        if at == self._at:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._at, self._timer = at, None
        if at is not None:
            self._timer = self._reactor.callLater(max(0.0, at - self._reactor.seconds()), self._rung)

    def _rung(self) -> None:
        self._at = self._timer = None
        self._ring()
