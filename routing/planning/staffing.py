"""The fewest agents that meet a target, for one interval and for a forecast of many. PURE.

It decides by routing.planning.erlang alone; where a forecast comes from and who sees the plan it must not know.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from routing.planning.erlang import Demand, Service, service

MOST = 5000  # agents; beyond this a forecast is taken for a mistake


@dataclass(frozen=True, slots=True)
class Target:
    """`share` (0 to 1, below 1) of the calls offered is to be answered within `seconds`.

    GB/T 33358-2016 asks for 15 s; Anhui's and other provinces' rules for 95 %.
    """

    share: float = 0.95
    seconds: float = 15

    def __str__(self) -> str:
        return f"{100 * self.share:g}%/{self.seconds:g}s"


@dataclass(frozen=True, slots=True)
class Interval:
    """A stretch of the day from `start` (seconds after midnight), `seconds` long, with what is expected in it."""

    start: int
    demand: Demand
    seconds: int = 1800

    @property
    def name(self) -> str:
        return f"{self.start // 3600:02}:{self.start % 3600 // 60:02}"


@dataclass(frozen=True, slots=True)
class Need:
    """The agents that `interval` needs, and what callers then get; `one_fewer` is the same with one agent less."""

    interval: Interval
    service: Service
    one_fewer: Service | None


def parse_target(text: str) -> Target:
    """A target as people write it: "95%/15s", "80/20". Raises ValueError with a line that says what is wanted."""
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*%?\s*/\s*(\d+(?:\.\d+)?)\s*s?\s*", text)
    if match is None:
        raise ValueError(f"{text!r}: must be a share and seconds, as in 95%/15s")
    share, seconds = float(match[1]) / 100, float(match[2])
    if not 0 < share < 1:
        raise ValueError(f"{text!r}: the share must be above 0 % and below 100 %")
    return Target(share, seconds)


def needed(demand: Demand, target: Target, least: int = 0, most: int = MOST) -> Service:
    """The smallest number of agents, at least `least`, that meets the target. Raises ValueError when over `most`."""

    def enough(agents: int) -> bool:
        return service(demand, agents, target.seconds).service_level >= target.share

    low, high = least, max(least, 1, int(demand.load))
    while not enough(high):
        if high >= most:
            raise ValueError(f"{demand.calls_per_hour:g} calls an hour of {demand.aht:g} s need over {most} agents")
        low, high = high + 1, min(most, high + max(1, high // 8))
    while low < high:  # more agents never serve worse
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle + 1, high)
    return service(demand, high, target.seconds)


def plan(forecast: Iterable[Interval], target: Target, least: int = 1) -> list[Need]:
    """What every interval needs. Each interval is taken as steady: calls left over from the one before are not."""
    needs = []
    for interval in forecast:
        try:
            found = needed(interval.demand, target, least)
        except ValueError as error:
            raise ValueError(f"{interval.name}: {error}") from None
        fewer = service(interval.demand, found.agents - 1, target.seconds) if found.agents > least else None
        needs.append(Need(interval, found, fewer))
    return needs
