"""SIP URIs, name-addr values, Via values and header lists: taken apart and put together again (RFC 3261 §§19, 20, 25).

Tolerant of whitespace and of quoted commas and semicolons. Knows nothing of messages or of where anything goes.
"""

import re
from dataclasses import dataclass, field
from urllib.parse import unquote

Params = dict[str, str | None]
"""Parameter names in lower case with their values; None where there is no `=`. Quotes stay on the values."""

_URI = re.compile(
    r"([A-Za-z][A-Za-z0-9+.-]*):(?:([^@\s<>]*)@)?(\[[0-9A-Fa-f:.]+\]|[^:;?@\[\]\s<>\"]+)(?::([0-9]{1,5}))?"
    r"((?:;[^?\s<>]*)?)((?:\?[^\s<>]*)?)"
)
# No two parts of these may take the same octet: a value of 60,000 of them must not cost more than a look at each.
_VIA = re.compile(
    r"SIP\s*+/\s*+[0-9]++\.[0-9]++\s*+/\s*+([A-Za-z0-9.!%*_+`'~-]++)\s++"
    r"(\[[0-9A-Fa-f:.]++\]|[^:;,\s\[\]]++)\s*+(?::\s*+([0-9]{1,5}+)\s*+)?(;.*)?",
    re.IGNORECASE | re.DOTALL,
)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_PIECE = re.compile(r'"(?:[^"\\]|\\.)*+"|<[^>]*+>|[^",<]++|,|["<].*+', re.DOTALL)
_PARAM = re.compile(r'(?:"(?:[^"\\]|\\.)*+"|[^;"]++|".*+)++', re.DOTALL)


class FormError(ValueError):
    """A value has not the form the grammar asks for; the text names the field, never the content."""


@dataclass(frozen=True, slots=True)
class Uri:
    """`scheme:user@host:port;params?headers`; `host` keeps the brackets of IPv6, `params` its first semicolon."""

    scheme: str
    user: str
    host: str
    port: int | None = None
    params: str = ""
    headers: str = ""

    def __str__(self) -> str:
        at = f"{self.user}@" if self.user else ""
        port = f":{self.port}" if self.port is not None else ""
        return f"{self.scheme}:{at}{self.host}{port}{self.params}{self.headers}"

    @property
    def name(self) -> str:
        """The user part without escapes, password and parameters: what a number or an account is compared by."""
        return unquote(self.user.split(":", 1)[0].split(";", 1)[0])

    @property
    def address(self) -> str:
        """The host as a socket takes it, without brackets."""
        return self.host.strip("[]")

    def param(self, name: str) -> str | None:
        """The value of a parameter, "" for a flag, None when it is not there."""
        params = parse_params(self.params)
        return (params[name] or "") if name in params else None


@dataclass(frozen=True, slots=True)
class Address:
    """A name-addr or addr-spec with the header's parameters (From, To, Contact, Route)."""

    display: str
    uri: str
    params: Params


@dataclass(frozen=True, slots=True)
class Via:
    """One Via value. `transport` is in upper case; `port` None means the transport's default, 5060."""

    transport: str
    host: str
    port: int | None
    params: Params = field(default_factory=dict)

    def __str__(self) -> str:
        port = f":{self.port}" if self.port is not None else ""
        return f"SIP/2.0/{self.transport} {self.host}{port}{format_params(self.params)}"

    @property
    def branch(self) -> str:
        return self.params.get("branch") or ""

    @property
    def sent_by(self) -> str:
        return f"{self.host.lower()}:{self.port or 5060}"


def in_brackets(host: str) -> str:
    """`host` as URIs and Via name it: an IPv6 address in brackets (RFC 3261 §19.1.1)."""
    return f"[{host}]" if ":" in host else host


def parse_uri(text: str) -> Uri:
    """Raises FormError."""
    match = _URI.fullmatch(text.strip())
    if match is None:
        raise FormError("URI: not of the form scheme:user@host:port;params")
    scheme, user, host, port, params, headers = match.groups()
    if port is not None and not 0 < int(port) < 65536:
        raise FormError("URI: port outside 1 to 65535")
    return Uri(scheme.lower(), user or "", host, int(port) if port else None, params, headers)


def parse_address(value: str, what: str = "address") -> Address:
    """A From, To, Contact or Route value. `what` names the field in errors. Raises FormError."""
    rest = value.strip()
    display = ""
    if rest.startswith('"'):
        quoted = _QUOTED.match(rest)
        if quoted is None:
            raise FormError(f"{what}: a quoted name that never ends")
        display = re.sub(r"\\(.)", r"\1", quoted[1])
        rest = rest[quoted.end() :].lstrip()
        if not rest.startswith("<"):
            raise FormError(f"{what}: a quoted name must be followed by <URI>")
    opened = rest.find("<")
    if opened < 0:
        uri, _, params = rest.partition(";")
        if "," in uri or "?" in uri:
            raise FormError(f"{what}: a URI with a comma or a question mark must stand in <>")
    else:
        closed = rest.find(">", opened)
        if closed < 0:
            raise FormError(f"{what}: < without >")
        display = display or rest[:opened].strip()
        uri, params = rest[opened + 1 : closed], rest[closed + 1 :]
    if not uri.strip():
        raise FormError(f"{what}: no URI")
    return Address(display, uri.strip(), parse_params(params))


def parse_via(value: str) -> Via:
    """Raises FormError."""
    match = _VIA.fullmatch(value.strip())
    if match is None:
        raise FormError("Via: not of the form SIP/2.0/transport host:port;params")
    transport, host, port, params = match.groups()
    if port is not None and not 0 < int(port) < 65536:
        raise FormError("Via: port outside 1 to 65535")
    return Via(transport.upper(), host, int(port) if port else None, parse_params(params or ""))


def parse_params(text: str) -> Params:
    """`;a=1;b` to {"a": "1", "b": None}; of a repeated parameter the first counts."""
    pieces = _PARAM.findall(text) if '"' in text else text.split(";")
    params: Params = {}
    for piece in pieces:
        name, equals, value = piece.partition("=")
        name = name.strip().lower()
        if name and name not in params:
            params[name] = value.strip() if equals else None
    return params


def format_params(params: Params) -> str:
    return "".join(f";{name}" if value is None else f";{name}={value}" for name, value in params.items())


def split_list(value: str) -> list[str]:
    """Cut at commas that stand outside quotes and angle brackets; empty elements are left out."""
    if "," not in value:
        return [value.strip()] if value.strip() else []
    found = [""]
    for piece in _PIECE.findall(value):
        if piece == ",":
            found.append("")
        else:
            found[-1] += piece
    return [item.strip() for item in found if item.strip()]
