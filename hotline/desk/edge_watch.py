"""What the core knows of the edge: its state as told over edge.sock, and whether it is there at all.

It keeps the last word and passes on that draining began or ended; what follows from it is decided by who asks.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from config.settings import Settings
from hotline.callbacks.dialling import Dialling
from telephony.link.ends import Callbacks, Client, connect
from telephony.link.wire import Message, socket_path


class EdgeWatch:
    """The edge on `path` may come and go; `changed` is called when draining begins or ends."""

    def __init__(self, reactor: Any, path: Path, changed: Callable[[], None] = lambda: None) -> None:
        self._reactor, self._path, self._changed = reactor, path, changed
        self._client: Client | None = None
        self._state: Message = {}

    def start(self) -> None:
        ends = Callbacks(message=self._message, lost=lambda _: self._state.clear())
        self._client = connect(self._reactor, self._path, {"hello": "core"}, ends)

    def stop(self) -> None:
        if self._client is not None:
            self._client.stop()

    @property
    def state(self) -> Message:
        """telephony.edge.asked.state_of, as it was a second ago at the most; empty while there is no edge."""
        return self._state

    @property
    def draining(self) -> bool:
        return bool(self._state.get("draining"))

    def _message(self, _link: Any, message: Message) -> None:
        told = message.get("state")
        if isinstance(told, dict):
            before, self._state = self.draining, dict(told)
            if before != self.draining:
                self._changed()


def watch_edge(reactor: Any, settings: Settings, dialling: Dialling) -> EdgeWatch:
    """A watch that is under way; while the edge drains, nobody is called back."""
    edge = EdgeWatch(reactor, socket_path(settings, "edge"), dialling.nudge)
    dialling.draining = lambda: edge.draining
    edge.start()
    return edge
