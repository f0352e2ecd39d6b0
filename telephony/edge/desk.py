"""edge.sock: questions of the command line answered, and the edge's state told to the core whenever it changes.

Knows the wire; what is answered is telephony.edge.asked's business.
"""

from collections.abc import Callable
from typing import Any

from twisted.logger import Logger

from config.settings import Settings
from telephony.edge import asked
from telephony.edge.kept.remembered import keep_draining
from telephony.edge.proxy.state import State
from telephony.link.ends import Callbacks, Connection, listen
from telephony.link.wire import LinkError, Message, socket_path

TELL_SECONDS = 1.0
"""A core is told of changes at most so often."""

log = Logger()


class Desk:
    """Listens on edge.sock. `changed` is called after whatever was asked may have changed something."""

    def __init__(
        self, reactor: Any, settings: Settings, state: State, clock: Callable[[], float], changed: Callable[[], None]
    ) -> None:
        self._reactor, self._settings, self._state, self._clock = reactor, settings, state, clock
        self._changed = changed
        self._cores: dict[Connection, Message] = {}
        self._port: Any = None
        self._timer: Any = None

    def start(self) -> None:
        """Raises LinkError."""
        ends = Callbacks(self._hello, self._message, self._lost)
        self._port = listen(self._reactor, socket_path(self._settings, "edge"), ends)

    def stop(self) -> Any:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for core in list(self._cores):
            core.close()
        return self._port.stopListening() if self._port is not None else None

    def _hello(self, peer: Connection) -> None:
        if peer.who not in ("core", "cli"):
            raise LinkError(f"hello: {peer.who!r} is none of core, cli")
        if peer.who == "core":
            self._cores[peer] = {}
            self._tell()

    def _lost(self, peer: Connection) -> None:
        self._cores.pop(peer, None)

    def _message(self, peer: Connection, message: Message) -> None:
        try:
            peer.send({"answer": asked.answer(self._state, message, self._clock())})
        except asked.AskError as error:
            peer.send({"error": str(error)})
            return
        if message.get("ask") == "drain":
            keep_draining(self._settings, self._state.capacity.draining)
            log.warn("edge: {what}", what="draining" if self._state.capacity.draining else "takes calls again")
        self._changed()
        if self._cores:
            self._tell()

    def _tell(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None
        now = asked.state_of(self._state, self._clock())
        for core, told in self._cores.items():
            if told != now:
                core.send({"state": now})
                self._cores[core] = now
        if self._cores:
            self._timer = self._reactor.callLater(TELL_SECONDS, self._tell)
