"""The nursery's socket: who is connected, whole messages in and out, a peer that breaks the form cut off.

It waits for the nursery, on its one thread. What a message means is telephony.nursery.parent's business.
"""

import contextlib
import logging
import os
import selectors
import socket
from collections.abc import Callable
from pathlib import Path

from telephony.link.wire import Lines, LinkError, Message, prepare, to_line

log = logging.getLogger(__name__)


class Peer:
    """A worker, an edge or the core on the nursery's socket."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.lines = Lines()
        self.out = bytearray()
        self.who = ""
        self.worker = ""


class Peers:
    """`take` gets each message and may raise LinkError, `lost` a peer that is gone, `signalled` follows a signal.

    Raises LinkError when the socket cannot be had.
    """

    def __init__(
        self,
        path: Path,
        take: Callable[[Peer, Message], None],
        lost: Callable[[Peer], None],
        signalled: Callable[[], None],
    ) -> None:
        self._path, self._take, self._gone, self._reap = path, take, lost, signalled
        self._peers: dict[int, Peer] = {}
        self._selector = selectors.DefaultSelector()
        prepare(path)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        self._listener.bind(str(path))
        path.chmod(0o600)
        self._listener.listen(128)
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._signalled, self.signaller = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._selector.register(self._signalled, selectors.EVENT_READ)

    def serve(self, seconds: float) -> None:
        """Wait for what comes and take it."""
        for key, events in self._selector.select(seconds):
            if key.fileobj is self._listener:
                self._accept()
            elif key.fd == self._signalled:
                with contextlib.suppress(BlockingIOError):
                    os.read(self._signalled, 4096)
                self._reap()
            elif key.fd in self._peers:
                peer = self._peers[key.fd]
                if events & selectors.EVENT_WRITE:
                    self._flush(peer)
                if events & selectors.EVENT_READ:
                    self._read(peer)

    def send(self, peer: Peer, message: Message) -> None:
        peer.out += to_line(message)
        self._flush(peer)

    def tell(self, who: str, message: Message) -> None:
        """Send to all who are `who`."""
        for peer in list(self._peers.values()):
            if peer.who == who:
                self.send(peer, message)

    def leave(self) -> None:
        """In a child: its copies of the parent's descriptors are closed."""
        for peer in self._peers.values():
            peer.connection.close()
        self._listener.close()
        self._selector.close()
        os.close(self._signalled)
        os.close(self.signaller)

    def close(self) -> None:
        """Nobody new is heard, and nobody finds the socket."""
        self._listener.close()
        self._path.unlink(missing_ok=True)

    def _accept(self) -> None:
        with contextlib.suppress(BlockingIOError, ConnectionError):
            connection, _ = self._listener.accept()
            connection.setblocking(False)
            self._peers[connection.fileno()] = Peer(connection)
            self._selector.register(connection, selectors.EVENT_READ)

    def _read(self, peer: Peer) -> None:
        try:
            data = peer.connection.recv(65536)
            messages = peer.lines.feed(data)
            for message in messages:
                self._take(peer, message)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        except LinkError as error:
            log.warning("nursery: %s is cut off: %s", peer.worker or peer.who or "a peer", error)
            data = b""
        if not data:
            self._lost(peer)

    def _lost(self, peer: Peer) -> None:
        self._selector.unregister(peer.connection)
        del self._peers[peer.connection.fileno()]
        peer.connection.close()
        self._gone(peer)

    def _flush(self, peer: Peer) -> None:
        try:
            sent = peer.connection.send(peer.out)
            del peer.out[:sent]
        except BlockingIOError:
            pass
        except OSError:
            peer.out.clear()  # its end is read next
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if peer.out else 0)
        self._selector.modify(peer.connection, wanted)
