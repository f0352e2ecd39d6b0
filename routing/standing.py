"""How each waiting call stands: which rings are open to it when, and how many agents do not take it and why. PURE.

It is asked for the whole queue at once and often, so it counts where routing.explain names everybody; it changes
nothing. The reasons are those of routing.explain.
"""

from collections import Counter
from math import isinf
from typing import Any

from routing.agent import State
from routing.explain import refusal
from routing.queue import Waiting
from routing.router import Router
from routing.rules import RINGS

MOST_ASKED = 100  # calls for which each free agent is asked; those behind them wait for the calls before them
AHEAD = "AHEAD"  # a free agent may take the call, and a call before it is first


def standings(router: Router, now: float) -> list[dict[str, Any]]:
    """For each waiting call in order, as plain JSON values; times are UTC epoch seconds.

    `wanted` are further needs [code, least level]; `opens` when each ring opens, None for never; `preferred` the
    agent it is kept for until `preferred_until` (0 where it is not); `why` the number of agents by reason.
    """
    away = Counter(agent.state.name for agent in router.agents.values() if agent.state is not State.READY)
    free = [agent for agent in router.agents.values() if agent.state is State.READY]
    found = []
    for place, waiting in enumerate(router.queue):
        why = Counter(away)
        for agent in free if place < MOST_ASKED else ():
            refused = refusal(router, agent, waiting, now)
            why[refused.code if refused is not None else AHEAD] += 1
        held = router.floor.held(waiting, now)
        found.append(
            {
                "wanted": [list(pair) for pair in wanted_of(waiting)],
                "opens": opens(waiting),
                "preferred": waiting.preferred,
                "preferred_until": (waiting.kept_until or waiting.since + router.rules.preferred_seconds)
                if held
                else 0.0,
                "why": dict(sorted(why.items())),
            }
        )
    return found


def wanted_of(waiting: Waiting) -> tuple[tuple[str, int], ...]:
    """What the call needs besides its label."""
    return (*waiting.needs.languages, *waiting.needs.groups, *waiting.needs.regions)


def opens(waiting: Waiting) -> dict[str, float | None]:
    """When each ring opens to the call; other regions only where one is asked for."""
    rings = [ring for ring in RINGS if waiting.needs.regions or ring != "any_region"]
    waits = {ring: waiting.needs.waits[RINGS.index(ring)] for ring in rings}
    return {ring: None if isinf(wait) else waiting.rings_from + wait for ring, wait in waits.items()}
