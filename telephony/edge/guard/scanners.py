"""Tools that look for telephones to abuse, told by what they say of themselves. Pure.

Knows names of programs; that a name can be left out is why the other offences are counted as well.
"""

import re
from collections.abc import Iterable

from telephony.edge.sip.message import Request

KNOWN = (
    "friendly-scanner", "friendly-request", "sipvicious", "sundayddr", "sip-scan", "sipscan", "sipcli/",
    "vaxsipuseragent", "vaxasip", "pplsip", "siparmyknife", "sivus", "test agent scanner", "svmap", "svwar", "svcrack",
    "nmap", "masscan", "zgrab", "metasploit",
)  # fmt: skip
"""Parts of User-Agent values, in lower case."""

TELLING = ("sipvicious", "friendly-scanner", "sip:nm@nm", "sip:nm2@nm2")
"""What some write into From, To or Contact: sipvicious' display name, nmap's parties."""


_SAID = re.compile("|".join(map(re.escape, KNOWN)), re.IGNORECASE)
_TOLD = re.compile("|".join(map(re.escape, TELLING)), re.IGNORECASE)


def is_scanner(request: Request, more: Iterable[str] = ()) -> bool:
    """Whether the request comes from such a tool. `more` are further parts of User-Agent values."""
    for name, value in request.headers:
        if name in ("User-Agent", "Server"):
            if _SAID.search(value) or any(part.strip().lower() in value.lower() for part in more):
                return True
        elif name in ("From", "To", "Contact") and _TOLD.search(value):
            return True
    return False
