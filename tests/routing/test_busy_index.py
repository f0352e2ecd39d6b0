"""The busy index is bounded, rises with what it should, and adds up; nobody is moved who cannot be spared."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.agent import State
from routing.planning.busy import FREE, TAKEN, busy, index, level_of
from routing.planning.erlang import service
from routing.planning.moves import demand_of, moves, spare
from routing.planning.staffing import Target

AHT, PATIENCE, TARGET = 300.0, 180.0, Target(0.8, 20)


def agent(name: str, state: str = "READY", **more: Any) -> dict[str, Any]:
    return {"name": name, "state": state, "skills": {"*": 3}} | more


def waiting(call: str, label: str = "law", since: float = 0.0, **more: Any) -> dict[str, Any]:
    return {"call": call, "label": label, "since": since} | more


def test_the_states_counted_are_states_of_an_agent() -> None:
    assert {state.name for state in State} >= FREE | TAKEN


@pytest.mark.parametrize(
    ("on_duty", "at_work", "calls", "oldest", "expected"),
    [(0, 0, 0, 0, 0), (0, 0, 1, 0, 100), (10, 0, 0, 0, 0), (10, 5, 0, 0, 35), (10, 10, 0, 0, 70), (10, 10, 10, 0, 85)],
)
def test_the_index_as_documented(on_duty: int, at_work: float, calls: int, oldest: float, expected: float) -> None:
    assert index(on_duty, at_work, calls, oldest) == pytest.approx(expected)


def test_a_call_that_waits_a_minute_beyond_the_target_weighs_like_one_more_per_agent() -> None:
    assert index(10, 10, 10, 75) == pytest.approx(70 + 30 * 2 / 3)


PLACES = st.tuples(st.integers(0, 500), st.floats(0, 500), st.integers(0, 500), st.floats(0, 1e5))


@given(place=PLACES, more_busy=st.floats(0, 50), more_calls=st.integers(0, 50), longer=st.floats(0, 1e4))
def test_the_index_is_bounded_and_never_falls_when_there_is_more_to_do(
    place: tuple[int, float, int, float], more_busy: float, more_calls: int, longer: float
) -> None:
    on_duty, at_work, calls, oldest = place
    before = index(on_duty, at_work, calls, oldest)
    after = index(on_duty, at_work + more_busy, calls + more_calls, oldest + longer)
    assert 0 <= before <= after + 1e-9
    assert after <= 100
    assert level_of(after)


AGENTS = st.lists(
    st.builds(
        lambda state, skills, load: {"state": state, "skills": skills, "load": load},
        st.sampled_from([state.name for state in State]),
        st.dictionaries(
            st.sampled_from(["*", "law", "law.labour", "notary", "region.A", "region.B"]), st.integers(1, 5)
        ),
        st.floats(0, 1),
    ),
    max_size=12,
)
CALLS = st.lists(
    st.builds(
        lambda label, since, region: waiting("c", label, since, region=region),
        st.sampled_from(["law.labour.injury", "notary", "agent", ""]),
        st.floats(-1000, 0),
        st.sampled_from(["", "A", "C"]),
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(agents=AGENTS, calls=CALLS)
def test_numbers_add_up_and_a_giver_still_meets_its_target(
    agents: list[dict[str, Any]], calls: list[dict[str, Any]]
) -> None:
    board = {"at": 0.0, "agents": [{"name": f"a{k}", **one} for k, one in enumerate(agents)], "queue": calls}
    places = busy(board)
    on_duty = sum(one["state"] in FREE | TAKEN for one in agents)
    for kind in ("platform", "region", "skill"):
        here = [place for place in places if place.kind == kind]
        assert sum(place.waiting for place in here) == len(calls)
        assert sum(place.on_duty for place in here) == on_duty
        assert all(0 <= place.index <= 100 for place in here)
    by_name = {(place.kind, place.name): place for place in places}
    for move in moves(board, TARGET, AHT, PATIENCE):
        giver = by_name[move.kind, move.giver]
        assert set(move.agents) <= set(giver.free)
        assert 0 < len(move.agents) <= spare(giver, TARGET, AHT, PATIENCE)
        assert move.giver_after.service_level >= TARGET.share
        assert move.receiver_after.service_level > move.receiver_before.service_level
    together = [name for move in moves(board, TARGET, AHT, PATIENCE) if move.kind == "region" for name in move.agents]
    assert len(together) == len(set(together))


def drowning(idle: int) -> dict[str, Any]:
    """Region A: four agents, all talking, six calls wait. Region B: `idle` free agents."""
    agents = [agent(f"a{k}", "TALKING", region="A") for k in range(4)]
    agents += [agent(f"b{k}", region="B") for k in range(idle)]
    return {"at": 100.0, "agents": agents, "queue": [waiting(f"c{k}", since=40.0, region="A") for k in range(6)]}


def test_people_move_from_where_it_idles_to_where_it_drowns_with_the_effect_stated() -> None:
    (move,) = moves(drowning(idle=20), TARGET, AHT, PATIENCE)
    receiver = next(place for place in busy(drowning(20)) if (place.kind, place.name) == ("region", "A"))
    assert (move.giver, move.receiver) == ("B", "A")
    demand = demand_of(receiver, AHT, PATIENCE)
    assert move.receiver_after == service(demand, 4 + len(move.agents), TARGET.seconds)
    assert move.receiver_after.service_level >= TARGET.share
    assert service(demand, 3 + len(move.agents), TARGET.seconds).service_level < TARGET.share, "one more than needed"
    assert "建议从“B”" in move.text


def test_a_place_never_gives_its_last_agent() -> None:
    assert moves(drowning(idle=1), TARGET, AHT, PATIENCE) == []
    (move,) = moves(drowning(idle=3), TARGET, AHT, PATIENCE)
    assert len(move.agents) == 2


def test_a_subject_gets_only_those_who_know_it() -> None:
    agents = [agent("l", "TALKING", skills={"law": 5})]
    agents += [agent(f"n{k}", skills={"notary": 5}) for k in range(4)]
    agents += [agent("both", skills={"notary": 5, "law": 2})]
    board = {"at": 100.0, "agents": agents, "queue": [waiting(f"c{k}", "law.family") for k in range(3)]}
    (move,) = moves(board, TARGET, AHT, PATIENCE)
    assert (move.kind, move.giver, move.receiver, move.agents) == ("skill", "notary", "law", ("both",))


def test_other_work_counts_by_its_load() -> None:
    board = {"at": 0.0, "agents": [agent("a", load=0.5), agent("b")], "queue": []}
    (platform,) = (place for place in busy(board) if place.kind == "platform")
    assert platform.busy == 0.5
    assert platform.free == ("b",)


def test_a_place_with_nobody_on_duty_is_not_called_idle() -> None:
    board = {"at": 0.0, "agents": [agent("a", "PAUSED")], "queue": []}
    assert {(place.index, place.level) for place in busy(board)} == {(0.0, "无人在岗")}
