"""What the records say of a calling number: talks, tickets, complaints, special groups noted. Reads only.

It decides which agent a complaint is about. It must not know what follows from it for a call (ivr.needs.wanted).
"""

import re
from collections.abc import Collection, Iterator

from sqlalchemy import bindparam, exists, select
from sqlalchemy.orm import Session

from ivr.commands import AskCaller
from ivr.facts import CallerKnown
from ivr.needs.reasons import NEED
from ivr.needs.settings import GROUP, NeedsSettings
from records import accounts, callrecords
from records.accounts import Account
from records.callrecords import CallRecord
from records.schema import CallLogRow, CallRecordRow, TicketRow
from tickets.lifecycle import State
from tickets.ticket import Ticket, list_tickets

OVER = (State.CLOSED.value, State.ARCHIVED.value)
MOST_TICKETS = 50
THERE = select(
    exists().where(CallRecordRow.caller_mark == bindparam("number"), CallRecordRow.call != bindparam("own")),
    exists().where(TicketRow.contact_mark == bindparam("number")),
)
"""Whether the number has other calls, and tickets. Made once: SQLAlchemy works out a statement's key once an object."""


def known(session: Session, request: AskCaller, rules: NeedsSettings, now: float) -> CallerKnown:
    """All that counts of the number's last calls (`earlier_calls`) and tickets; numbers are found by their marks."""
    del now  # how long ago is too long is decided where a person is asked for
    called, ticketed = session.connection().execute(THERE, {"number": request.number, "own": request.call}).one()
    if not called and not ticketed:  # most callers
        return CallerKnown(request.call)
    calls = callrecords.latest(session, rules.earlier_calls + 1, caller=request.number) if called else []
    calls = [call for call in calls if call.call != request.call][: rules.earlier_calls]
    tickets = list_tickets(session, MOST_TICKETS, contact=request.number) if ticketed else []
    return said_of(session, request, rules, calls, tickets)


def said_of(
    session: Session, request: AskCaller, rules: NeedsSettings, calls: list[CallRecord], tickets: list[Ticket]
) -> CallerKnown:
    """What these calls and tickets of the number say."""
    agents = {account.name: account for account in agents_about(session, rules, tickets, calls)}
    talks = tuple(
        (call.agent, call.category or call.label or "agent", call.joined_at)
        for call in calls
        if call.agent in agents and call.agent is not None and call.joined_at is not None
    )
    owners = tuple(
        (ticket.first_owner, ticket.category, ticket.accepted_at)
        for ticket in tickets
        if ticket.state not in OVER and ticket.first_owner in agents
    )
    complaints = (*complained(rules, tickets, calls, agents.values()), *rated(rules, calls, agents))
    noted = tuple(noted_groups(session, calls))
    return CallerKnown(request.call, talks, owners, noted, complaints)


def agents_about(
    session: Session, rules: NeedsSettings, tickets: list[Ticket], calls: list[CallRecord]
) -> list[Account]:
    """The agents these calls and tickets may be about: all where a complaint may name any, else those named."""
    if any(ticket.category in rules.complaints.categories for ticket in tickets):
        return accounts.list_accounts(session, "agent")
    named = {call.agent for call in calls} | {ticket.first_owner for ticket in tickets}
    met = [name for name in named if name]
    return accounts.list_accounts(session, "agent", met) if met else []


def complained(
    rules: NeedsSettings, tickets: list[Ticket], calls: list[CallRecord], agents: Collection[Account]
) -> Iterator[tuple[str, str, float]]:
    """Whom complaints are about: the agents named; where only the hotline's staff is, the agent of the talk before."""
    for ticket in tickets:
        if ticket.category not in rules.complaints.categories:
            continue
        text = f"{ticket.title}\n{ticket.content}"
        about = [agent.name for agent in agents if names(agent, text)]
        if not about and any(word in text for word in rules.complaints.staff):
            about = [call.agent for call in talks_before(ticket, calls) if call.agent][:1]
        for agent in about:
            yield agent, "complaint", ticket.accepted_at


def names(agent: Account, text: str) -> bool:
    """Whether `text` names the agent: the account between other characters, or the name people see."""
    if re.search(rf"(?<![0-9A-Za-z_.-]){re.escape(agent.name)}(?![0-9A-Za-z_-])", text):
        return True
    return len(agent.display_name) > 1 and agent.display_name != agent.name and agent.display_name in text


def talks_before(ticket: Ticket, calls: list[CallRecord]) -> Iterator[CallRecord]:
    """The talks before the one in which the ticket was opened, the newest first."""
    own = next((call.arrived_at for call in calls if call.call == ticket.call), None)
    until = ticket.accepted_at if own is None else own
    for call in calls:
        if call.call != ticket.call and call.joined_at is not None and call.joined_at < until:
            yield call


def rated(rules: NeedsSettings, calls: list[CallRecord], agents: Collection[str]) -> Iterator[tuple[str, str, float]]:
    """The agents whose last rating by this caller was so bad."""
    seen: set[str] = set()
    for call in calls:
        if call.agent is None or call.agent not in agents or call.rating is None or call.agent in seen:
            continue
        seen.add(call.agent)
        if call.rating >= rules.complaints.rating:
            yield call.agent, "rating", call.ended_at or call.joined_at or 0.0


def noted_groups(session: Session, calls: list[CallRecord]) -> Iterator[tuple[str, float]]:
    """The special groups the caller named on earlier calls, as the call log has them, the newest first."""
    log = CallLogRow
    if not calls:
        return
    queued = select(log.at, log.body).where(
        log.call.in_([call.call for call in calls]), log.kind == "command", log.name == "Enqueue"
    )
    seen: set[str] = set()
    for at, body in session.execute(queued.order_by(log.seq.desc())):
        for about, code, source, _ in body.get("why", ()):
            if about == NEED and source == "said" and code.startswith(GROUP) and code not in seen:
                seen.add(code)
                yield code, at
