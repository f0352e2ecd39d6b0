"""How well the hotline is, for load balancers and service managers: live, ready, draining, with each part's state.

It decides from what the parts say of themselves; it must not know how they are asked. No personal data is in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from twisted.web.server import Site

from agent_console.bridge import Desk
from agent_console.health import Health
from config.settings import Settings
from hotline.desk.edge_watch import EdgeWatch


@dataclass(frozen=True)
class Parts:
    """`edge` is telephony.edge.asked.state_of, empty without an edge; the troubles are "" while all is well."""

    edge: Mapping[str, Any]
    log_trouble: str = ""
    speech_trouble: str = ""
    calls: int = 0
    agents_ready: int = 0
    most_workers: int = 1


def with_health(site: Site, desk: Desk, edge: EdgeWatch, settings: Settings) -> Site:
    """`site` that answers /healthz as well."""
    site.resource.putChild(b"healthz", Health(lambda: health_of(desk, edge, settings)))
    return site


def health_of(desk: Desk, edge: EdgeWatch, settings: Settings) -> dict[str, Any]:
    """The health of the running core's hotline."""
    board = desk.board()
    ready = sum(1 for agent in board["agents"] if agent["stage"] == "READY")
    troubles = (str(board["log"]["reason"]), str(board["speech"]["reason"]))
    return health(Parts(edge.state, *troubles, len(board["calls"]), ready, settings.workers.most))


def health(parts: Parts) -> dict[str, Any]:
    """`ready` says whether a new call would be taken now; `draining` that this was ordered otherwise.

    What degrades without costing calls (speech, one trunk of several) is named and leaves the hotline ready.
    """
    edge = parts.edge
    draining = bool(edge.get("draining"))
    outbound = [trunk for trunk in edge.get("trunks", ()) if trunk.get("outbound")]
    states = {
        "edge": "down" if not edge else "draining" if draining else "up",
        "workers": _workers(edge, parts.most_workers),
        "log": "failing" if parts.log_trouble else "up",
        "speech": "degraded" if parts.speech_trouble else "up",
        "trunks": _trunks(outbound),
    }
    ready = bool(edge) and not draining and states["workers"] == "up"
    return {
        "live": True,
        "ready": ready,
        "draining": draining,
        "parts": states,
        "calls": parts.calls,
        "agents_ready": parts.agents_ready,
        "workers": {"idle": edge.get("idle", 0), "busy": edge.get("busy", 0)},
        "trunks": [
            {name: trunk[name] for name in ("trunk", "line", "registered", "calls") if name in trunk}
            for trunk in edge.get("trunks", ())
        ],
        "bans": edge.get("bans", 0),
        "counts": dict(edge.get("counts", {})),
    }


def _workers(edge: Mapping[str, Any], most: int) -> str:
    """Where none is idle just now the nursery forks one while the caller is held, unless there are too many."""
    if not edge.get("nursery"):
        return "down"
    return "up" if edge.get("idle") or edge.get("busy", 0) < most else "exhausted"


def _trunks(outbound: list[Any]) -> str:
    if not outbound:
        return "none"
    usable = sum(1 for trunk in outbound if trunk.get("usable"))
    return "up" if usable == len(outbound) else "degraded" if usable else "down"
