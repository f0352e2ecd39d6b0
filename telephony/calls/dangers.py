"""An emergency number that an agent calls by hand: which numbers those are, and when the line cannot be had. PURE.

Such a call goes the way of the emergency table (.outside.by_hand), past allow-list and limits. Who may ask at
all is telephony.control.rules'.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.dialogue.outside import EMERGENCY, LINE, ringing
from ivr.facts import Requested
from ivr.lines.emergencies import Line
from telephony.calls.conversation import Conversation
from telephony.calls.names import SUPERVISOR_LEG
from telephony.control.mixing import Mode
from telephony.control.talk import MOST_LEGS, Request, State

if TYPE_CHECKING:
    from telephony.calls.switchboard import Switchboard

CALLS = (Request.CONSULT, Request.CONFERENCE, Request.TRANSFER, Request.REFER)
AWAY = (Request.TRANSFER, Request.REFER)
"""After these the agent does not stay."""

ASIDE = (State.CONSULT, State.SWAPPED)
"""Somebody is consulted: they stay in the talk."""

CALLED = (State.CALLING, State.INVITING)
"""Somebody is called who may not answer."""


def line_for(board: Switchboard, asked: Requested) -> Line | None:
    """The emergency line that is asked for as a number; None for anything else, and where no trunk takes it."""
    if asked.kind != "number" or asked.request not in [each.value for each in CALLS]:
        return None
    return line_of(board, asked.target)


def line_of(board: Switchboard, number: str) -> Line | None:
    """The emergency line behind `number`, short or long; None where it is none or no trunk takes it."""
    emergencies = board.script.emergencies
    return emergencies.dialled(number) if emergencies is not None else None


def unreachable(board: Switchboard, number: str) -> str:
    """The number the caller is to dial where `number` is an emergency line that no trunk takes; else empty."""
    emergencies = board.script.emergencies
    line = emergencies.settings.named(number) if emergencies is not None else None
    return line.number if line is not None else ""


def refusal(conversation: Conversation, number: str) -> str:
    """Why the line cannot be had now: never because of an allow-list, nor for another line but an emergency one."""
    rings = ringing(conversation.session)
    if LINE + number in conversation.control.legs:
        return f"{number}已在这通电话里。"
    if rings is not None and rings.kind == EMERGENCY:
        return f"{rings.number}正在接通。"
    crowded = parties(conversation) - len(giving_way(conversation)) >= MOST_LEGS
    return f"这通电话已有{MOST_LEGS}方，请先移出一方，再呼叫{number}。" if crowded else ""


def parties(conversation: Conversation) -> int:
    """How many legs there are or are sought, without a 12345 that is given up for the line."""
    control, there = conversation.control, conversation.session.outside
    given_up = {there.leg} if there is not None and there.kind != EMERGENCY else set()
    sought = control.line != "" and not control.other
    return 1 + len(set(control.legs) - given_up) + sought


def giving_way(conversation: Conversation) -> list[tuple[Request, str]]:
    """What is to be done, and on whose behalf, for the line to find room: as much as it takes, if that is enough.

    Who only looks on goes first, then who is called and not there yet, then a supervisor who talks: whom an agent
    cannot send out must not stand between a caller and the line.
    """
    control = conversation.control

    def watching(mode: Mode) -> list[tuple[Request, str]]:
        return [(Request.LEAVE, leg.removeprefix(SUPERVISOR_LEG)) for leg, each in control.watchers if each is mode]

    called = [(Request.BACK, "")] if control.state in CALLED else []
    ways = [*watching(Mode.LISTEN), *watching(Mode.WHISPER), *called, *watching(Mode.BARGE)]
    return ways[: max(0, parties(conversation) + 1 - MOST_LEGS)]
