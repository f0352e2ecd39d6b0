"""The edge's sockets: UDP, TCP, TLS, WebSocket outside, UDP inside. Octets and their flow go up, messages down.

Knows connections, nothing of SIP's meaning. Whatever goes wrong with one packet or peer stays with it.
"""

import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.internet.endpoints import TCP4ClientEndpoint, TCP6ClientEndpoint, connectProtocol, wrapClientTLS
from twisted.internet.protocol import Factory
from twisted.logger import Logger
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.python.failure import Failure

from telephony.edge.proxy.actions import Send
from telephony.edge.sip.flows import DIALLED, Flow, Transport
from telephony.edge.sip.message import serialise
from telephony.edge.transports.certificates import client_options
from telephony.edge.transports.connections import Connection
from telephony.edge.transports.datagrams import Datagrams, Received
from telephony.edge.transports.listening import Listening
from telephony.edge.transports.websockets import WebSocketConnection

MOST_CONNECTIONS = 2000
MOST_OF_ONE_HOST = 1000
CONNECT_SECONDS = 5
SILENT_SECONDS = 30
"""Between two looks at the connections: one that has said nothing since the look before is closed, a page is pinged.

One that was closing at the look before and still is, is torn down: a peer need not answer when TLS closes.
"""

MOST_WAITING = 64
"""Messages kept while a connection is made."""

log = Logger()


def fault(error: BaseException) -> str:
    """What went wrong and where, without the values involved: those may be personal."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where}"


class Connections(Factory):
    """Takes connections of hosts that are let in, while there is room for them."""

    def __init__(self, owner: "Transports", make: Callable[[], Connection]) -> None:
        self._owner = owner
        self._make = make
        self.noisy = False

    def buildProtocol(self, addr: Any) -> Connection | None:
        return self._make() if self._owner.admits(addr.host) else None


class SecureConnections(TLSMemoryBIOFactory):
    """`Connections` behind TLS: who is not taken is hung up on before a handshake."""

    def buildProtocol(self, addr: Any) -> Any:
        taken = self.wrappedFactory.buildProtocol(addr)
        return self.protocol(self, taken) if taken is not None else None


class Transports:
    """All sockets. `received(data, flow)` is called for each message, `connected` and `disconnected` for streams.

    `undelivered(send)` is told of each message that found no connection and could make none (RFC 3261 §16.9).
    `trust` is whose certificates are believed when TLS is dialled, `keeps_out(host)` says who gets no connection.
    """

    def __init__(
        self,
        reactor: Any,
        received: Received,
        connected: Callable[[Flow], None],
        disconnected: Callable[[Flow], None],
        undelivered: Callable[[Send], None] = lambda _: None,
        trust: Any = None,
        keeps_out: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self._reactor = reactor
        self.received = received
        self._connected = connected
        self._disconnected = disconnected
        self._undelivered = undelivered
        self._trust = trust
        self._keeps_out = keeps_out
        self._connections: dict[Flow, Connection] = {}
        self._hosts: Counter[str] = Counter()
        self._waiting: dict[Flow, list[Send]] = {}
        self._silent: set[Connection] = set()
        self._leaving: set[Connection] = set()
        self._udp = Datagrams("udp", received)
        self._inside = Datagrams("inside", received)

    def listen(self, place: Listening) -> None:
        """Open all of them. Raises twisted.internet.error.CannotListenError, which holds the port."""
        listen, streams = self._reactor.listenTCP, Connections(self, lambda: Connection(self))
        self._reactor.listenUDP(place.port, self._udp, interface=place.host, maxPacketSize=65535)
        listen(place.port, streams, interface=place.host, backlog=128)
        self._reactor.listenUDP(place.inside[1], self._inside, interface=place.inside[0], maxPacketSize=65535)
        if place.tls_port:
            secure = Connections(self, lambda: Connection(self, "tls"))
            self._listen_tls(place.tls_port, secure, place)
        if place.ws_port:
            kind: Transport = "wss" if place.ws_secure else "ws"
            pages = Connections(self, lambda: WebSocketConnection(self, kind, place.origins))
            if place.ws_secure:
                self._listen_tls(place.ws_port, pages, place)
            else:
                listen(place.ws_port, pages, interface=place.host, backlog=128)
        self.keep_watch()

    def keep_watch(self) -> None:
        """Look at the connections every SILENT_SECONDS from now on."""
        self._reactor.callLater(SILENT_SECONDS, self._look)

    def _listen_tls(self, port: int, factory: Factory, place: Listening) -> None:
        secure = SecureConnections(place.certificate, False, factory, self._reactor)
        self._reactor.listenTCP(port, secure, interface=place.host, backlog=128)

    def send(self, send: Send) -> None:
        """Send one message; over a connection that is gone it goes nowhere, unless one may be made."""
        flow = send.flow
        connection = self._connections.get(flow)
        if flow.transport == "udp":
            self._udp.send(serialise(send.message), flow)
        elif flow.transport == "inside":
            self._inside.send(serialise(send.message), flow)
        elif flow in self._waiting:
            if len(self._waiting[flow]) < MOST_WAITING:
                self._waiting[flow].append(send)
        elif connection is not None and not connection.leaving:
            connection.send(serialise(send.message))
        elif connection is None and send.connect and flow.transport in DIALLED and self.room(flow.host):
            self._waiting[flow] = [send]
            self._connect(flow)
        else:
            log.info("edge: a message for a connection that is closed was dropped")
            # Not within this call: the one who is told sends again.
            self._reactor.callLater(0, self._undelivered, send)

    def admits(self, host: str) -> bool:
        """Whether a connection from `host` is taken."""
        return not self._keeps_out(host) and self.room(host)

    def put_out(self) -> None:
        """Cut the connections of those who are kept out by now; nothing more is sent to them."""
        for connection in [each for each in self._connections.values() if self._keeps_out(each.flow.host)]:
            log.warn("edge: a peer on {kind} is cut off: banned", kind=connection.flow.transport)
            connection.abort()

    def room(self, host: str) -> bool:
        taken = len(self._connections) + len(self._waiting)
        return taken < MOST_CONNECTIONS and self._hosts[host] < MOST_OF_ONE_HOST

    def opened(self, connection: Connection) -> None:
        self._connections[connection.flow] = connection
        self._hosts[connection.flow.host] += 1
        self._connected(connection.flow)

    def ready(self, connection: Connection) -> None:
        """Messages may go out over it, those that waited for it first."""
        for send in self._waiting.pop(connection.flow, []):
            connection.silent = False
            connection.send(serialise(send.message))

    def closed(self, connection: Connection) -> None:
        self._silent.discard(connection)
        self._leaving.discard(connection)
        if self._connections.get(connection.flow) is connection:
            del self._connections[connection.flow]
            self._hosts[connection.flow.host] -= 1
            if not self._hosts[connection.flow.host]:
                del self._hosts[connection.flow.host]
            self._disconnected(connection.flow)
            self._fail(connection.flow)

    def _connect(self, flow: Flow) -> None:
        kind = TCP6ClientEndpoint if ":" in flow.host else TCP4ClientEndpoint
        endpoint: Any = kind(self._reactor, flow.host, flow.port, timeout=CONNECT_SECONDS)
        if flow.transport == "tls":
            endpoint = wrapClientTLS(client_options(flow.host, self._trust), endpoint)
        made = connectProtocol(endpoint, Connection(self, flow.transport))
        made.addErrback(self._unreachable, flow)

    def _unreachable(self, failure: Failure, flow: Flow) -> None:
        log.info("edge: a peer cannot be reached: {error}", error=failure.type.__name__ if failure.type else "")
        self._fail(flow)

    def _fail(self, flow: Flow) -> None:
        """What waited for a connection that never stood."""
        for send in self._waiting.pop(flow, []):
            self._undelivered(send)

    def _look(self) -> None:
        """Twice in a row silent means closed: it costs a descriptor and will hardly ever be a phone."""
        self.keep_watch()
        for connection in list(self._leaving):
            connection.abort()
        for connection in [each for each in self._silent if each.silent and not each.leaving]:
            connection.cut_off("nothing came")
        for connection in list(self._connections.values()):
            if isinstance(connection, WebSocketConnection):
                connection.ping()
        self._silent = {connection for connection in self._connections.values() if connection.silent}
        self._leaving = {connection for connection in self._connections.values() if connection.leaving}
