"""The Twisted end over real sockets: hello, messages, loss, and a client that comes again."""

import socket
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.selectreactor import SelectReactor

from telephony.link.ends import Callbacks, Client, Connection, connect, listen
from telephony.link.wire import LONGEST_LINE, Lines, LinkError, Message, to_line


class Seen(Callbacks):
    def __init__(self) -> None:
        super().__init__(self._hello, self._message, self._lost)
        self.peers: list[Connection] = []
        self.messages: list[Message] = []
        self.gone: list[Connection] = []

    def _hello(self, connection: Connection) -> None:
        self.peers.append(connection)

    def _message(self, connection: Connection, message: Message) -> None:
        if "bad" in message:
            raise LinkError("bad: not wanted")
        self.messages.append(message)

    def _lost(self, connection: Connection) -> None:
        self.gone.append(connection)


@pytest.fixture
def reactor() -> Iterator[Any]:
    made: Any = SelectReactor()
    made.startRunning(installSignalHandlers=False)
    yield made
    made.disconnectAll()
    for _ in range(5):
        made.iterate(0)


def until(reactor: Any, condition: Callable[[], Any]) -> None:
    for _ in range(2000):
        if condition():
            return
        reactor.iterate(0.005)
    raise AssertionError("it did not come to pass")


def test_hello_messages_and_loss(reactor: Any, tmp_path: Path) -> None:
    seen = Seen()
    path = tmp_path / "run" / "core.sock"
    port = listen(reactor, path, seen)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with socket.socket(socket.AF_UNIX) as peer:
        peer.connect(str(path))
        peer.sendall(to_line({"hello": "worker", "worker": "w1"}) + to_line({"seq": 1}))
        until(reactor, lambda: seen.messages)
        assert (seen.peers[0].who, seen.peers[0].hello["worker"]) == ("worker", "w1")
        seen.peers[0].send({"ack": 1})
        reactor.iterate(0)
        assert Lines().feed(peer.recv(1000)) == [{"ack": 1}]
    until(reactor, lambda: seen.gone)
    assert seen.gone == seen.peers
    seen.peers[0].send({"ack": 2})
    port.stopListening()


@pytest.mark.parametrize(
    "said",
    [b"nonsense\n", b'{"seq":1}\n', to_line({"hello": "cli"}) + b'{"bad":1}\n', b"x" * (LONGEST_LINE + 10)],
    ids=["no JSON", "no hello", "a message refused", "a line without end"],
)
def test_a_peer_that_breaks_the_form_is_cut_off(reactor: Any, tmp_path: Path, said: bytes) -> None:
    seen = Seen()
    port = listen(reactor, tmp_path / "core.sock", seen)
    with socket.socket(socket.AF_UNIX) as peer:
        peer.setblocking(False)
        peer.connect(str(tmp_path / "core.sock"))
        left = said
        ended = False
        for _ in range(2000):
            reactor.iterate(0.002)
            try:
                if left:
                    left = left[peer.send(left) :]
                else:
                    ended = peer.recv(1000) == b""
            except BlockingIOError:
                continue
            except ConnectionError:
                ended = True
            if ended:
                break
        assert ended
    assert seen.messages == []
    assert len(seen.gone) == len(seen.peers)
    port.stopListening()


def serve_once(reactor: Any, path: Path, client: Client, ours: Seen, number: int) -> None:
    theirs = Seen()
    port = listen(reactor, path, theirs)
    until(reactor, lambda: client.connection is not None and theirs.peers)
    assert theirs.peers[0].who == "edge"
    assert client.send({"round": number})
    theirs.peers[0].send({"workers": [number]})
    until(reactor, lambda: theirs.messages)
    assert theirs.messages == [{"round": number}]
    until(reactor, lambda: {"workers": [number]} in ours.messages)
    port.stopListening()
    theirs.peers[0].close()
    until(reactor, lambda: client.connection is None)


def test_a_client_comes_again(reactor: Any, tmp_path: Path) -> None:
    path = tmp_path / "core.sock"
    ours = Seen()
    client: Client = connect(reactor, path, {"hello": "edge"}, ours)
    assert client.send({"lost": True}) is False
    for number in (1, 2):
        serve_once(reactor, path, client, ours, number)
    assert len(ours.peers) == len(ours.gone) == 2
    client.stop()
