"""The simulation held against Erlang's formulas: steady queues of equal agents, measured closely. PURE.

The variance is cut with control variates (S. Asmussen, P. Glynn, "Stochastic Simulation", 2007, V.2): the same calls
with an agent for everybody, a queue whose averages are known exactly, go along and tell how unusual the draw was.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from math import exp, inf, log, sqrt

from routing.planning.day import Caller, Chance, Seat
from routing.planning.erlang import Demand
from routing.planning.figures import Estimate, student
from routing.planning.simulation import Routes, play

HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Measured:
    """Of all callers: mean wait in seconds, share that waited, share that gave up, share answered in time."""

    mean_wait: Estimate
    waits: Estimate
    abandons: Estimate
    service_level: Estimate


def measure(  # noqa: PLR0913 (an experiment is said in full)
    router: Callable[[], Routes],
    agents: int,
    demand: Demand,
    chance: Chance,
    *,
    within: float,
    replications: int,
    hours: float,
    warm: float,
    watch: Callable[[int], None] = lambda _: None,
) -> Measured:
    """`agents` generalists under steady `demand`: exponential work and patience, no ring time, no wrap-up.

    Each replication starts with a Poisson number of calls and is watched from `warm` hours to `hours`. `watch` hears
    how many replications are done.
    """
    seats = [Seat(f"a{number:04}") for number in range(agents)]
    expected = demand.calls_per_hour * (hours - warm)
    rows: list[list[float]] = []
    controls: list[list[float]] = []
    for done in range(replications):
        callers = steady(demand, hours, chance)
        rows.append([0.0, 0.0, 0.0, 0.0])
        for course in play(router(), seats, callers):
            if course.caller.at >= warm * HOUR:
                answered = course.joined_at is not None
                seen = (course.waited, course.waited > 0, not answered, answered and course.waited <= within)
                rows[-1] = [total + float(value) / expected for total, value in zip(rows[-1], seen, strict=True)]
        controls.append(_controls(callers, demand, agents, warm * HOUR, expected))
        watch(done + 1)
    return Measured(*(controlled([row[column] for row in rows], controls) for column in range(4)))


def steady(demand: Demand, hours: float, chance: Chance) -> list[Caller]:
    """Steady traffic. The calls of the first moment are those a queue with an agent for everybody holds."""
    rate, end = demand.calls_per_hour / HOUR, hours * HOUR
    moments = [0.0] * _poisson(demand.load, chance)
    at = chance.expovariate(rate)
    while at < end:
        moments.append(at)
        at += chance.expovariate(rate)
    leaving = 0.0 if demand.patience is None else 1 / demand.patience
    return [
        Caller(
            number,
            at,
            "agent",
            talk=chance.expovariate(1 / demand.aht),
            patience=chance.expovariate(leaving) if leaving else inf,
        )
        for number, at in enumerate(moments)
    ]


def _poisson(mean: float, chance: Chance) -> int:
    count, at = 0, chance.expovariate(1)
    while at < mean:
        count, at = count + 1, at + chance.expovariate(1)
    return count


def _controls(callers: Sequence[Caller], demand: Demand, agents: int, warm: float, expected: float) -> list[float]:
    """Averages over the callers with an agent for everybody, each less its known mean: calls, work, the share that
    finds `agents` or more busy, and by how many more.
    """
    ends: list[float] = []
    calls = work = full = over = 0.0
    for caller in callers:
        while ends and ends[0] <= caller.at:
            heappop(ends)
        if caller.at >= warm:
            calls, work = calls + 1, work + caller.talk / demand.aht
            full, over = full + (len(ends) >= agents), over + max(0, len(ends) - agents)
        heappush(ends, caller.at + caller.talk)
    shares = [exp(k * log(demand.load) - demand.load - _log_factorial(k)) for k in range(_far(demand.load, agents))]
    full_mean = sum(shares[agents:])
    over_mean = sum((k - agents) * share for k, share in enumerate(shares) if k > agents)
    return [calls / expected - 1, work / expected - 1, full / expected - full_mean, over / expected - over_mean]


def _far(load: float, agents: int) -> int:
    return agents + int(load + 12 * sqrt(load)) + 30


def _log_factorial(count: int) -> float:
    return sum(log(k) for k in range(2, count + 1))


def controlled(values: Sequence[float], controls: Sequence[Sequence[float]]) -> Estimate:
    """The mean of `values` where all controls, whose means are 0, are 0: least squares, with its 95 % interval."""
    rows = [[1.0, *row] for row in controls]
    width = len(rows[0])
    square = [[sum(row[i] * row[j] for row in rows) for j in range(width)] for i in range(width)]
    inverse = _inverse(square)
    right = [sum(row[i] * value for row, value in zip(rows, values, strict=True)) for i in range(width)]
    slopes = [sum(inverse[i][j] * right[j] for j in range(width)) for i in range(width)]
    freedom = len(values) - width
    rest = sum(
        (value - sum(slope * part for slope, part in zip(slopes, row, strict=True))) ** 2
        for row, value in zip(rows, values, strict=True)
    )
    return Estimate(slopes[0], student(freedom) * sqrt(rest / freedom * inverse[0][0]))


def _inverse(square: list[list[float]]) -> list[list[float]]:
    """Gauss-Jordan with pivoting."""
    size = len(square)
    rows = [row[:] + [float(i == j) for j in range(size)] for i, row in enumerate(square)]
    for column in range(size):
        pivot = max(range(column, size), key=lambda place: abs(rows[place][column]))
        rows[column], rows[pivot] = rows[pivot], rows[column]
        rows[column] = [value / rows[column][column] for value in rows[column]]
        for other in range(size):
            if other != column:
                factor = rows[other][column]
                rows[other] = [a - factor * b for a, b in zip(rows[other], rows[column], strict=True)]
    return [row[size:] for row in rows]
