"""The agents, found fast: who is free by set of skills, who holds a call. PURE.

It decides who of the free fits a call best. It must not know which call comes first, nor the order of the queue.
"""

from bisect import bisect_left, insort
from dataclasses import dataclass, field

from routing.agent import HOLDING, Agent, Event, State
from routing.needs import Needs, Tier, tier_of
from routing.queue import Waiting
from routing.rules import Rules
from routing.watchdog import Watchdogs

MOST_FITS = 10_000  # needs whose fits are remembered
Place = tuple[float, float, str]  # load, idle since, name: who comes first among those who fit equally


@dataclass(eq=False)
class Profile:
    """The agents with one set of skills. `free` are those who may be rung, who comes first in front."""

    skills: dict[str, int]
    members: int = 0
    free: list[Place] = field(default_factory=list)


class Floor:
    """All agents. Every change of one goes through `move` or `change`, which keep the indexes true."""

    def __init__(self, rules: Rules) -> None:
        self.agents: dict[str, Agent] = {}
        self.by_call: dict[str, Agent] = {}  # who is reserved for, rings for or talks in a call
        self.free = 0
        self._rules = rules
        self._profiles: dict[tuple[tuple[str, int], ...], Profile] = {}
        self._profile: dict[str, Profile] = {}  # by agent
        self._place: dict[str, Place] = {}  # of the free
        self._fits: dict[Needs, tuple[dict[int, Tier], list[tuple[Tier, list[Profile]]]]] = {}
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

    def teach(self, agent: Agent, skills: dict[str, int]) -> None:
        """Give the agent other skills."""
        if skills != agent.skills:
            self._leave(agent)
            agent.skills = skills
            self._join(agent)

    def refresh(self, agent: Agent) -> None:
        """Put the agent among the free, or take them out, as their state and load now are."""
        place = (agent.load, agent.idle_since, agent.name) if self.is_free(agent) else None
        old = self._place.get(agent.name)
        if place == old:
            return
        free = self._profile[agent.name].free
        if old is not None:
            del free[bisect_left(free, old)]
            del self._place[agent.name]
            self.free -= 1
        if place is not None:
            insort(free, place)
            self._place[agent.name] = place
            self.free += 1

    def is_free(self, agent: Agent) -> bool:
        return agent.state is State.READY and agent.load < self._rules.load_limit

    def expected(self, name: str) -> bool:
        """Whether a call may wait for this agent: at work, and not too busy with something else."""
        agent = self.agents.get(name)
        if agent is None or agent.state in (State.OFFLINE, State.PAUSED, State.LOST):
            return False
        return agent.willing and agent.load < self._rules.load_limit

    def _join(self, agent: Agent) -> None:
        key = tuple(sorted(agent.skills.items()))
        profile = self._profiles.get(key)
        if profile is None:
            profile = self._profiles[key] = Profile(dict(agent.skills))
            self._fits.clear()
        profile.members += 1
        self._profile[agent.name] = profile
        self.refresh(agent)

    def _leave(self, agent: Agent) -> None:
        profile = self._profile.pop(agent.name)
        place = self._place.pop(agent.name, None)
        if place is not None:
            del profile.free[bisect_left(profile.free, place)]
            self.free -= 1
        profile.members -= 1
        if not profile.members:
            del self._profiles[tuple(sorted(profile.skills.items()))]
            self._fits.clear()

    # --- who fits

    def tier(self, agent: Agent, needs: Needs) -> Tier:
        """The tier by which the agent may take a call with these needs, the preference left aside."""
        return self._fits_of(needs)[0][id(self._profile[agent.name])]

    def best(self, waiting: Waiting, now: float) -> tuple[Tier, Agent] | None:
        """The free agent who fits the call best among those who may take it now; None when there is nobody."""
        if not self.free:
            return None
        if waiting.preferred:
            wanted = self.agents.get(waiting.preferred)
            if wanted is not None and self.is_free(wanted) and wanted.name not in waiting.excluded:
                return Tier.PREFERRED, wanted
            if self.held(waiting, now):
                return None
        for tier, profiles in self._fits_of(waiting.needs)[1]:
            if now < waiting.since + waiting.needs.wait_for(tier):
                return None  # waits never fall from tier to tier
            firsts = (self._first(profile, waiting.excluded) for profile in profiles if profile.free)
            place = min((first for first in firsts if first is not None), default=None)
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
        return now >= waiting.since + waiting.needs.wait_for(self.tier(agent, waiting.needs))

    def held(self, waiting: Waiting, now: float) -> bool:
        """Whether the call is kept for its preferred agent; emergencies never are."""
        return (
            waiting.preferred != ""
            and waiting.priority < self._rules.emergency_priority
            and waiting.preferred not in waiting.excluded
            and now < waiting.since + self._rules.preferred_seconds
            and self.expected(waiting.preferred)
        )

    @staticmethod
    def _first(profile: Profile, excluded: tuple[str, ...]) -> Place | None:
        return next((place for place in profile.free if place[2] not in excluded), None)

    def _fits_of(self, needs: Needs) -> tuple[dict[int, Tier], list[tuple[Tier, list[Profile]]]]:
        """The tier of each profile for these needs, and the profiles by tier."""
        found = self._fits.get(needs)
        if found is None:
            if len(self._fits) >= MOST_FITS:
                self._fits.clear()
            tiers = {id(profile): tier_of(profile.skills, needs) for profile in self._profiles.values()}
            grouped: dict[Tier, list[Profile]] = {}
            for profile in self._profiles.values():
                grouped.setdefault(tiers[id(profile)], []).append(profile)
            found = self._fits[needs] = (tiers, sorted(grouped.items()))
        return found

    def shift(self, seconds: float, idle: bool) -> None:
        """The clock leapt: keep how long each state lasted, and with `idle` how long each has been idle."""
        for agent in self.agents.values():
            agent.since += seconds
            if idle:
                agent.idle_since += seconds
            self.refresh(agent)
        self.watchdogs.rearm()
