"""The recording as a conversation sees it: begun, paused, gone on with, watched, kept; what becomes of it is told.

A recording that fails costs nobody the call. When to record is not decided here.
"""

import math
from collections.abc import Callable

from ivr.facts import Fact, RecordingFailed, RecordingKept, RecordingResumed
from telephony.recordings import RecordingError, parts_of
from telephony.worker.audio.bridge import Bridge
from telephony.worker.recorder.keeping import Keeping
from telephony.worker.recorder.recording import Recording

LOOK = 2.0
"""Seconds between looks whether the recording still grows."""


class Capturing:
    """At most one recording at a time, of the call `call`."""

    def __init__(self, bridge: Bridge, keeping: Keeping, call: str, tell: Callable[[Fact], None]) -> None:
        self._bridge = bridge
        self._keeping = keeping
        self._call = call
        self._tell = tell
        self._recording: Recording | None = None
        self._kept: list[Recording] = []
        self._look = 0.0
        self._paused_until: float | None = None
        self._closed = False
        self._broken = False

    @property
    def on(self) -> bool:
        """Whether there is a recording, be it paused or broken."""
        return self._recording is not None

    def start(self, file: str, now: float) -> bool:
        """Record into `file`; False, and told, when that cannot be. Raises RecordingError when one is under way."""
        if self._recording is not None:
            raise RecordingError("a recording is under way")
        try:
            self._recording = Recording(self._bridge, self._keeping, file, now)
        except RecordingError as error:
            self._tell(RecordingFailed(self._call, parts_of(self._keeping.folder, file).name, str(error)))
            return False
        self._look = now + LOOK
        self._closed = self._broken = False
        return True

    def pause(self, seconds: float, now: float) -> None:
        """Keep silence for `seconds` at the most; asked again it is counted from now."""
        if self._recording is None:
            return
        if self._paused_until is None:
            self._recording.pause(now)
        self._paused_until = now + seconds

    def resume(self, now: float) -> None:
        if self._recording is not None and self._paused_until is not None:
            self._recording.resume(now)
        self._paused_until = None

    def tick(self, now: float) -> float:
        """Do what is due; returns the seconds until more is."""
        if self._recording is None or self._closed:
            return math.inf
        if self._paused_until is not None and now >= self._paused_until:
            self.resume(now)
            self._tell(RecordingResumed(self._call))
        if now >= self._look:
            self._look = now + LOOK
            if trouble := self._recording.trouble():
                self._closed = self._broken = True
                self._recording.close()
                self._tell(RecordingFailed(self._call, self._recording.file, trouble))
        due = self._look if self._paused_until is None else min(self._look, self._paused_until)
        return max(0.0, due - now)

    def stop(self, now: float) -> None:
        """The caller has left: nothing more is recorded."""
        if self._recording is not None:
            self.resume(now)
            self._recording.close()
            self._closed = True

    def keep(self, now: float) -> None:
        """Close the recording, put it in its place and tell so; nothing when there is none."""
        if self._recording is None:
            return
        self.stop(now)
        recording, self._recording = self._recording, None
        try:
            kept = recording.keep(partial=self._broken)
        except RecordingError as error:
            self._tell(RecordingFailed(self._call, recording.file, str(error)))
            return
        if kept is not None:
            self._kept.append(recording)
            told = (kept.file, kept.seconds, kept.sha256, kept.masked, kept.partial)
            self._tell(RecordingKept(self._call, *told))

    def noted(self) -> None:
        """The core has all facts. Until then a core will note the recordings by their hidden names when it starts."""
        for recording in self._kept:
            recording.noted()
        self._kept.clear()
