"""Legs that PJSIP has no call left for, or no sockets: which wait, and in what order they are dialled. PURE.

A leg that we end is told as ended at once, but its call is PJSIP's until the far end has answered BYE or CANCEL: 32 s
(64·T1, RFC 3261) where it never does. Its two sockets count for half a second more. Who may be called at all is call
control's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

MOST_CALLS = 4
"""PJSUA_MAX_CALLS of the wheel; PJSIP's setting can only lower it."""

TOO_MANY = 70010  # PJ_ETOOMANY
URGENT = "X-Hotline-Emergency"


MOST_AT_ONCE = 16
WHILE = 1.0
"""Legs dialled in so many seconds. The media's ioqueue holds 64 sockets (PJ_IOQUEUE_MAX_HANDLES), those of legs that
have ended within PJ_IOQUEUE_KEY_FREE_DELAY (0.5 s) among them; one more ends the process."""


@dataclass(slots=True)
class Room:
    """`waiting` are legs, by name, that are dialled as soon as they can be, with the headers of their INVITE."""

    waiting: dict[str, Mapping[str, str]] = field(default_factory=dict)
    _dialled: list[float] = field(default_factory=list)

    def hurries(self, leg: str, headers: Mapping[str, str], now: float) -> bool:
        """Whether a leg waits because many were dialled just now; an emergency never does."""
        self._dialled = [at for at in self._dialled if now - at < WHILE]
        if len(self._dialled) < MOST_AT_ONCE or URGENT in headers:
            return False
        self.waiting[leg] = headers
        return True

    def dialled(self, now: float) -> None:
        """A leg has got a call and sockets."""
        self._dialled.append(now)

    def keeps(self, leg: str, headers: Mapping[str, str], status: int, legs: int) -> bool:
        """Whether a leg that PJSIP refused with `status` waits: it does where calls end. `legs` counts it, too."""
        if status != TOO_MANY or legs > MOST_CALLS:
            return False
        self.waiting[leg] = headers
        return True

    def turns(self) -> Iterable[tuple[str, Mapping[str, str]]]:
        """Those that wait, emergencies first; none of them waits any more."""
        waiting, self.waiting = self.waiting, {}
        return sorted(waiting.items(), key=lambda each: URGENT not in each[1])

    def gives_up(self, leg: str) -> bool:
        """Whether `leg` waited; it does no more."""
        return self.waiting.pop(leg, None) is not None
