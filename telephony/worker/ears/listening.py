"""Listening to one leg: a tap on its audio, an echo taken out, and an ear, on a thread of its own.

It knows neither prompts nor calls; what is heard is given to `heard` on the ear's thread. Several may listen at
once, to one leg or to more.
"""

import contextlib
import itertools
import logging
import queue
import threading
import wave
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ivr.speech.ear import Ear, Event, Words
from ivr.speech.echo import Echo, Path, Played
from ivr.speech.sound import Samples
from ivr.speech.vad import FRAME
from telephony.worker.audio.bridge import Bridge
from telephony.worker.ears.tap import Tap

log = logging.getLogger(__name__)

WAITING_FRAMES = 250
"""Frames of 20 ms a busy recogniser may lag before the newest are dropped."""

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Failed:
    """Nothing more will be heard."""

    reason: str


@dataclass(frozen=True, slots=True)
class Far:
    """What the leg is given to hear from the next frame on: `files` one after another, `skip` samples in."""

    files: tuple[str, ...]
    loop: bool
    skip: int


@dataclass(frozen=True, slots=True)
class Hushed:
    """What the leg is given to hear is held from the next frame on, or goes on where it was."""

    on: bool


Heard = Event | Failed


class Listening:
    """To the leg `source`, from creation to `stop`. `make` makes the recogniser, on the ear's thread.

    `pause` is the silence in seconds that ends an utterance, `path` what was learnt of the leg's echo before. Nothing
    is told after `stop`.
    """

    def __init__(
        self,
        bridge: Bridge,
        source: str,
        make: Callable[[], Words],
        heard: Callable[["Listening", Heard], None],
        pause: float = 0.6,
        path: Path | None = None,
    ) -> None:
        self._bridge = bridge
        self._frames: queue.Queue[bytes | Far | Hushed | None] = queue.Queue(WAITING_FRAMES)
        self._make = make
        self._heard = heard
        self._pause = pause
        self._echo = Echo(path)
        self._stopped = threading.Event()
        # Taps on one leg must differ in name: a second one would take the first one's place in the bridge.
        self._name = f"tap {next(_numbers)} of {source}"
        self._tap = Tap(self._frames)
        bridge.put(self._name, self._tap)
        bridge.connect(source, self._name)
        self._thread = threading.Thread(target=self._run, name="ear", daemon=True)
        self._thread.start()

    @property
    def path(self) -> Path | None:
        """What is known of the leg's echo."""
        return self._echo.path

    def plays(self, files: tuple[str, ...], loop: bool = False, skip: int = 0) -> None:
        """The leg is given these WAV files to hear from now on, none for silence; their echo will be no speech."""
        with contextlib.suppress(queue.Full):
            self._frames.put_nowait(Far(files, loop, skip))

    def hushed(self, on: bool) -> None:
        """What `plays` said is held from now on, or goes on where it was."""
        with contextlib.suppress(queue.Full):
            self._frames.put_nowait(Hushed(on))

    def stop(self) -> None:
        """Stop; nothing is told any more."""
        self._stopped.set()
        self._tap.rest()
        self._bridge.lay_off(self._name)
        # Where the queue is full the thread finds out at its next frame.
        with contextlib.suppress(queue.Full):
            self._frames.put_nowait(None)

    def _run(self) -> None:
        try:
            ear = Ear(self._make(), self._pause)
            played: Played | None = None
            hushed = False
            while not self._stopped.is_set():
                frame = self._frames.get()
                if isinstance(frame, Far):
                    played = Played(samples_of(frame.files), frame.loop, frame.skip) if frame.files else None
                    hushed = False
                elif isinstance(frame, Hushed):
                    hushed = frame.on
                elif frame is not None and len(frame) == 2 * FRAME:
                    near = np.frombuffer(frame, np.int16)
                    cleaned, masked = self._echo.take(near, played.next() if played and not hushed else None)
                    for event in ear.take(cleaned, masked, self._echo.likely):
                        self._say(event)
        except Exception as error:
            log.exception("listening has failed")
            self._say(Failed(type(error).__name__))

    def _say(self, event: Heard) -> None:
        if not self._stopped.is_set():
            self._heard(self, event)


def samples_of(files: tuple[str, ...]) -> Samples:
    """The sound of files the player plays (8 kHz mono 16-bit); none of those that cannot be read."""
    parts = [np.zeros(0, np.int16)]
    for file in files:
        with contextlib.suppress(OSError, EOFError, wave.Error), wave.open(file, "rb") as reader:
            parts.append(np.frombuffer(reader.readframes(reader.getnframes()), np.int16))
    return np.concatenate(parts)
