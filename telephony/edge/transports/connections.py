"""One stream connection each for TCP and TLS: octets to messages, keep-alives answered, slow and broken peers cut off.

Knows framing and nothing of SIP's meaning; what a connection belongs to is telephony.edge.transports.sockets' business.
"""

from typing import Any, Protocol

from twisted.internet.interfaces import IHandshakeListener
from twisted.internet.protocol import Protocol as TwistedProtocol
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from telephony.edge.sip.flows import Flow, Transport
from telephony.edge.sip.stream import Framer, StreamError

MOST_UNSENT = 1 << 20
"""Octets for a peer that does not read, above which it is cut off."""

log = Logger()


class Owner(Protocol):
    """Who is told of connections and what comes over them."""

    def opened(self, connection: "Connection") -> None: ...

    def ready(self, connection: "Connection") -> None: ...

    def closed(self, connection: "Connection") -> None: ...

    def received(self, data: bytes, flow: Flow) -> None: ...


@implementer(IHandshakeListener)
class Connection(TwistedProtocol):
    """One TCP or TLS connection; `flow` is its other end, `silent` until it has said anything that makes sense.

    One that is `leaving` was cut off: nothing it still says is heard, and nothing more goes out to it.
    """

    transport: Any = None

    def __init__(self, owner: Owner, kind: Transport = "tcp") -> None:
        self._owner = owner
        self._framer = Framer()
        self._unsent: int | None = None
        self.flow = Flow(kind, "", 0)
        self.silent = True
        self.leaving = False

    def connectionMade(self) -> None:
        peer = self.transport.getPeer()
        self.flow = Flow(self.flow.transport, peer.host.partition("%")[0], peer.port)
        self.transport.setTcpNoDelay(True)
        self.transport.setTcpKeepAlive(True)
        self.transport.registerProducer(self, True)
        self._owner.opened(self)
        if self.flow.transport not in ("tls", "wss"):
            self._owner.ready(self)

    def handshakeCompleted(self) -> None:
        """TLS stands, and the peer's certificate is good."""
        self._owner.ready(self)

    def dataReceived(self, data: bytes) -> None:
        if self.leaving:
            return
        try:
            messages, pings = self._framer.feed(data)
        except StreamError as error:
            messages, pings = error.messages, 0
            self.deliver(messages)
            self.cut_off(str(error))
            return
        if pings:
            self.write(b"\r\n" * min(pings, 8))
            self.silent = False
        self.deliver(messages)

    def deliver(self, messages: list[bytes]) -> None:
        for message in messages:
            self.silent = False
            self._owner.received(message, self.flow)

    def cut_off(self, reason: str) -> None:
        """Close after what is on its way has gone out. `reason` holds nothing the peer wrote."""
        log.warn("edge: a peer on {kind} is cut off: {reason}", kind=self.flow.transport, reason=reason)
        self.close()

    def close(self) -> None:
        self.leaving = True
        # TLS does not begin to close while a producer is registered.
        self.transport.unregisterProducer()
        self.transport.loseConnection()

    def abort(self) -> None:
        """Close at once, whatever the peer has yet to read or to say."""
        self.leaving = True
        self.transport.abortConnection()

    def send(self, data: bytes) -> None:
        """One SIP message."""
        self.write(data)

    def write(self, data: bytes) -> None:
        if self.leaving:
            return
        self.transport.write(data)
        if self._unsent is None:
            return
        self._unsent += len(data)
        if self._unsent > MOST_UNSENT:
            log.warn("edge: a peer on {kind} that does not read is cut off", kind=self.flow.transport)
            self.abort()

    def pauseProducing(self) -> None:
        """The peer does not read fast enough: what is sent from now on is counted."""
        self._unsent = 0

    def resumeProducing(self) -> None:
        self._unsent = None

    def stopProducing(self) -> None:
        pass

    def connectionLost(self, reason: Failure | None = None) -> None:  # noqa: ARG002
        self._owner.closed(self)
