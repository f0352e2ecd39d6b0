"""What answers mean, when the next try comes, and which entry may leave."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from config.settings import Channel
from records.engine import Database
from tickets import outbox_entries as entries
from tickets.channels.client import Arrived, Outcome, Refused, TryLater, judge
from tickets.lifecycle import Event
from tickets.outbox import pause
from tickets.writing import Draft, change, open_ticket

DRAFT = Draft("law.labour", "欠薪", "三个月没发工资", "li", channels=("online",))


@pytest.mark.parametrize(
    ("status", "body", "retry_after", "outcome"),
    [
        (201, b'{"reference": "A-1"}', "", Arrived("A-1")),
        (200, b'{"reference": 7}', "", Arrived(None)),
        (204, b"", "", Arrived(None)),
        (200, b"<html>", "", Arrived(None)),
        (409, b'{"duplicate": true, "reference": "A-1"}', "", Arrived("A-1")),
        (409, b'{"duplicate": "true"}', "", TryLater("对方系统返回409")),
        (409, b"", "", TryLater("对方系统返回409")),
        (408, b"", "", TryLater("对方系统返回408")),
        (429, b"", "30", TryLater("对方系统返回429", 30.0)),
        (429, b"", "Wed, 21 Oct 2026 07:28:00 GMT", TryLater("对方系统返回429")),
        (500, b"[" * 100_000, "", TryLater("对方系统返回500")),
        (503, b'{"error": "busy"}', "9", TryLater("对方系统返回503：busy", 9.0)),
        (400, b'{"error": "title: missing"}', "", Refused("对方系统返回400：title: missing")),
        (401, b"", "", Refused("对方系统返回401")),
        (422, b"[]", "", Refused("对方系统返回422")),
        (302, b"", "", Refused("对方系统返回302")),
    ],
)
def test_answers(status: int, body: bytes, retry_after: str, outcome: Outcome) -> None:
    assert judge(status, body, retry_after) == outcome


@given(st.integers(100, 599), st.binary(max_size=200), st.text(max_size=20))
def test_every_answer_is_judged(status: int, body: bytes, retry_after: str) -> None:
    outcome = judge(status, body, retry_after)
    assert isinstance(outcome, Arrived) or status < 200 or status >= 300


def test_pauses_double_up_to_the_cap() -> None:
    channel = Channel(retry_seconds=0.5, retry_cap_seconds=60)
    assert [pause(attempts, channel) for attempts in (0, 1, 2, 6, 7, 1000)] == [0.5, 1, 2, 32, 60, 60]
    assert pause(0, channel, 20) == 20
    assert pause(0, channel, 3600) == 60


def test_entries_of_a_ticket_leave_one_after_the_other(database: Database) -> None:
    number = database.do(open_ticket, DRAFT, 1.0).number
    database.do(change, number, Event.FORWARD, "li", None, 2.0)
    other = database.do(open_ticket, DRAFT, 3.0).number
    due = database.read(entries.due, "online", 9.0, 9, [])
    assert [(entry.ticket, entry.kind) for entry in due] == [(number, "ticket"), (other, "ticket")]
    assert [entry.ticket for entry in database.read(entries.due, "online", 9.0, 9, [due[0].id])] == [other]
    assert [entry.ticket for entry in database.read(entries.due, "online", 9.0, 1, [])] == [number]
    assert database.read(entries.due, "online", 0.5, 9, []) == []
    assert database.read(entries.due, "window", 9.0, 9, []) == []
    database.do(entries.park, due[0].id, "对方系统返回400")
    assert [entry.ticket for entry in database.read(entries.due, "online", 9.0, 9, [])] == [other]
    (sync,) = database.read(entries.sync_of, number)
    assert (sync.state, sync.error, sync.next_at) == ("failed", "对方系统返回400", None)
    assert database.do(entries.retry, number, "online", 9.0) == 2
    database.do(entries.delivered, due[0].id, "A-1", 10.0)
    assert [entry.kind for entry in database.read(entries.due, "online", 10.0, 9, [due[1].id])] == ["change"]


def test_the_next_try_is_in_the_database(database: Database) -> None:
    database.do(open_ticket, DRAFT, 1.0)
    database.do(open_ticket, DRAFT, 2.0)
    first, second = database.read(entries.due, "online", 9.0, 9, [])
    database.do(entries.put_off, first.id, "连不上", 50.0)
    assert database.read(entries.next_due, "online", []) == 2.0
    database.do(entries.put_off, second.id, "连不上", 40.0)
    assert database.read(entries.next_due, "online", []) == 40.0
    assert database.read(entries.next_due, "online", [second.id]) == 50.0
    assert database.read(entries.next_due, "window", []) is None
    assert [entry.attempts for entry in database.read(entries.due, "online", 60.0, 9, [])] == [1, 1]
    database.do(entries.wake, "online", 30.0)
    assert len(database.read(entries.due, "online", 30.0, 9, [])) == 2


@given(st.lists(st.sampled_from(["arrive", "put off", "park", "retry", "change", "open"]), max_size=20))
@hypothesis_settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_entries_arrive_once_and_in_order(database: Database, happenings: list[str]) -> None:
    draft = replace(DRAFT, channels=("window",))
    ours = [database.do(open_ticket, draft, 1.0).number]
    arrived: list[str] = []

    def due() -> list[entries.OutboxEntry]:
        return [each for each in database.read(entries.due, "window", 2.0, 99, []) if each.ticket in ours]

    for happening in [*happenings, "retry", *["arrive"] * 40]:
        first = next(iter(due()), None)
        match happening:
            case "open":
                ours.append(database.do(open_ticket, draft, 1.0).number)
            case "change":
                database.do(change, ours[-1], Event.REMARK, "li", None, 1.0)
            case "retry":
                for number in ours:
                    database.do(entries.retry, number, "window", 1.0)
            case "arrive" if first:
                arrived.append(first.id)
                database.do(entries.delivered, first.id, None, 2.0)
            case "put off" if first:
                database.do(entries.put_off, first.id, "later", 99.0)
            case "park" if first:
                database.do(entries.park, first.id, "no")
    assert len(arrived) == len(set(arrived)) == len(ours) + happenings.count("change")
    assert all(sync.state == "delivered" for number in ours for sync in database.read(entries.sync_of, number))
