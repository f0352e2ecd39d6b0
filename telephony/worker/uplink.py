"""The workers' end of the link: one plain socket with a thread of its own that reads and comes again.

Facts are kept until they are acknowledged and sent again after a reconnect. It knows nothing of calls; what
arrives is given to `receive` on the link's thread.
"""

import contextlib
import os
import select
import socket
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path

from ivr.facts import Fact
from telephony.link.wire import Lines, LinkError, Message, encode_fact, to_line

FIRST_DELAY = 0.05
LONGEST_DELAY = 1.0
"""Seconds between two attempts to connect."""


class Uplink:
    """`hello` makes the first line of every connection; `receive` gets every message but acknowledgements."""

    def __init__(self, path: Path, hello: Callable[[], Message], receive: Callable[[Message], None]) -> None:
        self._path = path
        self._hello = hello
        self._receive = receive
        self._lock = threading.Lock()
        self._kept: deque[tuple[int, bytes]] = deque()
        self._seq = 0
        self._out = bytearray()
        self._socket: socket.socket | None = None
        self._closed = threading.Event()
        self._acknowledged = threading.Condition(self._lock)
        self._woken, self._waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._thread = threading.Thread(target=self._run, name=f"link-{path.stem}", daemon=True)

    @property
    def connected(self) -> bool:
        return self._socket is not None

    @property
    def unacknowledged(self) -> int:
        return len(self._kept)

    def start(self) -> None:
        self._thread.start()

    def fact(self, fact: Fact) -> int:
        """Send a fact and keep it until it is acknowledged; returns its seq, counting from 1."""
        with self._lock:
            self._seq += 1
            line = to_line({"seq": self._seq} | encode_fact(fact))
            self._kept.append((self._seq, line))
            self._push(line)
            return self._seq

    def say(self, message: Message) -> None:
        """Send a message if there is a connection, and forget it."""
        with self._lock:
            self._push(to_line(message))

    def wait_acknowledged(self, seconds: float) -> bool:
        """Wait until every fact is acknowledged; False when `seconds` have passed before."""
        with self._lock:
            return self._acknowledged.wait_for(lambda: not self._kept, seconds)

    def close(self) -> None:
        """End the connection and the thread."""
        self._closed.set()
        self._wake()
        self._thread.join(2)
        if not self._thread.is_alive():
            os.close(self._woken)
            os.close(self._waker)

    def _push(self, line: bytes) -> None:
        """Write at once where the socket takes it; the thread writes the rest. Called with the lock."""
        if self._socket is None:
            return
        self._out += line
        self._flush()
        if self._out:
            self._wake()

    def _flush(self) -> None:
        """Called with the lock. A broken socket is found out by the thread's next read."""
        if self._socket is None or not self._out:
            return
        with contextlib.suppress(OSError):
            sent = self._socket.send(self._out)
            del self._out[:sent]

    def _wake(self) -> None:
        with contextlib.suppress(OSError):
            os.write(self._waker, b"\0")

    def _run(self) -> None:
        delay = FIRST_DELAY
        while not self._closed.is_set():
            connection = self._connect()
            if connection is None:
                self._closed.wait(delay)
                delay = min(delay * 2, LONGEST_DELAY)
                continue
            delay = FIRST_DELAY
            try:
                self._serve(connection)
            except (OSError, LinkError):
                # The peer ended or broke the form: come again with everything that is not acknowledged.
                self._closed.wait(delay)
            finally:
                with self._lock:
                    self._socket = None
                    self._out.clear()
                connection.close()

    def _connect(self) -> socket.socket | None:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.connect(str(self._path))
        except OSError:
            connection.close()
            return None
        connection.setblocking(False)
        with self._lock:
            self._socket = connection
            self._out[:] = to_line(self._hello()) + b"".join(line for _, line in self._kept)
            self._flush()
        return connection

    def _serve(self, connection: socket.socket) -> None:
        lines = Lines()
        while not self._closed.is_set():
            mine, woken = connection.fileno(), self._woken
            readable, writable, _ = select.select([mine, woken], [mine] if self._out else [], [])
            if woken in readable:
                os.read(woken, 4096)
            if writable:
                with self._lock:
                    self._flush()
            if mine in readable:
                data = connection.recv(65536)
                if not data:
                    raise ConnectionResetError
                for message in lines.feed(data):
                    self._take(message)

    def _take(self, message: Message) -> None:
        acknowledged = message.get("ack")
        if not isinstance(acknowledged, int):
            self._receive(message)
            return
        with self._lock:
            while self._kept and self._kept[0][0] <= acknowledged:
                self._kept.popleft()
            if not self._kept:
                self._acknowledged.notify_all()


def ask(path: Path, message: Message, seconds: float = 2.0) -> Message:
    """The answer to one message, on a connection of its own; an empty one when there is none in `seconds`."""
    lines = Lines()
    with contextlib.suppress(OSError, LinkError), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(seconds)
        connection.connect(str(path))
        connection.sendall(to_line(message))
        while data := connection.recv(65536):
            for answer in lines.feed(data):
                return answer
    return {}
