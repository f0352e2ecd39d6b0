"""Who calls: what of a call from outside is believed about its caller, and the number as it is kept here. Pure.

A trusted trunk's P-Asserted-Identity wins over From (RFC 3325 §9.1); others assert nothing. Who asks for privacy (RFC
3323, `id` of RFC 3325 §9.3) has no number. A phone is the user it has shown to be, whatever its From says.
"""

import re

from config.numbers import normalised
from config.settings import Trunk
from telephony.edge.proxy.answers import PRIVATE
from telephony.edge.sip.message import Request
from telephony.edge.sip.uri import FormError, parse_address, parse_uri

CALLER = f"{PRIVATE}Caller"
"""What the worker is told; without it, it reads From."""

ASSERTING = ("P-Asserted-Identity", "P-Preferred-Identity", "Remote-Party-Id")
WITHHELD = "anonymous"
PRIVACIES = frozenset({"id", "user", "header"})
_PLAIN = re.compile(r"[A-Za-z0-9_.!~*+-]{1,64}")
_TEL = re.compile(r"(?:\A|<)\s*+tel:([^;>\s]++)", re.IGNORECASE)
_SEPARATORS = re.compile(r"[-.()]")


def of_trunk(request: Request, trunk: Trunk | None) -> None:
    """Write who calls over `trunk` into `request` and take out what must not be believed or shown."""
    asserted = request.listed("P-Asserted-Identity") if trunk is not None and trunk.trusted else []
    private = PRIVACIES & {each.strip().lower() for value in request.all("Privacy") for each in value.split(";")}
    area_code = trunk.area_code if trunk is not None else ""
    caller = WITHHELD
    if not private:
        users = [user for user in map(_user, [*asserted, request.get("From") or ""]) if user]
        caller = normalised(users[0], area_code) if users else ""
    _mark(request, caller)


def of_phone(request: Request, user: str) -> None:
    """The same for a phone whose `user` has been shown."""
    _mark(request, user)


def _mark(request: Request, caller: str) -> None:
    request.headers = [header for header in request.headers if header[0] not in (*ASSERTING, "Privacy", CALLER)]
    if _PLAIN.fullmatch(caller):
        request.headers.append((CALLER, caller))


def _user(value: str) -> str:
    """The user of a sip URI or the number of a tel URI, without visual separators where it is a number (RFC 3966)."""
    tel = _TEL.search(value)
    if tel is not None:
        user = tel[1]
    else:
        try:
            user = parse_uri(parse_address(value, "From").uri).name
        except FormError:
            return ""
    bare = _SEPARATORS.sub("", user)
    return bare if bare.removeprefix("+").isdigit() else user
