"""Opening and changing tickets: one number each, everything in one transaction, everyone told once."""

import threading
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.orm import Session

from records.engine import Database
from tickets import outbox_entries
from tickets.lifecycle import Event, LifecycleError
from tickets.numbers import day_of
from tickets.ticket import get_ticket, list_tickets
from tickets.writing import Draft, TicketRefusedError, change, open_ticket

NOON = 1_795_233_600.0  # 2026-11-21 12:00 in Beijing
DRAFT = Draft("law.labour", "欠薪", "三个月没发工资", "li", call="c1", contact_number="13812341234")


def test_a_ticket_its_history_and_its_entries(database: Database) -> None:
    ticket = database.do(open_ticket, DRAFT, NOON)
    assert ticket.number == "GD20261121-000001"
    assert (ticket.state, ticket.state_name, ticket.first_owner, ticket.accepted_at) == ("accepted", "受理", "li", NOON)
    detail = database.read(get_ticket, ticket.number)
    assert detail is not None
    assert detail.ticket == ticket
    assert [(step.event, step.before, step.after) for step in detail.history] == [("open", None, "accepted")]
    assert [(sync.channel, sync.state) for sync in detail.sync] == [("online", "waiting"), ("window", "waiting")]
    (entry,) = database.read(outbox_entries.due, "window", NOON, 9, [])
    assert (entry.kind, entry.body["number"], entry.body["category_name"]) == ("ticket", ticket.number, "劳动")
    assert database.read(get_ticket, "GD20261121-000002") is None


def test_all_or_nothing(database: Database) -> None:
    def open_and_fail(session: Session) -> None:
        open_ticket(session, DRAFT, NOON)
        raise RuntimeError("the power is gone")

    with pytest.raises(RuntimeError):
        database.do(open_and_fail)
    assert database.read(list_tickets) == []
    assert database.read(outbox_entries.due, "online", NOON, 9, []) == []
    assert database.do(open_ticket, DRAFT, NOON).number.endswith("-000001")


def test_numbers_are_never_given_twice(database: Database) -> None:
    numbers: list[str] = []

    def many() -> None:
        for _ in range(25):
            numbers.append(database.do(open_ticket, DRAFT, NOON).number)

    threads = [threading.Thread(target=many) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == [f"GD20261121-{number:06d}" for number in range(1, 201)]


def test_the_day_is_beijings() -> None:
    assert [day_of(NOON + hours * 3600) for hours in (-12, 11.99, 12)] == ["20261121", "20261121", "20261122"]


def test_each_day_counts_for_itself(database: Database) -> None:
    numbers = [database.do(open_ticket, DRAFT, NOON + days * 86400).number for days in (0, 1, 0)]
    assert numbers == ["GD20261121-000001", "GD20261122-000001", "GD20261121-000002"]


@pytest.mark.parametrize(
    ("wrong", "fields", "said"),
    [
        ({"category": "", "title": " ", "content": "", "accepted_by": ""}, 4, "请填写：类别、标题、内容、受理人"),
        ({"category": "law.nothing"}, ("category",), "“law.nothing”不在目录中"),
        ({"urgency": "很急"}, ("urgency",), "“很急”应为：一般、普通、紧急、特急"),
        ({"title": "欠" * 201}, ("title",), "最多200字"),
        ({"contact_number": "1" * 33}, ("contact_number",), "最多32字"),
        ({"channels": ("online", "moon")}, ("channels",), "moon"),
        ({"channels": ("online", "online")}, ("channels",), "各一次"),
    ],
)
def test_wrong_drafts_are_named(database: Database, wrong: dict[str, Any], fields: Any, said: str) -> None:
    with pytest.raises(TicketRefusedError, match=said) as refused:
        database.do(open_ticket, replace(DRAFT, **wrong), NOON)
    assert refused.value.fields == fields or len(refused.value.fields) == fields
    assert database.read(list_tickets) == []


def test_changes_are_steps_and_every_channel_hears_of_them(database: Database) -> None:
    number = database.do(open_ticket, replace(DRAFT, channels=("online",)), NOON).number
    ticket = database.do(change, number, Event.FORWARD, "li", "请劳动科办", NOON + 60)
    assert ticket.state == "to_dispatch"
    with pytest.raises(LifecycleError, match="不能办结"):
        database.do(change, number, Event.CLOSE, "li", None, NOON + 61)
    with pytest.raises(LookupError, match="GD1"):
        database.do(change, "GD1", Event.FORWARD, "li", None, NOON)
    detail = database.read(get_ticket, number)
    assert detail is not None
    assert [(step.event, step.note) for step in detail.history] == [("open", None), ("forward", "请劳动科办")]
    first = database.read(outbox_entries.due, "online", NOON + 99, 9, [])
    assert [entry.kind for entry in first] == ["ticket"]
    database.do(outbox_entries.delivered, first[0].id, "online-1", NOON + 99)
    (second,) = database.read(outbox_entries.due, "online", NOON + 99, 9, [])
    assert (second.kind, second.body["state"], second.body["note"]) == ("change", "to_dispatch", "请劳动科办")


def test_the_end_and_the_result_are_noted(database: Database) -> None:
    number = database.do(open_ticket, DRAFT, NOON).number
    steps = [Event.FORWARD, Event.DISPATCH, Event.SIGN, Event.START, Event.FEED_BACK, Event.FOLLOW_UP, Event.CLOSE]
    for place, event in enumerate(steps):
        ticket = database.do(
            change, number, event, "li", "已追回工资" if event is Event.FEED_BACK else None, NOON + place
        )
    assert (ticket.result, ticket.finished_at, ticket.state_name) == ("已追回工资", NOON + 6, "办结")


def test_lists(database: Database) -> None:
    first = database.do(open_ticket, DRAFT, NOON).number
    second = database.do(open_ticket, replace(DRAFT, call="c2", contact_number="110"), NOON + 1).number
    database.do(change, second, Event.FORWARD, "li", None, NOON)

    def numbers(limit: int = 9, **filters: Any) -> list[str]:
        return [ticket.number for ticket in database.read(list_tickets, limit, **filters)]

    assert numbers() == [second, first]
    assert numbers(1) == [second]
    assert numbers(state="accepted") == [first]
    assert numbers(call="c2") == [second]
    assert numbers(contact="13812341234") == [first]
