"""Callbacks: one for a number, its place kept, tries with gaps, windows, whose turn it is, a table without traps."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.callback_entry import Callback
from routing.callbacks import (
    NO_ANSWER,
    OVERDUE,
    TABLE,
    CallbackError,
    CallbackRules,
    Event,
    State,
    ask,
    happen,
    in_order,
    next_for,
    overdue,
)

RULES = CallbackRules.model_validate(
    {"windows": {"every": "08:30-20:00"}, "gaps_seconds": [900, 3600], "offer_seconds": 600, "keep_seconds": 86400}
)
ZONE = timezone(timedelta(hours=8))
NOON = datetime(2026, 11, 23, 12, tzinfo=ZONE).timestamp()
CLOSED = (State.DONE, State.GIVEN_UP, State.CANCELLED)


def wish(number: str = "13800001234", since: float = NOON, **more: Any) -> Callback:
    return Callback("", number, **({"source": "missed", "since": since, "due": since, "until": since} | more))


def new(id: str = "HB1", **more: Any) -> Callback:
    return ask(RULES, None, replace(wish(**more), id=id))


def names(_day: Any) -> tuple[str, ...]:
    return ("every",)


def taken(callbacks: list[Callback], agent: str = "li", now: float = NOON, labels: tuple[str, ...] = ("agent",)) -> str:
    local = datetime.fromtimestamp(now, UTC).astimezone(ZONE)
    found = next_for(RULES, callbacks, agent, lambda label: label in labels, (now, local), names)
    return found.id if found else ""


def test_another_call_of_the_same_number_keeps_the_place_and_makes_no_second_one() -> None:
    first = new(since=NOON - 600, label="law", call="c1")
    again = ask(RULES, first, wish(since=NOON, label="notary", call="c2", priority=5, source="queue"))
    assert again.id == first.id
    assert (again.since, again.due) == (NOON - 600, NOON - 600)
    assert (again.label, again.call, again.priority, again.source) == ("notary", "c2", 5, "queue")
    assert again.until == NOON + 86400


def test_a_later_wish_does_not_bring_the_next_try_forward() -> None:
    tried = happen(RULES, happen(RULES, new(), Event.OFFER, NOON, "li"), Event.MISSED, NOON + 60)
    assert ask(RULES, tried, wish(since=NOON + 100)).due == tried.due


def test_tries_come_with_their_gaps_and_end() -> None:
    callback = new()
    for gap in (900, 3600):
        callback = happen(RULES, happen(RULES, callback, Event.OFFER, NOON, "li"), Event.MISSED, NOON + 60)
        assert (callback.state, callback.due) == ("WAITING", NOON + 60 + gap)
    callback = happen(RULES, happen(RULES, callback, Event.OFFER, NOON, "wu"), Event.MISSED, NOON + 90)
    assert (callback.state, callback.result, callback.attempts) == ("GIVEN_UP", NO_ANSWER, 3)
    assert callback.closed_at == NOON + 90


def test_the_result_and_who_called_are_kept() -> None:
    callback = happen(RULES, happen(RULES, new(), Event.OFFER, NOON, "li"), Event.REACHED, NOON + 60, note="已答复")
    assert (callback.state, callback.result, callback.agent, callback.note) == ("DONE", "reached", "li", "已答复")


def test_what_an_agent_forgot_waits_again_and_costs_no_try() -> None:
    offered = happen(RULES, new(), Event.OFFER, NOON, "li")
    assert overdue(RULES, offered, NOON + 599) == offered
    again = overdue(RULES, offered, NOON + 600)
    assert (again.state, again.attempts) == ("WAITING", 0)


def test_what_is_too_old_is_given_up() -> None:
    assert overdue(RULES, new(), NOON + 86399).state == "WAITING"
    late = overdue(RULES, new(), NOON + 86400)
    assert (late.state, late.result) == ("GIVEN_UP", OVERDUE)


def test_the_order_is_that_of_the_queue() -> None:
    late, early = new("HB1", since=NOON), new("HB2", number="13900001234", since=NOON - 60)
    urgent = new("HB3", number="13700001234", since=NOON, priority=5)
    assert [each.id for each in in_order([late, early, urgent])] == ["HB3", "HB2", "HB1"]
    assert taken([late, early]) == "HB2"


@pytest.mark.parametrize(
    ("hour", "minute", "found"), [(8, 29, ""), (8, 30, "HB1"), (19, 59, "HB1"), (20, 0, ""), (0, 0, "")]
)
def test_nobody_is_called_outside_the_window(hour: int, minute: int, found: str) -> None:
    now = datetime(2026, 11, 24, hour, minute, tzinfo=ZONE).timestamp()
    assert taken([new(since=now - 60)], now=now) == found


def test_a_scheduled_one_is_not_called_before_its_time() -> None:
    scheduled = new(source="scheduled", due=NOON + 3600)
    assert taken([scheduled], now=NOON + 3599) == ""
    assert taken([scheduled], now=NOON + 3600) == "HB1"


def test_ones_own_callers_come_first_and_others_wait_for_theirs() -> None:
    any_agent, wus = new("HB1", since=NOON - 60), new("HB2", number="13900001234", preferred="wu")
    assert taken([any_agent, wus], "wu") == "HB2"
    assert taken([wus], "li") == ""
    assert taken([wus], "li", now=NOON + RULES.preferred_seconds - 1) == ""
    assert taken([wus], "li", now=NOON + RULES.preferred_seconds) == "HB2"


def test_only_who_answers_the_label_gets_it() -> None:
    assert taken([new(label="notary")]) == ""
    assert taken([new(label="notary")], labels=("notary",)) == "HB1"


def test_one_that_an_agent_has_is_offered_to_nobody_else() -> None:
    assert taken([happen(RULES, new(), Event.OFFER, NOON, "li")], "wu") == ""


@pytest.mark.parametrize("state", CLOSED)
@pytest.mark.parametrize("event", Event)
def test_a_closed_one_stays_closed(state: State, event: Event) -> None:
    with pytest.raises(CallbackError, match=state.value):
        happen(RULES, replace(new(), state=state.name), event, NOON)


@pytest.mark.parametrize("state", [state for state in State if state not in CLOSED])
def test_every_open_state_can_end(state: State) -> None:
    assert any(target is None or target in CLOSED for (origin, _), target in TABLE.items() if origin is state)


@given(st.lists(st.tuples(st.sampled_from(Event), st.floats(0, 5000)), max_size=30))
def test_whatever_happens_it_ends_within_its_tries_and_its_days(events: list[tuple[Event, float]]) -> None:
    callback, now = new(), NOON
    for event, after in events:
        now += after
        callback = overdue(RULES, callback, now)
        if (State[callback.state], event) in TABLE:
            callback = happen(RULES, callback, event, now, "li")
        assert callback.attempts <= len(RULES.gaps_seconds) + 1
        assert (callback.closed_at is not None) == (State[callback.state] in CLOSED)
        assert callback.since == NOON
    assert State[overdue(RULES, overdue(RULES, callback, now + 600), now + 86400 * 2).state] in CLOSED


@pytest.mark.parametrize(
    ("number", "good"),
    [("13800001234", True), ("", False), ("anonymous", False), ("12345", False), ("１３８００００１２３４", False)],
)
def test_numbers_that_can_be_called(number: str, good: bool) -> None:
    assert RULES.callable(number) is good
