"""From what a caller wants to what the router is asked for: a need that nobody at work can meet is not asked for. PURE.

Waiting for somebody who is not there helps nobody. The need still counts for the priority and stays with the reasons.
It must not know where needs come from (ivr.needs) nor which agent gets the call (routing).
"""

from ivr.commands import Enqueue
from ivr.needs.reasons import SPARE, Reason, reason
from routing.agent import Agent, State
from routing.facts import CallWaiting
from routing.needs import GROUP, REGION, level
from routing.router import Router
from routing.rules import upwards

AWAY = (State.OFFLINE, State.LOST)


def possible(wanted: Enqueue, router: Router) -> tuple[tuple[Reason, ...], CallWaiting]:
    """The reasons, and the fact for the router, with the needs that somebody at work meets."""
    at_work = [agent for agent in router.agents.values() if agent.state not in AWAY]
    met = tuple(need for need in wanted.needs if any(meets(agent, *need) for agent in at_work))
    spared = tuple(need for need in wanted.needs if need not in met)
    groups = tuple(need for need in spared if need[0].startswith(GROUP))
    priority = router.rules.with_groups(wanted.priority, groups)
    lacking = (code for code, _ in spared if not code.startswith(REGION))  # without the region all are alike
    why = (*wanted.why, *(reason(SPARE, code, "nobody") for code in lacking))
    return why, CallWaiting(wanted.call, wanted.label, priority, met, wanted.preferred, wanted.excluded)


def meets(agent: Agent, code: str, least: int) -> bool:
    return level(agent.skills, tuple(upwards(code))) >= least
