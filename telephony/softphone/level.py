"""Whether the other end speaks or has fallen silent, by the level of what comes. PURE.

It decides by level and time alone and must not know whose line it is.
"""

from typing import Literal

LOUD = 20
"""Of 255, PJSIP's measure of a frame's mean amplitude, logarithmic like its G.711 code; hiss lies below."""

PAUSE = 1.0
"""Seconds of quiet that are the end of what was said, not a breath within it."""

LOOK = 0.1
"""Seconds between looks."""

Change = Literal["speaks", "silent"]


class Level:
    """Times are seconds of one clock."""

    def __init__(self) -> None:
        self._speaking = False
        self._loud_at = 0.0
        self._look_at = 0.0

    def due(self, now: float) -> bool:
        return now >= self._look_at

    def look(self, level: int, now: float) -> Change | None:
        """What is new: somebody `speaks`, or is `silent` after they spoke."""
        self._look_at = now + LOOK
        if level >= LOUD:
            self._loud_at = now
            if not self._speaking:
                self._speaking = True
                return "speaks"
        elif self._speaking and now - self._loud_at >= PAUSE:
            self._speaking = False
            return "silent"
        return None
