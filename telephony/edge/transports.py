"""The edge's sockets in Twisted: UDP and TCP outside, UDP inside. Octets and their flow go up, messages go down.

Knows framing and connections, nothing of SIP's meaning. Whatever goes wrong with one packet or peer stays with it.
"""

import socket
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.internet.endpoints import TCP4ClientEndpoint, TCP6ClientEndpoint, connectProtocol
from twisted.internet.protocol import DatagramProtocol, Factory, Protocol
from twisted.logger import Logger
from twisted.python.failure import Failure

from telephony.edge.actions import Send
from telephony.edge.flows import Flow, Transport
from telephony.edge.message import serialise
from telephony.edge.stream import Framer, StreamError

RECEIVE_BUFFER = 4 << 20
"""Octets asked for at the kernel, so that a burst of calls is not lost (the kernel may give less)."""

MOST_CONNECTIONS = 2000
CONNECT_SECONDS = 5
MOST_UNSENT = 1 << 20
"""Octets for a TCP peer that does not read, above which it is cut off."""

MOST_WAITING = 64
"""Messages kept while a connection is made."""

log = Logger()

Received = Callable[[bytes, Flow], None]


def fault(error: BaseException) -> str:
    """What went wrong and where, without the values involved: those may be personal."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where}"


class Datagrams(DatagramProtocol):
    """One UDP socket, outside or inside."""

    transport: Any = None

    def __init__(self, kind: Transport, received: Received) -> None:
        self._kind = kind
        self._received = received

    def startProtocol(self) -> None:
        self.transport.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)

    def datagramReceived(self, datagram: bytes, addr: tuple[Any, ...]) -> None:
        self._received(datagram, Flow(self._kind, addr[0], addr[1]))

    def send(self, data: bytes, flow: Flow) -> None:
        self.transport.write(data, (flow.host, flow.port))


class Connection(Protocol):
    """One TCP connection; `flow` is its other end."""

    transport: Any = None

    def __init__(self, owner: "Transports") -> None:
        self._owner = owner
        self._framer = Framer()
        self._unsent: int | None = None
        self.flow = Flow("tcp", "", 0)

    def connectionMade(self) -> None:
        peer = self.transport.getPeer()
        self.flow = Flow("tcp", peer.host, peer.port)
        self.transport.setTcpNoDelay(True)
        self.transport.setTcpKeepAlive(True)
        self.transport.registerProducer(self, True)
        self._owner.opened(self)

    def dataReceived(self, data: bytes) -> None:
        try:
            messages, pings = self._framer.feed(data)
        except StreamError as error:
            log.warn("edge: a TCP peer is cut off: {error}", error=str(error))
            self.transport.loseConnection()
            return
        if pings:
            self.transport.write(b"\r\n")
        for message in messages:
            self._owner.received(message, self.flow)

    def send(self, data: bytes) -> None:
        self.transport.write(data)
        if self._unsent is None:
            return
        self._unsent += len(data)
        if self._unsent > MOST_UNSENT:
            log.warn("edge: a TCP peer that does not read is cut off")
            self.transport.abortConnection()

    def pauseProducing(self) -> None:
        """The peer does not read fast enough: what is sent from now on is counted."""
        self._unsent = 0

    def resumeProducing(self) -> None:
        self._unsent = None

    def stopProducing(self) -> None:
        pass

    def connectionLost(self, reason: Failure | None = None) -> None:  # noqa: ARG002
        self._owner.closed(self)


class Connections(Factory):
    """Takes connections up to MOST_CONNECTIONS."""

    def __init__(self, owner: "Transports") -> None:
        self._owner = owner
        self.noisy = False

    def buildProtocol(self, _addr: Any) -> Connection | None:
        return Connection(self._owner) if self._owner.room() else None


class Transports:
    """All sockets. `received(data, flow)` is called for each message, `connected` and `disconnected` for TCP flows."""

    def __init__(
        self, reactor: Any, received: Received, connected: Callable[[Flow], None], disconnected: Callable[[Flow], None]
    ) -> None:
        self._reactor = reactor
        self.received = received
        self._connected = connected
        self._disconnected = disconnected
        self._connections: dict[Flow, Connection] = {}
        self._waiting: dict[Flow, list[bytes]] = {}
        self._udp = Datagrams("udp", received)
        self._inside = Datagrams("inside", received)

    def listen(self, host: str, port: int, inside: tuple[str, int]) -> None:
        """Open all three. Raises twisted.internet.error.CannotListenError, which holds the port."""
        self._reactor.listenUDP(port, self._udp, interface=host, maxPacketSize=65535)
        self._reactor.listenTCP(port, Connections(self), interface=host, backlog=128)
        self._reactor.listenUDP(inside[1], self._inside, interface=inside[0], maxPacketSize=65535)

    def send(self, send: Send) -> None:
        """Send one message; over a connection that is gone it goes nowhere, unless one may be made."""
        data = serialise(send.message)
        flow = send.flow
        if flow.transport == "udp":
            self._udp.send(data, flow)
        elif flow.transport == "inside":
            self._inside.send(data, flow)
        elif flow in self._connections:
            self._connections[flow].send(data)
        elif flow in self._waiting:
            if len(self._waiting[flow]) < MOST_WAITING:
                self._waiting[flow].append(data)
        elif send.connect and self.room():
            self._waiting[flow] = [data]
            self._connect(flow)
        else:
            log.info("edge: a message for a TCP connection that is closed was dropped")

    def room(self) -> bool:
        return len(self._connections) + len(self._waiting) < MOST_CONNECTIONS

    def opened(self, connection: Connection) -> None:
        self._connections[connection.flow] = connection
        self._connected(connection.flow)
        for data in self._waiting.pop(connection.flow, []):
            connection.send(data)

    def closed(self, connection: Connection) -> None:
        if self._connections.get(connection.flow) is connection:
            del self._connections[connection.flow]
            self._disconnected(connection.flow)

    def _connect(self, flow: Flow) -> None:
        kind = TCP6ClientEndpoint if ":" in flow.host else TCP4ClientEndpoint
        endpoint = kind(self._reactor, flow.host, flow.port, timeout=CONNECT_SECONDS)
        made = connectProtocol(endpoint, Connection(self))
        made.addErrback(self._unreachable, flow)

    def _unreachable(self, failure: Failure, flow: Flow) -> None:
        self._waiting.pop(flow, None)
        log.info("edge: a TCP peer cannot be reached: {error}", error=failure.type.__name__ if failure.type else "")
