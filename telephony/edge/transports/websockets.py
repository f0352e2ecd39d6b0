"""SIP over WebSocket (RFC 7118): one message a WebSocket message, subprotocol sip, pings both ways.

The protocol itself (RFC 6455) is the websockets library's, without its I/O; Twisted carries the octets. Knows nothing
of SIP's meaning.
"""

from collections.abc import Sequence
from http import HTTPStatus

from twisted.logger import Logger
from twisted.python.failure import Failure
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.typing import Origin, Subprotocol

from telephony.edge.sip.flows import Transport
from telephony.edge.sip.stream import LARGEST_BODY, LARGEST_HEAD
from telephony.edge.transports.connections import Connection, Owner

MOST_UNANSWERED = 2
"""Pings without an answer after which the page is gone (RFC 7118 §6)."""

PING = b"\r\n\r\n"
_DATA = (Opcode.TEXT, Opcode.BINARY, Opcode.CONT)

log = Logger()


class WebSocketConnection(Connection):
    """One page. `origins` are those its page may come from; empty: any."""

    def __init__(self, owner: Owner, kind: Transport = "ws", origins: Sequence[str] = ()) -> None:
        super().__init__(owner, kind)
        self._websocket = ServerProtocol(
            origins=[Origin(each) for each in origins] or None,
            subprotocols=[Subprotocol("sip")],
            max_size=LARGEST_HEAD + LARGEST_BODY,
        )
        self._pieces: list[bytes] = []
        self._unanswered = 0

    def dataReceived(self, data: bytes) -> None:
        if self.leaving:
            return
        self._websocket.receive_data(data)
        self._take()

    def connectionLost(self, reason: Failure | None = None) -> None:
        if self._websocket.state is not State.CLOSED:
            self._websocket.receive_eof()
        super().connectionLost(reason)

    def send(self, data: bytes) -> None:
        """Text where it is UTF-8, binary otherwise (RFC 7118 §5)."""
        if self._websocket.state is not State.OPEN:
            log.info("edge: a message for a page that is closing was dropped")
            return
        try:
            data.decode("utf-8")
        except UnicodeDecodeError:
            self._websocket.send_binary(data)
        else:
            self._websocket.send_text(data)
        self._flush()

    def ping(self) -> None:
        """Ask whether the page is still there; cut off the one that did not answer, or will not close."""
        if self.leaving or self._websocket.state is State.CONNECTING:
            return
        if self._unanswered >= MOST_UNANSWERED or self._websocket.state is not State.OPEN:
            self.abort()
            return
        self._unanswered += 1
        self._websocket.send_ping(b"")
        self._flush()

    def _take(self) -> None:
        for event in self._websocket.events_received():
            if isinstance(event, Request):
                self._shake_hands(event)
            elif isinstance(event, Frame):
                self._frame(event)
        self._flush()

    def _shake_hands(self, request: Request) -> None:
        response = self._websocket.accept(request)
        if response.status_code != HTTPStatus.SWITCHING_PROTOCOLS:
            log.info("edge: a WebSocket was refused: HTTP {status}", status=response.status_code)
        self._websocket.send_response(response)

    def _frame(self, frame: Frame) -> None:
        self._unanswered = 0
        if frame.opcode not in _DATA:
            return
        self._pieces.append(bytes(frame.data))
        if not frame.fin:
            return
        message, self._pieces = b"".join(self._pieces), []
        if message == PING:
            self.silent = False
            self._websocket.send_text(b"\r\n")
        else:
            self.deliver([message])

    def _flush(self) -> None:
        for data in self._websocket.data_to_send():
            if data:
                self.write(data)
            else:
                self.close()
