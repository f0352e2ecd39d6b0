"""What a played day amounts to: level, waits, occupancy, fairness, who answered what; and comparing many days. PURE.

It counts. Formulas are those of the monthly report (service level = answered within T of all offered).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, sqrt

from routing.planning.day import Seat
from routing.planning.simulation import Course

# Student's t, two-sided 95 %, by degrees of freedom from 1; the normal value beyond.
STUDENT = (
    *(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131),
    *(2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042),
)


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares are 0 to 1, times seconds. `mean_wait` is over all callers, those who gave up included.

    `specialists`, `generalists`, `neighbours` and `strangers` are shares of the answered calls by who answered:
    skilled in the subject; only as generalist; in another subject of its branch; in nothing near it (the wrong
    skill). `gini` is that of calls per agent (0: all the same), `idle_spread` the busiest agent's occupancy less the
    idlest one's; both over agents of every kind together.
    """

    calls: int
    service_level: float
    mean_wait: float
    longest_wait: float
    waits: float
    abandons: float
    occupancy: float
    specialists: float
    generalists: float
    neighbours: float
    strangers: float
    gini: float
    idle_spread: float


def figures(
    courses: Sequence[Course], seats: Sequence[Seat], within: float, start: float = 0.0, end: float = inf
) -> Figures:
    """Of the calls that arrived from `start` to before `end`; agents are watched from `start` to `end`, or to the
    last arrival when that is earlier.
    """
    seen = [course for course in courses if start <= course.caller.at < end]
    answered = [course for course in seen if course.joined_at is not None]
    end = min(end, max((course.caller.at for course in courses), default=start))
    count, some = max(1, len(seen)), max(1, len(answered))
    kinds = _who_answered(answered, seats)
    load = _occupancies(courses, seats, start, end)
    taken = dict.fromkeys((seat.name for seat in seats), 0)
    for course in answered:
        taken[course.agent or ""] += 1
    return Figures(
        calls=len(seen),
        service_level=sum(course.waited <= within for course in answered) / count,
        mean_wait=sum(course.waited for course in seen) / count,
        longest_wait=max((course.waited for course in seen), default=0.0),
        waits=sum(course.rang_at is None or course.rang_at > course.caller.at for course in seen) / count,
        abandons=(len(seen) - len(answered)) / count,
        occupancy=sum(load) / max(1, len(load)),
        specialists=kinds[0] / some,
        generalists=kinds[1] / some,
        neighbours=kinds[2] / some,
        strangers=kinds[3] / some,
        gini=gini(list(taken.values())),
        idle_spread=max(load, default=0.0) - min(load, default=0.0),
    )


def _who_answered(answered: Sequence[Course], seats: Sequence[Seat]) -> list[int]:
    by_name, kinds = {seat.name: seat for seat in seats}, [0, 0, 0, 0]
    known: dict[tuple[str, str], int] = {}
    for course in answered:
        name, label = course.agent or "", course.caller.label
        if (name, label) not in known:
            seat = by_name[name]
            tests = (seat.specialist(label), seat.generalist, seat.neighbour(label), True)
            known[name, label] = tests.index(True)
        kinds[known[name, label]] += 1
    return kinds


def _occupancies(courses: Sequence[Course], seats: Sequence[Seat], start: float, end: float) -> list[float]:
    """Each agent's share of the time with a call, from the ring to the end of the wrap-up."""
    busy = dict.fromkeys((seat.name for seat in seats), 0.0)
    for course in courses:
        if course.agent is not None and course.rang_at is not None and course.free_at is not None:
            busy[course.agent] += max(0.0, min(course.free_at, end) - max(course.rang_at, start))
    return [seconds / (end - start) if end > start else 0.0 for seconds in busy.values()]


def gini(values: Sequence[float]) -> float:
    """Gini's coefficient of values from 0: 0 when all are equal, near 1 when one has everything."""
    whole, count = sum(values), len(values)
    if whole == 0:
        return 0.0
    ranked = sum(rank * value for rank, value in enumerate(sorted(values), 1))
    return 2 * ranked / (count * whole) - (count + 1) / count


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over replications and the half-width of its 95 % confidence interval (inf from one replication)."""

    mean: float
    half: float

    @property
    def told_from_zero(self) -> bool:
        return abs(self.mean) > self.half


def estimate(values: Sequence[float]) -> Estimate:
    """Mean and Student's t interval of independent replications; at least one."""
    count = len(values)
    mean = sum(values) / count
    if count == 1:
        return Estimate(mean, inf)
    variance = sum((value - mean) ** 2 for value in values) / (count - 1)
    return Estimate(mean, student(count - 1) * sqrt(variance / count))


def difference(one: Sequence[float], other: Sequence[float]) -> Estimate:
    """`other` less `one`, replication by replication: both played the same days."""
    return estimate([after - before for before, after in zip(one, other, strict=True)])


def student(freedom: int) -> float:
    """The two-sided 95 % quantile of Student's t."""
    return STUDENT[freedom - 1] if freedom <= len(STUDENT) else 1.96 + 2.4 / freedom
