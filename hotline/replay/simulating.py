"""Many days played under one or more configurations: the days drawn or read, the replications run, the answer laid out.

It chooses the seeds and keeps the comparison fair (the same days for everybody); what happens in a day is
routing.planning's.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from random import Random
from time import perf_counter
from typing import Any

from routing.planning.day import Caller, Seat
from routing.planning.figures import Estimate, Figures, difference, estimate, figures
from routing.planning.policy import applied
from routing.planning.simulation import play
from routing.router import Router
from routing.rules import Rules

SHARES = (
    *("service_level", "waits", "abandons", "occupancy"),
    *("specialists", "generalists", "neighbours", "strangers", "idle_spread"),
)
TITLES = {
    "calls": "calls",
    "service_level": "answered in time %",
    "mean_wait": "mean wait s",
    "longest_wait": "longest wait s",
    "waits": "not rung at once %",
    "abandons": "gave up %",
    "occupancy": "occupancy %",
    "specialists": "by a specialist %",
    "generalists": "by a generalist %",
    "neighbours": "by a neighbour %",
    "strangers": "wrong skill %",
    "gini": "Gini of calls",
    "idle_spread": "occupancy spread %",
}


@dataclass(frozen=True)
class Configuration:
    """A column of the answer: what it is called, its rules, and one of routing.planning.policy.POLICIES."""

    name: str
    rules: Rules
    policy: str = "rules"


@dataclass(frozen=True)
class Stage:
    """What all configurations share. Calls from `start` to `end` seconds count, answered `within` seconds is in time.

    `day` draws one day from a generator.
    """

    seats: Sequence[Seat]
    day: Callable[[Random], list[Caller]]
    start: float
    end: float
    within: float
    pick_up: float


def replicate(
    stage: Stage, configurations: Sequence[Configuration], replications: int, seed: int, watch: Callable[[str], None]
) -> dict[str, list[Figures]]:
    """The figures of every replication by configuration; the n-th day is the same for all."""
    found: dict[str, list[Figures]] = {one.name: [] for one in configurations}
    for number in range(replications):
        callers, began = stage.day(Random(f"{seed}/{number}")), perf_counter()  # noqa: S311 (no secret)
        labels = {caller.label for caller in callers}
        for one in configurations:
            rules, seats = applied(one.policy, one.rules, stage.seats, labels)
            courses = play(Router(rules), seats, callers, stage.pick_up)
            found[one.name].append(figures(courses, stage.seats, stage.within, stage.start, stage.end))
        seconds = max(1e-9, (perf_counter() - began) / len(configurations))
        span = callers[-1].at - callers[0].at if callers else 0.0
        watch(f"day {number + 1}/{replications}: {len(callers)} calls, {span / seconds:,.0f} times real time")
    return found


def rows(found: dict[str, list[Figures]]) -> Iterable[dict[str, Any]]:
    """For JSON lines: a configuration each with mean and half-width of the 95 % interval; then the differences."""
    first = next(iter(found))
    for name, days in found.items():
        yield {"configuration": name, "replications": len(days)} | {
            field.name: _plain(estimate(_values(days, field.name))) for field in fields(Figures)
        }
    for name, days in found.items():
        if name != first:
            yield {"difference": f"{name} less {first}"} | {
                field.name: _plain(difference(_values(found[first], field.name), _values(days, field.name)))
                for field in fields(Figures)
            }


def table(found: dict[str, list[Figures]]) -> list[str]:
    """For people: a line a figure; after each further configuration its difference from the first, * when the 95 %
    interval leaves 0 out.
    """
    first = next(iter(found))
    lines = ["| figure | " + " | ".join(found) + " |", "|---|" + "---:|" * len(found)]
    for name, title in TITLES.items():
        cells = []
        for configuration, days in found.items():
            values = _values(days, name)
            cell = _cell(name, estimate(values))
            if configuration != first:
                cell += " *" if difference(_values(found[first], name), values).told_from_zero else ""
            cells.append(cell)
        lines.append(f"| {title} | " + " | ".join(cells) + " |")
    return lines


def _values(days: Sequence[Figures], name: str) -> list[float]:
    return [float(getattr(day, name)) for day in days]


def _plain(found: Estimate) -> dict[str, float | None]:
    return {"mean": round(found.mean, 5), "half": round(found.half, 5) if found.half != float("inf") else None}


def _cell(name: str, found: Estimate) -> str:
    scale, digits = (100, 1) if name in SHARES else (1, 3 if name == "gini" else 1)
    half = "" if found.half == float("inf") else f" ± {found.half * scale:.{digits}f}"
    return f"{found.mean * scale:.{digits}f}{half}"
