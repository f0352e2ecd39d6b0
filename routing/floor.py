"""The agents, found fast: who is free by set of skills, who holds a call. PURE.

It decides who of the free fits a call best. It must not know which call comes first, nor the order of the queue.
"""

from bisect import bisect_left, insort

from routing.agent import HOLDING, Agent, Event, State
from routing.fits import Fits, Place, Profile
from routing.needs import Needs, Tier
from routing.queue import Waiting
from routing.rules import Rules
from routing.watchdog import Watchdogs

FEW = 16  # profiles looked at one by one; with more, the agents are gone through from the first


class Floor:
    """All agents. Every change of one goes through `move` or `change`, which keep the indexes true."""

    def __init__(self, rules: Rules) -> None:
        self.agents: dict[str, Agent] = {}
        self.by_call: dict[str, Agent] = {}  # who is reserved for, rings for or talks in a call
        self._rules = rules
        self._fits = Fits()
        self._profile: dict[str, Profile] = {}  # by agent
        self._place: dict[str, Place] = {}  # of the free
        self._free: list[Place] = []
        self._free_mask = 0  # bits of the profiles with somebody free
        self.watchdogs = Watchdogs(self.agents, rules)

    # --- changes

    def add(self, agent: Agent) -> None:
        self.agents[agent.name] = agent
        self._join(agent)

    def remove(self, agent: Agent) -> None:
        self._leave(agent)
        del self.agents[agent.name]
        if agent.call is not None and self.by_call.get(agent.call) is agent:
            del self.by_call[agent.call]

    def move(self, agent: Agent, event: Event, now: float, call: str | None = None) -> bool:
        """Let `event` happen to the agent (for `call`, when it is a reservation); False when it means nothing."""
        before, held = (agent.state, agent.since), agent.call
        if not agent.happen(event, now):
            return False
        if call is not None:
            agent.call = call
        if (agent.state, agent.since) != before:
            self.watchdogs.arm(agent)
        if held is not None and (agent.call != held or agent.state not in HOLDING) and self.by_call.get(held) is agent:
            del self.by_call[held]
        if agent.call is not None and agent.state in HOLDING:
            self.by_call[agent.call] = agent
        self.refresh(agent)
        return True

    def rename(self, agent: Agent, call: str) -> None:
        """The call the agent holds is `call` from now on."""
        if agent.call is not None and self.by_call.get(agent.call) is agent:
            del self.by_call[agent.call]
        agent.call = call
        self.by_call[call] = agent

    def teach(self, agent: Agent, skills: dict[str, int]) -> None:
        """Give the agent other skills."""
        if skills != agent.skills:
            self._leave(agent)
            agent.skills = skills
            self._join(agent)

    @property
    def free(self) -> int:
        """How many may be rung."""
        return len(self._free)

    def refresh(self, agent: Agent) -> None:
        """Put the agent among the free, or take them out, as their state and load now are."""
        place = (agent.load, agent.idle_since, agent.name) if self.is_free(agent) else None
        if place == self._place.get(agent.name):
            return
        self._unplace(agent)
        if place is not None:
            profile = self._profile[agent.name]
            insort(profile.free, place)
            insort(self._free, place)
            self._free_mask |= profile.bit
            self._place[agent.name] = place

    def _unplace(self, agent: Agent) -> None:
        place = self._place.pop(agent.name, None)
        if place is None:
            return
        profile = self._profile[agent.name]
        for places in (profile.free, self._free):
            del places[bisect_left(places, place)]
        if not profile.free:
            self._free_mask &= ~profile.bit

    def is_free(self, agent: Agent) -> bool:
        return agent.state is State.READY and agent.load < self._rules.load_limit

    def expected(self, name: str) -> bool:
        """Whether a call may wait for this agent: at work, and not too busy with something else."""
        agent = self.agents.get(name)
        if agent is None or agent.state in (State.OFFLINE, State.PAUSED, State.LOST):
            return False
        return agent.willing and agent.load < self._rules.load_limit

    def _join(self, agent: Agent) -> None:
        self._profile[agent.name] = self._fits.join(agent.skills)
        self.refresh(agent)

    def _leave(self, agent: Agent) -> None:
        self._unplace(agent)
        self._fits.leave(self._profile.pop(agent.name))

    # --- who fits

    def tier(self, agent: Agent, needs: Needs) -> Tier:
        """The tier by which the agent may take a call with these needs, the preference left aside."""
        return self._fits.tier(self._profile[agent.name], needs)

    def best(self, waiting: Waiting, now: float) -> tuple[Tier, Agent] | None:
        """The free agent who fits the call best among those who may take it now; None when there is nobody."""
        if not self._free:
            return None
        if waiting.preferred:
            wanted = self.agents.get(waiting.preferred)
            if wanted is not None and self.is_free(wanted) and wanted.name not in waiting.excluded:
                return Tier.PREFERRED, wanted
            if self.held(waiting, now):
                return None
        for tier, mask in self._fits.of(waiting.needs).masks(self._free_mask):
            if now < waiting.rings_from + waiting.needs.wait_for(tier):
                return None  # waits never fall from tier to tier
            place = self._first(mask, waiting.excluded) if mask else None
            if place is not None:
                return tier, self.agents[place[2]]
        return None

    def may_take(self, agent: Agent, waiting: Waiting, now: float) -> bool:
        """Whether the agent, were they free, may take the call now."""
        if agent.name in waiting.excluded:
            return False
        if waiting.preferred:
            if waiting.preferred == agent.name:
                return True
            if self.held(waiting, now):
                return False
        return now >= waiting.rings_from + waiting.needs.wait_for(self.tier(agent, waiting.needs))

    def held(self, waiting: Waiting, now: float) -> bool:
        """Whether the call is kept for its preferred agent; emergencies never are."""
        if (
            waiting.preferred == ""
            or waiting.priority >= self._rules.emergency_priority
            or waiting.preferred in waiting.excluded
        ):
            return False
        if waiting.kept_until:
            return now < waiting.kept_until
        return now < waiting.since + self._rules.preferred_seconds and self.expected(waiting.preferred)

    def _first(self, mask: int, excluded: tuple[str, ...]) -> Place | None:
        """Who of the free with these profiles comes first."""
        if mask.bit_count() > FEW:
            profile = self._profile
            return next((p for p in self._free if profile[p[2]].bit & mask and p[2] not in excluded), None)
        firsts = (next((p for p in each.free if p[2] not in excluded), None) for each in self._fits.profiles(mask))
        return min((place for place in firsts if place is not None), default=None)

    def shift(self, seconds: float, idle: bool) -> None:
        """The clock leapt: keep how long each state lasted, and with `idle` how long each has been idle."""
        for agent in self.agents.values():
            agent.since += seconds
            if idle:
                agent.idle_since += seconds
            self.refresh(agent)
        self.watchdogs.rearm()
