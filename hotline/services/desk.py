"""The desk behind the dialogue: what needs the database on a call, carried out and answered by a fact.

It decides who may hear of a ticket and that a call books once. It must not know how the caller is asked.
"""

import hmac
import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session
from twisted.internet.defer import Deferred

from hotline.callbacks.following import wish
from hotline.services import messages, referrals
from hotline.services.knowing import known
from ivr.commands import (
    AskCaller,
    AskProgress,
    Book,
    DeskRequest,
    FindTicket,
    NoteTransfer,
    OpenMessage,
    PromiseCallback,
)
from ivr.facts import Booked, CallerKnown, Fact, MessageTaken, ProgressFound, TicketFound
from ivr.lines.voicemail import VoicemailSettings
from ivr.needs.settings import NeedsSettings
from records import audit, callbacks
from records.callback_entry import Callback
from records.threads import DatabaseThreads
from routing.callbacks import CallbackRules
from tickets.numbers import BEIJING
from tickets.ticket import Ticket, get_ticket, list_tickets
from tickets.writing import Draft, open_ticket

log = logging.getLogger(__name__)

CLERK = "自助语音"  # who accepts what no person does
PROOF = 4  # figures of the contact number


class ServiceDesk:
    """Implements telephony.core.exchange.Desk. `nudge` has the outbox deliver; `priority` is a label's.

    `needs` says which earlier calls and tickets count for a caller, `voicemail` what becomes of a message;
    `recordings` is the folder messages lie in.
    """

    def __init__(
        self,
        threads: DatabaseThreads,
        rules: CallbackRules,
        priority: Callable[[str], int],
        nudge: Callable[[], None],
        needs: NeedsSettings | None = None,
        voicemail: VoicemailSettings | None = None,
        recordings: Path = Path(),
    ) -> None:
        self._threads = threads
        self._rules = rules
        self._priority = priority
        self._nudge = nudge
        self._needs = needs or NeedsSettings()
        self._voicemail = voicemail or VoicemailSettings(prompts={})
        self._recordings = recordings

    def carry_out(self, request: DeskRequest, now: float) -> "Deferred[Fact | None]":
        """Never fails: what cannot be done is answered as such and logged without its content."""
        done: Deferred[Any]
        match request:
            case AskCaller():
                done = self._threads.read(known, request, self._needs, now)
            case AskProgress():
                done = self._threads.write(progress, request, now)
            case Book():
                done = self._threads.write(book, request, now)
                done.addCallback(self._booked)
            case PromiseCallback():
                done = self._threads.write(promise, request, self._rules, self._priority, now)
            case FindTicket():
                done = self._threads.write(referrals.find, request, now)
            case NoteTransfer():
                done = self._threads.write(referrals.note, request, now)
                done.addCallback(self._nudged)
            case OpenMessage():
                done = self._threads.write(messages.take, request, self._voicemail, self._recordings, now)
                done.addCallback(self._nudged)
            case _:
                raise TypeError(f"{type(request).__name__} has nobody at the desk")
        answered: Deferred[Fact | None] = done.addCallbacks(
            lambda fact: fact, lambda failure: refused(request, failure.value)
        )
        return answered

    def _booked(self, fact: Booked) -> Booked:
        self._nudge()
        return fact

    def _nudged(self, fact: Fact | None) -> Fact | None:
        self._nudge()
        return fact

    async def take_up_messages(self, now: float) -> int:
        """Open the tickets of messages that a core before this one left without; how many there were."""
        left = await self._threads.read(messages.left_behind, self._voicemail, self._recordings, now)
        for request in left:
            await self._threads.write(messages.take, request, self._voicemail, self._recordings, now)
        if left:
            log.warning("opened the tickets of %d messages that were left without", len(left))
            self._nudge()
        return len(left)


def refused(request: DeskRequest, error: Exception) -> Fact | None:
    """The answer to a request that failed."""
    log.error("call %s: %s cannot be carried out: %s", request.call, type(request).__name__, type(error).__name__)
    match request:
        case AskCaller():
            return CallerKnown(request.call)
        case AskProgress():
            return ProgressFound(request.call, request.number, "failed")
        case Book():
            return Booked(request.call, "")
        case FindTicket():
            return TicketFound(request.call, "")
        case OpenMessage():
            return MessageTaken(request.call, "")
    return None


def progress(session: Session, request: AskProgress, now: float) -> ProgressFound:
    """The state of a ticket, to its own number or to who proves the contact number; noted in the audit trail."""
    detail = get_ticket(session, request.number)
    if detail is None:
        return ProgressFound(request.call, request.number, "unknown")
    ticket = detail.ticket
    if not own(ticket, request.caller):
        if not request.proof:
            return ProgressFound(request.call, request.number, "proof")
        if not proven(ticket, request.proof):
            audit.append(session, now, CLERK, "ticket.refused", f"ticket:{ticket.number}", {"call": request.call})
            return ProgressFound(request.call, request.number, "wrong_proof")
    audit.append(session, now, CLERK, "ticket.told", f"ticket:{ticket.number}", {"call": request.call})
    changed = max((step.at for step in detail.history), default=ticket.accepted_at)
    return ProgressFound(
        request.call,
        request.number,
        "told",
        session.info["labels"][ticket.category],
        ticket.state_name,
        day_of(ticket.accepted_at),
        day_of(changed),
    )


def own(ticket: Ticket, caller: str) -> bool:
    """Whether the call comes from the ticket's calling or contact number."""
    numbers = [number for number in (ticket.calling_number, ticket.contact_number) if number]
    return caller != "" and any(hmac.compare_digest(number.encode(), caller.encode()) for number in numbers)


def proven(ticket: Ticket, proof: str) -> bool:
    """Whether `proof` are the last figures of the contact number; a ticket without one cannot be proven."""
    contact = "".join(char for char in ticket.contact_number or ticket.calling_number or "" if char.isdigit())
    return len(proof) == PROOF and len(contact) >= PROOF and hmac.compare_digest(contact[-PROOF:], proof)


def book(session: Session, request: Book, now: float) -> Booked:
    """A ticket as any other, for the channels too; asked for again on the same call it is the same ticket."""
    for ticket in list_tickets(session, call=request.call):
        if ticket.title == request.title:
            return Booked(request.call, ticket.number)
    number = request.caller if request.caller.isascii() and request.caller.isdigit() else None
    draft = Draft(
        category=request.label,
        title=request.title,
        content=request.content,
        accepted_by=CLERK,
        call=request.call,
        calling_number=number,
        contact_number=number,
        transcript=request.transcript,
        label=request.label,
    )
    ticket = open_ticket(session, draft, now)
    audit.append(session, now, CLERK, "ticket.open", f"ticket:{ticket.number}", {"call": request.call})
    return Booked(request.call, ticket.number)


def promise(
    session: Session, request: PromiseCallback, rules: CallbackRules, priority: Callable[[str], int], now: float
) -> None:
    """The callback on the number the caller named; hotline.callbacks.following then finds that the call has one."""
    if not rules.callable(request.number) or callbacks.of_call(session, request.call) is not None:
        return
    wanted: dict[str, Any] = {"since": request.since, "due": now, "until": now, "call": request.call}
    wanted |= {"label": request.label, "priority": priority(request.label)}
    wish(session, rules, Callback("", request.number, "queue", **wanted))


def day_of(at: float) -> str:
    """The day in Beijing, ISO."""
    return datetime.fromtimestamp(at, BEIJING).date().isoformat()
