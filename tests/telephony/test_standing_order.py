"""The core's standing order to its workers: given at their hello, taken back before the core stops."""

from pathlib import Path
from typing import Any

from twisted.internet.defer import ensureDeferred

from telephony.core.lines import Lines


class Peer:
    """A worker's line as the core sees it."""

    who, connected = "worker", True

    def __init__(self) -> None:
        self.hello: dict[str, Any] = {"worker": "w1", "call": None}
        self.sent: list[dict[str, Any]] = []

    def send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)


def test_it_is_given_at_hello_and_taken_back_at_the_end() -> None:
    lines: Any = Lines(None, Path("core.sock"), {})
    stays, gone = Peer(), Peer()
    for peer in (stays, gone):
        lines._hello(peer)
        assert peer.sent == [{"standing": "Answer"}]
    lines._lost(gone)
    ensureDeferred(lines.close())
    assert stays.sent == [{"standing": "Answer"}, {"standing": ""}]
    assert gone.sent == [{"standing": "Answer"}], "nothing goes to who is not there"
