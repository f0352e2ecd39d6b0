"""Route sets of others: strict routers before and behind us, and requests that come round to us again. Pure.

RFC 3261 §16.3 item 4, §16.4 and §16.6 step 6. Which way our own tokens point is telephony.edge.proxy.state's business.
"""

from telephony.edge.proxy.state import State
from telephony.edge.proxy.tokens import Route, mark_of
from telephony.edge.sip.message import Request
from telephony.edge.sip.uri import FormError, parse_address, parse_uri, parse_via

MOST_VIAS = 20
"""Via entries looked at for a loop: each of ours costs a signature."""


def recorded(state: State, value: str, call_id: str) -> Route | None:
    """What one of our own Record-Route values says of the call `call_id`; None for those of others."""
    try:
        user = parse_uri(parse_address(value, "Record-Route").uri).user
    except FormError:
        return None
    return state.tokens.read_route(user, call_id) if user else None


def loosen(state: State, request: Request) -> None:
    """Undo what a strict router before us did: it put our Record-Route URI into the Request-URI (§16.4)."""
    try:
        user = parse_uri(request.uri).user
    except FormError:
        return
    if not user or state.tokens.read_route(user, request.call_id) is None:
        return
    ours = ("Route", f"<{request.uri}>")
    routes = request.all("Route")
    if routes:
        try:
            request.uri = parse_address(routes[-1], "Route").uri
        except FormError:
            return
        last = len(request.headers) - 1 - [name for name, _ in reversed(request.headers)].index("Route")
        del request.headers[last]
    else:
        dialog = state.ledger.find(request)
        if dialog is not None and dialog.inside_target:
            request.uri = dialog.inside_target
    request.headers.insert(0, ours)


def tighten(request: Request) -> None:
    """Make `request` ready for a strict router as its next hop: no lr in the first Route (§16.6 step 6)."""
    routes = request.all("Route")
    if not routes:
        return
    try:
        first = parse_address(routes[0], "Route").uri
        if parse_uri(first).param("lr") is not None:
            return
    except FormError:
        return
    request.headers.remove(("Route", routes[0]))
    request.headers.append(("Route", f"<{request.uri}>"))
    request.uri = first


def looped(state: State, request: Request) -> bool:
    """Whether we have sent on this very request before; with another Request-URI it is a spiral and goes on."""
    if request.method in ("ACK", "CANCEL"):
        return False
    mark: bytes | None = None
    for value in request.all("Via")[:MOST_VIAS]:
        try:
            branch = state.tokens.read_branch(parse_via(value).branch)
        except FormError:
            continue
        if branch is not None:
            mark = mark or mark_of(request)
            if branch.mark == mark:
                return True
    return False
