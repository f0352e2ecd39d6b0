"""Erlang C and Erlang A against printed values, against the chain summed state by state, at the edges."""

from math import exp, fsum, inf, isfinite, log

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.planning.erlang import Demand, erlang_b, service
from routing.planning.staffing import Interval, Target, needed, parse_target, plan


def chain(demand: Demand, agents: int) -> tuple[float, float, float]:
    """P(wait), P(abandon) and mean queue length of M/M/n+M by summing log weights of the states."""
    assert demand.patience is not None
    arrive, serve, leave = demand.calls_per_hour / 3600, 1 / demand.aht, 1 / demand.patience
    logs, weight, peak = [0.0], 0.0, 0.0
    state = 0
    while state <= agents or weight > peak - 60:
        state += 1
        weight += log(arrive) - log(min(state, agents) * serve + max(0, state - agents) * leave)
        peak = max(peak, weight)
        logs.append(weight)
    shares = [exp(one - peak) for one in logs]
    whole = fsum(shares)
    waits = fsum(shares[agents:]) / whole
    queue = fsum((state - agents) * share for state, share in enumerate(shares) if state > agents) / whole
    return waits, queue * leave / arrive, queue


@pytest.mark.parametrize(
    ("load", "agents", "lost"),
    # Erlang's B table as printed in traffic engineering textbooks: the load that 1 % or 10 % loss allows.
    [(4.46, 10, 0.01), (12.03, 20, 0.01), (84.06, 100, 0.01), (7.511, 10, 0.1)],
)
def test_erlang_b_is_the_printed_one(load: float, agents: int, lost: float) -> None:
    assert erlang_b(agents, load) == pytest.approx(lost, rel=2e-3)


def test_erlang_c_for_one_agent_is_the_textbook_queue() -> None:
    """M/M/1: P(wait) = rho, mean wait = rho / (mu - lambda)."""
    one = service(Demand(8, 300), 1, 0)
    assert one.waits == pytest.approx(8 * 300 / 3600)
    assert one.mean_wait == pytest.approx((2 / 3) / (1 / 300 - 8 / 3600))
    assert one.service_level == pytest.approx(1 / 3)


def test_erlang_c_for_two_agents_by_hand() -> None:
    """M/M/2 with a = 1: C = 1/3."""
    two = service(Demand(3600 / 300, 300), 2, 0)
    assert two.waits == pytest.approx(1 / 3)
    assert two.mean_wait == pytest.approx(100)


@settings(max_examples=60, deadline=None)
@given(
    agents=st.integers(1, 300),
    busy=st.floats(0.05, 2.0),
    aht=st.floats(20, 2000),
    patience=st.floats(5, 20000),
)
def test_erlang_a_is_the_chain_summed_state_by_state(agents: int, busy: float, aht: float, patience: float) -> None:
    demand = Demand(agents * busy * 3600 / aht, aht, patience)
    found = service(demand, agents, 15)
    waits, abandons, queue = chain(demand, agents)
    assert found.waits == pytest.approx(waits, rel=1e-6, abs=1e-15)
    assert found.abandons == pytest.approx(abandons, rel=1e-6, abs=1e-15)
    assert found.mean_wait == pytest.approx(queue / (demand.calls_per_hour / 3600), rel=1e-6, abs=1e-12)


def test_patience_beyond_all_measure_is_erlang_c() -> None:
    patient, endless = service(Demand(500, 300, 1e9), 45, 15), service(Demand(500, 300), 45, 15)
    assert patient.service_level == pytest.approx(endless.service_level, rel=1e-5)
    assert patient.mean_wait == pytest.approx(endless.mean_wait, rel=1e-5)


@pytest.mark.parametrize("agents", [1, 50, 500, 5000])
@pytest.mark.parametrize("busy", [0.0001, 0.5, 0.99, 1.0, 1.3, 50.0])
@pytest.mark.parametrize("patience", [None, 1, 60, 100_000])
def test_every_size_gives_numbers_within_bounds(agents: int, busy: float, patience: float | None) -> None:
    found = service(Demand(agents * busy * 12, 300, patience), agents, 15)
    for share in (found.service_level, found.waits, found.abandons, found.occupancy):
        assert -1e-9 <= share <= 1 + 1e-9
    assert found.mean_wait >= 0
    assert isfinite(found.mean_wait) or (patience is None and busy >= 1)


def test_at_the_size_of_a_nation_the_two_derivations_still_agree() -> None:
    demand = Demand(5000 * 12 * 1.01, 300, 90)
    assert service(demand, 5000, 15).abandons == pytest.approx(chain(demand, 5000)[1], rel=1e-6)


def test_more_calls_than_agents_can_serve_wait_for_ever_without_abandonment() -> None:
    assert service(Demand(120, 300), 10, 15).mean_wait == inf
    assert service(Demand(120, 300), 10, 15).service_level == 0


@settings(max_examples=40, deadline=None)
@given(
    calls=st.floats(0.1, 3000),
    aht=st.floats(30, 900),
    patience=st.none() | st.floats(10, 2000),
    share=st.floats(0.3, 0.99),
    seconds=st.floats(0, 60),
)
def test_the_number_found_meets_the_target_and_one_fewer_does_not(
    calls: float, aht: float, patience: float | None, share: float, seconds: float
) -> None:
    demand, target = Demand(calls, aht, patience), Target(share, seconds)
    found = needed(demand, target)
    assert found.service_level >= share
    assert service(demand, found.agents - 1, seconds).service_level < share


def test_a_plan_keeps_one_agent_at_night_and_says_what_one_fewer_would_cost() -> None:
    night, noon = plan([Interval(0, Demand(0, 300)), Interval(43200, Demand(500, 300))], Target())
    assert night.service.agents == 1
    assert night.one_fewer is None
    assert noon.interval.name == "12:00"
    assert noon.one_fewer is not None
    assert noon.one_fewer.service_level < 0.95 <= noon.service.service_level


@pytest.mark.parametrize("text", ["95%/15s", "95/15", " 95 % / 15 s "])
def test_targets_are_read_as_people_write_them(text: str) -> None:
    assert parse_target(text) == Target(0.95, 15)
    assert str(parse_target(text)) == "95%/15s"


@pytest.mark.parametrize("text", ["", "95", "100%/15s", "0/15", "95%/-1s", "nan/15", "95%15s"])
def test_what_is_no_target_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"95%/15s|100 %"):
        parse_target(text)


@pytest.mark.parametrize(("calls", "aht", "patience"), [(-1, 300, None), (1, 0, None), (1, 300, 0), (inf, 300, None)])
def test_demand_that_cannot_be_is_refused(calls: float, aht: float, patience: float | None) -> None:
    with pytest.raises(ValueError, match="must be"):
        Demand(calls, aht, patience)
