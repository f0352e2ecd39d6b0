"""People in danger who called today: what became of each, and who of the house has seen it. PURE.

It decides when somebody has them and when nobody did. It must not know the database.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from records.transfer_entry import ANSWERED, EMERGENCY, OPEN, Transfer

BECAME = {
    "bridged": ("已接通紧急电话", "green"),
    "calling": ("正在呼叫紧急电话", "amber"),
    "with_agent": ("由坐席接听", "green"),
    "waiting": ("等待接听", "red"),
    "unanswered": ("没有接通，来电已结束", "red"),
}
"""What became of one: its words, and their colour."""
LOOKS = ("emergency.seen", "record.view", "transcript.watch", "call.listen", "call.whisper", "call.barge")
"""Entries of the audit trail by which a supervisor has seen the call."""


@dataclass(frozen=True, slots=True)
class Danger:
    """The record of a call as far as it counts here; times are UTC epoch seconds."""

    call: str
    label: str
    arrived_at: float
    agent: str = ""
    joined_at: float | None = None
    ended_at: float | None = None


@dataclass(frozen=True, slots=True)
class Emergency:
    """`lines` are (number, outcome) in order, `seen` (who, when) of the first look of each, `became` of BECAME."""

    danger: Danger
    lines: tuple[tuple[str, str], ...]
    became: str
    seen: tuple[tuple[str, float], ...]


def became(danger: Danger, outcomes: Iterable[str]) -> str:
    """A key of BECAME. A line that has them counts before an agent, and an agent before a line that rings."""
    tried = set(outcomes)
    if ANSWERED in tried:
        return "bridged"
    if OPEN in tried:
        return "calling"
    if danger.joined_at is not None:
        return "with_agent"
    return "waiting" if danger.ended_at is None else "unanswered"


def emergencies(
    dangers: Iterable[Danger], transfers: Iterable[Transfer], seen: Mapping[str, Iterable[tuple[str, float]]]
) -> list[Emergency]:
    """The newest first. `seen` are the looks (who, when) by call, in order."""
    lines: dict[str, list[Transfer]] = {}
    for each in transfers:
        if each.kind == EMERGENCY:
            lines.setdefault(each.call, []).append(each)
    found = []
    for danger in dangers:
        tried = tuple((each.number, each.outcome) for each in lines.get(danger.call, ()))
        first: dict[str, float] = {}
        for who, at in seen.get(danger.call, ()):
            first.setdefault(who, at)
        outcome = became(danger, (outcome for _, outcome in tried))
        found.append(Emergency(danger, tried, outcome, tuple(first.items())))
    return sorted(found, key=lambda one: one.danger.arrived_at, reverse=True)


def unseen(found: Iterable[Emergency]) -> int:
    """How many no supervisor has seen."""
    return sum(not each.seen for each in found)


def unanswered(found: Iterable[Emergency]) -> int:
    """How many nobody has, or had."""
    return sum(BECAME[each.became][1] == "red" for each in found)
