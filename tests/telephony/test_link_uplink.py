"""The workers' end of the link over real sockets: facts are kept, sent again and dropped when acknowledged."""

import queue
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr.facts import Answered, DigitPressed
from telephony.link.wire import Lines, Message, to_line
from telephony.worker.uplink import Uplink


class End:
    """The other end of one connection."""

    def __init__(self, listener: socket.socket) -> None:
        self._peer, _ = listener.accept()
        self._peer.settimeout(10)
        self._lines = Lines()
        self._waiting: list[Message] = []

    def next(self) -> Message:
        while not self._waiting:
            data = self._peer.recv(65536)
            assert data, "the worker ended the connection"
            self._waiting += self._lines.feed(data)
        return self._waiting.pop(0)

    def send(self, data: bytes) -> None:
        self._peer.sendall(data)

    def close(self) -> None:
        self._peer.close()


def listen(path: Path) -> socket.socket:
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.settimeout(10)
    listener.bind(str(path))
    listener.listen()
    return listener


@pytest.fixture
def received() -> "queue.Queue[Message]":
    return queue.Queue()


@pytest.fixture
def uplink(tmp_path: Path, received: "queue.Queue[Message]") -> Iterator[Uplink]:
    made = Uplink(tmp_path / "core.sock", lambda: {"hello": "worker"}, received.put)
    yield made
    made.close()


def test_facts_told_before_there_is_a_core_arrive_in_order(uplink: Uplink, tmp_path: Path) -> None:
    assert uplink.fact(Answered("c")) == 1
    assert uplink.fact(DigitPressed("c", "1")) == 2
    uplink.start()
    with listen(tmp_path / "core.sock") as listener:
        end = End(listener)
        assert end.next() == {"hello": "worker"}
        assert end.next() == {"seq": 1, "fact": "Answered", "call": "c"}
        assert end.next() == {"seq": 2, "fact": "DigitPressed", "call": "c", "digit": "1"}
        end.close()


def test_only_what_is_not_acknowledged_is_sent_again(uplink: Uplink, tmp_path: Path) -> None:
    uplink.start()
    with listen(tmp_path / "core.sock") as listener:
        end = End(listener)
        end.next()
        for digit in "123":
            uplink.fact(DigitPressed("c", digit))
        assert [end.next()["digit"] for _ in "123"] == ["1", "2", "3"]
        end.send(to_line({"ack": 1}))
        assert not uplink.wait_acknowledged(0)
        while uplink.unacknowledged == 3:
            uplink.wait_acknowledged(0.01)
        end.close()
        again = End(listener)
        assert again.next() == {"hello": "worker"}
        assert [again.next()["seq"] for _ in "23"] == [2, 3]
        again.send(to_line({"ack": 2}) + to_line({"ack": 3}))
        assert uplink.wait_acknowledged(10)
        again.close()


def test_orders_reach_the_receiver(uplink: Uplink, tmp_path: Path, received: "queue.Queue[Message]") -> None:
    uplink.start()
    with listen(tmp_path / "core.sock") as listener:
        end = End(listener)
        end.next()
        end.send(b'{"command":"Answer",')
        end.send(b'"call":"c"}\n')
        assert received.get(timeout=10) == {"command": "Answer", "call": "c"}
        end.close()


def test_a_peer_that_breaks_the_form_is_left_and_tried_again(uplink: Uplink, tmp_path: Path) -> None:
    uplink.start()
    with listen(tmp_path / "core.sock") as listener:
        end = End(listener)
        end.next()
        end.send(b"nonsense\n")
        again = End(listener)
        assert again.next() == {"hello": "worker"}
        end.close()
        again.close()


def test_a_core_that_reads_nothing_does_not_hold_the_call_up(uplink: Uplink, tmp_path: Path) -> None:
    uplink.start()
    with listen(tmp_path / "core.sock") as listener:
        end = End(listener)
        end.next()
        sent = 20_000
        for _ in range(sent):
            uplink.fact(DigitPressed("c" * 40, "1"))
        assert [end.next()["seq"] for _ in range(sent)] == list(range(1, sent + 1))
        end.close()
