"""The wait in a queue of equal agents, call by call, without a router: what the simulation is held against. PURE.

First come, first served; each call takes the agent who is free first (J. Kiefer, J. Wolfowitz, "On the theory of
queues with many servers", 1955); a caller who would wait longer than they are ready to never takes one (F. Baccelli,
P. Boyer, G. Hebuterne, "Single-server queues with impatient customers", 1984). A hundred times as fast as a router, so
rare long queues, which rule the mean wait of Erlang C, can be measured closely.
"""

from collections.abc import Callable, Iterable, Iterator
from heapq import heapify, heapreplace
from math import sqrt
from statistics import fmean, stdev

import numpy as np

from routing.planning.agreement import Measured
from routing.planning.erlang import Demand
from routing.planning.figures import Estimate, student


def waits(calls: Iterable[tuple[float, float, float]], agents: int) -> Iterator[tuple[float, bool]]:
    """For each call its wait in seconds and whether it was answered.

    `calls` are (arrival, work, patience) in seconds, in the order of arrival; `agents` >= 1 are free at the start.
    """
    free = [0.0] * agents  # when each agent is free again
    heapify(free)
    for at, work, patience in calls:
        wait = max(0.0, free[0] - at)
        if wait > patience:
            yield patience, False
            continue
        heapreplace(free, at + wait + work)
        yield wait, True


def long_run(  # noqa: PLR0913 (an experiment is said in full)
    agents: int,
    demand: Demand,
    seed: int,
    *,
    within: float,
    replications: int,
    calls: int,
    warm: int,
    watch: Callable[[int], None] = lambda _: None,
) -> Measured:
    """Steady `demand` with exponential work and patience; `calls` are watched in each replication, after `warm`."""
    draw = np.random.default_rng(seed)
    rows = []
    for done in range(replications):
        count = warm + calls
        at = np.cumsum(draw.exponential(3600 / demand.calls_per_hour, count)).tolist()
        work = draw.exponential(demand.aht, count).tolist()
        patience = [float("inf")] * count
        if demand.patience is not None:
            patience = draw.exponential(demand.patience, count).tolist()
        each = zip(at, work, patience, strict=True)
        # An unanswered call is told by the sign, so that one array of floats holds the run.
        seen = np.fromiter((wait if answered else -wait for wait, answered in waits(each, agents)), float, count)
        wait, answered = np.abs(seen[warm:]), ~np.signbit(seen[warm:])
        figures = (wait, wait > 0, ~answered, answered & (wait <= within))
        rows.append([float(np.mean(figure)) for figure in figures])
        watch(done + 1)
    return Measured(*(_estimate([row[column] for row in rows]) for column in range(4)))


def _estimate(values: list[float]) -> Estimate:
    return Estimate(fmean(values), student(len(values) - 1) * stdev(values) / sqrt(len(values)))
