"""Who answers which call. PURE: facts and the time in, decisions out; the same facts give the same decisions.

It keeps the time, the watchdogs and the calls in hand. What each fact does is routing.steps', which call meets which
agent is routing.match's. It must not know what a call says or how a phone is rung.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import replace

from routing.agent import RESTING, Agent, Event, State
from routing.commands import Ring, RoutingCommand, StopRinging
from routing.facts import RoutingFact
from routing.floor import Floor
from routing.match import Decision, Matching
from routing.needs import Needs, needs_of
from routing.queue import Queue, Waiting, moved
from routing.rules import Rules
from routing.steps import NO_ANSWER, STEPS, TOO_LONG, UNREACHABLE

__all__ = ["Router", "Rules"]

LEAP = 60.0  # seconds by which the clock may be late before that is taken for a leap
BACK = 5.0  # seconds by which it may go back
LAST_DECISIONS = 200
MOST_NEEDS = 10_000


class Router:
    """The queue and the agents. `decisions` are the last ones, newest at the end.

    `witness`, where set, is told (call, agent or "", now) of every call that is given to an agent, just before that,
    and of every call that was looked at and found nobody; it must change nothing.
    """

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.queue = Queue(rules)
        self.floor = Floor(rules)
        self.agents = self.floor.agents
        self.held: dict[str, Waiting] = {}  # by call: those that agents are reserved for, ring for or talk in
        self.decisions: deque[Decision] = deque(maxlen=LAST_DECISIONS)
        self.witness: Callable[[Waiting, str, float], None] | None = None
        self._matching = Matching(self.queue, self.floor)
        self._needs: dict[tuple[str, tuple[tuple[str, int], ...]], Needs] = {}
        self._now: float | None = None  # the latest time told, since the clock was last set back

    def handle(self, fact: RoutingFact, now: float) -> list[RoutingCommand]:
        """Take one fact; return what to do."""
        self._keep_time(now)
        return STEPS[type(fact)](self, fact, now) + self._match(now)

    def tick(self, now: float) -> list[RoutingCommand]:
        """Let time pass: states that lasted too long, calls that more agents may take now."""
        self._keep_time(now)
        commands: list[RoutingCommand] = []
        for agent in self.floor.watchdogs.due(now):
            commands += self._too_long(agent, now)
        return commands + self._match(now)

    def next_deadline(self) -> float | None:
        """When tick() has something to do; None for never."""
        times = [self.floor.watchdogs.next_deadline(), self.queue.next_opening() if self.floor.free else None]
        return min((time for time in times if time is not None), default=None)

    # --- what the steps are made of

    def move(self, agent: Agent, event: Event, now: float, call: str | None = None) -> bool:
        """Let `event` happen to the agent; False when it means nothing in their state."""
        happened = self.floor.move(agent, event, now, call)
        if agent.leaving and (agent.state in RESTING or agent.state is State.LOST):
            self.forget(agent)
        else:
            self.agent_changed(agent)
        return happened

    def agent_changed(self, agent: Agent) -> None:
        """Something about the agent may let them take a call, or let others take those that wait for them."""
        self._matching.agent_changed(agent)

    def forget(self, agent: Agent) -> None:
        """The agent is no more."""
        self.floor.remove(agent)
        self._matching.calls_changed(self.queue.preferring(agent.name))

    def needs(self, label: str, wanted: tuple[tuple[str, int], ...]) -> Needs:
        """The one value of these needs."""
        if len(self._needs) >= MOST_NEEDS:
            self._needs.clear()
        key = (label, tuple(sorted(wanted)))
        if key not in self._needs:
            self._needs[key] = needs_of(self.rules, label, wanted)
        return self._needs[key]

    def put(self, waiting: Waiting, now: float) -> None:
        """Queue the call, at the place its arrival gives it."""
        self.queue.put(waiting, now)
        self._matching.calls_changed([waiting])

    def withdraw(self, agent: Agent, event: Event, reason: str, now: float, again: bool = True) -> list[RoutingCommand]:
        """Take the agent's call from them by `event` and put it back where it stood; their leg is to be ended.

        Without `again` the call never comes back to this agent.
        """
        call = agent.call or ""
        waiting = self.held.pop(call, None)
        if waiting is not None:  # before the agent is free again, so that the order decides who is next
            excluded = waiting.excluded if again else (*waiting.excluded, agent.name)
            self.put(replace(waiting, excluded=excluded), now)
        agent.reason = reason
        self.move(agent, event, now)
        return [StopRinging(call, agent.name)]

    # --- time

    def _keep_time(self, now: float) -> None:
        """A clock that leaps must neither hold anybody up nor take a call from anybody.

        Set back, everything keeps its age; set forward, agents keep how long their state has lasted.
        """
        last = self._now
        self._now = now if last is None or now < last - BACK else max(last, now)
        if last is None:
            return
        if now < last - BACK:
            self.floor.shift(now - last, idle=True)
            self.queue.shift(now - last, now)
            self._matching.calls_changed(self.queue)  # who came "in the future" may be taken now
            self.held = {call: moved(waiting, now - last, self.rules) for call, waiting in self.held.items()}
        elif now < last:
            self.queue.reopen(now)
        elif now > last + LEAP:
            due = self.floor.watchdogs.next_deadline()
            if due is not None and now > max(due, last) + LEAP:
                self.floor.shift(now - last, idle=False)

    def _too_long(self, agent: Agent, now: float) -> list[RoutingCommand]:
        match agent.state:
            case State.RESERVED:
                return self.withdraw(agent, Event.MISS, UNREACHABLE, now)
            case State.RINGING:
                return self.withdraw(agent, Event.MISS, NO_ANSWER, now)
            case State.TALKING:
                return self.withdraw(agent, Event.MISS, TOO_LONG, now)
            case State.LOST:
                self.move(agent, Event.EXPIRE, now)
            case _:
                self.move(agent, Event.DONE, now)
        return []

    # --- matching

    def _match(self, now: float) -> list[RoutingCommand]:
        """Give calls to agents until no free agent is left with a call they may take."""
        self._matching.calls_changed(self.queue.due(now))
        looked_at = self._matching.look() if self.witness is not None else []
        commands: list[RoutingCommand] = []
        while (pair := self._matching.next_pair(now)) is not None:
            waiting, tier, agent = pair
            if self.witness is not None:
                self.witness(waiting, agent.name, now)
            self.decisions.append(Decision(now, waiting.call, agent.name, tier, now - waiting.since))
            self.queue.take(waiting.call)
            self.held[waiting.call] = waiting
            self.floor.move(agent, Event.RESERVE, now, waiting.call)
            commands.append(Ring(waiting.call, agent.name))
        for waiting in looked_at:
            if self.witness is not None and self.queue.get(waiting.call) is not None:
                self.witness(waiting, "", now)
        return commands
