"""Files that follow what the edge knows: written whole on a thread, some seconds after a change, one writing at a time.

Knows when to write and how to do it safely; what stands in the file is the business of registrations and standing.
"""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThreadPool
from twisted.logger import Logger

SAVE_AFTER = 2.0
"""Seconds after a change in which further changes are kept by the same writing."""

log = Logger()


def write(file: Path, data: bytes) -> None:
    """Replace `file` by one with `data`, readable by this user alone. Raises OSError and keeps the old one then."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "wb") as opened:
            opened.write(data)
            opened.flush()
            os.fsync(opened.fileno())
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def write_quietly(file: Path, data: bytes) -> None:
    """A disk that refuses costs what was kept, not the service."""
    try:
        write(file, data)
    except OSError as error:
        log.error("edge: {file}: cannot be written: {error}", file=str(file), error=error.strerror)


class Keeper:
    """Keeps `file` up to `snapshot`, which is called on the reactor's thread."""

    def __init__(self, reactor: Any, file: Path, snapshot: Callable[[], bytes]) -> None:
        self._reactor = reactor
        self._file = file
        self._snapshot = snapshot
        self._timer: Any = None
        self._writing: Deferred[Any] | None = None

    def soon(self) -> None:
        """Something has changed."""
        if self._timer is None:
            self._timer = self._reactor.callLater(SAVE_AFTER, self._write)

    def stop(self) -> Deferred[Any] | None:
        """Fires when the writing under way and the last one are done; None when they are."""
        if self._timer is None:
            return self._writing
        self._timer.cancel()
        self._timer = None
        if self._writing is None:
            write_quietly(self._file, self._snapshot())
            return None
        return self._writing.addCallback(lambda _: write_quietly(self._file, self._snapshot()))

    def _write(self) -> None:
        self._timer = None
        if self._writing is not None:
            self.soon()
            return
        pool = self._reactor.getThreadPool()
        self._writing = deferToThreadPool(self._reactor, pool, write_quietly, self._file, self._snapshot())
        self._writing.addBoth(self._written)

    def _written(self, result: Any) -> Any:
        self._writing = None
        return result
