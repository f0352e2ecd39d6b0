"""How often a password may be tried: pure, the time is an argument."""

from hypothesis import given
from hypothesis import strategies as st

from agent_console.throttle import FORGET_SECONDS, MOST_SECONDS, Throttle


def fail(throttle: Throttle, times: int, now: float, name: str = "li", source: str = "10.0.0.1") -> None:
    for _ in range(times):
        throttle.failed(name, source, now)


def test_the_first_tries_are_free() -> None:
    throttle = Throttle(free=5)
    fail(throttle, 4, 0)
    assert throttle.wait("li", "10.0.0.1", 0) == 0


def test_the_wait_doubles_up_to_the_most() -> None:
    throttle = Throttle(free=5, free_per_source=10_000)
    waits = []
    for _ in range(20):
        fail(throttle, 1, 0)
        waits.append(throttle.wait("li", "10.0.0.1", 0))
    assert waits[:7] == [0, 0, 0, 0, 2, 4, 8]
    assert waits[-1] == MOST_SECONDS


def test_waiting_it_out_allows_the_next_try() -> None:
    throttle = Throttle(free=1)
    fail(throttle, 1, 100)
    assert throttle.wait("li", "10.0.0.1", 101) == 1
    assert throttle.wait("li", "10.0.0.1", 102) == 0


def test_one_name_does_not_slow_another_down() -> None:
    throttle = Throttle(free=5)
    fail(throttle, 8, 0, source="10.0.0.1")
    assert throttle.wait("wang", "10.0.0.2", 0) == 0


def test_many_names_from_one_source_are_slowed_down() -> None:
    throttle = Throttle(free=5, free_per_source=20)
    for number in range(20):
        fail(throttle, 1, 0, name=f"name{number}")
    assert throttle.wait("another", "10.0.0.1", 0) > 0
    assert throttle.wait("another", "10.0.0.2", 0) == 0


def test_the_right_password_frees_the_name_and_gives_its_try_back() -> None:
    throttle = Throttle(free=5, free_per_source=20)
    for number in range(19):
        fail(throttle, 1, 0, name=f"name{number}")
    fail(throttle, 1, 0)
    throttle.succeeded("li", "10.0.0.1")
    assert throttle.wait("li", "10.0.0.1", 0) == 0
    fail(throttle, 1, 0)
    assert throttle.wait("li", "10.0.0.1", 0) > 0


def test_failures_are_forgotten() -> None:
    throttle = Throttle(free=1)
    fail(throttle, 30, 0)
    assert throttle.wait("li", "10.0.0.1", FORGET_SECONDS + 1) == 0


@given(
    st.lists(st.tuples(st.sampled_from(["li", "wang"]), st.sampled_from(["a", "b"]), st.floats(0, 1e4)), max_size=60)
)
def test_a_wait_is_never_endless(tries: list[tuple[str, str, float]]) -> None:
    throttle = Throttle()
    now = 0.0
    for name, source, later in tries:
        now += later
        throttle.failed(name, source, now)
        assert 0 <= throttle.wait(name, source, now) <= MOST_SECONDS
