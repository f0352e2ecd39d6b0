"""The router in the simulation gives what Erlang C and Erlang A say, within 2 %, for 5, 45 and 200 agents.

Call by call it gives the waits of the recursion, which is fast enough for the mean wait too.
Each statistic named must be measured to less than 2 % (95 % interval) and lie within 2 % of the formula. Which
statistics can be had so closely in a short test depends on the queue; benchmarks/simulation.py measures longer.
"""

from random import Random

import pytest

from routing.planning.agreement import controlled, measure, steady
from routing.planning.day import Seat
from routing.planning.erlang import Demand, service
from routing.planning.recursion import long_run, waits
from routing.planning.simulation import play
from routing.router import Router, Rules

AHT, WITHIN, TOLERANCE = 300.0, 15.0, 0.02
RULES = Rules(ring_seconds=20, wrap_up_seconds=1e9)


@pytest.mark.parametrize(
    ("agents", "load", "patience", "replications", "hours", "warm", "statistics"),
    [
        (5, 0.70, None, 30, 50, 5, ("waits", "service_level")),
        (5, 1.00, 120, 30, 25, 5, ("waits", "abandons", "service_level")),
    ],
)
def test_waiting_is_what_the_formulas_say(
    agents: int,
    load: float,
    patience: float | None,
    replications: int,
    hours: float,
    warm: float,
    statistics: tuple[str, ...],
) -> None:
    demand = Demand(agents * load * 3600 / AHT, AHT, patience)
    exact = service(demand, agents, WITHIN)
    found = measure(
        lambda: Router(RULES),
        agents,
        demand,
        Random(12348),
        within=WITHIN,
        replications=replications,
        hours=hours,
        warm=warm,
    )
    for name in statistics:
        formula, measured = getattr(exact, name), getattr(found, name)
        assert measured.half / formula < TOLERANCE, f"{name} is measured too roughly to be compared"
        assert measured.mean == pytest.approx(formula, rel=TOLERANCE), name


def test_a_router_that_loses_time_is_found_out() -> None:
    """The comparison can fail: agents who are kept from calls for 15 s after each one are not what the formula has."""
    demand = Demand(5 * 0.70 * 3600 / AHT, AHT)

    class Sluggish(Router):
        def handle(self, fact, now):  # type: ignore[no-untyped-def]
            if type(fact).__name__ == "WrapUpDone":
                return []
            return super().handle(fact, now)

    found = measure(
        lambda: Sluggish(Rules(ring_seconds=20, wrap_up_seconds=15)),
        5,
        demand,
        Random(12348),
        within=WITHIN,
        replications=30,
        hours=25,
        warm=5,
    )
    assert abs(found.waits.mean / service(demand, 5, WITHIN).waits - 1) > 2 * TOLERANCE


def test_control_variates_take_out_what_they_explain() -> None:
    chance = Random(1)
    controls = [[chance.gauss(0, 1), chance.gauss(0, 1)] for _ in range(50)]
    values = [7 + 3 * one - 2 * other for one, other in controls]
    found = controlled(values, controls)
    assert found.mean == pytest.approx(7)
    assert found.half < 1e-9


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("agents", "load", "patience", "hours"),
    [(1, 0.8, None, 40), (5, 0.9, None, 20), (5, 1.3, 60, 20), (45, 0.97, None, 4), (200, 1.05, 120, 2)],
)
def test_call_by_call_the_router_gives_the_waits_of_the_recursion(
    agents: int, load: float, patience: float | None, hours: float, seed: int
) -> None:
    callers = steady(Demand(agents * load * 3600 / AHT, AHT, patience), hours, Random(seed))
    played = play(Router(RULES), [Seat(f"a{number:04}") for number in range(agents)], callers)
    recursion = list(waits(((each.at, each.talk, each.patience) for each in callers), agents))
    assert [course.joined_at is not None for course in played] == [answered for _, answered in recursion]
    assert [course.waited for course in played] == pytest.approx([wait for wait, _ in recursion], abs=1e-6)
    assert sum(wait > 0 for wait, _ in recursion) > 50


@pytest.mark.parametrize(
    ("agents", "load", "patience", "calls", "warm", "statistics"),
    [
        (5, 0.5, None, 150_000, 1000, ("mean_wait", "waits", "service_level")),
        (5, 1.0, 120, 15_000, 1000, ("mean_wait", "waits", "abandons", "service_level")),
        (45, 0.85, None, 100_000, 5000, ("service_level",)),
        (45, 1.1, 120, 60_000, 2000, ("mean_wait", "waits", "abandons", "service_level")),
        (200, 0.93, None, 120_000, 10_000, ("service_level",)),
        (200, 1.15, 120, 60_000, 4000, ("mean_wait", "waits", "abandons")),
    ],
)
def test_the_recursion_gives_what_the_formulas_say(
    agents: int, load: float, patience: float | None, calls: int, warm: int, statistics: tuple[str, ...]
) -> None:
    demand = Demand(agents * load * 3600 / AHT, AHT, patience)
    exact = service(demand, agents, WITHIN)
    found = long_run(agents, demand, 12348, within=WITHIN, replications=20, calls=calls, warm=warm)
    for name in statistics:
        formula, measured = getattr(exact, name), getattr(found, name)
        assert measured.half / formula < TOLERANCE, f"{name} is measured too roughly to be compared"
        assert measured.mean == pytest.approx(formula, rel=TOLERANCE), name
