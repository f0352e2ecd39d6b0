"""Who could help where: moving free agents from a place that idles to one that drowns, and what it would do. PURE.

It suggests; a person moves. A place gives only what it can spare by Erlang A, and only agents who are free now.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from routing.needs import GENERALIST, level
from routing.planning.busy import Place, busy
from routing.planning.erlang import Demand, Service, service
from routing.planning.staffing import Target, needed
from routing.rules import upwards

DROWNS, IDLES = 85.0, 55.0  # index from which help is sought, and below which it is given


@dataclass(frozen=True, slots=True)
class Move:
    """Move `agents` from `giver` to `receiver` (names of places of `kind`). What callers get before and after, at both
    places, by Erlang A with the demand seen now; `text` says it to a supervisor.
    """

    kind: str
    giver: str
    receiver: str
    agents: tuple[str, ...]
    receiver_before: Service
    receiver_after: Service
    giver_before: Service
    giver_after: Service
    text: str

    def row(self) -> dict[str, Any]:
        return {"move": asdict(self)}


def demand_of(place: Place, aht: float, patience: float) -> Demand:
    """The demand a snapshot shows: by Little's law arrivals times handling time is the number busy, and those who
    wait would be busy too if somebody were free. A single look is rough; it says where, not how many for the day.
    """
    return Demand((place.busy + place.waiting) * 3600 / aht, aht, patience)


def moves(board: Mapping[str, Any], target: Target, aht: float, patience: float) -> list[Move]:
    """At most one suggestion for each place that drowns, the busiest first. `aht`, `patience` in mean seconds."""
    skills = {str(agent["name"]): dict(agent.get("skills") or {}) for agent in board.get("agents", ())}
    found: list[Move] = []
    places = busy(board)
    given: set[str] = set()
    for receiver in places:
        if receiver.index < DROWNS:
            continue
        others = [place for place in places if place.kind == receiver.kind and place.index < IDLES]
        options = [
            move
            for giver in others
            if (move := _best(giver, receiver, skills, given, (target, aht, patience))) is not None
        ]
        if options:
            best = max(options, key=lambda move: (_gain(move), len(move.agents), move.giver))
            found.append(best)
            given |= set(best.agents)
    return found


def spare(place: Place, target: Target, aht: float, patience: float) -> int:
    """Agents a place can give and still meet the target with its own demand, at least one kept; free ones only."""
    keep = needed(demand_of(place, aht, patience), target, least=1).agents
    return max(0, min(place.on_duty - keep, len(place.free)))


def _best(
    giver: Place,
    receiver: Place,
    skills: Mapping[str, dict[str, int]],
    given: set[str],
    wanted: tuple[Target, float, float],
) -> Move | None:
    """As few as bring the receiver to the target, or as many as can go; None when that wins nothing."""
    target, aht, patience = wanted
    able = [name for name in giver.free if name not in given and fits(skills.get(name, {}), receiver)]
    taken = sum(name in given for name in giver.free)
    most = min(len(able), spare(giver, target, aht, patience) - taken)
    if most <= 0:
        return None
    need, own = demand_of(receiver, aht, patience), demand_of(giver, aht, patience)
    missing = max(1, needed(need, target).agents - receiver.on_duty)
    going = tuple(able[: min(most, missing)])
    after = service(need, receiver.on_duty + len(going), target.seconds)
    before = service(need, receiver.on_duty, target.seconds)
    move = Move(
        *(receiver.kind, giver.name, receiver.name, going, before, after),
        service(own, giver.on_duty - taken, target.seconds),
        service(own, giver.on_duty - taken - len(going), target.seconds),
        text=(
            f"建议从“{giver.name}”（忙闲指数{giver.index:g}）调{len(going)}人到“{receiver.name}”（{receiver.index:g}）："
            f"{target.seconds:g}秒接听率预计由{100 * before.service_level:.0f}%升至{100 * after.service_level:.0f}%，"
            f"平均等待由{before.mean_wait:.0f}秒降至{after.mean_wait:.0f}秒"
        ),
    )
    return move if _gain(move) > 0 else None


def _gain(move: Move) -> float:
    return move.receiver_after.service_level - move.receiver_before.service_level


def fits(skills: Mapping[str, int], receiver: Place) -> bool:
    """Whether somebody with these skills can work there; a region or platform asks for none."""
    if receiver.kind != "skill":
        return True
    return GENERALIST in skills or level(dict(skills), tuple(upwards(receiver.name))) > 0
