"""What the dialogue of a call wants, turned into orders: notes for the desk, places in the queue, the rest for workers.

It decides nothing about matters or agents: the session wished it, the router answers it. PURE.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ivr.commands import (
    AskPlace,
    Command,
    DeskCommand,
    DeskRequest,
    DialLine,
    DialResident,
    Dismiss,
    DropLine,
    Enqueue,
    FindTicket,
    LeaveQueue,
    NoteMatter,
    NoteRating,
    PromiseCallback,
    PutThrough,
    RingAgent,
    StartRecording,
    WantCallback,
)
from ivr.facts import Crowded, Placed
from ivr.session import State
from routing.estimate import estimate
from routing.facts import CallGone, CallWaiting
from telephony.calls import capture as captures
from telephony.calls import cords, outgoing, outside
from telephony.calls.conversation import Conversation, Order
from telephony.calls.needs import possible
from telephony.calls.sheet import ended, noted
from telephony.control import other_legs

if TYPE_CHECKING:
    from telephony.calls.switchboard import Switchboard


def orders_of(  # noqa: PLR0912 (one case an order)
    board: Switchboard, conversation: Conversation, commands: list[Command], now: float
) -> list[Order]:
    """Keep what the desk is to note, queue who wants a person, pass the rest on to the worker."""
    orders: list[Order] = []
    for command in commands:
        match command:
            case NoteMatter() | NoteRating():
                board.write(conversation, noted(conversation.sheet, command, now))
            case Enqueue():
                orders += queued(board, conversation, command, now)
            case LeaveQueue() | DialLine() | DropLine() | FindTicket():
                orders += outside.wished(board, conversation, command, now)
            case WantCallback():
                board.write(conversation, noted(conversation.sheet, command, now))
                orders += cords.decisions(board, board.router.handle(CallGone(command.call), now), now)
                if command.number:
                    sheet = conversation.sheet
                    since = sheet.queued_at or now
                    orders.append(PromiseCallback(command.call, command.number, sheet.label or "agent", since))
            case DeskRequest():
                orders.append(command)
            case AskPlace():
                found = estimate(board.router, board.pace, command.call, now)
                placed = Placed(command.call, found.position, found.low, found.high)
                orders += board.tell_session(conversation, placed, now)
            case StartRecording():
                conversation.capture = captures.started(replace(conversation.capture, call=command.call), command)
                orders.append(command)
            case Dismiss():
                orders += dismissed(board, conversation, command, now)
            case RingAgent() | DialResident() | PutThrough():
                orders += go_on(board, conversation, command, now)
            case DeskCommand():
                raise TypeError(f"{type(command).__name__} has nobody at the desk")
            case _:
                orders.append(command)
    return orders


def queued(board: Switchboard, conversation: Conversation, command: Enqueue, now: float) -> list[Order]:
    """The caller wants a person; who finds the queue crowded is told so, once."""
    orders = sooner(board, command, now)
    why, waiting = possible(command, board.router)
    board.write(conversation, noted(conversation.sheet, replace(command, why=why), now))
    session = outgoing.outgoing(conversation)
    if session is not None:
        waiting = replace(waiting, since=session.due.since)
    elif command.again:
        waiting = replace(waiting, since=conversation.sheet.queued_at or now)
    conversation.waiting = waiting
    orders += cords.decisions(board, board.router.handle(waiting, now), now)
    if (crowded := outside.crowded(board, conversation)) is not None:
        orders += board.tell_session(conversation, Crowded(command.call, crowded), now)
    return orders


def sooner(board: Switchboard, wanted: Enqueue, now: float) -> list[Order]:
    """A caller who waits already and is in danger now leaves the old place for the new one."""
    waiting = board.router.queue.get(wanted.call)
    if waiting is None or wanted.priority <= waiting.priority:
        return []
    return cords.decisions(board, board.router.handle(CallGone(wanted.call), now), now)


def placed_again(board: Switchboard, conversation: Conversation, now: float) -> list[Order]:
    """Who waits without the router knowing would wait for ever: they get the place they had."""
    router, sheet = board.router, conversation.sheet
    known = sheet.call in router.held or router.queue.get(sheet.call) is not None
    if known or sheet.call in router.floor.by_call or conversation.session.state is not State.WAITING:
        return []
    own = conversation.waiting or CallWaiting(sheet.call, sheet.label or "agent", 0)
    place = replace(own, since=own.since or sheet.queued_at or now)
    return cords.decisions(board, router.handle(place, now), now)


def dismissed(board: Switchboard, conversation: Conversation, dismiss: Dismiss, now: float) -> list[Order]:
    """The call is over; one that never had a worker leaves nothing to be told to anybody."""
    orders: list[Order] = [dismiss]
    if not outgoing.holds_worker(conversation):
        orders = []
        del board.calls[dismiss.call]
    if conversation.sheet.ended_at is None:
        by, why = outgoing.ending(conversation)
        board.write(conversation, outside.ended(ended(conversation.sheet, by, why, now), now))
        orders += other_legs.over(board, conversation, now, lost=False) + board.gone(conversation, now)
    return orders


def go_on(
    board: Switchboard, conversation: Conversation, command: RingAgent | DialResident | PutThrough, now: float
) -> list[Order]:
    """The steps of a callback that need to know who the agent is, and where."""
    session, call = outgoing.outgoing(conversation), conversation.sheet.call
    agent = board.router.floor.by_call.get(call)
    match command:
        case RingAgent() if agent is not None:
            return [cords.dial_agent(board, conversation, agent.name)]
        case DialResident() if session is not None:
            board.write(conversation, outgoing.dialled(conversation.sheet, conversation.agent, now))
            host = board.begins.host if board.begins is not None else ""
            return [*outgoing.dial_resident(conversation, session.due, board.domain, host)]
        case PutThrough():
            return cords.talk(board, conversation, now)
    return []
