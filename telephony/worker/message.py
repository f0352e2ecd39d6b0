"""A voicemail: what one leg says, one mono track while it lasts, a WAV of its own when it is over.

The file appears under its name only when it is whole; who may hear it and how long it is kept is not known here.
"""

import shutil
import time
from pathlib import Path

import pjsua2 as pj

from telephony.recordings import Kept, RecordingError, header_is_written, inside, measured, write_silence
from telephony.worker.bridge import Bridge
from telephony.worker.recording import CLOSING, SPARE

TRACK = "message"
SILENCE = "message-silence"


class Message:
    """Records `source` from creation to `close`. It hears silence too, so that it is written at every tick."""

    def __init__(self, bridge: Bridge, source: str, folder: Path, name: str) -> None:
        """`name` is a name inside `folder`. Raises RecordingError."""
        self._bridge = bridge
        self._name = name
        self.file = inside(folder, name)
        self._track = self.file.with_name(f".{self.file.stem}.track.wav")
        self._silence = self.file.with_name(f".{self.file.stem}.silence.wav")
        self.ended = False
        self.told = False
        self._until = 0.0
        try:
            self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if shutil.disk_usage(self.file.parent).free < SPARE:
                raise RecordingError(f"{self.file.parent}: the disk is full")
            write_silence(self._silence)
            self._media = self._begin(source)
        except (OSError, pj.Error) as error:
            reason = error.reason if isinstance(error, pj.Error) else error.strerror
            raise RecordingError(f"{name}: cannot be recorded: {reason}") from None

    def _begin(self, source: str) -> list[pj.AudioMedia]:
        recorder = pj.AudioMediaRecorder()
        recorder.createRecorder(str(self._track), 0, 0, pj.PJMEDIA_FILE_WRITE_PCM)
        silence = pj.AudioMediaPlayer()
        silence.createPlayer(str(self._silence), 0)
        self._bridge.put(TRACK, recorder)
        self._bridge.put(SILENCE, silence)
        self._bridge.connect(SILENCE, TRACK)
        self._bridge.connect(source, TRACK)
        return [silence, recorder]

    def close(self) -> None:
        """Stop; the bridge closes the track at its next tick. Harmless when it has ended."""
        if not self.ended:
            self.ended, self._until = True, time.monotonic() + CLOSING
            for name in (SILENCE, TRACK):
                self._bridge.drop(name)
            self._media.clear()

    def keep(self, wait: bool = False) -> Kept | None:
        """The message under its name once its track is closed, of no length when there is no sound; None until then.

        With `wait` the track is waited for. Raises RecordingError.
        """
        while not header_is_written(self._track) and time.monotonic() < self._until:
            if not wait:
                return None
            time.sleep(0.005)
        try:
            seconds, digest = measured(self._track)
            self._silence.unlink(missing_ok=True)
            if seconds == 0:
                self._track.unlink(missing_ok=True)
                return Kept("", 0.0, "")
            self._track.replace(self.file)
        except (OSError, ValueError) as error:
            raise RecordingError(f"{self._name}: cannot be kept: {error}") from None
        return Kept(self._name, seconds, digest)

    def discard(self) -> None:
        """Forget it, under way or kept."""
        self.close()
        for file in (self._track, self._silence, self.file):
            file.unlink(missing_ok=True)
