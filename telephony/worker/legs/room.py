"""Legs that PJSIP has no call left for: which of them wait for one, and in what order they are dialled. PURE.

A leg that we end is told as ended at once, but its call is PJSIP's until the far end has answered BYE or CANCEL: 32 s
(64·T1, RFC 3261) where it never does. Who may be called at all is call control's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

MOST_CALLS = 4
"""PJSUA_MAX_CALLS of the wheel; PJSIP's setting can only lower it."""

TOO_MANY = 70010  # PJ_ETOOMANY
URGENT = "X-Hotline-Emergency"


@dataclass(slots=True)
class Room:
    """`waiting` are legs, by name, that are dialled as soon as a call is free, with the headers of their INVITE."""

    waiting: dict[str, Mapping[str, str]] = field(default_factory=dict)

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
