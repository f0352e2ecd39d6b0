"""After a worker's death: the recording is made of its tracks off the reactor's thread, and the record told of it.

It decides nothing about calls: which one lost its worker it is told. Tracks stay until the record is written.
"""

import logging
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.threads import deferToThreadPool

from ivr.facts import RecordingKept
from records import callrecords
from records.errors import DatabaseError
from records.threads import DatabaseThreads
from telephony.recordings import RecordingError, leftovers, parts_of, salvage

log = logging.getLogger(__name__)


class Salvaging:
    """`folder` holds the recordings, each named after its call (ivr.session)."""

    def __init__(self, reactor: Any, folder: Path, threads: DatabaseThreads) -> None:
        self._reactor = reactor
        self._folder = folder
        self._threads = threads

    def worker_lost(self, call: str) -> None:
        """The worker of `call` is gone and has told of no recording."""
        self._begin(self._salvage(f"{call}.wav"))

    def told_late(self, fact: RecordingKept) -> None:
        """A worker tells of its recording after the call was given up."""
        self._begin(self._note(fact.call, fact.file, fact.seconds, fact.sha256))

    def start(self, alive: Collection[str]) -> None:
        """Salvage what an earlier run left, except the recordings of calls that are up."""
        self._begin(self._sweep(frozenset(alive)))

    async def _sweep(self, alive: frozenset[str]) -> None:
        files = await self._off_thread(lambda: list(leftovers(self._folder)))
        for file in files:
            if file.removesuffix(".wav") not in alive:
                await self._salvage(file)

    async def _salvage(self, file: str) -> None:
        try:
            kept = await self._off_thread(lambda: salvage(self._folder, file))
            if kept is None:
                return
            await self._note(file.removesuffix(".wav"), kept.file, kept.seconds, kept.sha256)
            await self._off_thread(parts_of(self._folder, file).discard)
        except (OSError, RecordingError, DatabaseError) as error:
            log.error("recording of call %s: not salvaged, its tracks stay: %s", file.removesuffix(".wav"), error)
        else:
            log.warning("recording of call %s: salvaged, %.1f s", kept.file.removesuffix(".wav"), kept.seconds)

    async def _note(self, call: str, file: str, seconds: float, sha256: str) -> None:
        await self._threads.write(callrecords.keep_recording, call, file, seconds, sha256)

    def _off_thread(self, job: Callable[[], Any]) -> Deferred[Any]:
        return deferToThreadPool(self._reactor, self._reactor.getThreadPool(), job)

    def _begin(self, work: Any) -> None:
        ensureDeferred(work).addErrback(lambda failure: log.error("salvaging: %s", failure.getTraceback()))
