"""The busy index (忙闲指数) of each platform, region and skill, from a snapshot of the hotline. PURE.

An index is 0 to 100: up to 70 the share of the agents on duty who are busy, above that what waits. docs/staffing.md
says it in full. It must not know who asks, nor what will be done about it (routing.planning.moves).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from routing.needs import GENERALIST, REGION

FULL = 70.0  # everybody busy, nobody waiting
PRESSING = 60.0  # seconds the oldest call waits beyond the target that weigh like one waiting call per agent
IN_TIME = 15.0  # seconds, GB/T 33358-2016
LEVELS = ((40.0, "空闲"), (70.0, "正常"), (85.0, "繁忙"), (101.0, "拥堵"))
NOBODY = "无人在岗"
PLATFORM, EVERYWHERE = "hotline", "全省"  # of an agent or call that says nothing
# States of telephony.calls.board: on duty but free, and on duty with a call.
FREE, TAKEN = frozenset({"READY"}), frozenset({"RESERVED", "RINGING", "TALKING", "WRAP_UP"})
KINDS = ("platform", "region", "skill")


@dataclass(frozen=True, slots=True)
class Place:
    """One platform, region or skill (`kind`) now. `on_duty` agents, `busy` of them (other work counted by its load),
    `free` their names, `waiting` calls, the oldest for `oldest_seconds`; `index` 0 to 100 and what it is called.
    """

    kind: str
    name: str
    on_duty: int
    busy: float
    free: tuple[str, ...]
    waiting: int
    oldest_seconds: float
    index: float
    level: str

    def row(self) -> dict[str, Any]:
        return asdict(self) | {"free": len(self.free)}


def index(on_duty: int, busy: float, waiting: int, oldest_seconds: float) -> float:
    """0 to 100. Rises with `busy`, `waiting` and `oldest_seconds`; with nobody on duty it is 0 while no call waits
    and 100 as soon as one does.
    """
    if on_duty <= 0:
        return 100.0 if waiting else 0.0
    late = max(0.0, oldest_seconds - IN_TIME) / PRESSING if waiting else 0.0
    pressure = waiting / on_duty + late
    return FULL * min(1.0, max(0.0, busy / on_duty)) + (100 - FULL) * pressure / (1 + pressure)


def level_of(value: float) -> str:
    return next(name for below, name in LEVELS if value < below)


def busy(board: Mapping[str, Any]) -> list[Place]:
    """All places of a board (telephony.calls.board), busiest first within each kind.

    Each agent and each waiting call belongs to exactly one place of each kind, so numbers add up. Entries may carry
    `platform` and `region`; an agent without has the region of a skill region.NAME, a call that of its `wanted`.
    """
    agents, calls = list(board.get("agents", ())), list(board.get("queue", ()))
    main = {str(agent["name"]): main_skill(agent) for agent in agents}
    offered = {main[str(agent["name"])] for agent in agents if on_duty(agent)}
    places = []
    for kind in KINDS:
        seats: dict[str, list[Mapping[str, Any]]] = {}
        queues: dict[str, list[Mapping[str, Any]]] = {}
        for agent in agents:
            name = main[str(agent["name"])] if kind == "skill" else home(agent, kind)
            seats.setdefault(name, []).append(agent)
        for call in calls:
            name = desk_of(str(call.get("label") or ""), offered) if kind == "skill" else home(call, kind)
            queues.setdefault(name, []).append(call)
        here = [
            _place(kind, name, seats.get(name, ()), queues.get(name, ()), board)
            for name in sorted(seats.keys() | queues.keys())
        ]
        places += sorted(here, key=lambda place: -place.index)
    return places


def _place(
    kind: str,
    name: str,
    agents: Sequence[Mapping[str, Any]],
    calls: Sequence[Mapping[str, Any]],
    board: Mapping[str, Any],
) -> Place:
    there = [agent for agent in agents if on_duty(agent)]
    at_work = sum(1.0 if state(agent) in TAKEN else other_work(agent) for agent in there)
    free = tuple(sorted(str(agent["name"]) for agent in there if state(agent) in FREE and other_work(agent) == 0))
    now = float(board.get("at", 0.0))
    oldest = max((max(0.0, now - float(call.get("since", now))) for call in calls), default=0.0)
    value = round(index(len(there), at_work, len(calls), oldest), 1)
    level = level_of(value) if there else NOBODY
    return Place(kind, name, len(there), round(at_work, 2), free, len(calls), round(oldest, 1), value, level)


def state(agent: Mapping[str, Any]) -> str:
    return str(agent.get("stage") or agent.get("state") or "")


def on_duty(agent: Mapping[str, Any]) -> bool:
    return state(agent) in FREE | TAKEN


def other_work(agent: Mapping[str, Any]) -> float:
    """The share of the agent that chats or a window take, 0 to 1."""
    return min(1.0, max(0.0, float(agent.get("load") or 0.0)))


def home(entry: Mapping[str, Any], kind: str) -> str:
    """The platform or region of an agent or a waiting call."""
    if entry.get(kind):
        return str(entry[kind])
    if kind == "platform":
        return PLATFORM
    codes = [*dict(entry.get("skills") or {}), *(pair[0] for pair in entry.get("wanted") or ())]
    return min((str(code).removeprefix(REGION) for code in codes if str(code).startswith(REGION)), default=EVERYWHERE)


def main_skill(agent: Mapping[str, Any]) -> str:
    """What the agent is there for: the subject of the highest level, the first by code; else the generalists' desk."""
    subjects = {
        str(code): int(grade)
        for code, grade in dict(agent.get("skills") or {}).items()
        if not str(code).startswith((REGION, "lang.", "group."))
    }
    return min(subjects, key=lambda code: (-subjects[code], code), default=GENERALIST)


def desk_of(label: str, offered: set[str]) -> str:
    """The nearest desk at or above a label at which somebody is on duty; the generalists' where there is none."""
    while label:
        if label in offered:
            return label
        label = label.rpartition(".")[0]
    return GENERALIST
