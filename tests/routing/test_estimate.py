"""Place and expected wait: against simulated queues, thin and old data, who counts as ahead and as serving."""

from random import Random

import pytest

from routing.estimate import Abandons, Estimate, EstimateRules, Pace, connect_rates, estimate, wait_range
from routing.facts import (
    AgentAnswered,
    AgentKnown,
    AgentLegEnded,
    CallGone,
    CallWaiting,
    PauseAsked,
    PhoneRegistered,
    ReadyAsked,
    WrapUpDone,
)
from routing.router import Router, Rules


def ready(router: Router, name: str, *skills: tuple[str, int]) -> None:
    router.handle(AgentKnown(name, name, skills or (("*", 3),)), 0)
    router.handle(PhoneRegistered(name), 0)
    router.handle(ReadyAsked(name), 0)


def paced(mean: float, calls: int = 50, at: float = 0) -> Pace:
    pace = Pace()
    for _ in range(calls):
        pace.ended(mean, at)
    return pace


@pytest.mark.parametrize(("position", "agents"), [(1, 1), (1, 5), (3, 5), (10, 45), (40, 45)])
def test_so_many_waits_lie_in_the_range_as_it_says(position: int, agents: int) -> None:
    """Agents all busy, exponential handling times of mean 300 s: the wait is the time of the position-th end."""
    chance = Random(position * 1000 + agents)
    low, high = wait_range(position, agents, 300, 0.8)
    waits = [sum(chance.expovariate(agents / 300) for _ in range(position)) for _ in range(20_000)]
    inside = sum(low <= wait <= high for wait in waits) / len(waits)
    below = sum(wait < low for wait in waits) / len(waits)
    assert 0.78 < inside < 0.82
    assert 0.08 < below < 0.12


def test_the_range_holds_in_a_queue_of_the_real_router() -> None:
    """Five agents, calls that outnumber them; each estimate made on arrival is compared with the wait that came."""
    chance = Random(12348)
    router, pace = Router(Rules(wrap_up_seconds=1e9, talk_seconds=1e9)), paced(200)
    for n in range(5):
        ready(router, f"a{n}")
    now, number, ends, told, inside, total = 0.0, 0, [], {}, 0, 0
    while total < 2000:
        arrival = now + chance.expovariate(5.02 / 200)
        while ends and min(ends)[0] <= arrival:
            now, agent, call = min(ends)
            ends.remove((now, agent, call))
            rings = router.handle(AgentLegEnded(agent, call, 200), now) + router.handle(WrapUpDone(agent), now)
            pace.settle(router, now)
            for ring in rings:
                if ring.call in told:
                    since, low, high = told.pop(ring.call)
                    total += 1
                    inside += low <= now - since <= high
                answer(router, pace, ring.agent, ring.call, now)
                ends.append((now + chance.expovariate(1 / 200), ring.agent, ring.call))
        now, number = arrival, number + 1
        for ring in router.handle(CallWaiting(f"c{number:06}", "law", 0), now):
            answer(router, pace, ring.agent, ring.call, now)
            ends.append((now + chance.expovariate(1 / 200), ring.agent, ring.call))
        found = estimate(router, pace, f"c{number:06}", now)
        if found.high:
            told[f"c{number:06}"] = (now, found.low, found.high)
        if len(router.queue) > 40:  # the furthest give up: the load is above what five can carry
            router.handle(CallGone(f"c{number:06}"), now)
            told.pop(f"c{number:06}", None)
    # The mean moves with the last twenty calls, so fewer waits fall inside than the range claims for a known mean.
    assert 0.55 < inside / total < 0.85


def answer(router: Router, pace: Pace, agent: str, call: str, now: float) -> None:
    router.handle(AgentAnswered(agent, call), now)
    pace.began(agent, now)


def test_thin_and_old_data_give_a_place_and_no_range() -> None:
    router = Router(Rules())
    ready(router, "li")
    router.handle(CallWaiting("first", "law", 0), 0)
    router.handle(CallWaiting("c", "law", 0), 1)
    assert estimate(router, paced(300, calls=9), "c", 10) == Estimate(1)
    assert estimate(router, paced(300, calls=10), "c", 10).high > 300
    assert estimate(router, paced(300), "c", 1800).high > 0
    assert estimate(router, paced(300), "c", 1801) == Estimate(1)
    assert estimate(router, paced(300, at=100), "c", 50) == Estimate(1)  # the clock was set back


def test_a_call_that_does_not_wait_has_no_place() -> None:
    router = Router(Rules())
    ready(router, "li")
    router.handle(CallWaiting("c", "law", 0), 0)
    assert estimate(router, paced(300), "c", 1) == Estimate()
    assert estimate(router, paced(300), "stranger", 1) == Estimate()


def test_nobody_at_work_gives_the_place_alone() -> None:
    router = Router(Rules())
    ready(router, "li")
    router.handle(PauseAsked("li", "小休"), 1)
    for n in range(3):
        router.handle(CallWaiting(f"c{n}", "law", 0), 2 + n)
    assert estimate(router, paced(300), "c2", 10) == Estimate(3)


def test_only_those_who_may_take_the_call_count() -> None:
    """The notary's queue is not the labour lawyers'; before the overflow opens neither helps the other."""
    router = Router(Rules(any_after_seconds=1000))
    ready(router, "notary", ("notary", 3))
    for name in ("l1", "l2"):
        ready(router, name, ("law.labour", 3))
    for n in range(5):
        router.handle(CallWaiting(f"l{n}", "law.labour", 0), n)
    router.handle(CallWaiting("n0", "notary", 0), 5)
    router.handle(CallWaiting("n1", "notary", 0), 6)
    pace = paced(300)
    assert router.queue.position("n1") == 4
    notary, labour = estimate(router, pace, "n1", 7), estimate(router, pace, "l4", 7)
    assert (notary.position, labour.position) == (1, 3)
    assert (notary.low, notary.high) == wait_range(1, 1, 300, 0.8)
    assert (labour.low, labour.high) == wait_range(3, 2, 300, 0.8)


def test_handling_runs_from_the_join_to_the_end_of_wrap_up() -> None:
    router, pace = Router(Rules(wrap_up_seconds=60)), Pace(EstimateRules(least_calls=1))
    ready(router, "li")
    router.handle(CallWaiting("c", "law", 0), 10)
    answer(router, pace, "li", "c", 15)
    router.handle(AgentLegEnded("li", "c", 200), 115)
    pace.settle(router, 115)
    assert pace.calls == 0
    router.tick(175)
    pace.settle(router, 175)
    assert (pace.calls, pace.mean, pace.busy) == (1, 160, {})


def test_the_mean_follows_and_the_first_calls_weigh_alike() -> None:
    pace = Pace(EstimateRules(half_life_calls=20))
    for seconds in (100, 200, 300):
        pace.ended(seconds, 0)
    assert pace.mean == pytest.approx(200)
    for _ in range(1000):
        pace.ended(100, 0)
    for _ in range(20):
        pace.ended(300, 0)
    assert pace.mean == pytest.approx(200)


@pytest.mark.parametrize("seconds", [0, -5, 20_000])
def test_a_leap_of_the_clock_is_no_handling_time(seconds: float) -> None:
    pace = paced(300)
    pace.ended(seconds, 1)
    assert (pace.mean, pace.calls) == (pytest.approx(300), 50)


def test_connect_rates_with_and_without_short_abandons() -> None:
    calls = [(True, 10.0), (True, 2.0), (True, 0.0), (False, 4.9), (False, 5.0)]
    assert connect_rates(calls, Abandons(short_seconds=5)) == (3 / 5, 3 / 4)
    assert connect_rates([], Abandons()) == (None, None)
    assert connect_rates([(False, 1.0)], Abandons()) == (0, None)
    assert not Abandons().short(None)
