"""Messages (留言) that wait for an answer, with their clock. PURE.

It decides when one is nearly due and when overdue. It must not know what a message says nor where it is kept.
"""

from collections.abc import Iterable
from dataclasses import dataclass

NEARLY = 1 / 6  # of the promised time is left: 4 of 24 hours


@dataclass(frozen=True, slots=True)
class Message:
    """A ticket of a message that nobody has answered; times are UTC epoch seconds."""

    number: str
    call: str
    contact: str
    label: str
    left_at: float
    due_at: float

    def colour(self, now: float) -> str:
        """red when overdue, amber when nearly due, empty before."""
        if now >= self.due_at:
            return "red"
        return "amber" if self.due_at - now <= NEARLY * (self.due_at - self.left_at) else ""


def count(messages: Iterable[Message], now: float) -> tuple[int, int, int]:
    """How many wait, how many of them are nearly due, how many overdue."""
    colours = [each.colour(now) for each in messages]
    return len(colours), colours.count("amber"), colours.count("red")


def in_order(messages: Iterable[Message]) -> list[Message]:
    """Who was promised the earliest comes first."""
    return sorted(messages, key=lambda each: (each.due_at, each.number))
