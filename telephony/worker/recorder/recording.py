"""The recording of a conversation: two mono tracks kept in step while it lasts, sealed as they grow.

Left is what the caller's leg sends, right what the others send. The file appears under its name only when it is
whole; who may hear it and how long it is kept is not known here.
"""

import os
import shutil
import time

import pjsua2 as pj

from records.audio.form import RATE
from telephony.recordings import LEFT, RIGHT, Kept, RecordingError, hold, parts_of
from telephony.worker.audio.bridge import Bridge
from telephony.worker.audio.sound import silent_wav
from telephony.worker.recorder.keeping import Keeping
from telephony.worker.recorder.sealing import Sealing
from telephony.worker.recorder.tracks import Track

SILENCE = "silence"
NAMES = (LEFT, RIGHT, SILENCE)
WRITTEN_AT_ONCE = 2048
"""Samples that PJSIP may hold back."""

CLOSING = 1.0
"""Seconds the bridge may take to let go of the tracks; it needs one tick."""

LAST_PIECES = 10.0
"""Seconds the disk is given for what is left when the call is over."""

MOST_BEHIND = 60.0
"""Seconds of sound that may wait in memory for a disk that hangs."""


class Recording:
    """Records from creation to `keep`. Both tracks always hear silence, so both are written at every tick."""

    def __init__(
        self, bridge: Bridge, keeping: Keeping, file: str, now: float, names: tuple[str, str, str] = NAMES
    ) -> None:
        """`names` are those of both tracks and of their silence at the bridge. Raises RecordingError."""
        self._left, self._right, self._silent = names
        self._parts = parts_of(keeping.folder, file)
        self.file = self._parts.name
        self._bridge = bridge
        self._began = now
        self._open = True
        place = self._parts.target.parent
        if keeping.key is None:
            raise RecordingError(keeping.no_key or "there is no key to seal it with")
        try:
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
            if shutil.disk_usage(place).free < keeping.min_free:
                raise RecordingError("the disk is full: less is free than recording.min_free_mb")
            # Held until the process ends or the recording is noted: nobody salvages what is being written.
            self._held = hold(self._parts)
        except OSError as error:
            raise RecordingError(f"cannot be recorded: {error.strerror}") from None
        try:
            self._tracks = (Track(self._left), Track(self._right))
            self._media = self._begin()
            self._sealing = Sealing(self._tracks, self._held, place, keeping.key, keeping.sync_seconds)
        except (OSError, pj.Error) as error:
            self.close()
            self._parts.discard()
            os.close(self._held)
            reason = error.reason if isinstance(error, pj.Error) else error.strerror
            raise RecordingError(f"cannot be recorded: {reason}") from None
        self._samples = (0, 0)

    def _begin(self) -> list[pj.AudioMedia]:
        for name, track in zip((self._left, self._right), self._tracks, strict=True):
            self._bridge.put(name, track.recorder)
        silence = pj.AudioMediaPlayer()
        with silent_wav() as file:
            silence.createPlayer(file, 0)
        self._bridge.put(self._silent, silence)
        self._bridge.connect(self._silent, self._left)
        self._bridge.connect(self._silent, self._right)
        return [silence, *(track.recorder for track in self._tracks)]

    def pause(self, now: float) -> None:
        """From now on both tracks hear nothing but silence."""
        for track in (self._left, self._right):
            self._bridge.hush(track, self._silent)
        self._sealing.mask(self._frame(now))

    def resume(self, now: float) -> None:
        """Both tracks hear what they are to hear again."""
        self._sealing.unmask(self._frame(now))
        for track in (self._left, self._right):
            self._bridge.unhush(track)

    def _frame(self, now: float) -> int:
        """The frame that is recorded at `now`: by the clock, but not before what is written nor long behind it."""
        written = self._tracks[0].samples()
        return min(max(int((now - self._began) * RATE), written), written + WRITTEN_AT_ONCE)

    def trouble(self) -> str:
        """Why nothing more is recorded, empty while all is well. Each look compares with the last: seconds apart."""
        if self._sealing.trouble:
            return self._sealing.trouble
        samples = (self._tracks[0].samples(), self._tracks[1].samples())
        before, self._samples = self._samples, samples
        if any(now <= then for now, then in zip(samples, before, strict=True)):
            return "its sound does not grow"
        if self._sealing.behind() > MOST_BEHIND:
            return "the disk does not answer"
        return ""

    def close(self) -> None:
        """Stop; the bridge closes the tracks at its next tick."""
        if not self._open:
            return
        self._open = False
        for name in (self._silent, self._left, self._right):
            self._bridge.unhush(name)
            self._bridge.drop(name)
        self._media = []
        for track in getattr(self, "_tracks", ()):
            track.drop()

    def keep(self, partial: bool = False) -> Kept | None:
        """Seal the rest of the closed tracks and give the file its name; None when there is no sound.

        Raises RecordingError. The hidden name stays until `noted`: while it is there, a core will note the recording.
        """
        until = time.monotonic() + CLOSING
        while time.monotonic() < until and not all(track.closed() for track in self._tracks):
            time.sleep(0.005)
        if not self._sealing.finish(LAST_PIECES):
            raise RecordingError(f"{self.file}: the disk does not answer; what is written of it is salvaged later")
        end = self._sealing.end
        if end is None:
            raise RecordingError(f"{self.file}: cannot be closed: {self._sealing.trouble}; it is salvaged later")
        if end.frames == 0:
            self.noted()
            return None
        try:
            self._parts.publish()
        except OSError as error:
            raise RecordingError(f"{self.file}: cannot be kept: {error.strerror}; it is salvaged later") from None
        masked = tuple((begin / RATE, stop / RATE) for begin, stop in end.masked)
        return Kept(self.file, end.frames / RATE, self._sealing.sha256, masked, partial or bool(self._sealing.trouble))

    def noted(self) -> None:
        """The recording is known to the core: remove the hidden name."""
        self._parts.discard()
        os.close(self._held)
        for track in self._tracks:
            track.close()
