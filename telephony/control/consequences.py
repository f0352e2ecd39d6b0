"""What a step of a talk leads to, as orders for its worker and words for router and dialogue. PURE.

It decides nothing: which effects there are is said by telephony.control.steps and telephony.control.leaving.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ivr.commands import Dial, HangUp, Refer
from ivr.dialogue.outside import ringing
from ivr.facts import CALLER, Handed, Parted
from ivr.session import State as SessionState
from routing.agent import State as AgentState
from routing.facts import (
    AgentLegEnded,
    CallGone,
    CallHanded,
    CallWaiting,
    RoutingFact,
)
from telephony.calls import capture as captures
from telephony.calls import cords
from telephony.calls import transcript as transcripts
from telephony.calls.conversation import Conversation, Order
from telephony.calls.names import AGENT_LEG, BYE
from telephony.calls.sheet import joined
from telephony.control.effects import (
    AsBefore,
    DialAgent,
    DialNumber,
    DialPhone,
    Effect,
    Free,
    Give,
    Part,
    ReferNumber,
    Release,
    Requeue,
    Seek,
)

if TYPE_CHECKING:
    from telephony.calls.switchboard import Switchboard


def carry_out(board: Switchboard, conversation: Conversation, effect: Effect, now: float) -> list[Order]:  # noqa: PLR0911 (one return an effect)
    call, sheet = conversation.sheet.call, conversation.sheet
    match effect:
        case Seek():
            return routed(board, sought(conversation, effect, now), now)
        case Free():
            return routed(board, CallGone(effect.line, talked=False), now)
        case DialAgent():
            user = board.router.agents[effect.leg.removeprefix(AGENT_LEG)].sip_user
            return [Dial(call, effect.leg, f"sip:{user}@{board.domain}", sheet.caller)]
        case DialNumber():
            shown, uri = board.calling.way(effect.number) or "", f"sip:{effect.number}@{board.domain};user=phone"
            return [Dial(call, effect.leg, uri, shown, board.calling.host)]
        case ReferNumber():
            return [Refer(call, CALLER, f"sip:{effect.number}@{board.domain};user=phone")]
        case DialPhone():
            return [Dial(call, effect.leg, f"sip:{effect.user}@{board.domain}", sheet.called)]
        case Release():
            return released(board, conversation, effect.hang_up, now)
        case Give():
            return given(board, conversation, effect, now)
        case Requeue():
            return requeued(board, conversation, effect, now)
        case Part():
            return parted(board, conversation, now) + board.tell_session(conversation, Parted(call), now)
        case AsBefore():
            return []
    return [effect]


def sought(conversation: Conversation, seek: Seek, now: float) -> CallWaiting:
    """An agent asked for by name is waited for; for a skill the rings of agents open as for a caller."""
    own, mine = conversation.waiting, (conversation.agent,)
    priority = own.priority if own is not None else 0
    if seek.kind == "agent":
        label = conversation.sheet.label or "agent"
        return CallWaiting(seek.line, label, priority, preferred=seek.target, excluded=mine, kept_until=now + 86400.0)
    return CallWaiting(seek.line, seek.target, priority, excluded=mine)


def released(board: Switchboard, conversation: Conversation, hang_up: bool, now: float) -> list[Order]:
    """Who had the call has wrap-up; the call is in nobody's hands."""
    call, agent = conversation.sheet.call, conversation.agent
    conversation.agent = ""
    orders: list[Order] = [HangUp(call, AGENT_LEG + agent)] if hang_up else []
    orders += routed(board, AgentLegEnded(agent, call, BYE), now)
    board.pace.settle(board.router, now, [agent])
    return orders + recorded_on(board, conversation, now)


def given(board: Switchboard, conversation: Conversation, give: Give, now: float) -> list[Order]:
    call, before, agent = conversation.sheet.call, conversation.agent, give.leg.removeprefix(AGENT_LEG)
    orders: list[Order] = [HangUp(call, AGENT_LEG + before)] if give.hang_up else []
    orders += routed(board, CallHanded(call, agent, line_of(board, conversation, agent)), now)
    board.pace.settle(board.router, now, [before])
    if not give.up:
        return orders + parted(board, conversation, now) + waits_again(board, conversation, now)
    conversation.agent = agent
    board.pace.began(agent, now)
    board.write(conversation, joined(conversation.sheet, agent, now))
    return orders + recorded_on(board, conversation, now)


def requeued(board: Switchboard, conversation: Conversation, wanted: Requeue, now: float) -> list[Order]:
    """The caller stands where they stood, which is the head: others came later."""
    call, sheet = conversation.sheet.call, conversation.sheet
    orders = parted(board, conversation, now)
    if conversation.session.state is not SessionState.TALKING:
        return orders
    if ringing(conversation.session) is not None:
        return orders + waits_again(board, conversation, now)
    own = conversation.waiting or CallWaiting(call, sheet.label or "agent", 0)
    since = own.since or sheet.queued_at or sheet.joined_at or now
    known = board.router.agents.get(wanted.agent)  # who is busy or writes their record is not waited for
    preferred = wanted.agent if known is not None and known.state is AgentState.READY else ""
    place = replace(own, preferred=preferred, since=since, kept_until=0.0)
    if wanted.label:
        place = replace(place, label=wanted.label)
    orders += waits_again(board, conversation, now, wanted.lost)
    return orders + routed(board, place, now)


def waits_again(board: Switchboard, conversation: Conversation, now: float, lost: bool = False) -> list[Order]:
    """The caller is with nobody of the house: a line that is called for them goes before the queue and its phones."""
    call = conversation.sheet.call
    rings = ringing(conversation.session) is not None
    return board.tell_session(conversation, Parted(call, lost=True) if rings else Handed(call, lost), now)


def parted(board: Switchboard, conversation: Conversation, now: float) -> list[Order]:
    """Nobody of the house talks with the caller any more."""
    conversation.agent = ""
    conversation.transcript, commands = transcripts.parted(conversation.transcript, now)
    return [*commands, *recorded_on(board, conversation, now)]


def recorded_on(board: Switchboard, conversation: Conversation, now: float) -> list[Order]:
    """Who paused the recording has left the talk: it goes on."""
    return board.captured(conversation, captures.parted(conversation.capture), now)


# --- the router's calls for agents who are called into a talk


def routed(board: Switchboard, fact: RoutingFact, now: float) -> list[Order]:
    return cords.decisions(board, board.router.handle(fact, now), now)


def line_of(board: Switchboard, conversation: Conversation, agent: str) -> str:
    """What the router knows the agent by who is called into this call; empty for anybody else."""
    found = board.router.agents.get(agent)
    call = found.call if found is not None else None
    return call if call is not None and call.startswith(f"{conversation.sheet.call}/") else ""
