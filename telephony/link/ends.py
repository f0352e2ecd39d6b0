"""The Twisted end of the link: a server for the core and a reconnecting client for the edge.

It passes whole messages to callbacks and says who came and went; what a message means is its owner's business.
A peer that breaks the form is cut off with one log line and may come again.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.internet.protocol import Factory, ReconnectingClientFactory
from twisted.logger import Logger
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure

from telephony.link.wire import LONGEST_LINE, LinkError, Message, from_line, prepare, to_line

FIRST_DELAY = 0.1
LONGEST_DELAY = 1.0
"""Seconds between two attempts of a client to connect."""

log = Logger()


def _ignore(*_: Any) -> None:
    pass


class Connection(LineReceiver):
    """One peer. `hello` is its first line once that has come (server end), `who` the name in it."""

    transport: Any = None
    delimiter = b"\n"
    MAX_LENGTH = LONGEST_LINE

    def __init__(self, ends: "Callbacks", hello: Message | None) -> None:
        self._ends = ends
        self._says = hello
        self._made = False
        self.hello: Message = {}

    @property
    def who(self) -> str:
        return str(self.hello.get("hello", ""))

    def send(self, message: Message) -> None:
        """Queue one message; on a connection that is lost it goes nowhere. Raises LinkError when too long."""
        if self.connected:
            self.transport.write(to_line(message))
            flush = getattr(self.transport, "doWrite", None)  # IWriteDescriptor; sockets have it
            if flush is not None and self.transport.connected:
                flush()  # now, not after all else of this turn: somebody waits for what it orders

    def close(self) -> None:
        """End the connection after what is queued has gone out."""
        if self.transport is not None:
            self.transport.loseConnection()

    def connectionMade(self) -> None:
        if self._says is not None:
            self.send(self._says)
            self._made = True
            self._ends.hello(self)

    def lineReceived(self, line: bytes) -> None:
        if not line.strip():
            return
        try:
            message = from_line(line)
            if self._made:
                self._ends.message(self, message)
                return
            if not isinstance(message.get("hello"), str):
                raise LinkError("hello: the first line must say who connects")
            self.hello = message
            self._made = True
            self._ends.hello(self)
        except LinkError as error:
            log.warn("link: {who} is cut off: {error}", who=self.who or "a peer", error=str(error))
            self.close()

    def lineLengthExceeded(self, _line: bytes) -> None:
        log.warn("link: {who} is cut off: a line is longer than {most}", who=self.who or "a peer", most=LONGEST_LINE)
        self.close()

    def connectionLost(self, _reason: Failure | None = None) -> None:
        if self._made:
            self._made = False
            self._ends.lost(self)


class Callbacks:
    """Called on the reactor's thread: `hello` once a peer is known, `message` for each line, `lost` at its end.

    A LinkError raised in `hello` or `message` cuts the peer off.
    """

    def __init__(
        self,
        hello: Callable[[Connection], None] = _ignore,
        message: Callable[[Connection, Message], None] = _ignore,
        lost: Callable[[Connection], None] = _ignore,
    ) -> None:
        self.hello = hello
        self.message = message
        self.lost = lost


class Server(Factory):
    def __init__(self, callbacks: Callbacks) -> None:
        self._callbacks = callbacks
        self.noisy = False

    def buildProtocol(self, _addr: Any) -> Connection:
        connection = Connection(self._callbacks, None)
        connection.factory = self
        return connection


class Client(ReconnectingClientFactory):
    """Keeps one connection, coming again after 0.1 to 1 s; `connection` is None while there is none."""

    def __init__(self, reactor: Any, hello: Message, callbacks: Callbacks) -> None:
        self.clock = reactor
        self.noisy = False
        self.initialDelay = self.delay = FIRST_DELAY
        self.maxDelay = LONGEST_DELAY  # type: ignore[assignment]
        self.factor = 1.5
        self.connection: Connection | None = None
        self._hello = hello
        self._callbacks = callbacks
        self._connector: Any = None

    def send(self, message: Message) -> bool:
        """Send one message; False when there is no connection now."""
        if self.connection is None:
            return False
        self.connection.send(message)
        return True

    def stop(self) -> None:
        """End the connection and come no more."""
        self.stopTrying()  # type: ignore[no-untyped-call]
        if self._connector is not None:
            self._connector.disconnect()

    def buildProtocol(self, _addr: Any) -> Connection:
        connection = Connection(Callbacks(self._made, self._callbacks.message, self._lost), self._hello)
        connection.factory = self
        return connection

    def startedConnecting(self, connector: Any) -> None:
        self._connector = connector

    def _made(self, connection: Connection) -> None:
        self.resetDelay()  # type: ignore[no-untyped-call]
        self.connection = connection
        self._callbacks.hello(connection)

    def _lost(self, connection: Connection) -> None:
        self.connection = None
        self._callbacks.lost(connection)


def listen(reactor: Any, path: Path, callbacks: Callbacks) -> Any:
    """Listen on the socket at `path` (0600 in a folder 0700); returns the IListeningPort. Raises LinkError.

    `callbacks.hello(connection)` comes once a peer has said hello: `connection.who`, `connection.hello`.
    """
    prepare(path)
    return reactor.listenUNIX(str(path), Server(callbacks), mode=0o600)


def connect(reactor: Any, path: Path, hello: Message, callbacks: Callbacks) -> Client:
    """Connect to `path`, say `hello`, and come again whenever the connection is lost.

    `callbacks.hello(connection)` comes after hello was sent, on every connection made.
    """
    client = Client(reactor, hello, callbacks)
    reactor.connectUNIX(str(path), client)
    return client
