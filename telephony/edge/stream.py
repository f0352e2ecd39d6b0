"""Cut a TCP stream into SIP messages by Content-Length (RFC 3261 §18.3) and notice keep-alives (RFC 5626 §4.4.1). Pure.

Knows sizes only; what a message says is telephony.edge.message's business.
"""

import re

LARGEST_HEAD = 16 * 1024
LARGEST_BODY = 64 * 1024
"""Octets; a peer that sends more is cut off, because a stream that is out of step cannot be found again."""

_WRITTEN = re.compile(rb"^(?:content-length|l)[ \t]*:[ \t]*(?:\r?\n[ \t]+)*([^\r\n]*?)[ \t]*\r?$", re.I | re.M)
_TYPED = re.compile(rb"^(?:content-type|c)[ \t]*:", re.I | re.M)
_END = re.compile(rb"\r\n\r\n|\n\n")


class StreamError(ValueError):
    """The stream cannot be followed any further; the connection must be closed.

    `messages` are those before the fault, and the head of the faulty one where it can still be answered.
    """

    def __init__(self, reason: str, messages: list[bytes] | None = None) -> None:
        super().__init__(reason)
        self.messages = messages or []


class Framer:
    """One direction of one connection."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> tuple[list[bytes], int]:
        """The messages completed by `data`, and how many double-CRLF pings were among it. Raises StreamError."""
        self._rest += data
        messages: list[bytes] = []
        pings = 0
        while self._rest:
            blank = len(self._rest) - len(self._rest.lstrip(b"\r\n"))
            if blank:
                # A ping may come in two pieces: its first half waits for the second.
                if blank == len(self._rest) and not self._rest.endswith(b"\r\n\r\n"):
                    break
                pings += self._rest[:blank].count(b"\r\n\r\n")
                self._rest = self._rest[blank:]
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
        end = _END.search(self._rest)
        if end is None:
            if len(self._rest) > LARGEST_HEAD:
                raise StreamError(f"headers above {LARGEST_HEAD} octets")
            return None
        head = self._rest[: end.end()]
        if end.end() > LARGEST_HEAD:
            raise StreamError(f"headers above {LARGEST_HEAD} octets")
        written = _WRITTEN.findall(head)
        lengths = {int(found) for found in written if found.isdigit() and len(found) < 10}
        # The head alone tells the peer what is wrong: the parser finds the same fault in it.
        if len(lengths) != len(set(written)) or len(lengths) > 1:
            raise StreamError("Content-Length: not one number", [head])
        if not written and _TYPED.search(head):
            raise StreamError("Content-Length: missing", [head])
        length = lengths.pop() if lengths else 0
        if length > LARGEST_BODY:
            raise StreamError(f"a body above {LARGEST_BODY} octets", [head])
        whole = end.end() + length
        if len(self._rest) < whole:
            return None
        message, self._rest = self._rest[:whole], self._rest[whole:]
        return message
