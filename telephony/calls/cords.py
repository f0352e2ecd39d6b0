"""The cords between caller and agent: what the router decides, and what becomes of agents' legs, as orders. PURE.

It joins and parts. It must not know why an agent was chosen (routing) nor what the caller hears (ivr).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.commands import Dial, HangUp, Join
from ivr.dialogue.outside import LINE
from ivr.facts import CALLER, AgentFound, AgentGone, Connected, Fact, LegAnswered, LegEnded, LegRinging, Parted
from ivr.session import State as SessionState
from routing.commands import JoinCall, Ring, RoutingCommand, StopRinging
from routing.facts import AgentAnswered, AgentLegEnded, AgentRinging, CallGone
from telephony.calls import outgoing, outside
from telephony.calls import transcript as transcripts
from telephony.calls.conversation import Conversation, Order
from telephony.calls.names import AGENT_LEG, BYE
from telephony.calls.sheet import joined
from telephony.control import consequences, moves, other_legs

if TYPE_CHECKING:
    from telephony.calls.switchboard import Switchboard


def leg(board: Switchboard, conversation: Conversation, fact: Fact, now: float) -> list[Order]:  # noqa: PLR0911 (one return a fact)
    """What became of an agent's leg is the router's business, and the session's when the person is gone."""
    leg: str = getattr(fact, "leg", CALLER)
    if not leg.startswith(AGENT_LEG):
        if leg.startswith(LINE) and isinstance(fact, LegAnswered):
            return outside.answered(board, conversation, leg, now)
        return [] if leg == CALLER else other_legs.leg(board, conversation, leg, fact, now)
    agent = leg.removeprefix(AGENT_LEG)
    beside = consequences.line_of(board, conversation, agent) or leg in conversation.control.legs
    if conversation.agent != agent and beside:
        return other_legs.leg(board, conversation, leg, fact, now)
    match fact:
        case LegRinging():
            return decisions(board, board.router.handle(AgentRinging(agent, fact.call), now), now)
        case LegAnswered():
            return decisions(board, board.router.handle(AgentAnswered(agent, fact.call), now), now)
        case LegEnded():
            orders, as_before = other_legs.agent_left(board, conversation, fact, now)
            if not as_before:
                return orders
            orders += agent_left(board, conversation, agent, fact, now)
            board.pace.settle(board.router, now, [agent])
            if conversation.agent == agent and conversation.session.state is not SessionState.ENDED:
                orders += parted(board, conversation, lost=fact.code != BYE, now=now)
            return orders
    return []


def agent_left(board: Switchboard, conversation: Conversation, agent: str, fact: LegEnded, now: float) -> list[Order]:
    """Who waited for a resident who never came is free at once; every other leg's end is for the router to read."""
    holder = board.router.floor.by_call.get(fact.call)
    mine = holder is not None and holder.name == agent
    if mine and fact.code == BYE and not outgoing.talked(conversation) and conversation.agent == agent:
        return decisions(board, board.router.handle(CallGone(fact.call, talked=False), now), now)
    orders: list[Order] = []
    if mine and outgoing.before_talk(conversation) is not None and conversation.agent != agent:
        orders = board.tell_session(conversation, AgentGone(fact.call), now)
    ended_leg = AgentLegEnded(agent, fact.call, fact.code)
    return orders + decisions(board, board.router.handle(ended_leg, now), now)


def decisions(board: Switchboard, decisions: list[RoutingCommand], now: float) -> list[Order]:
    orders: list[Order] = []
    for decision in decisions:
        call, line, _ = decision.call.partition("/")
        conversation = board.calls.get(call)
        if line:
            orders += other_legs.of_line(board, conversation, decision, now)
            continue
        if conversation is None:
            orders += nobody(board, decision, now)
            continue
        match decision:
            case Ring() if board.router.floor.by_call.get(call) is not board.router.agents.get(decision.agent):
                continue  # the call went elsewhere by a decision before this one
            case Ring() if outgoing.before_talk(conversation) is not None:
                orders += board.tell_session(conversation, AgentFound(decision.call), now)
            case Ring():
                orders.append(dial_agent(board, conversation, decision.agent))
            case StopRinging():
                if outgoing.holds_worker(conversation):
                    orders.append(HangUp(decision.call, AGENT_LEG + decision.agent))
                orders += withdrawn(board, conversation, decision.agent, now)
            case JoinCall():
                orders += join(board, conversation, decision.agent, now)
    return orders


def dial_agent(board: Switchboard, conversation: Conversation, agent: str) -> Order:
    uri = f"sip:{board.router.agents[agent].sip_user}@{board.domain}"
    return Dial(conversation.sheet.call, AGENT_LEG + agent, uri, conversation.sheet.caller)


def nobody(board: Switchboard, decision: RoutingCommand, now: float) -> list[Order]:
    """A call the router has and the switchboard has not must not go from agent to agent."""
    if not isinstance(decision, Ring):
        return []
    return decisions(board, board.router.handle(CallGone(decision.call), now), now)


def withdrawn(board: Switchboard, conversation: Conversation, agent: str, now: float) -> list[Order]:
    """The router took a call that is under way from the agent: the caller waits again, for the next."""
    if outgoing.before_talk(conversation) is not None and conversation.agent != agent:
        return board.tell_session(conversation, AgentGone(conversation.sheet.call), now)
    if conversation.agent != agent or conversation.session.state is not SessionState.TALKING:
        return []
    if any(leg.startswith(LINE) for leg in conversation.control.guests):
        return other_legs.left_with_line(board, conversation, agent, now)
    return other_legs.broken(board, conversation, agent, now) + parted(board, conversation, lost=True, now=now)


def parted(board: Switchboard, conversation: Conversation, lost: bool, now: float) -> list[Order]:
    return [
        *consequences.parted(board, conversation, now),
        *board.tell_session(conversation, Parted(conversation.sheet.call, lost=lost), now),
    ]


def join(board: Switchboard, conversation: Conversation, agent: str, now: float) -> list[Order]:
    if conversation.session.state is SessionState.ENDED:
        return [HangUp(conversation.sheet.call, AGENT_LEG + agent)]
    conversation.agent = agent
    if outgoing.before_talk(conversation) is not None:
        return board.tell_session(conversation, Connected(conversation.sheet.call), now)
    return talk(board, conversation, now)


def talk(board: Switchboard, conversation: Conversation, now: float) -> list[Order]:
    """Caller and agent hear each other from now on."""
    call, agent = conversation.sheet.call, conversation.agent
    board.pace.began(agent, now)
    board.write(conversation, outside.joined(joined(conversation.sheet, agent, now), now))
    leg = AGENT_LEG + agent
    moves.joined_now(conversation, agent, now)
    conversation.transcript, commands = transcripts.joined(conversation.transcript, leg, now)
    orders = [Join(call, leg), *commands, *board.tell_session(conversation, Connected(call), now)]
    there = conversation.session.outside
    if there is not None and there.joined:
        orders += outside.answered(board, conversation, there.leg, now)
    return orders
