"""Call control at the switchboard: a request or an event moves the talk by its table, and the worker is told. PURE.

Who may ask is telephony.control.rules', what follows what telephony.control.table's, how it is carried out
telephony.control.consequences'.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ivr.commands import Mix, PlayMusic, Ringback, StopPlaying
from ivr.facts import EarlyAudio, LegHeld, ReferTold, Requested
from routing.facts import CallPicked
from telephony.calls import sent
from telephony.calls import transcript as transcripts
from telephony.calls.conversation import Conversation, Order
from telephony.calls.names import AGENT_LEG
from telephony.control.effects import DialAgent, DialNumber, DialPhone
from telephony.control.mixing import MUSIC, of_legs, rung
from telephony.control.rules import refusal
from telephony.control.steps import DEFAULT, Occasion, begun
from telephony.control.table import step
from telephony.control.talk import Event, Limits, Request, State

if TYPE_CHECKING:
    from telephony.calls.switchboard import Switchboard
from telephony.calls import dangers, outside
from telephony.control import consequences

log = logging.getLogger(__name__)

DIALS = (DialAgent, DialNumber, DialPhone)


@dataclass(frozen=True)
class Calling:
    """How talks are held: the `music` file, `way` from a number to the caller id it is called with (None: not allowed).

    `host` is what those who are called see the call come from.
    """

    music: str = ""
    way: Callable[[str], str | None] = lambda _number: None
    host: str = ""
    limits: Limits = DEFAULT


# --- what is asked, and what happens


def asked(board: Switchboard, conversation: Conversation, fact: Requested, now: float) -> list[Order]:
    """A request that may not be met leads to nothing: who asked was told before (telephony.control.rules)."""
    why = refusal(board, conversation, fact)
    if why:
        log.info("call %s: %s is not done now", fact.call, fact.request)
        return []
    request = Request(fact.request)
    if request is Request.PICKUP:
        return consequences.routed(board, CallPicked(fact.by, fact.call), now)
    line = dangers.line_for(board, fact)
    if line is not None:
        return outside.by_hand(board, conversation, fact, line, now)
    about = Occasion(by=fact.by, kind=fact.kind, target=fact.target, now=now, limits=board.calling.limits)
    orders = happen(board, conversation, request, about)
    if request in (Request.DROP, Request.BACK):
        orders += outside.let_go(board, conversation, fact.by, now)
    return orders


def happen(board: Switchboard, conversation: Conversation, what: Request | Event, about: Occasion) -> list[Order]:
    """Let the table move the talk; the worker is told who is dialled, then who hears whom, then the rest follows."""
    change = step(conversation.control, what, about)
    if change is None:
        return []
    before, (conversation.control, effects) = conversation.control, change
    board.write(conversation, sent.noted(conversation.sheet, before, conversation.control, what, about))
    orders: list[Order] = []
    for effect in effects:
        if isinstance(effect, DIALS):
            orders += consequences.carry_out(board, conversation, effect, about.now)
    orders += remixed(board, conversation) + heard(conversation, about.now)
    for effect in effects:
        if not isinstance(effect, DIALS):
            orders += consequences.carry_out(board, conversation, effect, about.now)
    return orders


def remixed(board: Switchboard, conversation: Conversation) -> list[Order]:
    """Tell the worker who hears whom, where that has changed. Without a talk the dialogue sees to what is played."""
    before, wanted, call = conversation.mixed, conversation.control.mixed(), conversation.sheet.call
    conversation.mixed = wanted
    orders: list[Order] = []
    had, music = (any(source == MUSIC for source, _ in mixed) for mixed in (before, wanted))
    if had and not music and conversation.control.state is not State.IDLE:
        orders.append(StopPlaying(call))
    if of_legs(wanted) != of_legs(before):
        orders.append(Mix(call, of_legs(wanted)))
    if rung(wanted) != rung(before):
        orders.append(Ringback(call, rung(wanted)))
    if music and not had and board.calling.music:
        orders.append(PlayMusic(call, board.calling.music))
    return orders


def heard(conversation: Conversation, now: float) -> list[Order]:
    """What a caller says whom nobody hears is not written down."""
    if conversation.control.state is State.IDLE:
        return []
    leg = conversation.control.talks_with
    transcript = conversation.transcript
    changed = transcripts.joined(transcript, leg, now) if leg else transcripts.parted(transcript, now)
    conversation.transcript, commands = changed
    return [*commands]


def joined_now(conversation: Conversation, agent: str, now: float) -> None:
    """The cords have joined caller and agent."""
    conversation.control = begun(conversation.control, AGENT_LEG + agent, now)
    conversation.mixed = conversation.control.mixed()


def tick(board: Switchboard, conversation: Conversation, now: float) -> list[Order]:
    due = conversation.control.deadline
    if due is None or now < due:
        return []
    return happen(board, conversation, Event.LATE, Occasion(now=now, limits=board.calling.limits))


# --- legs


def early(board: Switchboard, conversation: Conversation, fact: EarlyAudio, now: float) -> list[Order]:
    if fact.leg != conversation.control.other:
        return []
    return happen(board, conversation, Event.EARLY, Occasion(leg=fact.leg, now=now))


def held(board: Switchboard, conversation: Conversation, fact: LegHeld, now: float) -> list[Order]:
    """The phone of who has the call holds by itself: the same as their key, and back. Others may hold as they like."""
    if fact.leg != conversation.control.agent:
        return []
    about = Occasion(by=fact.leg.removeprefix(AGENT_LEG), leg=fact.leg, now=now, limits=board.calling.limits)
    return happen(board, conversation, Request.HOLD if fact.held else Request.RESUME, about)


def refer_told(board: Switchboard, conversation: Conversation, fact: ReferTold, now: float) -> list[Order]:
    """What the caller's carrier says of the number it was asked to call; only the end of it moves anything."""
    if not fact.final:
        return []
    event = Event.REFERRED if 200 <= fact.code < 300 else Event.NOT_REFERRED
    return happen(board, conversation, event, Occasion(leg=fact.leg, code=fact.code, now=now))
