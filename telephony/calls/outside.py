"""Lines outside at the switchboard: how one is dialled, and what the sheet says of it. PURE.

It keeps what happened. When a line is called, and who talks with it, is the dialogue's business (ivr.dialogue.outside).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from ivr.commands import Dial, DialLine, DropLine, FindTicket, HangUp, LeaveQueue
from ivr.dialogue.outside import EMERGENCY, LINE
from ivr.facts import (
    CALLER,
    Fact,
    LegAnswered,
    LegEnded,
    LineAsked,
    LineDropAsked,
    Requested,
    TicketFound,
    WorkerLost,
)
from ivr.lines.emergencies import Line
from ivr.lines.overload import Why, crowding
from ivr.session import State as SessionState
from records.transfer_entry import ANSWERED, CANCELLED, IN, OPEN, OUT, Transfer, outcome_of
from routing.agent import State
from routing.facts import CallGone
from telephony.calls import cords, dangers
from telephony.calls.conversation import Conversation, Order
from telephony.calls.sheet import Sheet, noted
from telephony.control import moves
from telephony.control.leaving import TO_LINE
from telephony.control.rules import line_refusal
from telephony.control.steps import Occasion
from telephony.control.talk import Event, Request

if TYPE_CHECKING:
    from telephony.calls.switchboard import Switchboard

HEADER = "User-to-User"
URGENT = ("X-Hotline-Emergency", "1")
"""Tells the edge that no limit of ours holds for this call; it goes no further than there."""

AWAY = (State.OFFLINE, State.LOST)


def wished(
    board: Switchboard, conversation: Conversation, command: DialLine | DropLine | FindTicket | LeaveQueue, now: float
) -> list[Order]:
    """What the dialogue wants of a line, or of the queue it leaves for one."""
    match command:
        case DialLine():
            return dial(board, conversation, command, now)
        case DropLine():
            return drop(board, conversation, command, now)
        case FindTicket():
            return referred(board, conversation, command, now)
    board.write(conversation, noted(conversation.sheet, command, now))
    if conversation.agent != "":  # who talks is not in the queue
        return []
    return cords.decisions(board, board.router.handle(CallGone(command.call), now), now)


def dial(board: Switchboard, conversation: Conversation, command: DialLine, now: float) -> list[Order]:
    """Call the line, and write down that it was asked for."""
    sheet = conversation.sheet
    board.write(conversation, _asked(sheet, command.kind, OUT, command.number, command.by, command.ticket, now))
    host = board.begins.host if board.begins is not None else ""
    headers = [(HEADER, command.header)] if command.header else []
    headers += [URGENT] if command.kind == EMERGENCY else []
    uri = f"sip:{command.number}@{board.domain};user=phone"
    return [Dial(command.call, command.leg, uri, command.shown, host, tuple(headers))]


def drop(board: Switchboard, conversation: Conversation, command: DropLine, now: float) -> list[Order]:
    board.write(conversation, _changed(conversation.sheet, command.leg, lambda each: _over(each, command.outcome, now)))
    return [HangUp(command.call, command.leg)]


def referred(board: Switchboard, conversation: Conversation, command: FindTicket, now: float) -> list[Order]:
    """A call of 12345's is asked about, and written down as theirs."""
    board.write(conversation, _asked(conversation.sheet, "12345", IN, "12345", "", "", now))
    return [command]


def answered(board: Switchboard, conversation: Conversation, leg: str, now: float) -> list[Order]:
    """A line that comes into a talk is one of its guests from now on; without a talk the dialogue has it.

    One that answers when it is not wanted any more is hung up: nobody would hear it.
    """
    control, session = conversation.control, conversation.session
    if leg in control.legs or session.state is SessionState.ENDED:
        return []
    there = session.outside
    if there is None or there.leg != leg or not there.joined:
        return [HangUp(conversation.sheet.call, leg)]
    return moves.happen(board, conversation, Event.LINE, Occasion(leg=leg, now=now, limits=board.calling.limits))


def by_hand(board: Switchboard, conversation: Conversation, fact: Requested, line: Line, now: float) -> list[Order]:
    """An agent has called an emergency line as a number: it comes in as a third, whoever is consulted stays.

    After a transfer the caller waits for it without the agent, as the emergency table has it.
    """
    wanted = LineAsked(conversation.sheet.call, EMERGENCY, line.number, fact.by, conversation.sheet.ticket)
    orders = made_way(board, conversation, wanted, now) + board.tell_session(conversation, wanted, now)
    if Request(fact.request) in dangers.AWAY:
        about = Occasion(by=fact.by, kind=TO_LINE, target=line.number, now=now)
        orders += moves.happen(board, conversation, Request.TRANSFER, about)
    return orders


def made_way(board: Switchboard, conversation: Conversation, fact: Fact, now: float) -> list[Order]:
    """What an emergency line finds when it is called: nobody aside with the agent, 12345 gone, and room for its leg."""
    if not isinstance(fact, LineAsked) or fact.kind != EMERGENCY or dangers.line_of(board, fact.number) is None:
        return []
    orders: list[Order] = []
    if conversation.control.state in dangers.ASIDE:
        orders += moves.happen(board, conversation, Request.CONFERENCE, Occasion(by=fact.by, now=now))
    for request, by in dangers.giving_way(conversation):
        orders += moves.happen(board, conversation, request, Occasion(by=by, now=now))
    there = conversation.session.outside
    if there is not None and there.kind != EMERGENCY:
        orders += board.tell_session(conversation, LineDropAsked(fact.call, fact.by), now)
    return orders


def refused(conversation: Conversation, fact: Fact) -> bool:
    """Whether an agent asks for a line that cannot be had now. Nothing happens then; who asked was told before."""
    return isinstance(fact, LineAsked) and line_refusal(conversation, fact) != ""


def let_go(board: Switchboard, conversation: Conversation, by: str, now: float) -> list[Order]:
    """The agent has sent a line away as one of the guests, and its leg with them: the dialogue has none any more."""
    there = conversation.session.outside
    if there is None or not there.joined or there.leg in conversation.control.legs:
        return []
    orders = board.tell_session(conversation, LineDropAsked(conversation.sheet.call, by), now)
    return [order for order in orders if order != HangUp(conversation.sheet.call, there.leg)]


def crowded(board: Switchboard, conversation: Conversation) -> Why | None:
    """What the matter is with the queue this call waits in; None where it does not wait, or nothing is."""
    settings, queue = conversation.session.script.overload, board.router.queue
    if settings is None or conversation.sheet.callback or queue.get(conversation.sheet.call) is None:
        return None
    others = sum(1 for each in queue if each.call in board.calls and not board.calls[each.call].sheet.callback) - 1
    agents = sum(1 for agent in board.router.agents.values() if agent.state not in AWAY)
    return crowding(settings, others, agents)


def happened(sheet: Sheet, fact: Fact, now: float) -> Sheet:
    """The sheet after `fact`, as far as lines outside go."""
    match fact:
        case LegAnswered() if fact.leg.startswith(LINE):
            return _changed(sheet, fact.leg, lambda each: _answered(each, now))
        case LegEnded() if fact.leg.startswith(LINE):
            return _changed(sheet, fact.leg, lambda each: _over(each, outcome_of(fact.code), now))
        case LegEnded() if fact.leg == CALLER:
            return ended(sheet, now)
        case WorkerLost():
            return ended(sheet, now)
        case TicketFound():
            found = tuple(replace(each, ticket=fact.ticket) if each.direction == IN else each for each in sheet.outside)
            return replace(sheet, outside=found, ticket=fact.ticket)
    return sheet


def joined(sheet: Sheet, now: float) -> Sheet:
    """A call of 12345's has reached a person."""
    found = tuple(_answered(each, now) if each.direction == IN else each for each in sheet.outside)
    return sheet if found == sheet.outside else replace(sheet, outside=found)


def ended(sheet: Sheet, now: float) -> Sheet:
    """The call is over, and every line with it."""
    found = tuple(_over(each, CANCELLED, now) for each in sheet.outside)
    return sheet if found == sheet.outside else replace(sheet, outside=found)


def _asked(sheet: Sheet, kind: str, direction: str, number: str, by: str, ticket: str, now: float) -> Sheet:
    tried = Transfer(f"{sheet.call}.{len(sheet.outside) + 1}", sheet.call, kind, direction, number, by, ticket, now)
    return replace(sheet, outside=(*sheet.outside, tried))


def _changed(sheet: Sheet, leg: str, change: Callable[[Transfer], Transfer]) -> Sheet:
    """The sheet with the last try of that leg changed."""
    for place in range(len(sheet.outside) - 1, -1, -1):
        each = sheet.outside[place]
        if each.direction == OUT and LINE + each.number == leg:
            outside = (*sheet.outside[:place], change(each), *sheet.outside[place + 1 :])
            return replace(sheet, outside=outside)
    return sheet


def _answered(transfer: Transfer, now: float) -> Transfer:
    open_ = transfer.outcome == OPEN
    return replace(transfer, outcome=ANSWERED, answered_at=now) if open_ else transfer


def _over(transfer: Transfer, outcome: str, now: float) -> Transfer:
    if transfer.ended_at is not None:
        return transfer
    return replace(transfer, ended_at=now, outcome=outcome if transfer.outcome == OPEN else transfer.outcome)
