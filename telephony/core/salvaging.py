"""After a worker's death: its recording is closed off the reactor's thread, and the record told of it.

It decides nothing about calls: which one lost its worker it is told. Hidden names stay until the record is written.
"""

import logging
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.threads import deferToThreadPool

from ivr.facts import RecordingKept
from records import callrecords, recordings
from records.audio.keys import Keyring
from records.errors import DatabaseError
from records.recordings import Recording
from records.sealing import SealError
from records.threads import DatabaseThreads
from telephony.recordings import Kept, RecordingError, call_of, leftovers, parts_of, salvage

log = logging.getLogger(__name__)


class Salvaging:
    """`folder` holds the recordings, each named after its call; `keys` gives the keyring, on a thread."""

    def __init__(self, reactor: Any, folder: Path, threads: DatabaseThreads, keys: Callable[[], Keyring]) -> None:
        self._reactor = reactor
        self._folder = folder
        self._keys = keys
        self._threads = threads

    def worker_lost(self, call: str) -> None:
        """The worker of `call` is gone and has told of no recording."""
        self._begin(self._sweep(lambda each: each == call))

    def told_late(self, fact: RecordingKept) -> None:
        """A worker tells of its recording after the call was given up."""
        kept = Kept(fact.file, fact.seconds, fact.sha256, fact.masked, fact.partial)
        self._begin(self._note(fact.call, kept))

    def start(self, alive: Collection[str]) -> None:
        """Salvage what an earlier run left, except the recordings of calls that are up."""
        up = frozenset(alive)
        self._begin(self._sweep(lambda call: call not in up))

    async def _sweep(self, wanted: Callable[[str], bool]) -> None:
        files = await self._off_thread(lambda: list(leftovers(self._folder)))
        for file in files:
            if wanted(call_of(file)):
                await self._salvage(file)

    async def _salvage(self, file: str) -> None:
        call = call_of(file)
        try:
            kept = await self._off_thread(lambda: salvage(self._folder, file, self._keys()))
            if kept is None:
                return
            await self._note(call, kept)
            await self._off_thread(parts_of(self._folder, file).discard)
        except (OSError, RecordingError, SealError, DatabaseError) as error:
            log.error("recording of call %s: not salvaged, it stays hidden: %s", call, error)
        else:
            log.warning("recording of call %s: salvaged, %.1f s", call, kept.seconds)

    async def _note(self, call: str, kept: Kept) -> None:
        await self._threads.write(note, call, kept, self._reactor.seconds())

    def _off_thread(self, job: Callable[[], Any]) -> Deferred[Any]:
        return deferToThreadPool(self._reactor, self._reactor.getThreadPool(), job)

    def _begin(self, work: Any) -> None:
        ensureDeferred(work).addErrback(lambda failure: log.error("salvaging: %s", failure.getTraceback()))


def note(session: Session, call: str, kept: Kept, now: float) -> None:
    """Write down where the recording lies and what it is like; a message is not the recording of its call."""
    if Path(kept.file).stem == call:
        callrecords.keep_recording(session, call, kept.file, kept.seconds, kept.sha256)
    recordings.keep(session, Recording(kept.file, call, now, kept.seconds, kept.sha256, kept.masked, kept.partial))
