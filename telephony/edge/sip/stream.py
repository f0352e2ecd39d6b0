"""Cut a TCP stream into SIP messages by Content-Length (RFC 3261 §18.3) and notice keep-alives (RFC 5626 §4.4.1). Pure.

Knows sizes only; what a message says is telephony.edge.sip.message's business.
"""

import re

LARGEST_HEAD = 16 * 1024
LARGEST_BODY = 64 * 1024
"""Octets; a peer that sends more is cut off, because a stream that is out of step cannot be found again."""

MOST_BLANK = 1024
"""Octets of line ends that are kept for the rest of a ping."""

_WRITTEN = re.compile(rb"^(?:content-length|l)[ \t]*+:([^\r\n]*+(?:\r?\n[ \t][^\r\n]*+)*+)", re.I | re.M)
_TYPED = re.compile(rb"^(?:content-type|c)[ \t]*+:", re.I | re.M)
_END = re.compile(rb"\r\n\r\n|\n\n")


class StreamError(ValueError):
    """The stream cannot be followed any further; the connection must be closed.

    `messages` are those before the fault, and the head of the faulty one where it can still be answered.
    """

    def __init__(self, reason: str, messages: list[bytes] | None = None) -> None:
        super().__init__(reason)
        self.messages = messages or []


class Framer:
    """One direction of one connection. Every octet is looked at once, in whatever pieces they come."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._searched = 0
        self._whole = 0

    def feed(self, data: bytes) -> tuple[list[bytes], int]:
        """The messages completed by `data`, and how many double-CRLF pings were among it. Raises StreamError."""
        self._rest += data
        messages: list[bytes] = []
        pings = 0
        while self._rest:
            if self._rest[0] in b"\r\n":
                blank = len(self._rest) - len(self._rest.lstrip(b"\r\n"))
                # A ping may come in two pieces: its first half waits for the second.
                if blank == len(self._rest) and blank < MOST_BLANK and not self._rest.endswith(b"\r\n\r\n"):
                    break
                pings += self._rest[:blank].count(b"\r\n\r\n")
                del self._rest[:blank]
                continue
            try:
                message = self._next()
            except StreamError as error:
                error.messages = messages + error.messages
                raise
            if message is None:
                break
            messages.append(message)
        return messages, pings

    def _next(self) -> bytes | None:
        if not self._whole:
            self._whole = self._length()
        if not self._whole or len(self._rest) < self._whole:
            return None
        message = bytes(self._rest[: self._whole])
        del self._rest[: self._whole]
        self._whole = self._searched = 0
        return message

    def _length(self) -> int:
        """Octets of the message that begins here, 0 while its headers are not all there."""
        end = _END.search(self._rest, max(0, self._searched - 3))
        self._searched = len(self._rest)
        if (end.end() if end is not None else len(self._rest)) > LARGEST_HEAD:
            raise StreamError(f"headers above {LARGEST_HEAD} octets")
        if end is None:
            return 0
        head = bytes(self._rest[: end.end()])
        written = [found.strip() for found in _WRITTEN.findall(head)]
        lengths = {int(found) for found in written if found.isdigit() and len(found) < 10}
        # The head alone tells the peer what is wrong: the parser finds the same fault in it.
        if len(lengths) != len(set(written)) or len(lengths) > 1:
            raise StreamError("Content-Length: not one number", [head])
        if not written and _TYPED.search(head):
            raise StreamError("Content-Length: missing", [head])
        length = lengths.pop() if lengths else 0
        if length > LARGEST_BODY:
            raise StreamError(f"a body above {LARGEST_BODY} octets", [head])
        return end.end() + length
