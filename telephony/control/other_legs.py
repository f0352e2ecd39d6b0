"""Legs of a talk besides the caller's: what becomes of them, and of the agents behind them, is told to its table. PURE.

Agents who are called into a talk are to the router calls of their own, named after the call (`ID/1`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.commands import HangUp
from ivr.facts import Fact, LegAnswered, LegEnded, LegRinging
from routing.agent import State as AgentState
from routing.commands import JoinCall, Ring, RoutingCommand, StopRinging
from routing.facts import AgentAnswered, AgentLegEnded, AgentRinging, CallGone
from telephony.calls.conversation import Conversation, Order
from telephony.calls.names import AGENT_LEG, BYE
from telephony.control import consequences, moves
from telephony.control.effects import AsBefore
from telephony.control.steps import Occasion, begun, watcher_gone
from telephony.control.table import step
from telephony.control.talk import Control, Event, State

if TYPE_CHECKING:
    from telephony.calls.switchboard import Switchboard

RINGING = (State.CALLING, State.INVITING, State.SENT)


def leg(board: Switchboard, conversation: Conversation, leg: str, fact: Fact, now: float) -> list[Order]:
    """What became of a leg that is neither the caller's nor that of the agent who has the call."""
    agent = leg.removeprefix(AGENT_LEG) if leg.startswith(AGENT_LEG) else ""
    line = consequences.line_of(board, conversation, agent)
    match fact:
        case LegRinging():
            orders = consequences.routed(board, AgentRinging(agent, line), now) if line else []
            if leg != conversation.control.other:
                return orders
            return orders + moves.happen(board, conversation, Event.RINGING, Occasion(leg=leg, now=now))
        case LegAnswered() if line:
            return consequences.routed(board, AgentAnswered(agent, line), now)
        case LegAnswered() if leg == conversation.control.other:
            return moves.happen(board, conversation, Event.ANSWERED, Occasion(leg=leg, now=now))
        case LegEnded():
            return ended(board, conversation, leg, fact, now)
    return []


def ended(board: Switchboard, conversation: Conversation, leg: str, fact: LegEnded, now: float) -> list[Order]:
    unplug(conversation, leg)
    about = Occasion(leg=leg, code=fact.code, now=now, limits=board.calling.limits)
    agent = leg.removeprefix(AGENT_LEG)
    line = consequences.line_of(board, conversation, agent)
    orders: list[Order] = []
    talked = line != "" and board.router.agents[agent].state is AgentState.TALKING
    if line and (not talked or fact.code != BYE):
        orders += consequences.routed(board, AgentLegEnded(agent, line, fact.code), now)
    control = conversation.control
    if any(each == leg for each, _ in control.watchers):
        conversation.control = watcher_gone(control, leg)
        return orders + moves.remixed(board, conversation)
    if leg == control.other and control.state in RINGING:
        event = Event.NEXT if line else Event.FAILED
        return orders + moves.happen(board, conversation, event, about)
    if leg in (control.other, *control.guests):
        orders += moves.happen(board, conversation, Event.GUEST_GONE, about)
    if talked:  # last: the router may ring the same phone for the same talk at once
        orders += consequences.routed(board, CallGone(line, talked=False), now)
    return orders


def agent_left(board: Switchboard, conversation: Conversation, fact: LegEnded, now: float) -> tuple[list[Order], bool]:
    """Who had the call is gone; with True the rest is as in any talk of two."""
    unplug(conversation, fact.leg)
    if conversation.control.agent != fact.leg:
        return [], True
    event = Event.AGENT_GONE if fact.code == BYE else Event.AGENT_LOST
    change = step(conversation.control, event, Occasion(leg=fact.leg, code=fact.code, now=now))
    as_before = change is None or any(isinstance(effect, AsBefore) for effect in change[1])
    about = Occasion(leg=fact.leg, code=fact.code, now=now, limits=board.calling.limits)
    return moves.happen(board, conversation, event, about), as_before


def unplug(conversation: Conversation, leg: str) -> None:
    """The worker undoes the connections of a leg that has ended by itself."""
    conversation.mixed = frozenset(pair for pair in conversation.mixed if leg not in pair)


def broken(board: Switchboard, conversation: Conversation, agent: str, now: float) -> list[Order]:
    """The router took the call from who talked in it: nobody else stays in the talk either."""
    control = conversation.control
    conversation.control = Control(control.call, count=control.count)
    others: list[Order] = [HangUp(control.call, leg) for leg in control.legs if leg != AGENT_LEG + agent]
    plain = begun(control, AGENT_LEG + agent, now).mixed()
    orders = moves.remixed(board, conversation) if conversation.mixed != plain else []
    conversation.mixed = frozenset()
    return [*orders, *others, *free_lines(board, control, now, talking=False)]


def left_with_line(board: Switchboard, conversation: Conversation, agent: str, now: float) -> list[Order]:
    """The same in a talk that a line outside is in: whoever is there keeps the caller, who waits for nobody."""
    about = Occasion(leg=AGENT_LEG + agent, code=408, now=now, limits=board.calling.limits)
    orders = moves.happen(board, conversation, Event.AGENT_LOST, about)
    if conversation.agent:
        return orders
    return orders + consequences.routed(board, CallGone(conversation.sheet.call, talked=False), now)


def over(board: Switchboard, conversation: Conversation, now: float, lost: bool) -> list[Order]:
    """The caller is gone, or with `lost` every leg; agents who were asked are free when their leg has ended."""
    control, conversation.control = conversation.control, Control(conversation.sheet.call)
    conversation.mixed = frozenset()
    return free_lines(board, control, now, talking=lost)


def free_lines(board: Switchboard, control: Control, now: float, talking: bool) -> list[Order]:
    """Nobody is sought or rung for this call besides its own place; with `talking` those on the line are free too."""
    lines = {control.line: None} if control.line else {}
    for agent in board.router.agents.values():
        mine = agent.call is not None and agent.call.startswith(f"{control.call}/")
        if mine and (talking or agent.state is not AgentState.TALKING):
            lines[agent.call or ""] = None
        elif mine:
            lines.pop(agent.call or "", None)
    return [order for line in lines for order in consequences.routed(board, CallGone(line, talked=False), now)]


def of_line(board: Switchboard, conversation: Conversation | None, decision: RoutingCommand, now: float) -> list[Order]:
    """What the router decides about an agent who is called into a talk."""
    leg, line = AGENT_LEG + decision.agent, decision.call
    if conversation is None:
        return consequences.routed(board, CallGone(line, talked=False), now) if isinstance(decision, Ring) else []
    control, about = conversation.control, Occasion(leg=leg, code=408, now=now, limits=board.calling.limits)
    wanted = control.line == line and control.state in RINGING
    orders: list[Order] = []
    match decision:
        case Ring() if wanted:
            if control.other:
                orders += moves.happen(board, conversation, Event.NEXT, about)
            return orders + moves.happen(board, conversation, Event.FOUND, about)
        case JoinCall() if wanted and control.other == leg:
            return moves.happen(board, conversation, Event.ANSWERED, about)
        case StopRinging():
            orders.append(HangUp(conversation.sheet.call, leg))
            if wanted and control.other == leg:
                return orders + moves.happen(board, conversation, Event.NEXT, about)
            if leg in (control.other, *control.guests):  # from here on: nobody may be left to who is sent away
                orders += moves.happen(board, conversation, Event.GUEST_GONE, about)
            if board.router.queue.get(line) is not None:  # taken from somebody in the talk: nobody is sought for it
                orders += consequences.routed(board, CallGone(line, talked=False), now)
            return orders
    hang_up: list[Order] = [HangUp(conversation.sheet.call, leg)] if isinstance(decision, JoinCall) else []
    return hang_up + consequences.routed(board, CallGone(line, talked=False), now)
