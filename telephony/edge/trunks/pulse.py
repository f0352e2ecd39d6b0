"""Whether a trunk is up: OPTIONS (RFC 3261 §11) in peace, and what calls over it met. Pure.

Decides with hysteresis: one answer or one miss says little. Any final answer but 408 and 503 shows that one is there.
"""

from enum import Enum

from config.trunks import Health

GONE = (408, 503)


class Line(Enum):
    UNCHECKED = "unchecked"
    UP = "up"
    DOWN = "down"


class Pulse:
    """One trunk. `due` is when it is asked next, None while an answer is awaited or nobody asks."""

    def __init__(self, health: Health) -> None:
        self._health = health
        self.line = Line.UNCHECKED
        self.since: float | None = None
        self.due: float | None = None
        self._answers = 0
        self._misses = 0

    def start(self, now: float) -> None:
        self.due = now if self._health.seconds else None

    def asked(self) -> None:
        self.due = None

    def answered(self, status: int | None, now: float) -> bool:
        """The answer to OPTIONS, None when none came; whether the line is another than before."""
        self.due = now + self._health.seconds
        return self.met(status is not None and status not in GONE, now)

    def met(self, there: bool, now: float) -> bool:
        """Someone was, or was not, there; whether the line is another than before.

        Who is not asked in peace is never down: nobody would notice that they came back.
        """
        if not self._health.seconds:
            return False
        self._answers, self._misses = (self._answers + 1, 0) if there else (0, self._misses + 1)
        before = self.line
        enough = {Line.UNCHECKED: 1, Line.DOWN: self._health.up_after}
        if there and self.line is not Line.UP and self._answers >= enough[self.line]:
            self.line = Line.UP
        elif self.line is not Line.DOWN and self._misses >= self._health.down_after:
            self.line = Line.DOWN
        if self.line is not before:
            self.since = now
        return self.line is not before
