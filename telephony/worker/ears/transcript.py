"""What legs say in a talk, told as it is said: one tap, one ear and one thread for each leg.

It never disturbs the talk: sound it cannot keep up with is left out, and what fails is told once. What the words
mean, and whether anybody reads them, is not known here.
"""

import contextlib
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable

import numpy as np

from ivr.facts import Fact, Said, TranscriptFailed
from ivr.speech.ear import Ear, Event, Utterance, Words
from ivr.speech.vad import FRAME, FRAMES_PER_SECOND
from telephony.worker.audio.bridge import Bridge
from telephony.worker.ears.tap import Tap
from telephony.worker.surroundings import Surroundings

log = logging.getLogger(__name__)

PAUSE = 0.5  # seconds of silence that end an utterance
LONGEST = 10.0  # seconds of an utterance: who speaks without a pause is read along too


class Frames(queue.Queue[bytes | None]):
    """5 s of frames of 20 ms. What finds it full is lost and counted."""

    def __init__(self) -> None:
        super().__init__(int(5 * FRAMES_PER_SECOND))
        self.lost = 0

    def put_nowait(self, item: bytes | None) -> None:
        try:
            super().put_nowait(item)
        except queue.Full:
            self.lost += 1
            raise


class Scribe:
    """Of the leg `leg` in the call `call`, from creation to `finish`. `make` makes the recogniser, on its thread.

    `tell` gets Said and, at most once a kind, TranscriptFailed; it is called on the scribe's thread.
    """

    def __init__(self, bridge: Bridge, call: str, leg: str, make: Callable[[], Words], tell: Callable[[Fact], None]):
        self._bridge, self._call, self._leg, self._tell = bridge, call, leg, tell
        self._make = make
        self._frames = Frames()
        self._lost = 0
        self._ended = threading.Event()
        self._name = f"scribe of {leg}"
        self._tap = Tap(self._frames)
        bridge.put(self._name, self._tap)
        bridge.connect(leg, self._name)
        self._thread = threading.Thread(target=self._run, name="scribe", daemon=True)
        self._thread.start()

    def finish(self) -> None:
        """Listen no more; what was heard is still told."""
        self._tap.rest()
        self._bridge.lay_off(self._name)
        self._ended.set()
        with contextlib.suppress(queue.Full):  # it looks whether it is over at every frame
            self._frames.put_nowait(None)

    @property
    def over(self) -> bool:
        """Whether nothing more will be told."""
        return not self._thread.is_alive()

    def wait(self, seconds: float) -> None:
        """Until everything is told, or `seconds` have passed."""
        self._thread.join(seconds)

    def _run(self) -> None:
        try:
            ear = Ear(self._make(), PAUSE, LONGEST)
            while (frame := self._next()) is not None:
                if len(frame) == 2 * FRAME:
                    self._told(ear.take(np.frombuffer(frame, np.int16)))
            self._told(ear.finish())
        except Exception as error:
            log.exception("a transcript has failed")
            self._tell(TranscriptFailed(self._call, self._leg, "failed", type(error).__name__))

    def _next(self) -> bytes | None:
        """The next frame; None when there will be no more. Says once that sound was left out."""
        if self._frames.lost and not self._lost:
            self._tell(TranscriptFailed(self._call, self._leg, "lagging", "the recogniser is slower than speech"))
        self._lost = self._frames.lost
        try:
            return self._frames.get(block=not self._ended.is_set())
        except queue.Empty:
            return None

    def _told(self, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, Utterance) and event.text:
                # Frames that were lost are missing in the ear's count of time.
                began = round(event.began + self._lost / FRAMES_PER_SECOND, 3)
                self._tell(Said(self._call, self._leg, event.text, began, event.seconds))


class Transcribing:
    """What is told of the legs of one call, as the last `begin` said. On the polling thread."""

    def __init__(self, bridge: Bridge, around: Surroundings, call: str) -> None:
        self._bridge, self._around, self._call = bridge, around, call
        self._scribes: dict[str, Scribe] = {}
        self._ending: list[Scribe] = []

    def begin(self, legs: Iterable[str]) -> None:
        """Tell what `legs` say from now on, and nobody else. Without speech that is told, leg by leg."""
        for leg in list(self._scribes):
            self.end(leg)
        make = self._around.recogniser
        for leg in legs:
            if make is None:
                self._around.tell(TranscriptFailed(self._call, leg, "off", self._around.no_speech))
            else:
                self._scribes[leg] = Scribe(self._bridge, self._call, leg, lambda: make(()), self._around.tell)

    def end(self, leg: str) -> None:
        """The leg says nothing more; its last words are still told. Harmless for a leg that is not listened to."""
        scribe = self._scribes.pop(leg, None)
        if scribe is not None:
            scribe.finish()
            self._ending.append(scribe)

    def look(self) -> None:
        """Have the taps of scribes that have failed rest: each frame of theirs would be copied for nobody."""
        for leg in [leg for leg, scribe in self._scribes.items() if scribe.over]:
            self.end(leg)

    def wait(self, seconds: float) -> None:
        """Until the last words are told, `seconds` at the most."""
        until = time.monotonic() + seconds
        for scribe in self._ending:
            scribe.wait(max(0.0, until - time.monotonic()))
        self._ending.clear()
