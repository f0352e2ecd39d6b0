"""Workers for calls that begin here: the core's end of nursery.sock.

It asks and passes on what the nursery cannot do; that a worker came is told by the worker itself (Originated).
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ivr.commands import Originate
from ivr.facts import NoWorker
from ivr.outgoing import NO_WORKER
from telephony.link.ends import Callbacks, Client, connect
from telephony.link.wire import Message


class Originating:
    """`refused` is told of every call that gets no worker. The nursery on `path` may come and go."""

    def __init__(self, reactor: Any, path: Path, refused: Callable[[NoWorker], object]) -> None:
        self._reactor = reactor
        self._path = path
        self._refused = refused
        self._client: Client | None = None

    def start(self) -> None:
        self._client = connect(self._reactor, self._path, {"hello": "core"}, Callbacks(message=self._message))

    def stop(self) -> None:
        if self._client is not None:
            self._client.stop()

    def ask(self, order: Originate) -> None:
        """Have a worker forked for the call."""
        if self._client is None or not self._client.send({"take": order.call}):
            self._refused(NoWorker(order.call, NO_WORKER))

    def _message(self, _link: Any, message: Message) -> None:
        if isinstance(message.get("refused"), str):
            self._refused(NoWorker(message["refused"], NO_WORKER))
