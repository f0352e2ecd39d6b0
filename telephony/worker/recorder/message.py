"""A voicemail: what one leg says, sealed as it is said, beside the recording of the call.

It is a recording of its own, whose right side is silent. What becomes of the message is not known here.
"""

import os
import threading
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from records.audio.files import SealedAudio
from records.audio.form import RATE, AudioError
from records.audio.keys import Keyring
from telephony.recordings import Kept, RecordingError, parts_of
from telephony.worker.audio.bridge import Bridge
from telephony.worker.recorder.keeping import Keeping
from telephony.worker.recorder.recording import Recording

NAMES = ("message", "message-right", "message-silence")


class Message:
    """Records `source` from creation to `close`."""

    def __init__(self, bridge: Bridge, source: str, keeping: Keeping, name: str, now: float) -> None:
        """`name` is a name inside the recordings folder. Raises RecordingError."""
        self._parts = parts_of(keeping.folder, name)
        self._keeping = keeping
        self._recording = Recording(bridge, keeping, name, now, NAMES)
        bridge.connect(source, NAMES[0])
        self.ended = False
        self.told = False
        self._kept: Kept | None = None
        self._fault: RecordingError | None = None
        self._keeper = threading.Thread(target=self._keep, name="message", daemon=True)

    def close(self) -> None:
        """Stop; it is put in its place on a thread of its own, since a disk may be slow. Harmless when it has ended."""
        if not self.ended:
            self.ended = True
            self._recording.close()
            self._keeper.start()

    def _keep(self) -> None:
        try:
            self._kept = self._recording.keep()
        except RecordingError as error:
            self._fault = error

    def keep(self, wait: bool = False) -> Kept | None:
        """The message under its name, of no length when there is no sound; None until it is there.

        With `wait` that is waited for. Raises RecordingError.
        """
        if wait:
            self._keeper.join()
        if self._keeper.is_alive():
            return None
        if self._fault is not None:
            raise self._fault
        return self._kept or Kept("", 0.0, "")

    @contextmanager
    def sound(self) -> Iterator[str]:
        """The message as a WAV that lies in memory, for as long as it takes to open it. Raises RecordingError."""
        if self._kept is None or self._keeping.key is None:
            raise RecordingError("there is no message")
        try:
            audio = SealedAudio(self._parts.target, Keyring((self._keeping.key,)))
            try:
                samples = np.frombuffer(audio.samples(0, audio.end.frames), dtype="<i2").reshape(-1, 2)[:, 0]
            finally:
                audio.close()
        except (AudioError, OSError) as error:
            raise RecordingError(f"the message cannot be played: {type(error).__name__}") from None
        with (
            TemporaryDirectory(prefix="hotline-") as folder,
            os.fdopen(os.memfd_create("message", os.MFD_CLOEXEC), "w+b") as memory,
        ):
            with wave.open(memory, "wb") as writer:
                writer.setnchannels(1)
                writer.setsampwidth(2)
                writer.setframerate(RATE)
                writer.writeframes(samples.tobytes())
            memory.flush()
            link = Path(folder) / "message.wav"
            link.symlink_to(f"/proc/{os.getpid()}/fd/{memory.fileno()}")
            yield str(link)

    def noted(self) -> None:
        """The core knows of it: remove the hidden name."""
        if self.told and self._kept is not None:
            self._recording.noted()

    def discard(self) -> None:
        """Forget it, under way or kept."""
        self.close()
        self._keeper.join()
        if self._kept is not None:
            self._parts.target.unlink(missing_ok=True)
            self._recording.noted()
