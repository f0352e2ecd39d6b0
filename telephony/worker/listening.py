"""Listening to the caller: a tap on the caller's audio and a recogniser on a thread of its own.

It knows neither prompts nor calls; what is heard is given to `heard` on the recogniser's thread. The tap exists
only while somebody listens, since every frame it copies costs Python time.
"""

import contextlib
import logging
import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import pjsua2 as pj

from ivr.speech.recogniser import Final, Partial
from telephony.worker.bridge import Bridge

log = logging.getLogger(__name__)

TAP = "tap"
FRAME_MICROSECONDS = 20_000
WAITING_FRAMES = 250
"""Frames of 20 ms a busy recogniser may lag before the oldest are dropped."""


CHUNK_FRAMES = 5
"""Frames given to the recogniser at once: 100 ms."""


@dataclass(frozen=True, slots=True)
class Started:
    """The first word of an utterance."""


@dataclass(frozen=True, slots=True)
class Failed:
    reason: str


Heard = Started | Final | Failed


class Ears(Protocol):
    """Fed with PCM, 8 kHz mono 16-bit, it returns what that completed (ivr.speech.recogniser.Recogniser)."""

    def feed(self, pcm: bytes) -> list[Partial | Final]: ...


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
        self, bridge: Bridge, source: str, make: Callable[[], Ears], heard: Callable[["Listening", Heard], None]
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
            ears = self._make()
            speaking = False
            for pcm in self._chunks():
                for event in ears.feed(pcm):
                    if not speaking:
                        self._say(Started())
                    speaking = isinstance(event, Partial)
                    if isinstance(event, Final):
                        self._say(event)
        except Exception as error:
            log.exception("listening has failed")
            self._say(Failed(type(error).__name__))

    def _chunks(self) -> Iterator[bytes]:
        frames: list[bytes] = []
        while not self._stopped.is_set():
            frame = self._frames.get()
            if frame is None:
                return
            frames.append(frame)
            if len(frames) == CHUNK_FRAMES:
                yield b"".join(frames)
                frames.clear()

    def _say(self, event: Heard) -> None:
        if not self._stopped.is_set():
            self._heard(self, event)
