"""How long a waiting call will still wait, as a range, from how fast calls are handled now. PURE.

It decides from the times agents lately needed and who of them may take the call. It must not know what the caller is
told of it (ivr.waiting). Where the data are too thin it says nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import sqrt
from statistics import NormalDist

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, PositiveFloat, PositiveInt

from routing.agent import State
from routing.router import Router

AT_WORK = (State.READY, State.RESERVED, State.RINGING, State.TALKING, State.WRAP_UP)
HANDLING = (State.TALKING, State.WRAP_UP)
LONGEST = 4 * 3600.0  # longer is a stuck conversation or a leap of the clock, no handling time


class EstimateRules(BaseModel):
    """When an estimate may be made; see config/waiting.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    least_calls: PositiveInt = 10
    half_life_calls: PositiveFloat = 20
    stale_seconds: PositiveFloat = 1800
    share: float = Field(default=0.8, gt=0, lt=1)


class Abandons(BaseModel):
    """An abandon after less than `short_seconds` in the queue is short: it counts apart and is not called back."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    short_seconds: NonNegativeFloat = 5

    def short(self, waited: float | None) -> bool:
        """Whether a caller who gave up after `waited` seconds in the queue did so at once."""
        return waited is not None and waited < self.short_seconds


@dataclass(frozen=True, slots=True)
class Estimate:
    """A place in the queue (1 is next, 0 does not wait) and the seconds still to wait; both are 0 when unknown."""

    position: int = 0
    low: float = 0.0
    high: float = 0.0


@dataclass
class Pace:
    """Handling times, exponentially weighted by call: from joined until the agent is free of it, wrap-up included."""

    rules: EstimateRules = field(default_factory=EstimateRules)
    mean: float = 0.0  # seconds
    calls: int = 0
    seen: float = 0.0  # when the last of them ended
    busy: dict[str, float] = field(default_factory=dict)  # by agent: since when

    def began(self, agent: str, now: float) -> None:
        self.busy[agent] = now

    def settle(self, router: Router, now: float, names: Iterable[str] | None = None) -> None:
        """Count those of the agents `names` (all where None) who are done with their call."""
        looked_at = self.busy if names is None else [name for name in names if name in self.busy]
        done = [name for name in looked_at if not handling(router, name)]
        for name in done:
            self.ended(now - self.busy.pop(name), now)

    def ended(self, seconds: float, now: float) -> None:
        """A call took an agent so many seconds. The first ones weigh alike, so that none of them rules the mean."""
        if not 0 < seconds <= LONGEST:
            return
        self.calls += 1
        self.seen = now
        newest = max(1 - 0.5 ** (1 / self.rules.half_life_calls), 1 / self.calls)
        self.mean += newest * (seconds - self.mean)

    def thin(self, now: float) -> bool:
        """Whether there is too little to go by, or it is too old."""
        return self.calls < self.rules.least_calls or not 0 <= now - self.seen <= self.rules.stale_seconds


def handling(router: Router, name: str) -> bool:
    agent = router.agents.get(name)
    return agent is not None and agent.state in HANDLING


def estimate(router: Router, pace: Pace, call: str, now: float) -> Estimate:
    """The call's place among the calls that want the same agents, and its range.

    Those agents are the ones at work who may take it now; calls ahead that none of them may take do not count.
    """
    waiting = router.queue.get(call)
    if waiting is None:
        return Estimate()
    may_take, load_limit = router.floor.may_take, router.rules.load_limit
    serving = [
        agent
        for agent in router.agents.values()
        if agent.willing and agent.state in AT_WORK and agent.load < load_limit and may_take(agent, waiting, now)
    ]
    if not serving:
        return Estimate(router.queue.position(call) or 0)
    ahead = 0
    for other in router.queue:
        if other.call == call:
            break
        ahead += any(may_take(agent, other, now) for agent in serving)
    if pace.thin(now):
        return Estimate(ahead + 1)
    return Estimate(ahead + 1, *wait_range(ahead + 1, len(serving), pace.mean, pace.rules.share))


def wait_range(position: int, agents: int, handling_seconds: float, share: float) -> tuple[float, float]:
    """Between which seconds the wait lies with the probability `share`, as much below as above.

    With agents busy and handling times exponential, the wait at a position is the sum of so many gaps between ends
    of calls: a gamma variable; its quantiles by E. B. Wilson and M. M. Hilferty (1931). Callers ahead who give up
    make the wait shorter than this, never longer.
    """
    beyond = NormalDist().inv_cdf(0.5 + share / 2)
    gap = handling_seconds / agents
    root = 3 * sqrt(position)
    low, high = (max(0.0, 1 - 1 / root**2 + side * beyond / root) ** 3 for side in (-1, 1))
    return low * position * gap, high * position * gap


def connect_rates(waits: Iterable[tuple[bool, float]], abandons: Abandons) -> tuple[float | None, float | None]:
    """Answered ÷ offered to a person, of (answered, seconds waited): all abandons counted, and without short ones.

    None where nothing was offered. GB/T 33358-2016 asks for at least 95 % over any 24 hours.
    """
    counted = [(answered, abandons.short(waited)) for answered, waited in waits]
    answered = sum(1 for each, _ in counted if each)
    longer = answered + sum(1 for each, short in counted if not each and not short)
    return (answered / len(counted) if counted else None), (answered / longer if longer else None)
