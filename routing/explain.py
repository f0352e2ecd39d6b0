"""Why a call goes to whom: everybody considered, in order of fitness, and everybody refused with the reason. PURE.

It asks the same questions as routing.match, of every agent; it changes nothing and must not be asked at every fact.
"""

from dataclasses import dataclass
from typing import Any

from routing.agent import Agent, State
from routing.needs import Tier
from routing.queue import Waiting
from routing.router import Router

TIERS = {
    Tier.PREFERRED: "首选坐席",
    Tier.SPECIALIST: "专长坐席",
    Tier.NEIGHBOUR: "相近专长坐席",
    Tier.GENERALIST: "全科坐席",
    Tier.SPECIALIST_ELSEWHERE: "其他地区的专长坐席",
    Tier.NEIGHBOUR_ELSEWHERE: "其他地区的相近专长坐席",
    Tier.GENERALIST_ELSEWHERE: "其他地区的全科坐席",
    Tier.OVERFLOW: "任何坐席",
}
STATES = {
    State.OFFLINE: "未连接话机",
    State.PAUSED: "示忙",
    State.RESERVED: "已分配给另一来电",
    State.RINGING: "正在为另一来电振铃",
    State.TALKING: "通话中",
    State.WRAP_UP: "话后处理",
    State.LOST: "话机中断",
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may take the call now. `idle_seconds` and `load` decide among those of one tier."""

    agent: str
    tier: Tier
    load: float
    idle_seconds: float


@dataclass(frozen=True, slots=True)
class Refusal:
    """Somebody who may not. `code` is EXCLUDED, LOADED, HELD, NOT_YET, NEVER or the state that is not READY."""

    agent: str
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """The standing of one call at `at`; `position` in the one order, 1 is next. The first candidate gets the call."""

    at: float
    call: str
    label: str
    priority: int
    position: int | None
    waited: float
    candidates: tuple[Candidate, ...]
    refused: tuple[Refusal, ...]


def explain(router: Router, waiting: Waiting, now: float) -> Explanation:
    """Who may take the waiting call at `now`, and who not and why."""
    refused: list[Refusal] = []
    candidates: list[Candidate] = []
    for _, agent in sorted(router.agents.items()):
        reason = refusal(router, agent, waiting, now)
        if reason is not None:
            refused.append(reason)
        else:
            tier = Tier.PREFERRED if agent.name == waiting.preferred else router.floor.tier(agent, waiting.needs)
            candidates.append(Candidate(agent.name, tier, agent.load, now - agent.idle_since))
    candidates.sort(key=lambda one: (one.tier, one.load, -one.idle_seconds, one.agent))
    position = router.queue.position(waiting.call)
    waited = now - waiting.since
    shown = (waiting.call, waiting.label, waiting.priority, position, waited)
    return Explanation(now, *shown, tuple(candidates), tuple(refused))


def refusal(router: Router, agent: Agent, waiting: Waiting, now: float) -> Refusal | None:
    """Why the agent may not take the call now; None when they may."""
    if agent.name in waiting.excluded:
        return Refusal(agent.name, "EXCLUDED", "本次来电不由该坐席接听")
    if agent.state is not State.READY:
        why = f"：{agent.reason}" if agent.state is State.PAUSED else ""
        return Refusal(agent.name, agent.state.name, STATES[agent.state] + why)
    if not router.floor.is_free(agent):
        return Refusal(agent.name, "LOADED", f"其他工作繁忙（负荷 {agent.load:.0%}）")
    return None if router.floor.may_take(agent, waiting, now) else not_yet(router, agent, waiting, now)


def not_yet(router: Router, agent: Agent, waiting: Waiting, now: float) -> Refusal:
    """Why somebody free may not take the call now: it waits for its preferred agent, or has not waited long enough."""
    if router.floor.held(waiting, now):
        left = (waiting.kept_until or waiting.since + router.rules.preferred_seconds) - now
        return Refusal(agent.name, "HELD", f"再为首选坐席 {waiting.preferred} 保留 {left:.0f} 秒")
    tier = router.floor.tier(agent, waiting.needs)
    wait = waiting.needs.wait_for(tier)
    if wait == float("inf"):
        return Refusal(agent.name, "NEVER", f"该类来电不放宽到{TIERS[tier]}")
    return Refusal(agent.name, "NOT_YET", f"再等 {waiting.rings_from + wait - now:.0f} 秒才放宽到{TIERS[tier]}")


def row(found: Explanation, agent: str) -> dict[str, Any]:
    """An explanation as plain JSON values. `agent` got the call, empty for nobody."""
    tier = found.candidates[0].tier if found.candidates and agent else None
    return {
        "at": round(found.at, 3),
        "call": found.call,
        "decision": "ring" if agent else "wait",
        "agent": agent or None,
        "tier": tier.name if tier is not None else None,
        "text": f"{TIERS[tier]} {agent}" if tier is not None else "目前没有可接的坐席",
        "label": found.label,
        "priority": found.priority,
        "position": found.position,
        "waited": round(found.waited, 3),
        "candidates": [
            {
                "agent": one.agent,
                "tier": one.tier.name,
                "text": TIERS[one.tier],
                "load": one.load,
                "idle_seconds": round(one.idle_seconds, 3),
            }
            for one in found.candidates
        ],
        "refused": [{"agent": one.agent, "code": one.code, "text": one.text} for one in found.refused],
    }
