"""The desk behind the dialogue on a real database: who hears of a ticket, and that a call books once."""

from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import ensureDeferred
from twisted.internet.selectreactor import SelectReactor

from config.load import PACKAGED
from config.settings import Settings
from hotline.callbacks.following import keeping, load_callbacks
from hotline.services.desk import CLERK, ServiceDesk, book, progress, promise, refused
from ivr.commands import (
    AskCaller,
    AskPlace,
    AskProgress,
    Book,
    DeskRequest,
    FindTicket,
    NoteTransfer,
    OpenMessage,
    PromiseCallback,
)
from ivr.facts import Booked, CallerKnown, MessageTaken, ProgressFound, TicketFound
from records import callbacks
from records.callrecords import CallRecord
from records.engine import Database
from records.threads import DatabaseThreads
from routing.estimate import Abandons
from tickets.lifecycle import Event
from tickets.ticket import get_ticket, list_tickets
from tickets.writing import Draft, change, open_ticket

NOON = 1_795_233_600.0  # 2026-11-21 12:00 in Beijing
DAY = 86_400.0
CALLING, CONTACT = "13800001234", "057188889999"
DRAFT = Draft("law.labour", "欠薪", "三个月没发工资", "li", calling_number=CALLING, contact_number=CONTACT)
BOOK = Book("c1", "appointment", "预约公证：2026-11-25（周三）上午", "服务：公证", CALLING, "我要预约公证")
RULES = load_callbacks(Settings(home=Path("unused"), folder=PACKAGED))


@pytest.fixture
def number(database: Database) -> str:
    ticket = database.do(open_ticket, DRAFT, NOON)
    database.do(change, ticket.number, Event.FORWARD, "li", None, NOON + 2 * DAY)
    return ticket.number


def asked(number: str, caller: str, proof: str = "") -> AskProgress:
    return AskProgress("c1", number, caller, proof)


@pytest.mark.parametrize("caller", [CALLING, CONTACT])
def test_its_own_number_is_told(database: Database, number: str, caller: str) -> None:
    found = database.do(progress, asked(number, caller), NOON)
    assert found == ProgressFound("c1", number, "told", "劳动", "待派单", "2026-11-21", "2026-11-23")


@pytest.mark.parametrize(
    ("caller", "proof", "outcome"),
    [
        ("13900000000", "", "proof"),
        ("", "", "proof"),
        ("13900000000", "9999", "told"),
        ("", "9999", "told"),
        ("13900000000", "1234", "wrong_proof"),
        ("13900000000", "99", "wrong_proof"),
        ("13900000000", "889999", "wrong_proof"),
    ],
)
def test_others_prove_the_contact_number(
    database: Database, number: str, caller: str, proof: str, outcome: str
) -> None:
    found = database.do(progress, asked(number, caller, proof), NOON)
    assert found.outcome == outcome
    assert (found.state != "") is (outcome == "told")


def test_a_ticket_without_a_number_is_told_to_nobody(database: Database) -> None:
    draft = Draft("law.labour", "欠薪", "三个月没发工资", "li")
    ticket = database.do(open_ticket, draft, NOON)
    assert database.do(progress, asked(ticket.number, ""), NOON).outcome == "proof"
    assert database.do(progress, asked(ticket.number, "", "0000"), NOON).outcome == "wrong_proof"


def test_an_unknown_ticket(database: Database) -> None:
    assert database.do(progress, asked("GD20261121-000009", CALLING), NOON).outcome == "unknown"
    assert database.do(progress, asked("", CALLING), NOON).outcome == "unknown"


def test_a_call_books_once(database: Database) -> None:
    first, second = database.do(book, BOOK, NOON), database.do(book, BOOK, NOON + 1)
    assert first == second
    [ticket] = database.read(list_tickets)
    assert (ticket.number, ticket.category, ticket.accepted_by, ticket.call) == (
        first.number,
        "appointment",
        CLERK,
        "c1",
    )
    assert (ticket.calling_number, ticket.contact_number, ticket.transcript) == (CALLING, CALLING, "我要预约公证")
    detail = database.read(get_ticket, first.number)
    assert detail is not None
    assert [sync.channel for sync in detail.sync] == ["online", "window"]


def test_a_withheld_number_is_no_contact(database: Database) -> None:
    booked = database.do(book, Book("c1", "appointment", "预约", "内容", "anonymous", ""), NOON)
    [ticket] = database.read(list_tickets)
    assert (ticket.number, ticket.calling_number, ticket.contact_number) == (booked.number, None, None)


def test_another_number_is_called_back_and_not_the_one_that_called(database: Database) -> None:
    request = PromiseCallback("c1", "13900002222", "law.labour", NOON - 60)
    for _ in range(2):
        database.do(promise, request, RULES, lambda _label: 3, NOON)
    times = {"arrived_at": NOON - 90, "queued_at": NOON - 60, "ended_at": NOON + 5}
    keep = keeping(RULES, Abandons(), lambda _label: 0)
    database.do(keep, CallRecord("c1", caller=CALLING, end_reason="要求回拨", **times))
    [kept] = database.read(callbacks.all_open)
    assert (kept.number, kept.since, kept.label, kept.priority, kept.source) == (
        *("13900002222", NOON - 60, "law.labour", 3),
        "queue",
    )


def test_a_number_nobody_can_call_is_not_promised(database: Database) -> None:
    database.do(promise, PromiseCallback("c1", "12", "agent", NOON), RULES, lambda _label: 0, NOON)
    assert database.read(callbacks.all_open) == []


def carried_out(database: Database, request: Any, nudges: list[str]) -> Any:
    """What the desk answers, on a reactor of its own."""
    reactor: Any = SelectReactor()
    reactor.startRunning(installSignalHandlers=False)
    threads = DatabaseThreads(reactor, database)
    desk = ServiceDesk(threads, RULES, lambda _label: 0, lambda: nudges.append("now"))
    answers: list[Any] = []
    desk.carry_out(request, NOON).addCallback(answers.append)
    while not answers:
        reactor.iterate(0.01)
    closed: list[Any] = []
    ensureDeferred(threads.close()).addCallback(closed.append)
    while not closed:
        reactor.iterate(0.01)
    return answers[0]


def test_the_desk_answers_and_has_the_outbox_deliver(database: Database) -> None:
    nudges: list[str] = []
    booked = carried_out(database, BOOK, nudges)
    assert isinstance(booked, Booked)
    assert booked.number
    assert nudges == ["now"]
    assert carried_out(database, asked(booked.number, CALLING), nudges).outcome == "told"
    assert carried_out(database, PromiseCallback("c2", "13900002222", "agent", NOON), nudges) is None


def test_what_cannot_be_written_is_answered_as_such(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    nudges: list[str] = []
    refusing = Book("c1", "no.such.label", "预约", "内容", CALLING, "")
    assert carried_out(database, refusing, nudges) == Booked("c1", "")
    assert "c1: Book cannot be carried out: TicketRefusedError" in caplog.text
    assert CALLING not in caplog.text
    assert nudges == []


def test_each_request_has_its_refusal() -> None:
    error = RuntimeError("the disk is full")
    assert refused(asked("GD20261121-000001", CALLING), error) == ProgressFound("c1", "GD20261121-000001", "failed")
    assert refused(AskCaller("c1", CALLING), error) == CallerKnown("c1")
    assert refused(PromiseCallback("c1", "13900002222", "agent", NOON), error) is None
    assert {kind.__name__ for kind in DeskRequest.__subclasses__()} == {
        "AskCaller",
        "AskProgress",
        "Book",
        "FindTicket",
        "NoteTransfer",
        "OpenMessage",
        "PromiseCallback",
    }
    assert refused(FindTicket("c1", "GD20261121-000001", CALLING), error) == TicketFound("c1", "")
    assert refused(NoteTransfer("c1", "GD20261121-000001", "12345", "busy", "li"), error) is None
    assert refused(OpenMessage("c1", CALLING, "agent", "", "", 0.0, ""), error) == MessageTaken("c1", "")
    assert not issubclass(AskPlace, DeskRequest)
