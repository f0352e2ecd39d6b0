"""A prompt is hushed for a voice and goes on where it was; it is never left silent, and never hushed when it must be
heard whole."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.worker.audio.hush import LONGEST, TABLE, Event, Hush, State

TINY = 1e-6  # seconds: sums of floats fall short


def test_the_table_is_whole() -> None:
    assert set(TABLE) == set(product(State, Event))


def test_only_a_prompt_that_is_heard_can_be_hushed() -> None:
    assert [pair for pair, after in TABLE.items() if after is State.HUSHED and pair[0] is not State.HUSHED] == [
        (State.HEARD, Event.NOTICED)
    ]


@pytest.mark.parametrize("event", [event for event in Event if event is not Event.NOTICED])
def test_whatever_else_happens_ends_the_hush(event: Event) -> None:
    assert TABLE[State.HUSHED, event] is not State.HUSHED


def test_what_is_hushed_is_not_played_meanwhile() -> None:
    hush = Hush()
    hush.begin(10.0, True, 100.0)
    assert hush.wait(104.0) == pytest.approx(6.0)
    assert hush.take(Event.NOTICED, 104.0) and not hush.take(Event.NOTICED, 104.1)
    assert hush.wait(104.2) == pytest.approx(LONGEST - 0.2)
    assert hush.take(Event.MISTAKEN, 104.3) and not hush.take(Event.MISTAKEN, 104.4)
    assert hush.wait(105.3) == pytest.approx(5.0)


@pytest.mark.parametrize("barge_in", [True, False])
def test_only_a_prompt_that_may_be_barged_into_yields(barge_in: bool) -> None:
    hush = Hush()
    assert not hush.yields
    hush.begin(10.0, barge_in, 0.0)
    assert hush.yields is barge_in is hush.take(Event.NOTICED, 1.0)
    assert hush.yields is barge_in
    hush.end()
    assert not hush.yields and not hush.take(Event.MISTAKEN, 2.0)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["begin", "whole", "end", Event.NOTICED, Event.MISTAKEN]), st.floats(0.0, 1.0, width=32)
        ),
        max_size=60,
    )
)
def test_no_prompt_is_left_silent_and_its_time_adds_up(steps: list[tuple[str | Event, float]]) -> None:
    hush, now, left = Hush(), 0.0, 0.0
    for what, wait in steps:
        held = 0.0
        if hush.state is State.HUSHED:
            held = min(wait, hush.wait(now))
            assert hush.late(now + held + TINY) or held == wait
        now, left = now + wait, left - (wait - held)
        if isinstance(what, Event):
            hush.take(what, now)
        elif what == "end":
            hush.end()
        else:
            left = 1000.0
            hush.begin(left, what == "begin", now)
        if hush.state in (State.HEARD, State.WHOLE):
            assert hush.wait(now) == pytest.approx(left, abs=1e-3)
