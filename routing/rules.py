"""What a site decides about routing, as values: waits, levels, priorities, clocks. PURE.

config/routing.yaml holds and explains them, routing.load reads them. They decide nothing by themselves.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf

RINGS = ("specialist", "neighbour", "generalist", "any_region", "overflow")


@dataclass(frozen=True)
class Waits:
    """Seconds a call waits until each ring of agents may take it; never falling from ring to ring, inf for never."""

    specialist: float = 0
    neighbour: float = 0
    generalist: float = 0
    any_region: float = 45
    overflow: float = 45

    def of(self, ring: str) -> float:
        return float(getattr(self, ring))


@dataclass(frozen=True)
class Rules:
    """All times in seconds.

    `ring_seconds` a phone rings, `reserved_seconds` until it must ring, `talk_seconds` after which a conversation is
    taken for a stuck one, `lost_seconds` an agent whose phone vanished is expected back, `any_after_seconds` until
    anybody will do where `waits` does not say. `preferred_seconds` a call waits for its preferred agent. One step of
    priority counts as much as `ageing_seconds` of waiting (0: no ageing), from `emergency_priority` on no waiting
    counts. An agent whose other work weighs `load_limit` or more (0..1) gets no calls. `waits`, `levels` (the least
    level of a specialist, 1-5) and `neighbours` (codes whose specialists come next) go by code of the taxonomy; a
    code not named has what the nearest code above it has. `groups` are priorities by special group, added.
    """

    ring_seconds: float = 20
    wrap_up_seconds: float = 120
    any_after_seconds: float = 45
    reserved_seconds: float = 20
    talk_seconds: float = 14400
    lost_seconds: float = 60
    preferred_seconds: float = 8
    ageing_seconds: float = 60
    emergency_priority: int = 10
    load_limit: float = 0.8
    waits: Mapping[str, Waits] = field(default_factory=dict)
    levels: Mapping[str, int] = field(default_factory=dict)
    neighbours: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    groups: Mapping[str, int] = field(default_factory=dict)

    def waits_of(self, label: str) -> Waits:
        for code in upwards(label):
            if code in self.waits:
                return self.waits[code]
        fallback = Waits(any_region=self.any_after_seconds, overflow=self.any_after_seconds)
        return self.waits.get("", fallback)

    def level_of(self, label: str) -> int:
        return next((self.levels[code] for code in upwards(label) if code in self.levels), 1)

    def neighbours_of(self, label: str) -> tuple[str, ...]:
        """Codes whose whole branch is near: the label's own branch first, then those named for it."""
        codes = upwards(label)
        named = next((self.neighbours[code] for code in codes if code in self.neighbours), ())
        return tuple(dict.fromkeys((*codes[-1:], *named)))

    def with_groups(self, priority: int, groups: tuple[tuple[str, int], ...]) -> int:
        """The priority with what the caller's special groups add; groups never make an emergency."""
        if priority >= self.emergency_priority:
            return priority
        added = sum(next((self.groups[up] for up in upwards(code) if up in self.groups), 0) for code, _ in groups)
        return min(priority + added, self.emergency_priority - 1)

    def rank(self, priority: int, since: float, call: str) -> tuple[int, float, float, str]:
        """The place of a call in the one order of all queues; smaller is sooner.

        Emergencies first, by priority; then by arrival, a step of priority counting as `ageing_seconds` of waiting.
        Nothing in it depends on the time, so that the order of two calls never changes while both wait.
        """
        if priority >= self.emergency_priority:
            return (0, -priority, since, call)
        if self.ageing_seconds <= 0 or self.ageing_seconds == inf:
            return (1, -priority, since, call)
        return (1, since - priority * self.ageing_seconds, since, call)


def upwards(label: str) -> list[str]:
    """The code and those above it: law.labour.injury, law.labour, law."""
    parts = label.split(".")
    return [".".join(parts[:end]) for end in range(len(parts), 0, -1)] if label else []
