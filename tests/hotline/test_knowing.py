"""What the records say of a number, on a real database: talks, owners, complaints, groups; and when it is away."""

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from twisted.internet.defer import ensureDeferred
from twisted.internet.selectreactor import SelectReactor

from config.load import PACKAGED
from config.settings import Settings
from hotline.callbacks.following import load_callbacks
from hotline.services.desk import ServiceDesk
from hotline.services.knowing import MOST_TICKETS, known, said_of
from ivr.commands import AskCaller, Enqueue
from ivr.facts import CallerKnown
from ivr.load_needs import load_needs
from records import accounts, calllog, callrecords
from records.callrecords import CallRecord
from records.engine import Database
from records.labels import load_labels
from records.threads import DatabaseThreads
from telephony.core.journal import command_entry
from tickets.lifecycle import Event
from tickets.ticket import list_tickets
from tickets.writing import Draft, change, open_ticket

SETTINGS = Settings(home=Path("unused"), folder=PACKAGED)
RULES = load_needs(SETTINGS, load_labels(SETTINGS))
NUMBER, OTHER = "13800001234", "13800009999"
NOW, DAY = 1_795_233_600.0, 86400.0


@pytest.fixture
def database(database: Database) -> Database:
    for name, display in (("li", "李晓梅"), ("wang", "wang"), ("li2", "li2")):
        database.do(accounts.add_user, name, "agent", {"*": 3}, "password-1", "12348", display)
    return database


def talked(database: Database, call: str, agent: str, at: float, **more: Any) -> None:
    record = CallRecord(call, caller=NUMBER, arrived_at=at - 30, joined_at=at, ended_at=at + 60, agent=agent)
    database.do(callrecords.save, replace(record, **({"label": "law.labour", "outcome": "answered"} | more)))


def asked(database: Database, number: str = NUMBER) -> CallerKnown:
    return database.read(known, AskCaller("now", number), RULES, NOW)


def ticket(database: Database, **more: Any) -> str:
    values = {"category": "law.labour", "title": "欠薪", "content": "内容", "accepted_by": "li"} | more
    return database.do(open_ticket, Draft(**values, contact_number=NUMBER), NOW - DAY).number


def test_talks_are_those_of_the_number_with_agents_there_are(database: Database) -> None:
    talked(database, "c1", "li", NOW - 3 * DAY)
    talked(database, "c2", "wang", NOW - DAY)
    talked(database, "c3", "gone", NOW - DAY)
    talked(database, "c4", "li", NOW - DAY, caller=OTHER)
    talked(database, "now", "li", NOW)
    assert asked(database).talks == (("wang", "law.labour", NOW - DAY), ("li", "law.labour", NOW - 3 * DAY))
    assert asked(database, "13700000000") == CallerKnown("now")


def test_an_owner_counts_until_the_ticket_is_closed(database: Database) -> None:
    number = ticket(database)
    ticket(database, accepted_by="自助语音")
    assert asked(database).owners == (("li", "law.labour", NOW - DAY),)
    database.do(change, number, Event.ANSWER, "li", None, NOW)
    assert asked(database).owners == ()


@pytest.mark.parametrize(
    ("title", "content", "about"),
    [
        ("投诉坐席li", "态度不好", ["li"]),
        ("投诉", "反映李晓梅说话难听", ["li"]),
        ("投诉", "坐席 li2 不耐烦", ["li2"]),
        ("投诉", "昨天那个接线员骂人", ["wang"]),
        ("投诉", "某律师事务所乱收费", []),
        ("投诉", "司法所 client 拖延", []),
    ],
)
def test_whom_a_complaint_is_about(database: Database, title: str, content: str, about: list[str]) -> None:
    talked(database, "c1", "li", NOW - 9 * DAY)
    talked(database, "c2", "wang", NOW - 2 * DAY)
    talked(database, "c3", "li2", NOW - DAY)  # the talk in which the complaint is taken
    ticket(database, category="complaint", title=title, content=content, accepted_by="li2", call="c3")
    assert [each for each, _, _ in asked(database).complaints] == about


def test_a_complaint_of_another_matter_is_none(database: Database) -> None:
    ticket(database, title="投诉li", content="li")
    assert asked(database).complaints == ()


def test_the_last_rating_of_each_agent_counts(database: Database) -> None:
    talked(database, "c1", "li", NOW - 3 * DAY, rating=5)
    talked(database, "c2", "wang", NOW - 4 * DAY, rating=5)
    talked(database, "c3", "wang", NOW - 2 * DAY, rating=1)
    talked(database, "c4", "li", NOW - DAY)
    assert asked(database).complaints == (("li", "rating", NOW - 3 * DAY + 60),)


def test_groups_named_before_are_found_in_the_log(database: Database) -> None:
    talked(database, "c1", "li", NOW - DAY)
    why = (
        ("need", "group.disabled", "said", ""),
        ("need", "group.minor", "noted", "3"),
        ("need", "lang.wu", "said", ""),
    )
    queued = Enqueue("c1", "agent", 0, (("group.disabled", 1),), why=why)
    old = Enqueue("c1", "agent", 0)
    entries = [command_entry("b", NOW - DAY, old), command_entry("b", NOW - DAY + 1, queued)]
    database.do(calllog.append, entries)
    assert asked(database).noted == (("group.disabled", NOW - DAY + 1),)


@pytest.mark.parametrize("seed", range(8))
def test_the_short_way_answers_what_the_whole_way_does(database: Database, seed: int) -> None:
    chance = random.Random(seed)
    numbers = ["", *(f"1380000{each:04d}" for each in range(12))]
    for call in range(chance.randrange(25)):
        more = {"rating": chance.choice((None, 1, 5)), "label": chance.choice((None, "law.labour"))}
        agent, at = chance.choice(("li", "wang", "gone")), NOW - chance.randrange(9) * DAY
        talked(database, f"c{call}", agent, at, caller=chance.choice(numbers), **more)
        why = (("need", chance.choice(("group.disabled", "lang.wu")), chance.choice(("said", "noted")), ""),)
        queued = command_entry("b", at, Enqueue(f"c{call}", "agent", 0, why=why))
        database.do(calllog.append, [queued] * chance.randrange(3))
    for _ in range(chance.randrange(6)):
        values = {"category": chance.choice(("law.labour", "complaint")), "accepted_by": chance.choice(("li", "wang"))}
        content = chance.choice(("内容", "投诉李晓梅", "接线员骂人"))
        draft = Draft(**values, title="标题", content=content, contact_number=chance.choice(numbers) or None)
        database.do(open_ticket, draft, NOW - chance.randrange(9) * DAY)
    for number in numbers:
        request = AskCaller(f"c{chance.randrange(25)}", number)
        assert database.read(known, request, RULES, NOW) == database.read(known_the_whole_way, request)


def known_the_whole_way(session: Session, request: AskCaller) -> CallerKnown:
    """All that is read of a number is read, whether there is any or not."""
    calls = callrecords.latest(session, RULES.earlier_calls + 1, caller=request.number)
    calls = [call for call in calls if call.call != request.call][: RULES.earlier_calls]
    return said_of(session, request, RULES, calls, list_tickets(session, MOST_TICKETS, contact=request.number))


def test_a_number_is_found_by_its_mark_and_kept_nowhere_in_the_open(database: Database) -> None:
    talked(database, "c1", "li", NOW - DAY)
    with database.engine.connect() as connection:
        rows = connection.execute(text("SELECT * FROM call_records")).all()
    assert rows and NUMBER not in repr(rows)


def test_a_database_that_fails_knows_nothing(database: Database) -> None:
    talked(database, "c1", "li", NOW - DAY)
    reactor: Any = SelectReactor()
    reactor.startRunning(installSignalHandlers=False)
    threads = DatabaseThreads(reactor, database)
    desk = ServiceDesk(threads, load_callbacks(SETTINGS), lambda _label: 0, lambda: None, RULES)
    assert answered(reactor, desk.carry_out(AskCaller("now", NUMBER), NOW)).talks
    with database.engine.begin() as connection:
        connection.execute(text("ALTER TABLE call_records RENAME TO away"))
    assert answered(reactor, desk.carry_out(AskCaller("now", NUMBER), NOW)) == CallerKnown("now")
    answered(reactor, ensureDeferred(threads.close()))


def answered(reactor: Any, deferred: Any) -> Any:
    done: list[Any] = []
    deferred.addCallback(done.append)
    while not done:
        reactor.iterate(0.01)
    return done[0]
