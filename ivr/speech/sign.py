"""The first sign of a voice, told before the voice is certain and taken back when none follows. PURE.

What hushes a prompt may cost nobody a word: a sign is told on little, lapses soon, and on a line where signs meant
nothing the next one is passed over for a while. The time is the number of frames taken.
"""

from collections import deque
from enum import Enum, auto

SIGNS, OF = 2, 3  # so many clear voices within so many frames are a sign
LAPSE = 8  # frames after the last voice, in which no utterance has begun: a beginning is confirmed within 5
LONGEST = 20  # frames a sign stands at most: sung or whistled, a sound may be a voice for long and no beginning ever
WARY_FOR = 100  # frames after a lapse in which signs are passed over: one stands a sixth of the time at the most


class Standing(Enum):
    """What the next sign is worth."""

    OPEN = auto()
    TOLD = auto()
    WARY = auto()


class Seen(Enum):
    """What a frame shows."""

    NOTHING = auto()
    SIGN = auto()
    LAPSED = auto()
    CALM = auto()
    CERTAIN = auto()


TABLE = {
    (Standing.OPEN, Seen.NOTHING): Standing.OPEN,
    (Standing.OPEN, Seen.SIGN): Standing.TOLD,
    (Standing.OPEN, Seen.LAPSED): Standing.OPEN,
    (Standing.OPEN, Seen.CALM): Standing.OPEN,
    (Standing.OPEN, Seen.CERTAIN): Standing.OPEN,
    (Standing.TOLD, Seen.NOTHING): Standing.TOLD,
    (Standing.TOLD, Seen.SIGN): Standing.TOLD,
    (Standing.TOLD, Seen.LAPSED): Standing.WARY,
    (Standing.TOLD, Seen.CALM): Standing.TOLD,
    (Standing.TOLD, Seen.CERTAIN): Standing.OPEN,
    (Standing.WARY, Seen.NOTHING): Standing.WARY,
    (Standing.WARY, Seen.SIGN): Standing.WARY,
    (Standing.WARY, Seen.LAPSED): Standing.WARY,
    (Standing.WARY, Seen.CALM): Standing.OPEN,
    (Standing.WARY, Seen.CERTAIN): Standing.OPEN,
}


class Sign:
    """Of one stream, while nobody is known to speak on it."""

    def __init__(self) -> None:
        self.standing = Standing.OPEN
        self._clear: deque[bool] = deque(maxlen=OF)
        self._since = self._silent = 0  # frames in this standing; frames since the last voice

    def take(self, voice: bool, clear: bool) -> Standing:
        """Take the next frame: whether it is a voice, and one that nothing else explains; returns what stands now."""
        self._clear.append(clear)
        self._since += 1
        self._silent = 0 if voice else self._silent + 1
        return self._go(self._seen())

    def certain(self) -> None:
        """An utterance has begun."""
        self._go(Seen.CERTAIN)
        self._clear.clear()

    def _seen(self) -> Seen:
        if self.standing is Standing.TOLD and (self._silent >= LAPSE or self._since >= LONGEST):
            return Seen.LAPSED
        if self.standing is Standing.WARY and self._since >= WARY_FOR:
            return Seen.CALM
        return Seen.SIGN if sum(self._clear) >= SIGNS else Seen.NOTHING

    def _go(self, seen: Seen) -> Standing:
        standing = TABLE[self.standing, seen]
        if standing is not self.standing:
            self.standing, self._since = standing, 0
            self._clear.clear()
        return standing
