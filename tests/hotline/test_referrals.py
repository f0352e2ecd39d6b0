"""Tickets between 12345 and us: found by either house's number, sent once, noted when a call has ended."""

import pytest

from hotline.services import referrals
from ivr.commands import FindTicket, NoteTransfer
from ivr.facts import TicketFound
from records import audit
from records.engine import Database
from tickets import outbox_entries
from tickets.referring import send
from tickets.ticket import get_ticket, list_tickets
from tickets.writing import Draft, open_ticket

NOW = 1795228200.0
DRAFT = Draft("law.family", "离婚", "想离婚", "li", call="c0", channels=())


def ask(database: Database, reference: str) -> TicketFound:
    return database.do(referrals.find, FindTicket("c1", reference, "13800001234"), NOW)


def test_the_ticket_is_found_by_either_number(database: Database) -> None:
    number = database.do(open_ticket, DRAFT, NOW).number
    database.do(send, number, "li", NOW)
    [entry, *changes] = database.read(outbox_entries.due, "12345", NOW, 10, ())
    assert (entry.kind, entry.ticket, changes) == ("ticket", number, [])
    database.do(outbox_entries.delivered, entry.id, "W-778", NOW)
    expected = TicketFound("c1", number, "law.family", "li")
    assert ask(database, number) == expected
    assert ask(database, "W-778") == expected
    assert ask(database, f"{number} 想离婚") == expected, "the words behind the number do not matter"
    assert [entry.action for entry in database.read(audit.trail)] == ["ticket.referred"] * 3


def test_a_case_nobody_knows_opens_one_ticket(database: Database) -> None:
    found = ask(database, "W-999")
    assert ask(database, "W-999").ticket == found.ticket
    [ticket] = database.read(list_tickets)
    assert (ticket.number, ticket.number_12345, ticket.channel) == (found.ticket, "W-999", "12345")
    assert ask(database, "") == TicketFound("c1", "")


def test_a_ticket_goes_to_12345_once_and_is_passed_on(database: Database) -> None:
    number = database.do(open_ticket, DRAFT, NOW).number
    assert database.do(send, number, "li", NOW).state_name == "待派单"
    assert database.do(send, number, "li", NOW).state_name == "待派单"
    [sync] = [each for each in database.read(outbox_entries.sync_of, number) if each.channel == "12345"]
    assert sync.state == "waiting"
    with pytest.raises(LookupError):
        database.do(send, "GD0", "li", NOW)


@pytest.mark.parametrize(
    ("outcome", "said"), [("answered", "已接通"), ("busy", "占线"), ("no_answer", "无人接听"), ("failed", "线路未接通")]
)
def test_what_became_of_the_call_is_a_line_of_the_ticket(database: Database, outcome: str, said: str) -> None:
    number = database.do(open_ticket, DRAFT, NOW).number
    database.do(referrals.note, NoteTransfer("c1", number, "12345", outcome, "li"), NOW)
    database.do(referrals.note, NoteTransfer("c1", "GD0", "12345", outcome, "li"), NOW)
    detail = database.read(get_ticket, number)
    assert detail is not None
    step = detail.history[-1]
    assert (step.who, step.event) == ("li", "remark")
    assert (step.note or "").startswith(f"转接12345：{said}")
