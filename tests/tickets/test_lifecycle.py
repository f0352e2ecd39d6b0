"""The table of states and events: complete, honest about what it refuses, and drawn as it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tickets import lifecycle
from tickets.lifecycle import EVENT_NAMES, STATE_NAMES, TABLE, Event, LifecycleError, State, step, way


@pytest.mark.parametrize(
    ("events", "end"),
    [
        ([Event.ANSWER, Event.ARCHIVE], State.ARCHIVED),
        (
            [
                Event.FORWARD,
                Event.DISPATCH,
                Event.SIGN,
                Event.START,
                Event.EXTEND,
                Event.URGE,
                Event.FEED_BACK,
                Event.FOLLOW_UP,
                Event.CLOSE,
                Event.ARCHIVE,
            ],
            State.ARCHIVED,
        ),
        ([Event.FORWARD, Event.DISPATCH, Event.RETURN, Event.DISPATCH, Event.SIGN, Event.REASSIGN], State.DISPATCHED),
        (
            [
                Event.FORWARD,
                Event.DISPATCH,
                Event.SIGN,
                Event.START,
                Event.SUPERVISE,
                Event.FEED_BACK,
                Event.FOLLOW_UP,
                Event.REDO,
            ],
            State.TO_DISPATCH,
        ),
    ],
)
def test_the_ways_of_the_rules(events: list[Event], end: State) -> None:
    state = State.ACCEPTED
    for event in events:
        state = step(state, event)
    assert state is end


@given(st.sampled_from(State), st.sampled_from(Event))
def test_every_pair_is_in_the_table_or_raises(state: State, event: Event) -> None:
    if (state, event) in TABLE:
        assert step(state, event) is TABLE[state, event]
    else:
        with pytest.raises(LifecycleError) as refused:
            step(state, event)
        assert STATE_NAMES[state] in str(refused.value)
        assert EVENT_NAMES[event] in str(refused.value)


def test_every_state_is_reached_and_named() -> None:
    reached = {State.ACCEPTED} | set(TABLE.values())
    assert reached == set(State) == set(STATE_NAMES)
    assert {event for _, event in TABLE} == set(Event) == set(EVENT_NAMES)


@given(st.sampled_from(State), st.sampled_from(State))
def test_a_way_leads_where_it_says(state: State, target: State) -> None:
    try:
        events = way(state, target)
    except LifecycleError:
        # Nothing leads back from the end of the line, and nobody starts again at the beginning.
        assert state in (State.CLOSED, State.ARCHIVED) or target is State.ACCEPTED
        return
    assert events
    assert Event.ANSWER not in events
    for event in events:
        state = step(state, event)
    assert state is target


def test_ways_that_outside_systems_take() -> None:
    assert way(State.ACCEPTED, State.WORKING) == [Event.FORWARD, Event.DISPATCH, Event.SIGN, Event.START]
    assert way(State.WORKING, State.WORKING) == [Event.REMARK]
    assert way(State.WORKING, State.TO_DISPATCH) == [Event.RETURN]
    with pytest.raises(LifecycleError, match="“归档”"):
        way(State.ARCHIVED, State.ARCHIVED)
    with pytest.raises(LifecycleError, match="“办结”，不能变为“办理中”"):
        way(State.CLOSED, State.WORKING)


def test_states_are_known_by_code_and_name() -> None:
    for state in State:
        assert lifecycle.state_of(state.value) is state
        assert lifecycle.state_of(STATE_NAMES[state]) is state
    assert lifecycle.state_of("嗯") is None


def test_the_table_and_the_drawing_show_every_step() -> None:
    printed, drawn = lifecycle.table(), lifecycle.drawing()
    for (before, event), after in TABLE.items():
        row = next(line for line in printed.splitlines() if f"`{before.value}`" in line)
        assert f"{EVENT_NAMES[event]} → {STATE_NAMES[after]}" in row
        if before is not after:
            assert f"{before.value} --> {after.value}: {EVENT_NAMES[event]}" in drawn


class Life(RuleBasedStateMachine):
    """Whatever happens, a ticket that is closed stays closed, and archived is the end."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = [State.ACCEPTED]

    @rule(event=st.sampled_from(Event))
    def happens(self, event: Event) -> None:
        try:
            self.seen.append(step(self.seen[-1], event))
        except LifecycleError:
            assert (self.seen[-1], event) not in TABLE

    @precondition(lambda self: State.CLOSED in self.seen)
    @invariant()
    def closed_stays_closed(self) -> None:
        after = self.seen[self.seen.index(State.CLOSED) :]
        assert set(after) <= {State.CLOSED, State.ARCHIVED}


TestLife = Life.TestCase
