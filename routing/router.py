"""Who answers which call. PURE: facts and the time in, decisions out; the same facts give the same decisions.

A call goes to a free agent skilled in its label, else to a free generalist (全科), after `any_after_seconds` to any
free agent; among equals the one idle longest. It must not know what a call says or how a phone is rung.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from routing.agent import Agent, Event, State
from routing.commands import JoinCall, Ring, RoutingCommand, StopRinging
from routing.facts import (
    AgentAnswered,
    AgentFact,
    AgentForgotten,
    AgentKnown,
    AgentLegEnded,
    AgentRinging,
    CallGone,
    CallWaiting,
    PauseAsked,
    PhoneLost,
    PhoneRegistered,
    ReadyAsked,
    RoutingFact,
    WrapUpDone,
)
from routing.queue import Queue, Waiting

NO_ANSWER = "无人应答"
UNREACHABLE = "未接通"
VANISHED = "话机中断"


@dataclass(frozen=True)
class Rules:
    """Seconds a phone rings, seconds of wrap-up, seconds until any free agent will do."""

    ring_seconds: float = 20
    wrap_up_seconds: float = 120
    any_after_seconds: float = 45


class Router:
    """The queue and the agents."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.queue = Queue()
        self.agents: dict[str, Agent] = {}
        self._reserved: dict[str, Waiting] = {}  # by agent: the call that rings there or is talked to

    def handle(self, fact: RoutingFact, now: float) -> list[RoutingCommand]:
        """Take one fact; return what to do."""
        commands = STEPS[type(fact)](self, fact, now)
        return commands + self._match(now)

    def tick(self, now: float) -> list[RoutingCommand]:
        """Let time pass: phones that ring too long, wrap-ups that are over, calls that any agent may take now."""
        commands: list[RoutingCommand] = []
        for agent in self.agents.values():
            if agent.state is State.RINGING and now >= agent.since + self.rules.ring_seconds:
                commands.append(StopRinging(agent.call or "", agent.name))
                self._missed(agent, NO_ANSWER, now)
            elif agent.state is State.WRAP_UP and now >= agent.since + self.rules.wrap_up_seconds:
                self._rest(agent, Event.DONE, now)
        return commands + self._match(now)

    def next_deadline(self) -> float | None:
        """When tick() has something to do; None for never."""
        times = [
            agent.since + (self.rules.ring_seconds if agent.state is State.RINGING else self.rules.wrap_up_seconds)
            for agent in self.agents.values()
            if agent.state in (State.RINGING, State.WRAP_UP)
        ]
        if any(agent.state is State.READY for agent in self.agents.values()):
            times += [waiting.since + self.rules.any_after_seconds for waiting in self.queue]
        return min(times, default=None)

    # --- calls

    def _waiting(self, fact: CallWaiting, now: float) -> list[RoutingCommand]:
        self.queue.put(Waiting(fact.call, fact.label, fact.priority, now))
        return []

    def _gone(self, fact: CallGone, now: float) -> list[RoutingCommand]:
        self.queue.take(fact.call)
        commands: list[RoutingCommand] = []
        for agent in self.agents.values():
            if agent.call != fact.call:
                continue
            if agent.state is State.RINGING:
                commands.append(StopRinging(fact.call, agent.name))
                self._rest(agent, Event.RELEASE, now)
            elif agent.state is State.TALKING:
                agent.happen(Event.PART, now)
        return commands

    # --- agents

    def _known(self, fact: AgentKnown, now: float) -> list[RoutingCommand]:
        agent = self.agents.get(fact.agent)
        if agent is None:
            self.agents[fact.agent] = Agent(fact.agent, fact.sip_user, dict(fact.skills), now)
        else:
            agent.sip_user, agent.skills = fact.sip_user, dict(fact.skills)
        return []

    def _forgotten(self, fact: AgentForgotten, now: float) -> list[RoutingCommand]:
        agent = self.agents.pop(fact.agent, None)
        if agent is None or agent.state is not State.RINGING:
            return []
        commands: list[RoutingCommand] = [StopRinging(agent.call or "", agent.name)]
        self._missed(agent, UNREACHABLE, now)
        return commands

    def _phone_up(self, fact: AgentFact, now: float) -> list[RoutingCommand]:
        return self._simple(fact, Event.PHONE_UP, now)

    def _phone_down(self, fact: AgentFact, now: float) -> list[RoutingCommand]:
        return self._simple(fact, Event.PHONE_DOWN, now)

    def _ready(self, fact: AgentFact, now: float) -> list[RoutingCommand]:
        return self._simple(fact, Event.READY, now)

    def _paused(self, fact: PauseAsked, now: float) -> list[RoutingCommand]:
        agent = self.agents.get(fact.agent)
        if agent is not None:
            agent.reason = fact.reason
        return self._simple(fact, Event.PAUSE, now)

    def _wrapped_up(self, fact: AgentFact, now: float) -> list[RoutingCommand]:
        return self._simple(fact, Event.DONE, now)

    def _simple(self, fact: AgentFact, event: Event, now: float) -> list[RoutingCommand]:
        agent = self.agents.get(fact.agent)
        if agent is not None:
            agent.happen(event, now)
            self._forget_reservation(agent)
        return []

    # --- the agent's leg

    def _ringing(self, _fact: RoutingFact, _now: float) -> list[RoutingCommand]:
        return []

    def _answered(self, fact: AgentAnswered, now: float) -> list[RoutingCommand]:
        agent = self.agents.get(fact.agent)
        if agent is None or agent.call != fact.call or not agent.happen(Event.ANSWER, now):
            return [StopRinging(fact.call, fact.agent)]  # too late: the call went elsewhere or is gone
        return [JoinCall(fact.call, fact.agent)]

    def _leg_ended(self, fact: AgentLegEnded, now: float) -> list[RoutingCommand]:
        agent = self.agents.get(fact.agent)
        if agent is None or agent.call != fact.call:
            return []
        if agent.state is State.RINGING:
            self._missed(agent, UNREACHABLE, now)
        elif agent.state is State.TALKING and fact.code != 200:
            self._missed(agent, VANISHED, now)
        else:
            agent.happen(Event.PART, now)
        return []

    def _missed(self, agent: Agent, reason: str, now: float) -> None:
        """Pause the agent who did not answer and put the call back where it stood."""
        waiting = self._reserved.pop(agent.name, None)
        agent.reason = reason
        agent.happen(Event.MISS, now)
        if waiting is not None:
            self.queue.put(waiting)

    def _rest(self, agent: Agent, event: Event, now: float) -> None:
        agent.happen(event, now)
        self._forget_reservation(agent)

    def _forget_reservation(self, agent: Agent) -> None:
        if agent.call is None:
            self._reserved.pop(agent.name, None)

    # --- matching

    def _match(self, now: float) -> list[RoutingCommand]:
        """Give each waiting call, in order, the best free agent who may take it."""
        free = [agent for agent in self.agents.values() if agent.state is State.READY]
        commands: list[RoutingCommand] = []
        for waiting in list(self.queue):
            if not free:
                break
            best = min(
                (agent for agent in free if self._may_take(agent, waiting, now)),
                key=lambda agent: self._fitness(agent, waiting),
                default=None,
            )
            if best is None:
                continue
            free.remove(best)
            self.queue.take(waiting.call)
            self._reserved[best.name] = waiting
            best.happen(Event.RESERVE, now)
            best.call = waiting.call
            commands.append(Ring(waiting.call, best.name))
        return commands

    def _may_take(self, agent: Agent, waiting: Waiting, now: float) -> bool:
        return agent.level(waiting.label) > 0 or agent.generalist or now >= waiting.since + self.rules.any_after_seconds

    @staticmethod
    def _fitness(agent: Agent, waiting: Waiting) -> tuple[int, float, str]:
        """Smaller is better: the skilled before generalists before the rest, then who has been idle longest."""
        skilled = agent.level(waiting.label) > 0
        return (0 if skilled else 1 if agent.generalist else 2, agent.idle_since, agent.name)


STEPS: dict[type[RoutingFact], Callable[[Router, Any, float], list[RoutingCommand]]] = {
    CallWaiting: Router._waiting,
    CallGone: Router._gone,
    AgentKnown: Router._known,
    AgentForgotten: Router._forgotten,
    PhoneRegistered: Router._phone_up,
    PhoneLost: Router._phone_down,
    ReadyAsked: Router._ready,
    PauseAsked: Router._paused,
    AgentRinging: Router._ringing,
    AgentAnswered: Router._answered,
    AgentLegEnded: Router._leg_ended,
    WrapUpDone: Router._wrapped_up,
}
