"""Days: drawn as described, the same for the same seed, played to the end of every call; figures counted by hand."""

from collections import Counter
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.commands import RoutingCommand
from routing.facts import RoutingFact
from routing.planning.day import MIX, Caller, Pattern, Seat, seats_for, synthetic_day
from routing.planning.figures import difference, estimate, figures, gini
from routing.planning.policy import POLICIES, applied
from routing.planning.simulation import Course, SimulationError, play
from routing.router import Router
from routing.rules import Rules

STEADY = Pattern(600, 240, 60, 180, hours=10, curve=(1.0,))


def test_the_same_seed_names_the_same_day() -> None:
    assert synthetic_day(STEADY, Random(7)) == synthetic_day(STEADY, Random(7))
    assert synthetic_day(STEADY, Random(7)) != synthetic_day(STEADY, Random(8))


def test_a_drawn_day_has_the_means_it_was_drawn_from() -> None:
    """Fixed seed; each tolerance is over four standard errors of 6,000 calls."""
    day = synthetic_day(STEADY, Random(1))
    count = len(day)
    assert count == pytest.approx(6000, rel=0.055)
    assert sum(one.talk for one in day) / count == pytest.approx(240, rel=0.06)
    assert sum(one.wrap_up for one in day) / count == pytest.approx(60, rel=0.06)
    assert sum(one.patience for one in day) / count == pytest.approx(180, rel=0.06)
    labour = sum(one.label.startswith("law.labour") for one in day) / count
    assert labour == pytest.approx(0.22, abs=0.025)


def test_the_curve_says_when_calls_come() -> None:
    day = synthetic_day(Pattern(600, 240, hours=3, curve=(1.0, 0.0, 0.5)), Random(1))
    hours = Counter(int(one.at // 3600) for one in day)
    assert hours[1] == 0
    assert hours[0] == pytest.approx(600, rel=0.17)
    assert hours[2] == pytest.approx(300, rel=0.24)
    assert [one.at for one in day] == sorted(one.at for one in day)


@pytest.mark.parametrize("count", [0, 1, 2, 7, 45, 200])
def test_seats_are_as_many_as_asked_for_and_somebody_knows_everything(count: int) -> None:
    seats = seats_for(count, MIX)
    assert len({seat.name for seat in seats}) == count
    assert count == 0 or any(seat.generalist for seat in seats)


DAYS = st.lists(
    st.tuples(
        st.floats(0, 900),
        st.sampled_from([*MIX]),
        st.floats(0.1, 400),
        st.floats(0, 200),
        st.floats(0, 300) | st.just(float("inf")),
        st.sampled_from([0, 0, 10]),
    ),
    max_size=30,
)


@settings(max_examples=60, deadline=None)
@given(
    drawn=DAYS, agents=st.integers(1, 8), policy=st.sampled_from(POLICIES), pick_up=st.sampled_from([0.0, 4.0, 25.0])
)
def test_every_call_comes_to_its_end(
    drawn: list[tuple[float, str, float, float, float, int]], agents: int, policy: str, pick_up: float
) -> None:
    """Also where phones ring longer (25 s) than the rules allow (20 s): then callers who do not give up are the only
    ones who would never be answered, so everybody has some patience there.
    """
    callers = [
        Caller(k, at, label, talk, wrap_up, min(patience, 3000.0) if pick_up > 20 else patience, priority)
        for k, (at, label, talk, wrap_up, patience, priority) in enumerate(sorted(drawn))
    ]
    rules, seats = applied(policy, Rules(), seats_for(agents, MIX), {caller.label for caller in callers})
    courses = play(Router(rules), seats, callers, pick_up)
    assert [course.caller for course in courses] == callers
    ends: dict[str, float] = {}
    for course in sorted(courses, key=lambda course: course.joined_at or 0.0):
        assert course.gone_at is not None
        if course.joined_at is None:
            assert course.waited == pytest.approx(course.caller.patience)
            continue
        assert course.agent is not None
        assert course.gone_at == pytest.approx(course.joined_at + course.caller.talk)
        assert course.waited <= course.caller.patience + 1e-6
        assert course.joined_at >= ends.get(course.agent, 0.0), "an agent with two calls"
        ends[course.agent] = course.gone_at
    found = figures(courses, seats, 15)
    assert 0 <= found.occupancy <= 1 + 1e-9
    assert found.calls == len(callers)


def test_strict_skills_never_give_a_call_to_a_stranger_and_longest_idle_does() -> None:
    seats = seats_for(20, MIX)
    day = synthetic_day(Pattern(20 * 11, 300, 0, 180, hours=4, curve=(1.0,)), Random(3))
    strangers = {}
    for policy in POLICIES:
        rules, told = applied(policy, Rules(), seats, set(MIX))
        strangers[policy] = figures(play(Router(rules), told, day), seats, 15)
    assert strangers["strict"].strangers == strangers["strict"].neighbours == 0
    assert strangers["longest-idle"].strangers > strangers["rules"].strangers


def test_a_clock_that_ends_the_wrap_up_frees_the_agent_for_the_next_call() -> None:
    callers = [Caller(0, 0.0, "agent", 10.0, wrap_up=500.0), Caller(1, 1.0, "agent", 10.0, wrap_up=5.0)]
    first, second = play(Router(Rules(wrap_up_seconds=120)), [Seat("a")], callers)
    assert second.joined_at == pytest.approx(130)
    assert first.free_at == pytest.approx(130)


class Stubborn:
    """A router with a deadline that never passes."""

    def handle(self, fact: RoutingFact, now: float) -> list[RoutingCommand]:
        return []

    def tick(self, now: float) -> list[RoutingCommand]:
        return []

    def next_deadline(self) -> float | None:
        return 5.0


class Deaf(Stubborn):
    """A router that never answers anybody."""

    def next_deadline(self) -> float | None:
        return None


@pytest.mark.parametrize(("router", "words"), [(Stubborn(), "time stands still"), (Deaf(), "nobody will ever answer")])
def test_a_router_that_would_lose_calls_is_told_of(router: Stubborn, words: str) -> None:
    with pytest.raises(SimulationError, match=words):
        play(router, [Seat("a")], [Caller(0, 10.0, "law", 60.0)])


def test_figures_are_those_counted_by_hand() -> None:
    seats = [Seat("a", (("law", 4),)), Seat("b"), Seat("c", (("notary", 4),))]
    courses = [
        Course(Caller(0, 0.0, "law.labour", 50), "a", 0.0, 0.0, 50.0, 50.0),
        Course(Caller(1, 10.0, "law", 60), "b", 30.0, 30.0, 90.0, 100.0),
        Course(Caller(2, 20.0, "law", 10), "c", 30.0, 40.0, 50.0, 50.0),
        Course(Caller(3, 100.0, "law", 10, patience=8.0), None, None, None, 108.0, None),
    ]
    found = figures(courses, seats, within=15)
    assert found.calls == 4
    assert found.service_level == pytest.approx(1 / 4)
    assert found.mean_wait == pytest.approx((0 + 20 + 20 + 8) / 4)
    assert found.longest_wait == 20
    assert found.waits == pytest.approx(3 / 4)
    assert found.abandons == pytest.approx(1 / 4)
    assert found.occupancy == pytest.approx((0.5 + 0.7 + 0.2) / 3)
    assert (found.specialists, found.generalists, found.strangers) == pytest.approx((1 / 3, 1 / 3, 1 / 3))
    assert found.gini == 0
    assert found.idle_spread == pytest.approx(0.5)


def test_gini() -> None:
    assert gini([5, 5, 5]) == 0
    assert gini([0, 0, 0, 12]) == pytest.approx(0.75)
    assert gini([]) == gini([0, 0]) == 0


def test_intervals_are_student_s_and_differences_are_paired() -> None:
    """Mean 2, standard deviation 1, three values: 4.303 / sqrt(3)."""
    found = estimate([1.0, 2.0, 3.0])
    assert (found.mean, found.half) == pytest.approx((2, 2.484), rel=1e-3)
    assert estimate([1.0]).half == float("inf")
    paired = difference([10.0, 20.0, 30.0], [11.0, 21.0, 31.0])
    assert (paired.mean, paired.half) == (1, 0)
    assert paired.told_from_zero
