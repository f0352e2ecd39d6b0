"""Listening to the caller: a tap on the caller's audio and a recogniser on a thread of its own.

It knows neither prompts nor calls; what is heard is given to `heard` on the recogniser's thread. The tap exists
only while somebody listens, since every frame it copies costs Python time.
"""

import contextlib
import logging
import queue
import threading
from collections.abc import Callable
from typing import Any, Protocol

import pjsua2 as pj

from telephony.worker.bridge import Bridge

log = logging.getLogger(__name__)

TAP = "tap"
FRAME_MICROSECONDS = 20_000
WAITING_FRAMES = 250
"""Frames of 20 ms a busy recogniser may lag before the oldest are dropped."""


class Started:
    """The first word of an utterance."""


class Utterance:
    def __init__(self, text: str, confidence: float, seconds: float) -> None:
        self.text = text
        self.confidence = confidence
        self.seconds = seconds


class Failed:
    def __init__(self, reason: str) -> None:
        self.reason = reason


Heard = Started | Utterance | Failed


class Recogniser(Protocol):
    """Fed with PCM, 8 kHz mono 16-bit, it returns what that completed."""

    def feed(self, pcm: bytes) -> list[Heard]: ...


class Tap(pj.AudioMediaPort):  # type: ignore[misc]
    """Frames of the caller's audio, put on a queue. Called on PJSIP's clock thread."""

    def __init__(self, frames: "queue.Queue[bytes | None]") -> None:
        super().__init__()
        self._frames = frames
        shape = pj.MediaFormatAudio()
        shape.type = pj.PJMEDIA_TYPE_AUDIO
        shape.clockRate = 8000
        shape.channelCount = 1
        shape.bitsPerSample = 16
        shape.frameTimeUsec = FRAME_MICROSECONDS
        self.createPort("tap", shape)

    def onFrameReceived(self, frame: pj.MediaFrame) -> None:
        try:
            self._frames.put_nowait(bytes(frame.buf))
        except queue.Full:
            pass
        except Exception:
            log.exception("listening: a frame")


class Listening:
    """From creation to `stop`. Nothing is told after `stop`."""

    def __init__(
        self, bridge: Bridge, source: str, make: Callable[[], Recogniser], heard: Callable[["Listening", Heard], None]
    ) -> None:
        self._bridge = bridge
        self._frames: queue.Queue[bytes | None] = queue.Queue(WAITING_FRAMES)
        self._make = make
        self._heard = heard
        self._stopped = threading.Event()
        self._tap = Tap(self._frames)
        bridge.put(TAP, self._tap)
        bridge.connect(source, TAP)
        self._thread = threading.Thread(target=self._run, name="recogniser", daemon=True)
        self._thread.start()

    def stop(self) -> Any:
        """Stop; returns the tap, which must be kept until the bridge has let go of it."""
        self._stopped.set()
        self._bridge.drop(TAP)
        with contextlib.suppress(queue.Full):
            self._frames.put_nowait(None)
        return self._tap

    def _run(self) -> None:
        try:
            recogniser = self._make()
            while not self._stopped.is_set():
                pcm = self._frames.get()
                if pcm is None:
                    return
                for event in recogniser.feed(pcm):
                    if not self._stopped.is_set():
                        self._heard(self, event)
        except Exception as error:
            log.exception("listening has failed")
            if not self._stopped.is_set():
                self._heard(self, Failed(type(error).__name__))
