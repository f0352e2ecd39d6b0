"""Whether the caller is listened to, and what was heard of them, as facts.

At most one recogniser listens; what an old one still says is passed over. What a word means is not known here. Who is
told that somebody may be beginning to speak is told, too, that it was nothing, or that nobody listens any more.
"""

import functools
from typing import Protocol

from ivr import facts
from ivr.speech.ear import Mistaken, Noticed, SoFar, Started, Utterance
from ivr.speech.echo import Path
from ivr.speech.sound import RATE
from telephony.worker.audio.bridge import Bridge
from telephony.worker.ears.listening import Failed, Heard, Listening
from telephony.worker.surroundings import Surroundings


class Bargeable(Protocol):
    """What gives way to the caller."""

    def noticed(self) -> None:
        """Somebody may be beginning to speak."""

    def mistaken(self) -> None:
        """Nobody was; harmless when nothing was noticed."""

    def barge_in(self) -> None:
        """Somebody speaks."""


class Hearing:
    """Of the leg `source` of the call `call`; what is `played` to it gives way as soon as somebody speaks."""

    def __init__(self, bridge: Bridge, around: Surroundings, call: str, source: str, played: Bargeable) -> None:
        self._bridge = bridge
        self._around = around
        self._call = call
        self._source = source
        self._played = played
        self._listening: Listening | None = None
        self._path: Path | None = None
        self._plays: tuple[tuple[str, ...], bool, float] = ((), False, 0.0)
        self._hushed_at = 0.0

    def begin(self, grammar: tuple[str, ...], pause: float, now: float) -> None:
        """Listen anew; `pause` seconds of silence end an utterance. Without speech that is told as a fact."""
        self.stop()
        make = self._around.recogniser
        if make is None:
            self._around.tell(facts.ListeningFailed(self._call, self._around.no_speech))
            return
        words = functools.partial(make, grammar)
        self._listening = Listening(self._bridge, self._source, words, self._around.heard, pause, self._path)
        files, loop, since = self._plays
        if files:
            self._listening.plays(files, loop, int((now - since) * RATE))

    def plays(self, files: tuple[str, ...], loop: bool, now: float) -> None:
        """The leg is given these files to hear from now on, none for silence: their echo is no speech."""
        self._plays = (files, loop, now)
        if self._listening is not None:
            self._listening.plays(files, loop)

    def hushed(self, on: bool, now: float) -> None:
        """What the leg was given to hear is held from now on, or goes on where it was."""
        if on:
            self._hushed_at = now
        else:
            files, loop, since = self._plays
            self._plays = (files, loop, since + now - self._hushed_at)
        if self._listening is not None:
            self._listening.hushed(on)

    def stop(self) -> None:
        """Stop listening; harmless when nobody listens."""
        if self._listening is not None:
            self._path = self._listening.path
            self._listening.stop()
            self._listening = None
            self._played.mistaken()

    def take(self, source: Listening, event: Heard) -> None:
        """What the recogniser said; nothing when that one was stopped meanwhile."""
        if source is not self._listening:
            return
        match event:
            case Noticed():
                self._played.noticed()
            case Mistaken():
                self._played.mistaken()
            case Started():
                self._around.tell(facts.SpeechStarted(self._call))
                self._played.barge_in()
            case SoFar(text=text):
                self._around.tell(facts.HeardSoFar(self._call, text))
            case Utterance(text=text, confidence=confidence, seconds=seconds):
                self._around.tell(facts.Heard(self._call, text, confidence, seconds))
            case Failed(reason=reason):
                self.stop()
                self._around.tell(facts.ListeningFailed(self._call, reason))
