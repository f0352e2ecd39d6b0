"""Whether the caller is listened to, and what was heard of them, as facts.

At most one recogniser listens; what an old one still says is passed over. What a word means is not known here.
"""

import functools
from collections.abc import Callable

from ivr import facts
from ivr.speech.ear import SoFar, Started, Utterance
from ivr.speech.echo import Path
from ivr.speech.sound import RATE
from telephony.worker.audio.bridge import Bridge
from telephony.worker.ears.listening import Failed, Heard, Listening
from telephony.worker.surroundings import Surroundings


class Hearing:
    """Of the leg `source` of the call `call`; `barge_in` is called as soon as somebody speaks."""

    def __init__(
        self, bridge: Bridge, around: Surroundings, call: str, source: str, barge_in: Callable[[], None]
    ) -> None:
        self._bridge = bridge
        self._around = around
        self._call = call
        self._source = source
        self._barge_in = barge_in
        self._listening: Listening | None = None
        self._path: Path | None = None
        self._plays: tuple[tuple[str, ...], bool, float] = ((), False, 0.0)

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

    def stop(self) -> None:
        """Stop listening; harmless when nobody listens."""
        if self._listening is not None:
            self._path = self._listening.path
            self._listening.stop()
            self._listening = None

    def take(self, source: Listening, event: Heard) -> None:
        """What the recogniser said; nothing when that one was stopped meanwhile."""
        if source is not self._listening:
            return
        match event:
            case Started():
                self._around.tell(facts.SpeechStarted(self._call))
                self._barge_in()
            case SoFar(text=text):
                self._around.tell(facts.HeardSoFar(self._call, text))
            case Utterance(text=text, confidence=confidence, seconds=seconds):
                self._around.tell(facts.Heard(self._call, text, confidence, seconds))
            case Failed(reason=reason):
                self.stop()
                self._around.tell(facts.ListeningFailed(self._call, reason))
