"""The two sides of a conversation as PJSIP writes them: plain sound, in memory only, forgotten once it is sealed.

PJSIP writes WAV files natively and nothing else at that price; these lie in memory (memfd_create(2)) under a name that
is gone before the first sample. What becomes of the sound is not known here.
"""

import mmap
import os
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pjsua2 as pj

from records.audio.form import FRAME
from records.audio.wav import WAV_OCTETS

SAMPLE = 2
PAGE = mmap.PAGESIZE
FORGET = 16 * PAGE
"""Octets that have been read before they are given back: fewer calls."""


class Track:
    """One side, 8 kHz mono 16-bit. `recorder` belongs to the polling thread, the sound may be read on any one."""

    def __init__(self, name: str) -> None:
        """Raises pj.Error and OSError."""
        self.descriptor = os.memfd_create(name, os.MFD_CLOEXEC)
        self._forgotten = PAGE  # the first page holds the header, which PJSIP completes when it closes the file
        try:
            with TemporaryDirectory(prefix="hotline-") as folder:
                link = Path(folder) / f"{name}.wav"  # PJSIP goes by the ending
                link.symlink_to(f"/proc/{os.getpid()}/fd/{self.descriptor}")
                self.recorder: pj.AudioMedia | None = pj.AudioMediaRecorder()
                self.recorder.createRecorder(str(link), 0, 0, pj.PJMEDIA_FILE_WRITE_PCM)
        except BaseException:
            os.close(self.descriptor)
            raise

    def samples(self) -> int:
        """How many there are; PJSIP writes 2048 at a time."""
        return max(0, os.fstat(self.descriptor).st_size - WAV_OCTETS) // SAMPLE

    def closed(self) -> bool:
        """PJSIP writes the length into the header when it closes the file, on its own thread."""
        return any(os.pread(self.descriptor, 4, 4))

    def read(self, begin: int, count: int) -> bytes:
        """The samples [begin, begin + count), as far as there are any."""
        return os.pread(self.descriptor, count * SAMPLE, WAV_OCTETS + begin * SAMPLE)

    def forget(self, before: int) -> None:
        """Give back the memory of the samples before `before`."""
        until = (WAV_OCTETS + before * SAMPLE) // PAGE * PAGE
        if until - self._forgotten >= FORGET:
            with mmap.mmap(self.descriptor, until - self._forgotten, offset=self._forgotten) as window:
                window.madvise(mmap.MADV_REMOVE)
            self._forgotten = until

    def drop(self) -> None:
        """Let go of the recorder, on the polling thread: PJSIP closes its file at its next tick."""
        self.recorder = None

    def close(self) -> None:
        """Give back the memory of it, once PJSIP has closed it and everything is sealed."""
        os.close(self.descriptor)


def interleaved(left: bytes, right: bytes) -> bytes:
    """Both sides as one, the shorter one filled with silence."""
    both = np.zeros((max(len(left), len(right)) // SAMPLE, FRAME // SAMPLE), dtype="<i2")
    for side, samples in enumerate((left, right)):
        both[: len(samples) // SAMPLE, side] = np.frombuffer(samples, dtype="<i2")
    return both.tobytes()
