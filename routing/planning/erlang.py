"""Waiting in one queue before equal agents: Erlang C (callers wait for ever) and Erlang A (they give up). PURE.

Numbers in, numbers out, stable to 5,000 agents. It must not know what a day is, nor a target.

Sources: A. K. Erlang 1917; M/M/n+M by C. Palm 1957; the density of the offered wait by F. Baccelli and G. Hebuterne,
"On queues with impatient customers" (1981), as used by A. Mandelbaum and S. Zeltyn, "Service engineering in action"
(2007).
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, expm1, inf, isfinite, log

STEPS = 1000  # of Simpson's rule, even
BENT = 12.0  # patiences after which exp(-x/p) no longer shows
NEGLIGIBLE = 45.0  # exp(-45) is 3e-20 of the peak


@dataclass(frozen=True, slots=True)
class Demand:
    """What is asked of one group of agents.

    `calls_per_hour` >= 0; `aht` the mean handling time in seconds, wrap-up and ringing included, > 0;
    `patience` the mean seconds a caller is ready to wait, exponential, > 0; None for callers who never give up.
    """

    calls_per_hour: float
    aht: float
    patience: float | None = None

    def __post_init__(self) -> None:
        if not (isfinite(self.calls_per_hour) and self.calls_per_hour >= 0):
            raise ValueError(f"calls_per_hour {self.calls_per_hour}: must be a number from 0")
        if not (isfinite(self.aht) and self.aht > 0):
            raise ValueError(f"aht {self.aht}: must be seconds above 0")
        if self.patience is not None and not (isfinite(self.patience) and self.patience > 0):
            raise ValueError(f"patience {self.patience}: must be seconds above 0, or left out")

    @property
    def load(self) -> float:
        """Offered load in erlangs: agents busy if there were always one free."""
        return self.calls_per_hour * self.aht / 3600


@dataclass(frozen=True, slots=True)
class Service:
    """What callers get. Shares are of all calls offered, 0 to 1; seconds for times; `mean_wait` may be inf.

    `service_level`: answered within the time asked about (abandoned calls count as not answered).
    `waits`: share that finds no agent free. `mean_wait`: over all callers, those who give up included.
    """

    agents: int
    service_level: float
    mean_wait: float
    waits: float
    abandons: float
    occupancy: float


def service(demand: Demand, agents: int, within: float) -> Service:
    """What `agents` (>= 0) equal agents give: Erlang A when callers give up, else Erlang C. `within` in seconds."""
    if agents < 0:
        raise ValueError(f"agents {agents}: must be 0 or more")
    if within < 0:
        raise ValueError(f"within {within}: must be seconds from 0")
    if demand.calls_per_hour == 0:
        return Service(agents, 1.0, 0.0, 0.0, 0.0, 0.0)
    return _erlang_c(demand, agents, within) if demand.patience is None else _erlang_a(demand, agents, within)


def erlang_b(agents: int, load: float) -> float:
    """Share of calls lost when none can wait; `load` in erlangs, > 0."""
    return 1 / _inverse_b(agents, load)


def _inverse_b(agents: int, load: float) -> float:
    """1 / B(agents, load): B itself is 0 as a float where far more agents sit than calls come; this is inf then."""
    inverse = 1.0
    for n in range(1, agents + 1):
        inverse = 1 + inverse * n / load
    return inverse


def _erlang_c(demand: Demand, agents: int, within: float) -> Service:
    load = demand.load
    if load >= agents:  # the queue grows without end
        return Service(agents, 0.0, inf, 1.0, 0.0, 1.0 if agents else 0.0)
    # C = B / (1 - rho (1 - B)), divided through by B
    waits = 1 / (_inverse_b(agents, load) * (1 - load / agents) + load / agents)
    spare = (agents - load) / demand.aht  # calls a second that could be served on top
    return Service(agents, 1 - waits * exp(-spare * within), waits / spare, waits, 0.0, load / agents)


def _erlang_a(demand: Demand, agents: int, within: float) -> Service:
    """With v(x) ~ exp(L (1 - exp(-x/p)) p - n x / aht) the density of the wait offered to a very patient caller."""
    assert demand.patience is not None
    arrivals, patience = demand.calls_per_hour / 3600, demand.patience
    if agents == 0:
        return Service(0, 0.0, patience, 1.0, 1.0, 0.0)
    served = agents / demand.aht

    def exponent(x: float) -> float:
        return -arrivals * patience * expm1(-x / patience) - served * x

    top = max(0.0, patience * log(arrivals / served))
    peak = exponent(top)
    low, high = _where(lambda x: exponent(x) - peak, top, min(patience, 1 / served))

    def density(x: float) -> float:
        return exp(exponent(x) - peak)

    def lost(x: float) -> float:
        return density(x) * -expm1(-x / patience)

    cut = min(max(within, low), high)
    # Up to the knee the curves bend on the scale of patience, beyond it on that of service: each has its own steps.
    knee = min(max(cut, top + BENT * patience), high)
    lost_early = _integral(lost, low, cut)
    lost_late = _integral(lost, cut, knee) + _integral(lost, knee, high)
    early = _integral(density, low, cut)
    late = _integral(density, cut, knee) + _integral(density, knee, high)
    at_once = _inverse_b(agents - 1, demand.load) * exp(-peak)
    whole = at_once + arrivals * (early + late)
    abandons = arrivals * (lost_early + lost_late) / whole
    return Service(
        agents,
        service_level=1 - arrivals * (late + lost_early) / whole,
        mean_wait=abandons * patience,
        waits=arrivals * (early + late) / whole,
        abandons=abandons,
        occupancy=demand.load * (1 - abandons) / agents,
    )


def _where(height: Callable[[float], float], top: float, step: float) -> tuple[float, float]:
    """The stretch around `top` outside which the concave `height` is below -NEGLIGIBLE."""
    while height(top + step) > -NEGLIGIBLE:
        step *= 2
    high = _crossing(height, top, top + step)
    low = 0.0 if height(0.0) > -NEGLIGIBLE else _crossing(height, top, 0.0)
    return low, high


def _crossing(height: Callable[[float], float], inside: float, outside: float) -> float:
    for _ in range(50):
        middle = (inside + outside) / 2
        if height(middle) > -NEGLIGIBLE:
            inside = middle
        else:
            outside = middle
    return outside


def _integral(curve: Callable[[float], float], low: float, high: float) -> float:
    """Simpson's rule."""
    if high <= low:
        return 0.0
    width = (high - low) / STEPS
    odd = sum(curve(low + k * width) for k in range(1, STEPS, 2))
    even = sum(curve(low + k * width) for k in range(2, STEPS, 2))
    return width / 3 * (curve(low) + 4 * odd + 2 * even + curve(high))
