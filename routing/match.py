"""Which waiting call goes to which free agent now. PURE.

It decides by the one order of calls, then by who fits best. Between two facts no free agent may be left with a call
they may take; so only what the last fact changed is looked at, never all agents against all calls.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from routing.agent import Agent
from routing.floor import Floor
from routing.needs import Tier
from routing.queue import Queue, Waiting


@dataclass(frozen=True, slots=True)
class Decision:
    """At `at` the call went to `agent`, who fits by `tier`; it had waited `waited` seconds."""

    at: float
    call: str
    agent: str
    tier: Tier
    waited: float


class Matching:
    """What changed since the last match: agents who became free, calls that came or that more agents may take now."""

    def __init__(self, queue: Queue, floor: Floor) -> None:
        self._queue = queue
        self._floor = floor
        self._agents: dict[str, None] = {}
        self._calls: dict[str, None] = {}

    def agent_changed(self, agent: Agent) -> None:
        if self._floor.is_free(agent):
            self._agents[agent.name] = None
        elif not self._floor.expected(agent.name):
            self.calls_changed(self._queue.preferring(agent.name))

    def calls_changed(self, calls: Iterable[Waiting]) -> None:
        self._calls.update(dict.fromkeys(waiting.call for waiting in calls))

    def look(self) -> list[Waiting]:
        """The changed calls that still wait, in order."""
        found = [waiting for call in self._calls if (waiting := self._queue.get(call)) is not None]
        self._calls = dict.fromkeys(waiting.call for waiting in found)
        return sorted(found)

    def next_pair(self, now: float) -> tuple[Waiting, Tier, Agent] | None:
        """The first call in order that somebody free may take, with who fits it best. The pair must be taken apart."""
        if not self._floor.free:
            self._agents.clear()
            self._calls.clear()
            return None
        first: Waiting | None = None
        for waiting in self.look():
            if self._floor.best(waiting, now) is not None:
                first = waiting
                break
            del self._calls[waiting.call]
        for name in list(self._agents):
            agent = self._floor.agents.get(name)
            found = self._first_for(agent, now) if agent is not None and self._floor.is_free(agent) else None
            if found is None:
                del self._agents[name]
            elif first is None or found < first:
                first = found
        if first is None:
            return None
        best = self._floor.best(first, now)
        assert best is not None
        return first, *best

    def _first_for(self, agent: Agent, now: float) -> Waiting | None:
        """The first call in order that the agent may take now.

        In a line the first has waited longest of all, so its refusal is the refusal of all, but for those that
        prefer this agent; a call kept for somebody else says nothing about its line.
        """
        refused = set()
        for waiting in self._queue:
            if waiting.line in refused and waiting.preferred != agent.name:
                continue
            if self._floor.may_take(agent, waiting, now):
                return waiting
            if not self._floor.held(waiting, now):
                refused.add(waiting.line)
        return None
