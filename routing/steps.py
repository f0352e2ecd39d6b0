"""What each fact does to calls and agents, one function a fact. PURE.

They move agents by their table and put calls back; they match nobody, which follows each fact.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import isnan
from typing import TYPE_CHECKING, Any

from routing.agent import FORCED, HOLDING, TABLE, Agent, Event, State
from routing.commands import JoinCall, Ring, RoutingCommand, StopRinging
from routing.facts import (
    AgentAnswered,
    AgentFact,
    AgentForgotten,
    AgentKnown,
    AgentLegEnded,
    AgentRinging,
    AgentStands,
    CallGone,
    CallHanded,
    CallPicked,
    CallWaiting,
    ForceAsked,
    LoadChanged,
    PauseAsked,
    PhoneLost,
    PhoneRegistered,
    ReadyAsked,
    RoutingFact,
    WrapUpDone,
)
from routing.queue import Waiting

if TYPE_CHECKING:
    from routing.router import Router

NO_ANSWER = "无人应答"
UNREACHABLE = "未接通"
VANISHED = "话机中断"
TOO_LONG = "通话超时"
BYE = 200  # how a leg ends that was hung up

Commands = list[RoutingCommand]
Step = Callable[["Router", Any, float], Commands]


def call_waiting(router: Router, fact: CallWaiting, now: float) -> Commands:
    """Queue the call; one that waits or is in somebody's hands already stays where it is."""
    if fact.call in router.held or router.queue.get(fact.call) is not None:
        return []
    rules = router.rules
    needs = router.needs(fact.label, fact.needs)
    priority = rules.with_groups(fact.priority, needs.groups)
    since, opened = (min(fact.since, now), now) if fact.since else (now, None)
    kept_until = fact.kept_until if fact.preferred else 0.0
    rank = rules.rank(priority, since, fact.call)
    wanted = (needs, fact.preferred, fact.excluded, opened, kept_until)
    router.put(Waiting(rank, fact.call, fact.label, priority, since, *wanted), now)
    return []


def call_gone(router: Router, fact: CallGone, now: float) -> Commands:
    """Forget the call; whoever it rings is free again with their place, whoever has talked has wrap-up."""
    router.queue.take(fact.call)
    router.held.pop(fact.call, None)
    agent = router.floor.by_call.get(fact.call)
    if agent is None:
        return []
    if agent.state is State.TALKING:
        router.move(agent, Event.PART if fact.talked else Event.RELEASE, now)
        return []
    router.move(agent, Event.RELEASE, now)
    return [StopRinging(fact.call, agent.name)]


def call_handed(router: Router, fact: CallHanded, now: float) -> Commands:
    """The call keeps what it waited for, so that it comes back to its place should the new agent be lost.

    Whoever it rings meanwhile, because it was taken from who had it, is free again.
    """
    taker = router.agents.get(fact.agent)
    if taker is None or taker.call != fact.line or taker.state not in HOLDING:
        return []
    giver = router.floor.by_call.get(fact.call)
    rung = giver is not None and giver.state is not State.TALKING
    if giver is not None:
        router.move(giver, Event.RELEASE if rung else Event.PART, now)
    router.queue.take(fact.call)
    wanted = router.held.pop(fact.line, None)
    if fact.call not in router.held and wanted is not None:
        rank = router.rules.rank(wanted.priority, wanted.since, fact.call)
        router.held[fact.call] = replace(wanted, call=fact.call, rank=rank, preferred="", kept_until=0.0)
    router.floor.rename(taker, fact.call)
    return [StopRinging(fact.call, giver.name)] if giver is not None and rung else []


def call_picked(router: Router, fact: CallPicked, now: float) -> Commands:
    """Who rang for it is free again, and did not miss it. A talk is not taken from anybody."""
    taker, holder = router.agents.get(fact.agent), router.floor.by_call.get(fact.call)
    if taker is None or taker.state is not State.READY or (holder is not None and holder.state is State.TALKING):
        return []
    waiting = router.queue.take(fact.call) or router.held.get(fact.call)
    if waiting is None:
        return []
    router.held[fact.call] = waiting
    commands: Commands = []
    if holder is not None:
        router.floor.move(holder, Event.RELEASE, now)
        commands.append(StopRinging(fact.call, holder.name))
    router.floor.move(taker, Event.RESERVE, now, fact.call)
    if holder is not None:
        router.agent_changed(holder)
    return [*commands, Ring(fact.call, taker.name)]


# --- agents


def agent_known(router: Router, fact: AgentKnown, now: float) -> Commands:
    agent = router.agents.get(fact.agent)
    if agent is None:
        router.floor.add(Agent(fact.agent, fact.sip_user, dict(fact.skills), now))
        return []
    agent.sip_user, agent.leaving = fact.sip_user, False
    router.floor.teach(agent, dict(fact.skills))
    router.agent_changed(agent)
    return []


def agent_stands(router: Router, fact: AgentStands, now: float) -> Commands:
    """Who was at work before is at work, who wrote a record writes on."""
    state = State.__members__.get(fact.state)
    if fact.agent in router.agents or state is None or state in HOLDING:
        return []
    agent = Agent(fact.agent, fact.sip_user, dict(fact.skills), min(fact.since, now), state)
    agent.phone, agent.willing, agent.reason = fact.phone, fact.willing, fact.reason
    agent.load, agent.idle_since = fact.load, min(fact.idle_since, now)
    router.floor.add(agent)
    router.floor.watchdogs.arm(agent)
    router.agent_changed(agent)
    return []


def agent_forgotten(router: Router, fact: AgentForgotten, now: float) -> Commands:
    """Whoever talks is kept until the talk is over: its end must find somebody."""
    agent = router.agents.get(fact.agent)
    if agent is None:
        return []
    agent.leaving = True
    if agent.state is State.TALKING:
        return []
    if agent.state in HOLDING:
        return router.withdraw(agent, Event.MISS, UNREACHABLE, now)
    router.forget(agent)
    return []


def phone_lost(router: Router, fact: PhoneLost, now: float) -> Commands:
    agent = router.agents.get(fact.agent)
    if agent is not None and agent.state in (State.RESERVED, State.RINGING):
        return router.withdraw(agent, Event.PHONE_DOWN, VANISHED, now)
    return simple(Event.PHONE_DOWN)(router, fact, now)


def paused(router: Router, fact: PauseAsked, now: float) -> Commands:
    agent = router.agents.get(fact.agent)
    if agent is not None:
        agent.reason = fact.reason
    return simple(Event.PAUSE)(router, fact, now)


def forced(router: Router, fact: ForceAsked, now: float) -> Commands:
    """Whatever the agent is doing; a call in hand goes back to the head of the queue, out of a talk as well.

    Put to ready, the agent does not get the same call again.
    """
    agent, event = router.agents.get(fact.agent), FORCED.get(fact.state)
    if agent is None or event is None or (agent.state, event) not in TABLE:
        return []
    reason = f"{fact.reason or '主管调整'}（{fact.by}）"
    if agent.state in HOLDING:
        return router.withdraw(agent, event, reason, now, again=event is not Event.FORCE_READY)
    agent.reason = reason
    router.move(agent, event, now)
    return []


def load_changed(router: Router, fact: LoadChanged, _now: float) -> Commands:
    """Loads beyond 0..1 are taken for the nearer end, what is no number for a full load."""
    agent = router.agents.get(fact.agent)
    if agent is not None:
        agent.load = 1.0 if isnan(fact.load) else min(max(fact.load, 0.0), 1.0)
        router.floor.refresh(agent)
        router.agent_changed(agent)
    return []


def simple(event: Event) -> Step:
    """The step that only lets `event` happen to the agent."""

    def step(router: Router, fact: AgentFact, now: float) -> Commands:
        agent = router.agents.get(fact.agent)
        if agent is not None:
            router.move(agent, event, now)
        return []

    return step


# --- the agent's leg


def leg_ringing(router: Router, fact: AgentRinging, now: float) -> Commands:
    agent = router.agents.get(fact.agent)
    if agent is not None and agent.call == fact.call:
        router.move(agent, Event.RING, now)
    return []


def leg_answered(router: Router, fact: AgentAnswered, now: float) -> Commands:
    agent = router.agents.get(fact.agent)
    if agent is None or agent.call != fact.call or agent.state not in HOLDING:
        return [StopRinging(fact.call, fact.agent)]  # too late: the call went elsewhere or is gone
    return [JoinCall(fact.call, fact.agent)] if router.move(agent, Event.ANSWER, now) else []


def leg_ended(router: Router, fact: AgentLegEnded, now: float) -> Commands:
    agent = router.agents.get(fact.agent)
    if agent is None or agent.call != fact.call or agent.state not in HOLDING:
        return []
    if agent.state is not State.TALKING:
        router.withdraw(agent, Event.MISS, UNREACHABLE, now)
    elif fact.code != BYE:
        router.withdraw(agent, Event.MISS if agent.phone else Event.VANISH, VANISHED, now)
    else:
        router.held.pop(fact.call, None)
        router.move(agent, Event.PART, now)
    return []


STEPS: dict[type[RoutingFact], Step] = {
    CallWaiting: call_waiting,
    CallGone: call_gone,
    CallHanded: call_handed,
    CallPicked: call_picked,
    AgentKnown: agent_known,
    AgentStands: agent_stands,
    AgentForgotten: agent_forgotten,
    PhoneRegistered: simple(Event.PHONE_UP),
    PhoneLost: phone_lost,
    ReadyAsked: simple(Event.READY),
    PauseAsked: paused,
    ForceAsked: forced,
    LoadChanged: load_changed,
    AgentRinging: leg_ringing,
    AgentAnswered: leg_answered,
    AgentLegEnded: leg_ended,
    WrapUpDone: simple(Event.DONE),
}
