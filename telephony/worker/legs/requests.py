"""What a worker reads out of SIP requests: who calls whom over which trunk, and digits in INFO bodies. Pure."""

import re
from dataclasses import dataclass

from config.settings import Srtp
from ivr.lines.neighbour import read_user_to_user

_USER = re.compile(r"sips?:([^@;>\s]+)@|tel:([^;>\s]+)", re.IGNORECASE)
_SEPARATORS = re.compile(r"[-.()\s]")
_SIGNAL = re.compile(r"^\s*Signal\s*[=:]\s*(\S+)", re.IGNORECASE | re.MULTILINE)
_PLAIN = re.compile(r"[A-Za-z0-9_.!~*+-]+")
LONGEST_USER = 64
LONGEST_REFERENCE = 64
DIGITS = "0123456789*#"


@dataclass(frozen=True)
class Invite:
    """User parts, the trunk's name, the User-to-User header's text (RFC 7433); empty where the request does not say."""

    caller: str
    called: str
    trunk: str
    reference: str = ""


def read_invite(message: str) -> Invite:
    """The parties of an INVITE: whom the edge took for the caller, else P-Asserted-Identity (RFC 3325), else From."""
    headers = read_headers(message)
    first = message.split("\r\n", 1)[0].split(" ")
    return Invite(
        caller=headers.get("x-hotline-caller", "")[:LONGEST_USER]
        or user_of(headers.get("p-asserted-identity", ""))
        or user_of(headers.get("from", "")),
        called=user_of(first[1] if len(first) > 1 else "") or user_of(headers.get("to", "")),
        trunk=headers.get("x-hotline-trunk", "").strip()[:LONGEST_USER],
        reference=read_user_to_user(headers.get("user-to-user", ""))[:LONGEST_REFERENCE],
    )


def read_headers(message: str) -> dict[str, str]:
    """The first of each header by its lower-case full name."""
    short = {"f": "from", "t": "to", "c": "content-type"}
    headers: dict[str, str] = {}
    for line in message.split("\r\n\r\n", 1)[0].split("\r\n")[1:]:
        name, colon, value = line.partition(":")
        if colon:
            name = name.strip().lower()
            headers.setdefault(short.get(name, name), value.strip())
    return headers


def user_of(address: str) -> str:
    """The user part of the first SIP or tel URI in `address`, without visual separators (RFC 3966)."""
    found = _USER.search(address)
    user = (found.group(1) or found.group(2)).split(":", 1)[0] if found else ""
    bare = _SEPARATORS.sub("", user)
    return (bare if bare.lstrip("+").isdigit() else user)[:LONGEST_USER]


@dataclass(frozen=True)
class Refer:
    """Whom a REFER (RFC 3515) names: the user part; `replaces` when it names a dialog as well (RFC 3891)."""

    target: str
    replaces: bool


def read_refer(message: str) -> Refer | None:
    """What a REFER asks for; None when it names nobody. The edge puts what the phone wrote into X-Hotline-Refer-To."""
    headers = read_headers(message)
    named = headers.get("x-hotline-refer-to") or headers.get("refer-to") or headers.get("r") or ""
    target = user_of(named)
    return Refer(target, "replaces=" in named.lower()) if target else None


def shown(user: str) -> str:
    """`user` as a From user part; what a URI cannot hold as it is (RFC 3261 25.1) is not shown at all."""
    return user if _PLAIN.fullmatch(user) else "anonymous"


def read_digit(message: str) -> str | None:
    """The digit of an INFO with `application/dtmf-relay` (`Signal=5`) or `application/dtmf` (`5`)."""
    kind = read_headers(message).get("content-type", "").split(";")[0].strip().lower()
    body = message.partition("\r\n\r\n")[2]
    if kind == "application/dtmf-relay":
        found = _SIGNAL.search(body)
        signal = found.group(1) if found else ""
    elif kind == "application/dtmf":
        signal = body.strip()
    else:
        return None
    # RFC 4733 event numbers 10 and 11 are * and #.
    signal = {"10": "*", "11": "#", "star": "*", "pound": "#"}.get(signal.lower(), signal)
    return signal if len(signal) == 1 and signal in DIGITS else None


@dataclass(frozen=True)
class Wanted:
    """Which offer the edge wants of a leg in place of the refused one, and the trunks it has asked already."""

    srtp: Srtp
    tried: str


def read_trunk(message: str) -> str:
    """The trunk that has taken a call out, as the edge says in an answer; empty where it does not."""
    return read_headers(message).get("x-hotline-trunk", "").strip()[:LONGEST_USER]


def read_wanted(message: str) -> Wanted | None:
    """None for any answer but the edge's refusal that asks for another offer of SRTP."""
    headers = read_headers(message)
    if not message.startswith("SIP/2.0 488 "):
        return None
    kinds: dict[str, Srtp] = {"off": "off", "optional": "optional", "required": "required"}
    kind = kinds.get(headers.get("x-hotline-srtp", ""))
    return Wanted(kind, headers.get("x-hotline-tried", "")) if kind is not None else None
