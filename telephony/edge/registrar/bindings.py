"""A binding: where one phone of a user is, and until when (RFC 3261 §10.3, RFC 3327, RFC 5626). Pure.

Knows how a Contact is read and written, and which two contacts are the same place; not what a REGISTER may change.
"""

import re
from dataclasses import dataclass, replace

from telephony.edge.sip.flows import Flow
from telephony.edge.sip.uri import Params, parse_uri

_Q = re.compile(r"(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")


@dataclass(frozen=True, slots=True)
class Binding:
    """`contact` is the URI the phone gave, `flow` the way to it, `seen` when it last registered.

    `q` is how much it would rather be called (0 to 1), `path` the proxies on the way to it. With `instance` and
    `reg_id` (RFC 5626 §4.2) a phone that comes again over a new connection takes the place of its old one.
    """

    user: str
    contact: str
    flow: Flow
    expires_at: float
    seen: float
    call_id: str
    cseq: int
    q: float = 1.0
    path: tuple[str, ...] = ()
    instance: str = ""
    reg_id: int = 0

    @property
    def key(self) -> str:
        """Equal for two bindings one of which replaces the other."""
        if self.instance and self.reg_id:
            return f"{self.instance}|{self.reg_id}"
        return same_contact(self.contact)

    def ending(self, now: float, call_id: str, cseq: int) -> "Binding":
        """The same, asked to end now by a REGISTER."""
        return replace(self, expires_at=now, seen=now, call_id=call_id, cseq=cseq)

    def shown(self, now: float) -> str:
        """The Contact value an answer to REGISTER has."""
        value = f"<{self.contact}>"
        if self.q != 1.0:
            value += f";q={self.q:g}"
        if self.instance:
            value += f';+sip.instance="{self.instance}"' + (f";reg-id={self.reg_id}" if self.reg_id else "")
        return f"{value};expires={int(self.expires_at - now)}"


def same_contact(contact: str) -> str:
    """Equal for contacts that are the same place (§19.1.4, without the parameters that do not matter here)."""
    uri = parse_uri(contact)
    return f"{uri.scheme}:{uri.user}@{uri.host.lower()}:{uri.port or 5060};{(uri.param('transport') or 'udp').lower()}"


def fields_of(params: Params) -> tuple[float, str, int]:
    """q, instance and reg-id of a Contact's parameters; what cannot be read counts as not there."""
    q, reg_id = params.get("q") or "", params.get("reg-id") or ""
    instance = (params.get("+sip.instance") or "").strip('"')
    if not (instance.startswith("<") and instance.endswith(">") and len(instance) <= 200) or '"' in instance:
        instance = ""
    number = int(reg_id) if reg_id.isascii() and reg_id.isdigit() and len(reg_id) < 10 else 0
    return float(q) if _Q.fullmatch(q) else 1.0, instance, number


def seconds_of(value: str | None, otherwise: int) -> int:
    """An Expires value; what is no number counts as not there (§20.19)."""
    value = (value or "").strip()
    return min(int(value), 1 << 31) if value.isascii() and value.isdigit() and len(value) < 12 else otherwise
