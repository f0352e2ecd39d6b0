"""A day to be simulated: who calls when, for what, how long it takes; who sits there. PURE.

Days are drawn with a generator of random numbers that is passed in, so a seed names a day. How calls are routed it
must not know; the same day is played under each configuration that is compared.
"""

from bisect import bisect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from math import inf, log, sqrt
from typing import Literal, Protocol

Handling = Literal["exponential", "lognormal"]
GENERALIST = "*"
HOUR = 3600.0


class Chance(Protocol):
    """What is used of random.Random."""

    def random(self) -> float: ...
    def expovariate(self, lambd: float) -> float: ...
    def lognormvariate(self, mu: float, sigma: float) -> float: ...


@dataclass(frozen=True, slots=True)
class Caller:
    """One call that wants a person at `at` (seconds). `talk` and `wrap_up` are seconds of work whoever answers;
    after `patience` seconds without an answer the caller hangs up. `number` counts up and breaks ties.
    """

    number: int
    at: float
    label: str
    talk: float
    wrap_up: float = 0.0
    patience: float = inf
    priority: int = 0

    @property
    def call(self) -> str:
        return f"{self.number:08}"


@dataclass(frozen=True, slots=True)
class Seat:
    """An agent who is ready from the start to the end. `skills` maps codes to levels 1-5; "*" is the generalist."""

    name: str
    skills: tuple[tuple[str, int], ...] = ((GENERALIST, 3),)

    def specialist(self, label: str) -> bool:
        """A skill at or above the label."""
        return any(label == code or label.startswith(code + ".") for code, _ in self.skills)

    def neighbour(self, label: str) -> bool:
        """A skill in another subject of the same branch (law.family for law.labour)."""
        return any(label.partition(".")[0] == code.partition(".")[0] for code, _ in self.skills)

    @property
    def generalist(self) -> bool:
        return any(code == GENERALIST for code, _ in self.skills)


# What callers ask, in shares, and who knows it. Ours: plausible for a province, measured nowhere; a recorded day
# brings its own.
MIX: Mapping[str, float] = {
    **{"law.labour": 18, "law.labour.injury": 4, "law.family": 15, "law.inheritance": 5, "law.contract": 13},
    **{"law.consumer": 4, "law.housing": 7, "law.land": 3, "law.tort": 3, "law.traffic": 6, "law.criminal": 5},
    **{"law.administrative": 3, "legal_aid": 4, "notary": 3, "appraisal": 1, "mediation": 2, "guide": 2, "agent": 2},
}
DESKS: tuple[tuple[str, ...], ...] = (
    ("law.labour",),
    ("law.family", "law.inheritance"),
    ("law.contract", "law.consumer"),
    ("law.housing", "law.land", "law.tort"),
    ("law.traffic", "law.criminal", "law.administrative"),
    ("legal_aid", "notary", "appraisal", "arbitration", "mediation"),
)
# Weight of each hour from midnight, the busiest 1: two peaks, a lunch dip, a thin night. Ours, like MIX.
WEEKDAY: tuple[float, ...] = (
    *(0.04, 0.03, 0.02, 0.02, 0.02, 0.04, 0.08, 0.25, 0.65, 0.95, 1.0, 0.8),
    *(0.45, 0.5, 0.85, 0.98, 0.9, 0.65, 0.4, 0.35, 0.3, 0.2, 0.12, 0.07),
)


@dataclass(frozen=True)
class Pattern:
    """What a synthetic day is drawn from.

    `calls_per_hour` in the busiest hour; `curve` the weight of each hour, one number for a steady stretch;
    `talk`, `wrap_up` and `patience` are means in seconds (patience None: nobody gives up). Times of work are
    exponential, or log-normal with coefficient of variation `variation`, which measured call centres are nearer to
    (L. Brown et al., "Statistical analysis of a telephone call center", JASA 100, 2005).
    """

    calls_per_hour: float
    talk: float
    wrap_up: float = 0.0
    patience: float | None = None
    hours: float = 24.0
    curve: tuple[float, ...] = WEEKDAY
    handling: Handling = "lognormal"
    variation: float = 1.0
    mix: Mapping[str, float] = field(default_factory=lambda: dict(MIX))


def synthetic_day(pattern: Pattern, chance: Chance) -> list[Caller]:
    """A Poisson day: hour by hour its rate, each call with its own label, times and patience."""
    labels, heights = tuple(pattern.mix), tuple(accumulate(pattern.mix.values()))
    callers: list[Caller] = []
    for at in _arrivals(pattern, chance):
        label = labels[min(bisect(heights, chance.random() * heights[-1]), len(labels) - 1)]
        patience = inf if pattern.patience is None else chance.expovariate(1 / pattern.patience)
        talk = _work(pattern.talk, pattern, chance)
        wrap_up = _work(pattern.wrap_up, pattern, chance) if pattern.wrap_up else 0.0
        callers.append(Caller(len(callers), at, label, talk, wrap_up, patience))
    return callers


def _arrivals(pattern: Pattern, chance: Chance) -> Iterable[float]:
    """Moments of a Poisson process whose rate changes by the hour: unit steps through its integral."""
    end, start, left = pattern.hours * HOUR, 0.0, chance.expovariate(1)
    hour = 0
    while start < end:
        stop = min(start + HOUR, end)
        rate = pattern.calls_per_hour * pattern.curve[hour % len(pattern.curve)] / HOUR
        at = start
        while rate > 0 and left <= (stop - at) * rate:
            at += left / rate
            yield at
            left = chance.expovariate(1)
        left -= (stop - at) * rate
        start, hour = stop, hour + 1


def _work(mean: float, pattern: Pattern, chance: Chance) -> float:
    if pattern.handling == "exponential":
        return chance.expovariate(1 / mean)
    variance = log(1 + pattern.variation**2)
    return chance.lognormvariate(log(mean) - variance / 2, sqrt(variance))


def seats_for(count: int, mix: Mapping[str, float], generalists: float = 0.3) -> list[Seat]:
    """`count` seats: a share of generalists, the others at the desks in proportion to the calls (largest remainder)."""
    everyone = max(1 if count else 0, round(count * generalists))
    weights = [
        sum(share for label, share in mix.items() if Seat("", _skills(desk)).specialist(label)) for desk in DESKS
    ]
    sizes = _apportion(count - everyone, weights)
    seats = [Seat(f"g{number:03}") for number in range(everyone)]
    for letter, desk, size in zip("abcdef", DESKS, sizes, strict=True):
        seats += [Seat(f"{letter}{number:03}", _skills(desk)) for number in range(size)]
    return seats


def _skills(desk: tuple[str, ...]) -> tuple[tuple[str, int], ...]:
    return tuple((code, 4) for code in desk)


def _apportion(count: int, weights: Sequence[float]) -> list[int]:
    whole = sum(weights) or 1.0
    exact = [count * weight / whole for weight in weights]
    sizes = [int(share) for share in exact]
    largest = sorted(range(len(weights)), key=lambda place: sizes[place] - exact[place])
    for place in largest[: count - sum(sizes)]:
        sizes[place] += 1
    return sizes
