"""Messages the edge makes itself: its own answers, requests on their next hop, and ACK, CANCEL and BYE on behalf. Pure.

Decides their form only (RFC 3261 §§8.2.6, 9.1, 12.2.1.1, 16.6, 17.1.1.3), not when they are sent or to whom.
"""

from telephony.edge.proxy.actions import Place
from telephony.edge.proxy.tokens import Tokens
from telephony.edge.sip.flows import Transport
from telephony.edge.sip.message import METHODS, Message, Request, Response

ALLOW = ", ".join(METHODS)
REASONS = {
    100: "Trying", 200: "OK", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
    405: "Method Not Allowed", 407: "Proxy Authentication Required", 408: "Request Timeout",
    414: "Request-URI Too Long", 416: "Unsupported URI Scheme",
    420: "Bad Extension", 423: "Interval Too Brief", 480: "Temporarily Unavailable",
    481: "Call/Transaction Does Not Exist", 482: "Loop Detected", 483: "Too Many Hops", 487: "Request Terminated",
    488: "Not Acceptable Here", 489: "Bad Event",
    500: "Server Internal Error", 501: "Not Implemented", 503: "Service Unavailable", 505: "Version Not Supported",
    513: "Message Too Large",
}  # fmt: skip
PRIVATE = "X-Hotline-"
"""Headers between us and the workers; those that come from outside are never believed."""

Headers = list[tuple[str, str]]


def answer(request: Request, status: int, tokens: Tokens, extra: Headers | None = None, reason: str = "") -> Response:
    """Our own answer to `request`. The To tag is the same whenever the same request is answered again."""
    headers = [header for header in request.headers if header[0] == "Via"]
    # What a malformed request lacks, its 400 lacks as well; a timestamp comes back in 100 (§8.2.6.1).
    copied = ("From", "To", "Call-ID", "CSeq", *(("Timestamp",) if status == 100 else ()))
    headers += [(name, value) for name in copied if (value := request.get(name))]
    if status > 100 and not request.to_tag:
        to = request.get("To") or ""
        tag = tokens.tag(request.call_id, request.from_tag, str(request.cseq[0]))
        headers = [(name, f"{to};tag={tag}" if name == "To" else value) for name, value in headers]
    if status in (405, 501) or (status == 200 and request.method == "OPTIONS"):
        headers.append(("Allow", ALLOW))
    return Response(headers + (extra or []), b"", status, reason or REASONS[status])


UNHANDLED = {"OPTIONS": 200, "INFO": 200, "SUBSCRIBE": 489}
"""What a request within a call is answered that PJSIP has a dialog and no use for (it says 500).

OPTIONS asks whether the call is there (RFC 3261 §11.2), as does INFO with nothing in it (RFC 2976 §2.2).
"""


def put_right(answered: Response, up: bool) -> None:
    """Make PJSIP's 500 to a request of UNHANDLED what it means; 481 where the call is not `up` any more."""
    method = answered.cseq[1]
    if answered.status != 500 or method not in UNHANDLED:
        return
    answered.status = UNHANDLED[method] if up else 481
    answered.reason = REASONS[answered.status]
    if method == "OPTIONS" and up:
        answered.headers += [("Allow", ALLOW), ("Accept", "application/sdp")]


def onward(request: Request, via: str, routes: list[str] | None = None) -> Request:
    """`request` on its next hop: one hop fewer, our Via on top, `routes` (Record-Route values) added."""
    hops = request.get("Max-Forwards") or "70"
    left = int(hops) - 1 if hops.isascii() and hops.isdigit() and len(hops) < 4 else 69
    headers = [("Via", via)]
    headers += [("Record-Route", value) for value in routes or []]
    headers += request.headers
    sent = Request(headers, request.body, request.method, request.uri)
    sent.set("Max-Forwards", str(left))
    return sent


def hops_left(request: Request) -> bool:
    """False when it must not go any further (§16.3)."""
    hops = request.get("Max-Forwards") or "70"
    return not (hops.isascii() and hops.isdigit()) or int(hops[:9]) > 0


def acknowledge(sent: Request, answered: Message) -> Request:
    """ACK for a non-2xx answer to the INVITE `sent` (§17.1.1.3), the To of which `answered` has."""
    return _alike(sent, "ACK", answered.get("To") or "")


def cancel(sent: Request) -> Request:
    """CANCEL for the INVITE `sent` (§9.1)."""
    return _alike(sent, "CANCEL", sent.get("To") or "")


def _alike(sent: Request, method: str, to: str) -> Request:
    headers = [("Via", sent.get("Via") or "")]
    headers += [("Route", value) for value in sent.all("Route")]
    headers += [("From", sent.get("From") or ""), ("To", to), ("Call-ID", sent.call_id)]
    headers += [("CSeq", f"{sent.cseq[0]} {method}"), ("Max-Forwards", "70")]
    return Request(headers, b"", method, sent.uri)


def routes_for(place: Place, token: str, outside: Transport, to_inside: bool, secure: bool = False) -> list[str]:
    """The two Record-Route values of one crossing, the one nearer the receiver on top (RFC 5658 §6)."""
    values = [place.record_route("inside", token), place.record_route(outside, token, secure)]
    return values if to_inside else values[::-1]
