"""A tap on the audio of a leg: its frames, copied on PJSIP's clock thread and put on a queue.

Copying costs, and the bridge calls a tap at every tick, connected or not: one that is done with is taken off the
bridge. What the frames are for is not known here.
"""

import ctypes
import logging
import queue
from typing import Any

import pjsua2 as pj

log = logging.getLogger(__name__)

FRAME_MICROSECONDS = 20_000
FRAME_OCTETS = 320
SILENCE = bytes(FRAME_OCTETS)


class Tap(pj.AudioMediaPort):  # type: ignore[misc]
    """8 kHz mono int16 frames of 20 ms, put on `frames`; those that find it full are lost. For the polling thread."""

    def __init__(self, frames: "queue.Queue[Any]") -> None:
        super().__init__()
        self._frames: queue.Queue[Any] | None = frames
        shape = pj.MediaFormatAudio()
        shape.type = pj.PJMEDIA_TYPE_AUDIO
        shape.clockRate = 8000
        shape.channelCount = 1
        shape.bitsPerSample = 16
        shape.frameTimeUsec = FRAME_MICROSECONDS
        self.createPort("tap", shape)

    def rest(self) -> None:
        """No more frames, from now on: the bridge lets go of a tap some time after it was laid off."""
        self._frames = None

    def onFrameReceived(self, frame: pj.MediaFrame) -> None:
        frames = self._frames
        if frames is None:
            return
        try:
            frames.put_nowait(octets(frame) or SILENCE)
        except queue.Full:
            pass
        except Exception:
            log.exception("listening: a frame")


def octets(frame: pj.MediaFrame) -> bytes:
    """What a frame holds. SWIG hands a vector's octets out one by one: most of what a tap costs.

    Where the vector is laid out as GNU's and LLVM's C++ libraries do it (first, last, end of storage), they are copied
    at once; what does not look like that is read the slow way.
    """
    vector = frame.buf
    size = len(vector)
    first, last, end = (ctypes.c_size_t * 3).from_address(int(vector.this))
    if size and first and last - first == size <= end - first:
        return ctypes.string_at(first, size)
    return bytes(vector)
