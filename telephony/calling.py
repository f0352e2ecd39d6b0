"""Call control carried out: what its table leads to, as orders for the worker and words for router and dialogue. PURE.

It decides nothing: telephony.control_steps says what follows what, telephony.control_rules who may ask.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ivr.commands import Dial, HangUp, Mix, PlayMusic, StopPlaying
from ivr.facts import EarlyAudio, Fact, Handed, LegAnswered, LegEnded, LegRinging, Parted, Requested
from ivr.session import State as SessionState
from routing.agent import State as AgentState
from routing.commands import JoinCall, Ring, RoutingCommand, StopRinging
from routing.facts import (
    AgentAnswered,
    AgentLegEnded,
    AgentRinging,
    CallGone,
    CallHanded,
    CallPicked,
    CallWaiting,
    RoutingFact,
)
from telephony import cords
from telephony import transcript as transcripts
from telephony.control import (
    AsBefore,
    Control,
    DialAgent,
    DialNumber,
    DialPhone,
    Effect,
    Event,
    Free,
    Give,
    Limits,
    Part,
    Release,
    Request,
    Requeue,
    Seek,
    State,
)
from telephony.control_rules import refusal
from telephony.control_steps import DEFAULT, Occasion, begun, step, watcher_gone
from telephony.conversation import Conversation, Order
from telephony.mixing import MUSIC, of_legs
from telephony.names import AGENT_LEG, BYE
from telephony.sheet import joined

if TYPE_CHECKING:
    from telephony.switchboard import Switchboard

log = logging.getLogger(__name__)

RINGING = (State.CALLING, State.INVITING, State.SENT)
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
    """A request that may not be met leads to nothing: who asked was told before (telephony.control_rules)."""
    why = refusal(board, conversation, fact)
    if why:
        log.info("call %s: %s is not done now", fact.call, fact.request)
        return []
    request = Request(fact.request)
    if request is Request.PICKUP:
        return routed(board, CallPicked(fact.by, fact.call), now)
    about = Occasion(by=fact.by, kind=fact.kind, target=fact.target, now=now, limits=board.calling.limits)
    return happen(board, conversation, request, about)


def happen(board: Switchboard, conversation: Conversation, what: Request | Event, about: Occasion) -> list[Order]:
    """Let the table move the talk; the worker is told who is dialled, then who hears whom, then the rest follows."""
    change = step(conversation.control, what, about)
    if change is None:
        return []
    conversation.control, effects = change
    orders: list[Order] = []
    for effect in effects:
        if isinstance(effect, DIALS):
            orders += carry_out(board, conversation, effect, about.now)
    orders += remixed(board, conversation) + heard(conversation, about.now)
    for effect in effects:
        if not isinstance(effect, DIALS):
            orders += carry_out(board, conversation, effect, about.now)
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


def leg(board: Switchboard, conversation: Conversation, leg: str, fact: Fact, now: float) -> list[Order]:
    """What became of a leg that is neither the caller's nor that of the agent who has the call."""
    agent = leg.removeprefix(AGENT_LEG) if leg.startswith(AGENT_LEG) else ""
    line = line_of(board, conversation, agent)
    match fact:
        case LegRinging() if line:
            return routed(board, AgentRinging(agent, line), now)
        case LegAnswered() if line:
            return routed(board, AgentAnswered(agent, line), now)
        case LegAnswered() if leg == conversation.control.other:
            return happen(board, conversation, Event.ANSWERED, Occasion(leg=leg, now=now))
        case LegEnded():
            return ended(board, conversation, leg, fact, now)
    return []


def ended(board: Switchboard, conversation: Conversation, leg: str, fact: LegEnded, now: float) -> list[Order]:
    unplug(conversation, leg)
    about = Occasion(leg=leg, code=fact.code, now=now, limits=board.calling.limits)
    agent = leg.removeprefix(AGENT_LEG)
    line = line_of(board, conversation, agent)
    orders: list[Order] = []
    talked = line != "" and board.router.agents[agent].state is AgentState.TALKING
    if line and (not talked or fact.code != BYE):
        orders += routed(board, AgentLegEnded(agent, line, fact.code), now)
    control = conversation.control
    if any(each == leg for each, _ in control.watchers):
        conversation.control = watcher_gone(control, leg)
        return orders + remixed(board, conversation)
    if leg == control.other and control.state in RINGING:
        event = Event.NEXT if line else Event.FAILED
        return orders + happen(board, conversation, event, about)
    if talked:
        orders += routed(board, CallGone(line, talked=False), now)
    if leg in (control.other, *control.guests):
        orders += happen(board, conversation, Event.GUEST_GONE, about)
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
    return happen(board, conversation, event, about), as_before


def unplug(conversation: Conversation, leg: str) -> None:
    """The worker undoes the connections of a leg that has ended by itself."""
    conversation.mixed = frozenset(pair for pair in conversation.mixed if leg not in pair)


def broken(board: Switchboard, conversation: Conversation, agent: str, now: float) -> list[Order]:
    """The router took the call from who talked in it: nobody else stays in the talk either."""
    control = conversation.control
    conversation.control = Control(control.call, count=control.count)
    others: list[Order] = [HangUp(control.call, leg) for leg in control.legs if leg != AGENT_LEG + agent]
    plain = begun(control, AGENT_LEG + agent, now).mixed()
    orders = remixed(board, conversation) if conversation.mixed != plain else []
    conversation.mixed = frozenset()
    return [*orders, *others, *free_lines(board, control, now, talking=False)]


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
    return [order for line in lines for order in routed(board, CallGone(line, talked=False), now)]


# --- the router's calls for agents who are called into a talk


def line_of(board: Switchboard, conversation: Conversation, agent: str) -> str:
    """What the router knows the agent by who is called into this call; empty for anybody else."""
    found = board.router.agents.get(agent)
    call = found.call if found is not None else None
    return call if call is not None and call.startswith(f"{conversation.sheet.call}/") else ""


def of_line(board: Switchboard, conversation: Conversation | None, decision: RoutingCommand, now: float) -> list[Order]:
    """What the router decides about an agent who is called into a talk."""
    leg, line = AGENT_LEG + decision.agent, decision.call
    if conversation is None:
        return routed(board, CallGone(line, talked=False), now) if isinstance(decision, Ring) else []
    control, about = conversation.control, Occasion(leg=leg, code=408, now=now, limits=board.calling.limits)
    wanted = control.line == line and control.state in RINGING
    orders: list[Order] = []
    match decision:
        case Ring() if wanted:
            if control.other:
                orders += happen(board, conversation, Event.NEXT, about)
            return orders + happen(board, conversation, Event.FOUND, about)
        case JoinCall() if wanted and control.other == leg:
            return happen(board, conversation, Event.ANSWERED, about)
        case StopRinging():
            orders.append(HangUp(conversation.sheet.call, leg))
            if wanted and control.other == leg:
                orders += happen(board, conversation, Event.NEXT, about)
            return orders
    hang_up: list[Order] = [HangUp(conversation.sheet.call, leg)] if isinstance(decision, JoinCall) else []
    return hang_up + routed(board, CallGone(line, talked=False), now)


def routed(board: Switchboard, fact: RoutingFact, now: float) -> list[Order]:
    return cords.decisions(board, board.router.handle(fact, now), now)


# --- what follows


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
        case DialPhone():
            return [Dial(call, effect.leg, f"sip:{effect.user}@{board.domain}", sheet.called)]
        case Release():
            return released(board, conversation, effect.hang_up, now)
        case Give():
            return given(board, conversation, effect, now)
        case Requeue():
            return requeued(board, conversation, effect, now)
        case Part():
            return parted(conversation, now) + board.tell_session(conversation, Parted(call), now)
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
    return orders


def given(board: Switchboard, conversation: Conversation, give: Give, now: float) -> list[Order]:
    call, before, agent = conversation.sheet.call, conversation.agent, give.leg.removeprefix(AGENT_LEG)
    orders: list[Order] = [HangUp(call, AGENT_LEG + before)] if give.hang_up else []
    orders += routed(board, CallHanded(call, agent, line_of(board, conversation, agent)), now)
    board.pace.settle(board.router, now, [before])
    if not give.up:
        return orders + parted(conversation, now) + board.tell_session(conversation, Handed(call), now)
    conversation.agent = agent
    board.pace.began(agent, now)
    board.write(conversation, joined(conversation.sheet, agent, now))
    return orders


def requeued(board: Switchboard, conversation: Conversation, wanted: Requeue, now: float) -> list[Order]:
    """The caller stands where they stood, which is the head: others came later."""
    call, sheet = conversation.sheet.call, conversation.sheet
    orders = parted(conversation, now)
    if conversation.session.state is not SessionState.TALKING:
        return orders
    own = conversation.waiting or CallWaiting(call, sheet.label or "agent", 0)
    since = own.since or sheet.queued_at or sheet.joined_at or now
    known = board.router.agents.get(wanted.agent)  # who is busy or writes their record is not waited for
    preferred = wanted.agent if known is not None and known.state is AgentState.READY else ""
    place = replace(own, preferred=preferred, since=since, kept_until=0.0)
    if wanted.label:
        place = replace(place, label=wanted.label)
    orders += board.tell_session(conversation, Handed(call, wanted.lost), now)
    return orders + routed(board, place, now)


def parted(conversation: Conversation, now: float) -> list[Order]:
    conversation.agent = ""
    conversation.transcript, commands = transcripts.parted(conversation.transcript, now)
    return [*commands]
