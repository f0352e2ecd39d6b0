"""Tickets that go to 12345 with a call, and come from there: found by either house's number, noted when a call ended.

It decides which ticket a call of 12345's belongs to. It must not know how the call is passed on (ivr.dialogue).
"""

import logging

from sqlalchemy.orm import Session

from ivr.commands import FindTicket, NoteTransfer
from ivr.facts import TicketFound
from records import audit
from records.transfer_entry import ANSWERED, BUSY, CANCELLED, FAILED, NO_ANSWER, REFUSED
from tickets.lifecycle import Event, State
from tickets.referring import CHANNEL, known
from tickets.ticket import Ticket, get_ticket
from tickets.writing import Draft, change, open_ticket

log = logging.getLogger(__name__)

CLERK = "自助语音"
CATEGORY = "unclear"  # of a ticket nobody has told anything about
OUTCOMES = {
    ANSWERED: "已接通",
    BUSY: "占线，来电人已回到本热线",
    NO_ANSWER: "无人接听，来电人已回到本热线",
    REFUSED: "对方拒接，来电人已回到本热线",
    FAILED: "线路未接通，来电人已回到本热线",
    CANCELLED: "坐席取消",
}


def find(session: Session, request: FindTicket, now: float) -> TicketFound:
    """The ticket of the reference: by our number or by theirs; a number of theirs that is new opens one.

    Told to the audit trail. Without a reference there is none.
    """
    reference = request.reference.partition(" ")[0]
    if not reference:
        return TicketFound(request.call, "")
    number = known(session, reference)
    if number is None:
        number = opened(session, request, reference, now).number
    detail = get_ticket(session, number)
    if detail is None:
        return TicketFound(request.call, "")
    audit.append(session, now, CLERK, "ticket.referred", f"ticket:{number}", {"call": request.call})
    return TicketFound(request.call, number, detail.ticket.category, detail.ticket.first_owner)


def opened(session: Session, request: FindTicket, reference: str, now: float) -> Ticket:
    """A ticket for a case of 12345's that we have not heard of; what it is about the agent writes."""
    caller = request.caller if request.caller.isascii() and request.caller.isdigit() else None
    draft = Draft(
        category=CATEGORY,
        title=f"12345转来 {reference}",
        content=f"12345转来的来电，对方编号{reference}。",
        accepted_by=CLERK,
        call=request.call,
        channel=CHANNEL,
        calling_number=caller,
        contact_number=caller,
        number_12345=reference,
        channels=(),
    )
    return open_ticket(session, draft, now)


def note(session: Session, request: NoteTransfer, now: float) -> None:
    """One line of the ticket's history: what became of the call."""
    detail = get_ticket(session, request.ticket)
    if detail is None or detail.ticket.state == State.ARCHIVED.value:
        return
    said = OUTCOMES.get(request.outcome, request.outcome)
    change(session, request.ticket, Event.REMARK, request.by or CLERK, f"转接{request.number}：{said}", now)
