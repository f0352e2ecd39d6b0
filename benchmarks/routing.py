"""`python -m benchmarks.routing`: how fast the router decides, and what it holds in memory.

A decision is one fact handled, the deadlines it leaves behind read. Two floors of each size: one where everybody is
busy and the stated number of calls waits, one where half the agents are free and no call waits.
"""

import argparse
import gc
import json
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from random import Random
from time import perf_counter_ns, thread_time_ns
from typing import Any

from benchmarks.figures import Figure
from benchmarks.machine import load
from routing.agent import State
from routing.facts import (
    AgentAnswered,
    AgentKnown,
    AgentLegEnded,
    AgentRinging,
    CallWaiting,
    PhoneRegistered,
    ReadyAsked,
    RoutingFact,
    WrapUpDone,
)
from routing.router import Router, Rules

SIZES = ((50, 20), (500, 200), (5000, 2000))
FACTS = 40_000
LAW = ("labour", "labour.injury", "family", "inheritance", "contract", "consumer", "housing", "traffic", "criminal")
LABELS = (*(f"law.{each}" for each in LAW), "legal_aid", "notary", "appraisal", "arbitration", "mediation", "complaint")
REGIONS = tuple(f"region.33{number:02}" for number in range(1, 12))
DIALECTS = ("lang.wu", "lang.yue", "lang.min")


class Floor:
    """A router with agents and calls drawn from `chance`, and the time between facts."""

    def __init__(self, agents: int, chance: Random) -> None:
        self.router = Router(Rules())
        self.chance = chance
        self.now = 0.0
        self.spent: list[int] = []  # nanoseconds by fact, on the clock
        self.worked: list[int] = []  # the same on the processor: what the clock would show on an idle machine
        self.calls = 0
        for number in range(agents):
            name = f"a{number:04}"
            self.tell(AgentKnown(name, name, self.skills()))
            self.tell(PhoneRegistered(name))
            self.tell(ReadyAsked(name))

    def skills(self) -> tuple[tuple[str, int], ...]:
        """Three of five are generalists, the others know two categories; one in six a dialect, half a region."""
        chance = self.chance
        known = {"*": 3} if chance.random() < 0.6 else {code: chance.randint(1, 5) for code in chance.sample(LABELS, 2)}
        if chance.random() < 1 / 6:
            known[chance.choice(DIALECTS)] = 4
        if chance.random() < 0.5:
            known[chance.choice(REGIONS)] = 5
        return tuple(known.items())

    def call(self) -> CallWaiting:
        """One in ten needs a dialect, half come from a region, some ask for an agent or are urgent."""
        chance = self.chance
        self.calls += 1
        needs = [(chance.choice(DIALECTS), 1)] if chance.random() < 0.1 else []
        needs += [(chance.choice(REGIONS), 1)] if chance.random() < 0.5 else []
        preferred = f"a{chance.randrange(len(self.router.agents)):04}" if chance.random() < 0.05 else ""
        priority = 10 if chance.random() < 0.005 else 0
        return CallWaiting(f"c{self.calls}", chance.choice(LABELS), priority, tuple(needs), preferred)

    def tell(self, fact: RoutingFact) -> None:
        """Handle one fact, timed, and the deadlines that fall before it."""
        self.now += 0.01
        while (due := self.router.next_deadline()) is not None and due <= self.now:
            self.router.tick(self.now)
        began, worked = perf_counter_ns(), thread_time_ns()
        self.router.handle(fact, self.now)
        self.router.next_deadline()
        self.worked.append(thread_time_ns() - worked)
        self.spent.append(perf_counter_ns() - began)

    def fill(self, waiting: int) -> None:
        """Let calls come until every agent rings or talks and `waiting` calls wait."""
        while len(self.router.queue) < waiting:
            self.tell(self.call())
            self.answer()

    def answer(self) -> None:
        for agent in [agent for agent in self.router.agents.values() if agent.state is State.RESERVED]:
            call = agent.call or ""
            self.tell(AgentRinging(agent.name, call))
            self.tell(AgentAnswered(agent.name, call))

    def turn(self) -> None:
        """One call ends, its agent writes the record, takes the next call, and a new call comes."""
        talking = [name for name, agent in self.router.agents.items() if agent.state is State.TALKING]
        if not talking:
            return
        name = self.chance.choice(talking)
        self.tell(AgentLegEnded(name, self.router.agents[name].call or "", 200))
        self.tell(WrapUpDone(name))
        self.tell(self.call())
        self.answer()


def measure(facts: int = FACTS, sizes: tuple[tuple[int, int], ...] = SIZES) -> Iterator[dict[str, Any]]:
    """One row a floor: facts handled per second, median, 99th percentile and maximum in µs, memory in MiB."""
    for agents, waiting in sizes:
        for busy in (True, False):
            yield row(agents, waiting if busy else 0, facts)


def row(agents: int, waiting: int, facts: int) -> dict[str, Any]:
    floor = floor_of(agents, waiting)
    floor.spent.clear()
    floor.worked.clear()
    gc.collect()
    while len(floor.spent) < facts:
        floor.turn()
    spent, worked = sorted(floor.spent), sorted(floor.worked)
    return {
        "agents": agents,
        "waiting": len(floor.router.queue),
        "facts": len(spent),
        "per_second": round(1e9 * len(spent) / sum(spent)),
        "p50_us": round(spent[len(spent) // 2] / 1000, 1),
        "p99_us": round(spent[len(spent) * 99 // 100] / 1000, 1),
        "p99_cpu_us": round(worked[len(worked) * 99 // 100] / 1000, 1),
        "most_cpu_us": round(worked[-1] / 1000, 1),
        "memory_mib": memory(agents, waiting),
    }


def floor_of(agents: int, waiting: int) -> Floor:
    floor = Floor(agents, Random(12348))
    if waiting:
        floor.fill(waiting)
    else:
        for _ in range(agents // 2):
            floor.tell(floor.call())
            floor.answer()
    return floor


def memory(agents: int, waiting: int) -> float:
    """What router, agents and calls of such a floor hold, in MiB."""
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    floor = floor_of(agents, waiting)
    floor.spent.clear()
    floor.worked.clear()
    held = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    return round(held / 2**20, 1)


def decisions(say: Callable[[str], None], quick: bool) -> Iterator[Figure]:
    """The floors where all are busy and calls wait: decisions a second, the slowest in a hundred, memory."""
    for agents, waiting in SIZES:
        say(f"router: {agents} agents, {waiting} waiting calls")
        found = row(agents, waiting, FACTS // 10 if quick else FACTS)
        floor, notes = f"router, {agents} agents, {waiting} waiting", {"facts": found["facts"], "load": load()}
        target = {"at_most": 1.0} if (agents, waiting) == (500, 200) else {}
        yield Figure(f"{floor}: decisions", found["per_second"], "per s", None, notes)
        yield Figure(f"{floor}: decision p99", found["p99_us"] / 1000, "ms", None, notes | target)
        yield Figure(f"{floor}: memory", found["memory_mib"], "MiB", None, notes)


def main(words: list[str]) -> int:
    """Print a row of JSON for each floor."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.routing", description="Measure the router.")
    parser.add_argument("--facts", type=int, default=FACTS, help=f"facts to measure on each floor ({FACTS})")
    for each in measure(parser.parse_args(words).facts):
        print(json.dumps(each), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
