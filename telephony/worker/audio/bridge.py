"""Who hears whom inside one worker: a table of wanted connections, carried out as the media come and go.

A leg's audio appears late, and again after a re-INVITE; what was wanted of it before is then connected. Where the
table comes from is not known here.
"""

import contextlib

import pjsua2 as pj

from telephony.worker.native import remove_port

_laid_off: list[pj.AudioMedia] = []


class Bridge:
    """Media by name, and directed connections between names."""

    def __init__(self) -> None:
        self._media: dict[str, pj.AudioMedia] = {}
        self._wanted: set[tuple[str, str]] = set()
        self._hushed: dict[str, str] = {}

    def put(self, name: str, media: pj.AudioMedia) -> None:
        """`name` is this media from now on; connections wanted of it are made."""
        self._media[name] = media
        for source, listener in self._wanted:
            if name in (source, listener):
                self._connect(source, listener)

    def drop(self, name: str) -> None:
        """Forget `name` and every connection of it."""
        for source, listener in [pair for pair in self._wanted if name in pair]:
            self.disconnect(source, listener)
        self._media.pop(name, None)

    def lay_off(self, name: str) -> None:
        """Drop `name`, a port of our own, and take it off PJSIP's bridge; harmless when it is not there.

        It is never freed: PJSIP lets go of it later and on another thread; freed meanwhile, it ends the process.
        """
        port = self._media.get(name)
        self.drop(name)
        if port is not None:
            _laid_off.append(port)
            if remove_port is not None:
                remove_port(port.getPortId())

    def forget(self, name: str) -> None:
        """Forget `name`, whose port PJSIP removes itself: a second removal of its connections would be counted."""
        self._media.pop(name, None)
        self._wanted = {pair for pair in self._wanted if name not in pair}

    def has(self, name: str) -> bool:
        return name in self._media

    def connect(self, source: str, listener: str) -> None:
        """`listener` hears `source`, now or as soon as both are there."""
        self._wanted.add((source, listener))
        self._connect(source, listener)

    def disconnect(self, source: str, listener: str) -> None:
        self._wanted.discard((source, listener))
        if self._hushed.get(listener, source) == source:
            self._part(source, listener)

    def hush(self, listener: str, but: str) -> None:
        """`listener` hears `but` and nothing else, whatever is wanted, until `unhush`."""
        for source, hears in self._wanted:
            if hears == listener and source != but:
                self._part(source, listener)
        self._hushed[listener] = but

    def unhush(self, listener: str) -> None:
        """`listener` hears again what is wanted; harmless when it was not hushed."""
        if self._hushed.pop(listener, None) is not None:
            for source, hears in self._wanted:
                if hears == listener:
                    self._connect(source, listener)

    def _part(self, source: str, listener: str) -> None:
        if source in self._media and listener in self._media:
            with contextlib.suppress(pj.Error):  # a port that is gone has no connections
                self._media[source].stopTransmit(self._media[listener])

    def _connect(self, source: str, listener: str) -> None:
        if self._hushed.get(listener, source) != source:
            return
        if source in self._media and listener in self._media:
            with contextlib.suppress(pj.Error):  # a port that goes away now; its leg will say so
                self._media[source].startTransmit(self._media[listener])
