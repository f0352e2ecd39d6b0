"""Changes pushed by outside systems: checked, taken once, told to the others."""

import itertools
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from records.engine import Database
from tickets import outbox_entries
from tickets.channels.events import EventRefusedError, receive_event
from tickets.lifecycle import STATE_NAMES, State
from tickets.ticket import get_ticket
from tickets.writing import Draft, open_ticket

DRAFT = Draft("law.labour", "欠薪", "三个月没发工资", "li")


def test_a_change_is_taken_once_and_told_to_the_other_channel(database: Database) -> None:
    number = database.do(open_ticket, DRAFT, 1.0).number
    event = {"event_id": "e1", "ticket": number, "state": "办理中", "note": "已联系单位", "more": "is ignored"}
    first = database.do(receive_event, "window", event, 2.0)
    assert first.body() == {"ticket": number, "state": "working", "duplicate": False}
    again = database.do(receive_event, "window", event, 3.0)
    assert again.body() == {"ticket": number, "state": "working", "duplicate": True}
    detail = database.read(get_ticket, number)
    assert detail is not None
    assert [step.event for step in detail.history] == ["open", "forward", "dispatch", "sign", "start"]
    assert (detail.history[-1].who, detail.history[-1].note) == ("channel:window", "已联系单位")
    assert {sync.channel: sync.attempts for sync in detail.sync} == {"online": 0, "window": 0}
    for channel, kinds in (("online", ["ticket", "change"]), ("window", ["ticket"])):
        seen = []
        while entries := database.read(outbox_entries.due, channel, 9.0, 9, []):
            seen += [entry.kind for entry in entries]
            for entry in entries:
                database.do(outbox_entries.delivered, entry.id, None, 9.0)
        assert seen == kinds


GOOD = {"event_id": "e1", "ticket": "GD1", "state": "working"}


@pytest.mark.parametrize(
    ("channel", "payload", "status", "field"),
    [
        ("moon", GOOD, 404, "channel"),
        ("online", [], 400, "body"),
        ("online", None, 400, "body"),
        ("online", {}, 400, "event_id"),
        ("online", {**GOOD, "event_id": ""}, 400, "event_id"),
        ("online", {**GOOD, "event_id": "  "}, 400, "event_id"),
        ("online", {**GOOD, "event_id": 7}, 400, "event_id"),
        ("online", {**GOOD, "event_id": "x" * 101}, 400, "event_id"),
        ("online", {**GOOD, "ticket": None}, 400, "ticket"),
        ("online", {**GOOD, "state": ["working"]}, 400, "state"),
        ("online", {**GOOD, "note": {"x": 1}}, 400, "note"),
        ("online", {**GOOD, "note": "长" * 4001}, 400, "note"),
        ("online", {**GOOD, "note": "a\0b"}, 400, "note"),
        ("online", {**GOOD, "note": "\ud83d"}, 400, "note"),
        ("online", GOOD, 404, "ticket"),
        ("12345", {**GOOD, "ticket": "GD20261121-000001"}, 404, "ticket"),
        ("online", {**GOOD, "ticket": "GD20261121-000001", "state": "完了"}, 400, "state"),
        ("online", {**GOOD, "ticket": "GD20261121-000001", "state": "受理", "event_id": "e2"}, 409, "state"),
        ("online", {**GOOD, "ticket": "GD20261121-000002", "event_id": "taken"}, 409, "event_id"),
    ],
)
def test_what_is_refused_is_named(database: Database, channel: str, payload: Any, status: int, field: str) -> None:
    noon = 1_795_233_600.0
    for _ in range(2):
        database.do(open_ticket, DRAFT, noon)
    taken = {"event_id": "taken", "ticket": "GD20261121-000001", "state": "working"}
    database.do(receive_event, "online", taken, noon)
    before = [database.read(get_ticket, f"GD20261121-00000{number}") for number in (1, 2)]
    with pytest.raises(EventRefusedError) as refused:
        database.do(receive_event, channel, payload, noon)
    assert (refused.value.status, refused.value.field) == (status, field)
    assert refused.value.body()["error"]
    assert [database.read(get_ticket, f"GD20261121-00000{number}") for number in (1, 2)] == before


events = itertools.count()


@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.sampled_from(State), st.sampled_from(["online", "window"]), st.booleans()),
        max_size=12,
    )
)
@hypothesis_settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_repeats_change_nothing(database: Database, pushes: list[tuple[int, State, str, bool]]) -> None:
    number = database.do(open_ticket, DRAFT, 1.0).number
    own = next(events)
    taken: dict[tuple[str, str], str] = {}
    for id, state, channel, by_name in pushes:
        said = STATE_NAMES[state] if by_name else state.value
        event = {"event_id": f"{own}-{id}", "ticket": number, "state": said, "note": None}
        before = database.read(get_ticket, number)
        try:
            received = database.do(receive_event, channel, event, 2.0)
        except EventRefusedError as refused:
            assert refused.status == 409
            assert database.read(get_ticket, number) == before
            continue
        after = database.read(get_ticket, number)
        assert before is not None
        assert after is not None
        assert received.duplicate == ((channel, event["event_id"]) in taken)
        if received.duplicate:
            assert after == before
        else:
            assert after.ticket.state == state.value
            assert len(after.history) > len(before.history)
        taken[channel, str(event["event_id"])] = said
