"""The simulation against Erlang C and Erlang A, 5, 45 and 200 agents; its speed: `python -m benchmarks.simulation`.

Prints two JSON lines a case: the formula's figure, the deviation and the half-width of its 95 % interval in per cent,
played through the router, and by the recursion, which gives the same waits call by call and can run far longer.
"""

import argparse
import json
from random import Random
from time import perf_counter
from typing import Any

from routing.planning.agreement import Measured, measure
from routing.planning.day import Pattern, seats_for, synthetic_day
from routing.planning.erlang import Demand, service
from routing.planning.recursion import long_run
from routing.planning.simulation import play
from routing.router import Router, Rules

AHT, WITHIN = 300.0, 15.0
REPLICATIONS = 40
# agents, load per agent, patience in seconds; played hours, of which not watched; calls of the recursion, before them
CASES = (
    (5, 0.70, None, (150.0, 5.0), (200_000, 5_000)),
    (5, 1.00, 120.0, (60.0, 5.0), (50_000, 5_000)),
    (45, 0.85, None, (20.0, 2.0), (500_000, 20_000)),
    (45, 1.00, 120.0, (12.0, 1.0), (100_000, 5_000)),
    (200, 0.93, None, (10.0, 1.0), (4_000_000, 40_000)),
    (200, 1.05, 120.0, (2.5, 0.5), (100_000, 10_000)),
)
# Nobody is freed by a clock, and everybody is a generalist: the queue the formulas are about.
RULES = Rules(ring_seconds=20, wrap_up_seconds=1e9)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agents", type=int, action="append", help="only cases of so many agents")
    parser.add_argument("--share", type=float, default=1.0, help="so much of the hours (0 to 1)")
    parser.add_argument("--recursion-only", action="store_true", help="leave the runs through the router out")
    parser.add_argument("--seed", type=int, default=12348)
    arguments = parser.parse_args()
    speed(Random(arguments.seed))
    for agents, load, patience, (hours, unwatched), (calls, before) in CASES:
        if arguments.agents and agents not in arguments.agents:
            continue
        demand, began = Demand(agents * load * 3600 / AHT, AHT, patience), perf_counter()
        row = {"agents": agents, "load": load, "patience": patience}
        if not arguments.recursion_only:
            found = measure(
                lambda: Router(RULES),
                agents,
                demand,
                Random(arguments.seed),
                within=WITHIN,
                replications=REPLICATIONS,
                hours=unwatched + (hours - unwatched) * arguments.share,
                warm=unwatched,
            )
            say(row | {"by": "router", "seconds": round(perf_counter() - began, 1)} | compared(found, demand, agents))
        began, watched = perf_counter(), int(calls * arguments.share)
        found = long_run(
            agents, demand, arguments.seed, within=WITHIN, replications=REPLICATIONS, calls=watched, warm=before
        )
        say(row | {"by": "recursion", "seconds": round(perf_counter() - began, 1)} | compared(found, demand, agents))


def say(row: dict[str, Any]) -> None:
    print(json.dumps(row), flush=True)


def compared(found: Measured, demand: Demand, agents: int) -> dict[str, Any]:
    exact = service(demand, agents, WITHIN)
    figures: dict[str, Any] = {}
    for name in ("mean_wait", "waits", "abandons", "service_level"):
        measured, formula = getattr(found, name), getattr(exact, name)
        if formula > 0:
            figures[name] = {
                "formula": round(formula, 5),
                "deviation_percent": round(100 * (measured.mean / formula - 1), 2),
                "half_width_percent": round(100 * measured.half / formula, 2),
            }
    return figures


def speed(chance: Random) -> None:
    """A day of 24 hours at 45 agents with skills, ringing and wrap-up."""
    pattern = Pattern(45 * 0.95 * 3600 / 300, 240, 60, 180)
    callers, seats = synthetic_day(pattern, chance), seats_for(45, pattern.mix)
    began = perf_counter()
    play(Router(Rules()), seats, callers, pick_up=4)
    seconds = perf_counter() - began
    say({"day": "24 h, 45 agents", "calls": len(callers), "times_real_time": round(86400 / seconds)})


if __name__ == "__main__":
    main()
