"""A thread that seals what is recorded, piece by piece, and writes it to the disk, which may be slow, full or gone.

It only ever reads the tracks; PJSIP and the call go on whatever happens here. What was written until a fault is kept.
"""

import hashlib
import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

from records.audio.form import FRAME, HEADER_OCTETS, PIECE, RATE, End, Layout, Piece, Seal, Span, new_header, united
from records.audio.keys import Key
from telephony.recordings import sync_folder
from telephony.worker.recorder.tracks import Track, interleaved

log = logging.getLogger(__name__)

LOOK = 1.0
"""Seconds between looks at the tracks: each wakes a thread, which costs more than the sealing."""


class Sealing:
    """Writes to `descriptor`, a file in `folder`, until `finish`, and to the disk itself every `sync_seconds`."""

    def __init__(
        self, tracks: tuple[Track, Track], descriptor: int, folder: Path, key: Key, sync_seconds: float
    ) -> None:
        """Raises OSError."""
        self._tracks = tracks
        self._descriptor = descriptor
        self._folder = folder
        self._sync_seconds = sync_seconds
        header = new_header(key.id)
        self._seal = Seal(key.master, header)
        self._digest = hashlib.sha256()
        self._good = 0  # octets of the file that are whole
        self.frames = 0  # sealed and written
        self.trouble = ""
        self.end: End | None = None
        self.sha256 = ""
        self._masks: list[list[int | None]] = []
        self._marked: list[Span] = []
        self._finishing = threading.Event()
        self._write(header.raw)
        self._thread = threading.Thread(target=self._run, name="sealing", daemon=True)
        self._thread.start()

    def mask(self, frame: int) -> None:
        """The recording is paused from `frame` on."""
        self._masks.append([frame, None])

    def unmask(self, frame: int) -> None:
        """It goes on from `frame`."""
        if self._masks and self._masks[-1][1] is None:
            self._masks[-1][1] = frame

    def behind(self) -> float:
        """Seconds of sound that wait for the disk."""
        return (self._tracks[0].samples() - self.frames) / RATE

    def finish(self, seconds: float) -> bool:
        """Seal what is left and close the file; False when that is not done in `seconds`."""
        self._finishing.set()
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            self._guarded(self._begin)
            synced = time.monotonic()
            while not self._finishing.wait(LOOK):
                self._pieces()
                if (now := time.monotonic()) - synced >= self._sync_seconds:
                    synced = now
                    self._guarded(lambda: os.fdatasync(self._descriptor))
                if self.trouble:
                    self._finishing.wait()
            self._pieces()
            self._rest()
            self._close()
        except Exception:
            self.trouble = self.trouble or "a fault; see the worker log"
            log.exception("sealing")

    def _begin(self) -> None:
        """The file and its name reach the disk. Here: a disk may take long, and a call must not wait for it."""
        os.fsync(self._descriptor)
        sync_folder(self._folder)

    def _pieces(self) -> None:
        """Seal every whole piece there is."""
        there = min(track.samples() for track in self._tracks)
        while self.frames + PIECE <= there and not self.trouble:
            self._piece(PIECE)
        for track in self._tracks:
            track.forget(self.frames)

    def _rest(self) -> None:
        """What follows the last whole piece, at the very end."""
        while not self.trouble and (left := max(track.samples() for track in self._tracks) - self.frames) > 0:
            self._piece(min(left, PIECE))

    def _piece(self, count: int) -> None:
        left, right = (track.read(self.frames, count) for track in self._tracks)
        samples = interleaved(left, right)
        begin, end = self.frames, self.frames + len(samples) // FRAME
        marks = [(max(begin, a or 0), end if b is None else min(b, end)) for a, b in self._masks]
        marks = [(a, b) for a, b in marks if a < b]
        span = (min(a for a, _ in marks), max(b for _, b in marks)) if marks else (begin, begin)
        block = self._seal.piece(begin // PIECE, Piece(samples, (span[0] - begin, span[1] - begin)))
        if self._guarded(lambda: self._write(block)):
            self.frames = end
            self._marked.append(span)

    def _close(self) -> None:
        end = End(self.frames, united(self._marked), partial=False)
        block = self._seal.end(Layout(self.frames).pieces, end)

        def close() -> None:
            self._write(block)
            os.fsync(self._descriptor)

        self._truncate()
        if self._guarded(close):
            self.end, self.sha256 = end, self._digest.hexdigest()

    def _write(self, block: bytes) -> None:
        rest = memoryview(block)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]
        self._digest.update(block)
        self._good += len(block)

    def _guarded(self, act: Callable[[], None]) -> bool:
        """Whether `act` was done; if not, the trouble is said and what was half written is taken away."""
        try:
            act()
        except OSError as error:
            self.trouble = self.trouble or error.strerror or type(error).__name__
            self._truncate()
            return False
        return True

    def _truncate(self) -> None:
        """Back to what is whole."""
        try:
            if os.fstat(self._descriptor).st_size > self._good >= HEADER_OCTETS:
                os.ftruncate(self._descriptor, self._good)
                os.lseek(self._descriptor, self._good, os.SEEK_SET)
        except OSError as error:
            log.error("sealing: %s", error.strerror)
