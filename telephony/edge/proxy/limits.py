"""How large a request may be that a worker is to answer: decides on what is refused before it reaches one. Pure.

Knows what an answer copies from its request and how much a worker can send; nothing of calls or who asks.
"""

from telephony.edge.sip.message import Request
from telephony.edge.sip.uri import FormError, parse_address, parse_uri

COPIED = frozenset({"Via", "From", "To", "Call-ID", "CSeq", "Record-Route", "Contact"})
"""What an answer copies (RFC 3261 §§8.2.6.2, 12.1.1); Contact comes back in the worker's own requests (§12.2.1.1)."""

LONGEST_USER = 128
"""Characters of the user part of From and To."""

LONGEST_URI = 1024
"""Characters of a Request-URI; above is 414 (§21.4.12)."""

SPOKEN = {"REGISTER": frozenset({"path", "outbound"})}
"""Extensions of requests that end here (RFC 3327, RFC 5626); those of others are the workers' business."""

OURS = 500
"""Octets that our Via and our two Record-Route values add."""

MOST_COPIED = 2500
"""Octets. PJSIP sends no packet above 4000, and its 200 has SDP and headers of its own."""


def excess(request: Request) -> tuple[int, str] | None:
    """The status and reason that refuse a request too large to be answered by a worker; None for one that fits.

    Statuses: 400 for a user part, 513 for the whole (RFC 3261 §21.5.14). REGISTER never reaches a worker.
    """
    for name in ("From", "To"):
        if _user(request.get(name) or "", name) > LONGEST_USER:
            return 400, f"Bad Request - {name}: user part longer than {LONGEST_USER} characters"
    if request.method == "REGISTER":
        return None
    copied = sum(_octets(name) + _octets(value) + 4 for name, value in request.headers if name in COPIED)
    return (513, "") if copied + OURS > MOST_COPIED else None


def strange_to_us(request: Request) -> list[str]:
    """What a request that ends here requires and is not spoken here (§8.2.2.3)."""
    spoken = SPOKEN.get(request.method, frozenset())
    return [each for each in request.listed("Require") if each.lower() not in spoken]


def _user(value: str, name: str) -> int:
    """Length of the user part; 0 where the URI has none that can be read."""
    try:
        return len(parse_uri(parse_address(value, name).uri).user)
    except FormError:
        return 0


def _octets(text: str) -> int:
    return len(text.encode("utf-8", "surrogateescape"))
