"""SIP octets to messages (RFC 3261 §§7, 18.3, 25). Pure.

Tolerant in what it takes: compact names, folded lines, bare LF, odd whitespace. A message that cannot be used raises
ParseError, with what is needed to answer it. What a message means is not known here.
"""

import re

from telephony.edge.sip.message import Message, Request, Response
from telephony.edge.sip.stream import LARGEST_BODY
from telephony.edge.sip.uri import FormError, parse_address, parse_via, split_list

LISTS = frozenset({"Via", "Route", "Record-Route"})
"""Headers that are cut into one entry per value when they come in, because the proxy works on single values."""

ONCE = ("Call-ID", "CSeq", "From", "To")
MOST_LINES = 256
"""Lines of headers; folded ones count once."""
_KNOWN = (
    "Accept Allow Authorization Call-ID Contact Content-Encoding Content-Length Content-Type CSeq Date Event Expires "
    "From Max-Forwards Min-Expires MIME-Version Proxy-Authenticate Proxy-Authorization Proxy-Require RAck Reason "
    "Record-Route Refer-To Replaces Require Retry-After Route RSeq Server Session-Expires Subject Supported To "
    "Unsupported User-Agent Via Warning WWW-Authenticate"
)
_COMPACT = {
    "i": "Call-ID", "m": "Contact", "e": "Content-Encoding", "l": "Content-Length", "c": "Content-Type", "f": "From",
    "s": "Subject", "k": "Supported", "t": "To", "v": "Via", "o": "Event", "r": "Refer-To", "x": "Session-Expires",
}  # fmt: skip
_CANONICAL = {name.lower(): name for name in _KNOWN.split()} | _COMPACT
_TOKEN = re.compile(r"[A-Za-z0-9.!%*_+`'~-]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_FOLD = re.compile(r"\n[ \t]++")
_STATUS = re.compile(r"SIP/2\.0 +([1-6][0-9][0-9])(?: (.*))?", re.IGNORECASE)


class ParseError(ValueError):
    """`reason` names the field; `status` the answer; `request` what could be read, None when it cannot be answered."""

    def __init__(self, reason: str, status: int = 400, request: Request | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
        self.request = request


def parse(data: bytes, on_stream: bool = False) -> Request | Response:
    """One whole message: a datagram, or `on_stream` what telephony.edge.sip.stream cut out. Raises ParseError."""
    head, _, body = data.lstrip(b"\r\n").partition(b"\r\n\r\n")
    if b"\n\n" in head:
        head, _, body = data.lstrip(b"\r\n").partition(b"\n\n")
    text = head.decode("utf-8", "surrogateescape").replace("\r\n", "\n")
    text = _CONTROL.sub(" ", text)
    if "\n " in text or "\n\t" in text:
        text = _FOLD.sub(" ", text)
    lines = text.split("\n")
    headers, problem = _headers(lines[1:MOST_LINES])
    start = lines[0].strip()
    status = _STATUS.fullmatch(start)
    if status is not None:
        message: Request | Response = Response(headers, body, int(status[1]), (status[2] or "").strip())
        problem = problem or _problem(message)
        if problem:
            raise ParseError(problem)
    else:
        message = _request(start, headers, body, problem)
    if len(lines) > MOST_LINES:
        answered = isinstance(message, Request) and message.method != "ACK"
        raise ParseError("headers: too many", 513, message if answered else None)  # type: ignore[arg-type]
    _trim(message, on_stream)
    return message


def _request(start: str, headers: list[tuple[str, str]], body: bytes, problem: str) -> Request:
    words = start.split()
    if len(words) < 2 or not _TOKEN.fullmatch(words[0]) or not words[-1].upper().startswith("SIP/"):
        raise ParseError("start line: neither a request nor a status")
    request = Request(headers, body, words[0], " ".join(words[1:-1]))
    problem = problem or _problem(request)
    if len(words) != 3 or "<" in request.uri:
        problem = problem or "Request-URI: missing, bracketed or with whitespace"
    number, method = request.cseq
    hops = request.get("Max-Forwards")
    if hops is not None and not (hops.isascii() and hops.isdigit()):
        problem = problem or "Max-Forwards: not a number"
    if not problem and (method != request.method or number >= 1 << 31):
        problem = "CSeq: not a number below 2**31 with the method of the request"
    version = words[-1].upper() == "SIP/2.0"
    if problem or not version:
        status, reason = (400, problem) if version else (505, "start line: only SIP/2.0 is spoken here")
        raise ParseError(reason, status, request if _answerable(request) else None)
    return request


def _headers(lines: list[str]) -> tuple[list[tuple[str, str]], str]:
    """The headers, and the first problem met ("" for none); what can be read is read."""
    headers: list[tuple[str, str]] = []
    problem = ""
    for line in lines:
        name, colon, value = line.partition(":")
        name = name.strip()
        known = _CANONICAL.get(name.lower())
        if known is None:
            if not line.strip():
                continue
            if not colon or not _TOKEN.fullmatch(name):
                problem = problem or "headers: a line without a name and a colon"
                continue
            known = "-".join(part.capitalize() for part in name.split("-"))
        value = value.strip()
        if known in LISTS and "," in value:
            headers += [(known, item) for item in split_list(value)]
        elif colon:
            headers.append((known, value))
        else:
            problem = problem or "headers: a line without a colon"
    return headers, problem


def _problem(message: Message) -> str:
    names = [name for name, _ in message.headers]
    for name in ONCE:
        if names.count(name) != 1:
            return f"{name}: missing" if name not in names else f"{name}: more than once"
    for name in ONCE:
        if not message.get(name):
            return f"{name}: empty"
    if not message.cseq[1]:
        return "CSeq: not a number and a method"
    try:
        for value in message.all("Via") or [""]:
            parse_via(value)
        for name in ("From", "To"):
            parse_address(message.get(name) or "", name)
    except FormError as error:
        return str(error)
    lengths = set(message.all("Content-Length"))
    if len(lengths) > 1 or not all(length.isascii() and length.isdigit() for length in lengths):
        return "Content-Length: not one number"
    return ""


def _answerable(request: Request) -> bool:
    try:
        request.via  # noqa: B018
    except FormError:
        return False
    return request.method != "ACK"


def _trim(message: Request | Response, on_stream: bool) -> None:
    """Cut the body to Content-Length (§18.3): shorter than announced is an error, longer is cut."""
    length = message.get("Content-Length")
    broken = message if isinstance(message, Request) and message.method != "ACK" else None
    if length is None:
        if on_stream and message.get("Content-Type") is not None:
            raise ParseError("Content-Length: missing, and a stream has no other end of the body", 400, broken)
        return
    if len(length) > 9 or int(length) > LARGEST_BODY:
        raise ParseError("Content-Length: above what is taken", 513, broken)
    if int(length) > len(message.body):
        raise ParseError("Content-Length: more than the body holds", 400, broken)
    message.body = message.body[: int(length)]
