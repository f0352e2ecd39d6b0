"""Whether a prompt is heard, hushed or over, and when it will have ended. PURE.

A prompt that may be barged into falls silent at the first sign of a voice and is taken up where it was when no voice
follows. It is never hushed for longer than LONGEST, whatever becomes of whoever noticed the voice.
"""

from enum import Enum, auto

LONGEST = 0.8
"""Seconds a prompt is hushed at most: twice what the ear waits for a voice (ivr.speech.sign)."""


class State(Enum):
    """What the caller hears of a prompt."""

    NONE = auto()
    WHOLE = auto()  # it is heard to its end, whatever the caller does
    HEARD = auto()
    HUSHED = auto()


class Event(Enum):
    """What happens to it."""

    BEGUN = auto()
    BEGUN_WHOLE = auto()
    ENDED = auto()
    NOTICED = auto()
    MISTAKEN = auto()
    LATE = auto()


TABLE = {
    **{(state, Event.BEGUN): State.HEARD for state in State},
    **{(state, Event.BEGUN_WHOLE): State.WHOLE for state in State},
    **{(state, Event.ENDED): State.NONE for state in State},
    (State.NONE, Event.NOTICED): State.NONE,
    (State.NONE, Event.MISTAKEN): State.NONE,
    (State.NONE, Event.LATE): State.NONE,
    (State.WHOLE, Event.NOTICED): State.WHOLE,
    (State.WHOLE, Event.MISTAKEN): State.WHOLE,
    (State.WHOLE, Event.LATE): State.WHOLE,
    (State.HEARD, Event.NOTICED): State.HUSHED,
    (State.HEARD, Event.MISTAKEN): State.HEARD,
    (State.HEARD, Event.LATE): State.HEARD,
    (State.HUSHED, Event.NOTICED): State.HUSHED,
    (State.HUSHED, Event.MISTAKEN): State.HEARD,
    (State.HUSHED, Event.LATE): State.HEARD,
}


class Hush:
    """Of what one leg is played. Times are seconds of one clock."""

    def __init__(self) -> None:
        self.state = State.NONE
        self._left = 0.0  # seconds of the prompt that were not played yet `_at` that time
        self._at = 0.0

    @property
    def yields(self) -> bool:
        """Whether the caller may barge in."""
        return self.state in (State.HEARD, State.HUSHED)

    def begin(self, seconds: float, barge_in: bool, now: float) -> None:
        """A prompt of so many seconds plays."""
        self._left, self._at = seconds, now
        self.state = TABLE[self.state, Event.BEGUN if barge_in else Event.BEGUN_WHOLE]

    def end(self) -> None:
        """Nothing plays that could be hushed."""
        self.state = TABLE[self.state, Event.ENDED]

    def take(self, event: Event, now: float) -> bool:
        """Whether the prompt is to be hushed now, or to be heard again: `state` says which."""
        before, self.state = self.state, TABLE[self.state, event]
        if before is self.state:
            return False
        if self.state is State.HUSHED:
            self._left -= now - self._at
        self._at = now
        return True

    def late(self, now: float) -> bool:
        """Whether it is to be heard again because nobody has said anything for too long."""
        return self.state is State.HUSHED and now - self._at >= LONGEST and self.take(Event.LATE, now)

    def wait(self, now: float) -> float:
        """Seconds until it has ended, or until it is late; not below 0."""
        return max(0.0, self._at + (LONGEST if self.state is State.HUSHED else self._left) - now)
