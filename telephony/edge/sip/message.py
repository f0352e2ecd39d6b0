"""SIP messages: what a request and a response hold, and their octets on the wire (RFC 3261 §§7, 25). Pure.

Strict in what it gives: one spelling of names, Content-Length counted anew, no line break can be smuggled in. Reading
octets is telephony.edge.sip.parsing's business; nothing is known of transactions or sockets.
"""

import re
from dataclasses import dataclass, field

from telephony.edge.sip.uri import Via, parse_via, split_list

METHODS = ("INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "REGISTER", "INFO", "UPDATE", "PRACK", "REFER", "NOTIFY")
_CSEQ = re.compile(r"([0-9]{1,10})\s+([A-Za-z0-9.!%*_+`'~-]+)")
_TAG = re.compile(r";\s*tag\s*=\s*([^;,\s>]+)", re.IGNORECASE)


@dataclass(slots=True)
class Message:
    """Headers in order, names in canonical spelling; text is UTF-8, other octets survive as surrogate escapes."""

    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    def get(self, name: str) -> str | None:
        """The first value of `name` (canonical spelling), None when there is none."""
        for found, value in self.headers:
            if found == name:
                return value
        return None

    def all(self, name: str) -> list[str]:
        return [value for found, value in self.headers if found == name]

    def listed(self, name: str) -> list[str]:
        """All values of a header whose lines may each hold a comma-separated list."""
        return [item for value in self.all(name) for item in split_list(value)]

    def set(self, name: str, value: str) -> None:
        """Replace the first `name`, or add it at the end."""
        for at, (found, _) in enumerate(self.headers):
            if found == name:
                self.headers[at] = (name, value)
                return
        self.headers.append((name, value))

    def remove(self, name: str) -> None:
        self.headers = [header for header in self.headers if header[0] != name]

    @property
    def via(self) -> Via:
        """The topmost Via. Raises FormError."""
        return parse_via(self.get("Via") or "")

    @property
    def call_id(self) -> str:
        return self.get("Call-ID") or ""

    @property
    def cseq(self) -> tuple[int, str]:
        match = _CSEQ.fullmatch(self.get("CSeq") or "")
        return (int(match[1]), match[2]) if match else (0, "")

    @property
    def from_tag(self) -> str:
        return tag_of(self.get("From") or "")

    @property
    def to_tag(self) -> str:
        return tag_of(self.get("To") or "")


@dataclass(slots=True)
class Request(Message):
    method: str = ""
    uri: str = ""

    def copy(self) -> "Request":
        return Request(list(self.headers), self.body, self.method, self.uri)


@dataclass(slots=True)
class Response(Message):
    status: int = 0
    reason: str = ""

    def copy(self) -> "Response":
        return Response(list(self.headers), self.body, self.status, self.reason)


def tag_of(value: str) -> str:
    """The tag parameter of a From or To value, "" when there is none."""
    found = _TAG.search(value, value.rfind(">") + 1)
    return found[1] if found else ""


def serialise(message: Request | Response) -> bytes:
    """Octets for the wire, Content-Length counted anew. Raises ValueError when a value would break the line."""
    if isinstance(message, Request):
        lines = [f"{message.method} {message.uri} SIP/2.0"]
    else:
        lines = [f"SIP/2.0 {message.status} {message.reason}"]
    lines += [f"{name}: {value}" for name, value in message.headers if name != "Content-Length"]
    lines.append(f"Content-Length: {len(message.body)}\r\n\r\n")
    text = "\r\n".join(lines)
    if text.count("\n") != len(lines) + 1 or text.count("\r") != len(lines) + 1:
        raise ValueError("a header value with a line break cannot be sent")
    return text.encode("utf-8", "surrogateescape") + message.body
