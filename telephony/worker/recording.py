"""The recording of a conversation: two mono tracks kept in step while it lasts, one stereo WAV when it is over.

Left is what the caller's leg sends, right what the others send. The file appears under its name only when it is
whole; who may hear it and how long it is kept is not known here.
"""

import os
import shutil
import time
from pathlib import Path

import pjsua2 as pj

from telephony.recordings import (
    LEFT,
    RIGHT,
    Kept,
    NothingRecordedError,
    RecordingError,
    header_is_written,
    hold,
    merge,
    parts_of,
    write_silence,
)
from telephony.worker.bridge import Bridge

SILENCE = "silence"
SPARE = 16 << 20
"""Octets that must be free to begin, about eight minutes of stereo."""

CLOSING = 1.0
"""Seconds the bridge may take to let go of the tracks; it needs one tick."""


class Recording:
    """Records from creation to `keep`. Both tracks always hear silence, so both are written at every tick."""

    def __init__(self, bridge: Bridge, folder: Path, file: str) -> None:
        """Raises RecordingError."""
        self.file = file
        self._bridge = bridge
        self._parts = parts_of(folder, file)
        self._tracks = (self._parts.left, self._parts.right)
        place = self._parts.target.parent
        try:
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
            if shutil.disk_usage(place).free < SPARE:
                raise RecordingError(f"{place}: the disk is full")
            # Held until the process ends or the recording is kept: nobody salvages tracks that are being written.
            self._held = hold(self._parts)
        except OSError as error:
            raise RecordingError(f"{file}: cannot be recorded: {error.strerror}") from None
        try:
            write_silence(self._parts.silence)
            self._media = self._begin()
        except (OSError, pj.Error) as error:
            os.close(self._held)
            reason = error.reason if isinstance(error, pj.Error) else error.strerror
            raise RecordingError(f"{file}: cannot be recorded: {reason}") from None
        self._sizes = [0, 0]

    def _begin(self) -> list[pj.AudioMedia]:
        recorders = []
        for name, track in zip((LEFT, RIGHT), self._tracks, strict=True):
            recorder = pj.AudioMediaRecorder()
            recorder.createRecorder(str(track), 0, 0, pj.PJMEDIA_FILE_WRITE_PCM)
            recorders.append(recorder)
            self._bridge.put(name, recorder)
        silence = pj.AudioMediaPlayer()
        silence.createPlayer(str(self._parts.silence), 0)
        self._bridge.put(SILENCE, silence)
        self._bridge.connect(SILENCE, LEFT)
        self._bridge.connect(SILENCE, RIGHT)
        return [silence, *recorders]

    def growing(self) -> bool:
        """Whether both tracks have grown since the last look; a full disk stops them without a word."""
        try:
            sizes = [track.stat().st_size for track in self._tracks]
        except OSError:
            return False
        grown = all(size > before for size, before in zip(sizes, self._sizes, strict=True))
        self._sizes = sizes
        return grown

    def close(self) -> None:
        """Stop; the bridge closes the tracks at its next tick."""
        for name in (SILENCE, LEFT, RIGHT):
            self._bridge.drop(name)
        self._media.clear()

    def keep(self) -> Kept | None:
        """Merge the closed tracks and put the file in its place; None when there is no sound. Raises RecordingError.

        The tracks stay and are held until `discard`: while they lie there, a core will still note the recording.
        """
        until = time.monotonic() + CLOSING
        while time.monotonic() < until and not all(header_is_written(track) for track in self._tracks):
            time.sleep(0.005)
        try:
            kept = merge(self._parts.left, self._parts.right, self._parts.target)
        except NothingRecordedError:
            return None
        except (OSError, ValueError) as error:
            raise RecordingError(f"{self.file}: cannot be kept: {error}") from None
        return Kept(self.file, *kept)

    def discard(self) -> None:
        """Remove the tracks."""
        self._parts.discard()
        os.close(self._held)
