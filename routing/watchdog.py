"""The deadlines of all agents' states, the next one found fast. PURE. What then happens is the router's business."""

from collections.abc import Iterator, Mapping
from heapq import heapify, heappop, heappush

from routing.agent import Agent
from routing.rules import Rules


class Watchdogs:
    """A heap whose outdated entries are left until they come up or are too many."""

    def __init__(self, agents: Mapping[str, Agent], rules: Rules) -> None:
        self._agents = agents
        self._rules = rules
        self._deadlines: list[tuple[float, str]] = []

    def arm(self, agent: Agent) -> None:
        """The agent has entered a state."""
        deadline = agent.deadline(self._rules)
        if deadline is not None:
            heappush(self._deadlines, (deadline, agent.name))
        if len(self._deadlines) > 4 * len(self._agents) + 64:
            self.rearm()

    def rearm(self) -> None:
        """Find all deadlines anew."""
        times = [(agent.deadline(self._rules), agent.name) for agent in self._agents.values()]
        self._deadlines = [(time, name) for time, name in times if time is not None]
        heapify(self._deadlines)

    def next_deadline(self) -> float | None:
        """When the next state has lasted too long; None for never."""
        while self._deadlines:
            time, name = self._deadlines[0]
            agent = self._agents.get(name)
            if agent is not None and agent.deadline(self._rules) == time:
                return time
            heappop(self._deadlines)
        return None

    def due(self, now: float) -> Iterator[Agent]:
        """Agents whose state has lasted too long, earliest first; each must be moved on before the next is taken."""
        while (time := self.next_deadline()) is not None and time <= now:
            yield self._agents[heappop(self._deadlines)[1]]
