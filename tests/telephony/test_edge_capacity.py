"""Limits of calls and draining: who is refused, with what, and what goes on. No sockets, no clock."""

from config.edge import NodeLimits
from config.settings import Trunk
from telephony.edge.calls.capacity import DRAINING_SECONDS, Capacity, Refusal

NOW = 1_700_000_000.0


def trunk(name: str, **limits: float) -> Trunk:
    return Trunk.model_validate({"name": name, "addresses": ["10.0.0.0/24"], "limits": limits})


def test_no_limits_no_refusals() -> None:
    capacity = Capacity(NodeLimits(calls_per_second=0), [trunk("a")])
    assert [capacity.refuses("a", up, up, NOW) for up in range(0, 10_000, 1000)] == [None] * 10


def test_as_many_as_may_be_up_and_no_more() -> None:
    capacity = Capacity(NodeLimits(calls=3, retry_after_seconds=7), [trunk("a", calls=2), trunk("b")])
    assert capacity.refuses("b", 2, 2, NOW) is None
    assert capacity.refuses("b", 3, 0, NOW) == Refusal("refused_calls", 7)
    assert capacity.refuses("a", 2, 2, NOW) == Refusal("refused_calls", 7)
    assert capacity.refuses("a", 2, 1, NOW) is None
    assert capacity.asks_for("a") and not capacity.asks_for("b") and not capacity.asks_for("")


def test_so_many_a_second_for_the_node_and_for_a_trunk() -> None:
    capacity = Capacity(NodeLimits(calls_per_second=5), [trunk("a", calls_per_second=2), trunk("b")])
    assert [capacity.refuses("a", 0, 0, NOW) for _ in range(3)] == [None, None, Refusal("refused_rate", 5)]
    taken = [capacity.refuses("b", 0, 0, NOW) for _ in range(4)]
    assert taken == [None, None, None, Refusal("refused_rate", 5)], "who was refused took nothing of the others' share"
    assert [capacity.refuses("a", 0, 0, NOW + 0.5) for _ in range(2)] == [None, Refusal("refused_rate", 5)]


def test_slow_trunks_still_get_their_first_call() -> None:
    capacity = Capacity(NodeLimits(), [trunk("a", calls_per_second=0.1)])
    got = [capacity.refuses("a", 0, 0, NOW + after) is None for after in (0, 1, 10, 11, 1000, 1001)]
    assert got == [True, False, True, False, True, False]


def test_draining_refuses_everyone_and_ends() -> None:
    capacity = Capacity(NodeLimits(), [trunk("a")])
    capacity.draining = True
    assert (
        capacity.refuses("a", 0, 0, NOW)
        == capacity.refuses("", 0, 0, NOW)
        == Refusal("refused_draining", DRAINING_SECONDS)
    )
    capacity.draining = False
    assert capacity.refuses("a", 0, 0, NOW) is None
