"""Tools that look for telephones to abuse, told by what they say of themselves. Pure.

Knows names of programs; that a name can be left out is why the other offences are counted as well.
"""

from collections.abc import Iterable

from telephony.edge.message import Request

KNOWN = (
    "friendly-scanner", "friendly-request", "sipvicious", "sundayddr", "sip-scan", "sipscan", "sipcli/",
    "vaxsipuseragent", "vaxasip", "pplsip", "siparmyknife", "sivus", "test agent scanner", "svmap", "svwar", "svcrack",
    "nmap", "masscan", "zgrab", "metasploit",
)  # fmt: skip
"""Parts of User-Agent values, in lower case."""

TELLING = ("sipvicious", "friendly-scanner", "sip:nm@nm", "sip:nm2@nm2")
"""What some write into From, To or Contact: sipvicious' display name, nmap's parties."""


def is_scanner(request: Request, more: Iterable[str] = ()) -> bool:
    """Whether the request comes from such a tool. `more` are further parts of User-Agent values."""
    agent = f"{request.get('User-Agent') or ''} {request.get('Server') or ''}".lower()
    if any(name in agent for name in KNOWN) or any(name.strip().lower() in agent for name in more):
        return True
    parties = " ".join(request.get(name) or "" for name in ("From", "To", "Contact")).lower()
    return any(name in parties for name in TELLING)
