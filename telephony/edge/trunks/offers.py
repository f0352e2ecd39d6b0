"""The worker's offer and the trunks that suit it: SRTP as the trunk has it, or the worker is asked to offer anew. Pure.

Decides which of the trunks may be asked with the offer there is; their order is that of .carriers. An offer is
never changed on the way: keys in it are the worker's (RFC 4568).
"""

from config.settings import Trunk
from telephony.edge.proxy.answers import Headers
from telephony.edge.sip.message import Request

SRTP, TRIED = "X-Hotline-Srtp", "X-Hotline-Tried"
ANEW = 488
"""RFC 3261 §21.4.26: with SRTP and TRIED it tells the worker which offer the next trunk wants."""

NONE = "-"
"""For no trunk: a header without a value would not go out."""

Split = tuple[list[Trunk], list[Trunk]]


def names_in(value: str | None) -> list[str]:
    return [name.strip() for name in (value or "").split(",") if name.strip() not in ("", NONE)]


def untried(request: Request, ways: list[Trunk]) -> list[Trunk]:
    """The trunks that were not asked with an earlier offer of this call."""
    asked = names_in(request.get(TRIED))
    return [way for way in ways if way.name not in asked]


def split(request: Request, ways: list[Trunk], challenged: bool) -> Split | None:
    """Those of `ways` that suit the offer of `request`, and the others; None where it is to be made anew first.

    The first offer must suit the first trunk, unless that one has `challenged` it; a later one was asked for. A worker
    that does not say what it offers is taken to suit all.
    """
    offered = request.get(SRTP)
    if offered is None:
        return ways, []
    suited = [way for way in ways if way.srtp == offered]
    if not suited or (ways[0].srtp != offered and request.get(TRIED) is None and not challenged):
        return None
    return suited, [way for way in ways if way.srtp != offered]


def asking_anew(way: Trunk, tried: list[str]) -> Headers:
    """What the refusal says to the worker."""
    return [(SRTP, way.srtp), (TRIED, ", ".join(tried) or NONE)]
