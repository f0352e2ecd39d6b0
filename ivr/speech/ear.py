"""One ear: frames of a leg in, utterances out. It decides when the recogniser works, and where an utterance ends.

Voice activity (vad) says when somebody speaks; only then, and from a little before, the recogniser is fed. Time is
counted in frames of the stream. It must not know whose leg it is, nor what becomes of the words.

Every Started is followed by exactly one Utterance, whose text may be empty; SoFar comes only between the two. Every
Noticed is followed by Started or Mistaken, unless the stream ends.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ivr.speech.recogniser import Final, Partial
from ivr.speech.sound import Samples
from ivr.speech.vad import FRAME, FRAMES_PER_SECOND, Activity, Turn
from ivr.speech.words import joined

PRE_ROLL = 15  # frames fed from before the first loud one: 300 ms
CHUNK = 5  # frames given to the recogniser at once: 100 ms
SO_FAR_EVERY = 0.25  # seconds
LONGEST = 14.0  # seconds of an utterance: a line on which a crowd talks must come to an end
MODEL_SILENCE = 0.5  # seconds Vosk has heard nothing when it ends an utterance, at the least


@dataclass(frozen=True, slots=True)
class Noticed:
    """Somebody may be beginning to speak."""


@dataclass(frozen=True, slots=True)
class Mistaken:
    """Nobody spoke: what was noticed was no voice."""


@dataclass(frozen=True, slots=True)
class Started:
    """Somebody speaks; `began` is when, in seconds of the stream."""

    began: float


@dataclass(frozen=True, slots=True)
class SoFar:
    """What the utterance under way sounds like; told when it has changed, every SO_FAR_EVERY seconds at most."""

    text: str


@dataclass(frozen=True, slots=True)
class Utterance:
    """One utterance, ended. `text` may be empty; `confidence` 0..1; `began` and `seconds` are the voice's."""

    text: str
    confidence: float
    began: float
    seconds: float


Event = Noticed | Mistaken | Started | SoFar | Utterance


SIGNS: dict[Turn, Event] = {Turn.NOTICED: Noticed(), Turn.MISTAKEN: Mistaken()}


class Words(Protocol):
    """What makes words of int16 samples, 8 kHz mono (ivr.speech.recogniser.Recogniser)."""

    def feed(self, pcm: bytes) -> list[Partial | Final]: ...

    def finish(self) -> list[Partial | Final]: ...


class Ear:
    """Of one stream. `pause` is the silence in seconds that ends an utterance."""

    def __init__(self, words: Words, pause: float = 0.6, longest: float = LONGEST) -> None:
        self._words = words
        self._activity = Activity(pause)
        self._longest = round(longest * FRAMES_PER_SECOND)
        # From the first loud frame to the confirmed voice, and the pre-roll before that.
        self._before: deque[Samples] = deque(maxlen=PRE_ROLL + self._activity.reach)
        self._chunk: list[Samples] = []
        self._parts: list[Final] = []
        self._partial = self._told = ""
        self._told_at = 0
        self._model_silent = 0

    def take(self, frame: Samples, masked: float = 0.0, echoed: Callable[[], bool] = lambda: False) -> list[Event]:
        """Take the next FRAME samples; `masked` and `echoed` as in Activity.take."""
        turn = self._activity.take(frame, masked, echoed)
        if turn is Turn.STARTED:
            return self._begin(frame)
        if turn is Turn.ENDED:
            self._feed(frame, ended=True)
            return [self._end()]
        if not self._activity.speaking:
            self._before.append(frame)
            return [SIGNS[turn]] if turn else []
        self._feed(frame)
        if self._over():
            self._activity.end()
            return [self._end()]
        return self._so_far()

    def finish(self) -> list[Event]:
        """The stream is over, and with it the utterance under way."""
        if not self._activity.speaking:
            return []
        self._activity.end()
        return [self._end()]

    def _begin(self, frame: Samples) -> list[Event]:
        self._before.append(frame)
        activity = self._activity
        wanted = activity.taken - activity.onset + PRE_ROLL
        # Fed with the next frame: the recogniser's work on them must not delay what stops a prompt.
        self._chunk = list(self._before)[-wanted:]
        self._before.clear()
        self._parts, self._partial, self._told = [], "", ""
        self._told_at = activity.taken
        self._model_silent = 0
        return [Started(activity.onset / FRAMES_PER_SECOND)]

    def _feed(self, frame: Samples, ended: bool = False) -> None:
        self._chunk.append(frame)
        if len(self._chunk) < CHUNK and not ended:
            return
        pcm, self._chunk = np.concatenate(self._chunk).tobytes(), []
        self._model_silent += bool(self._model_silent) * len(pcm) // (2 * FRAME)
        for event in self._words.feed(pcm):
            self._hear(event)

    def _hear(self, event: Partial | Final) -> None:
        if isinstance(event, Final):
            self._parts.append(event)
            self._partial = ""
            self._model_silent = round(MODEL_SILENCE * FRAMES_PER_SECOND)
        else:
            self._partial = event.text
            self._model_silent = 0

    def _over(self) -> bool:
        """Vosk's second opinion, for a line on which something voiced never stops; and the longest utterance."""
        lasted = self._activity.taken - self._activity.onset
        return self._model_silent >= max(self._activity.pause, 1) or lasted >= self._longest

    def _so_far(self) -> list[Event]:
        text = joined([*(part.text for part in self._parts), self._partial])
        at = self._activity.taken
        if not text or text == self._told or at - self._told_at < SO_FAR_EVERY * FRAMES_PER_SECOND:
            return []
        self._told, self._told_at = text, at
        return [SoFar(text)]

    def _end(self) -> Utterance:
        if self._chunk:
            self._feed(np.zeros(0, np.int16), ended=True)
        for event in self._words.finish():
            self._hear(event)
        activity = self._activity
        parts, self._parts, self._partial = self._parts, [], ""
        seconds = sum(part.seconds for part in parts)
        weight = sum(max(part.seconds, 0.01) * part.confidence for part in parts)
        confidence = weight / sum(max(part.seconds, 0.01) for part in parts) if seconds or parts else 0.0
        began = activity.onset / FRAMES_PER_SECOND
        lasted = (activity.last + 1 - activity.onset) / FRAMES_PER_SECOND
        return Utterance(joined([part.text for part in parts]), confidence, began, round(lasted, 3))


def utterances(words: Words, samples: Samples, pause: float = 0.6) -> list[Utterance]:
    """All utterances in `samples` (int16, 8 kHz, mono), heard as a call would bring them."""
    ear = Ear(words, pause)
    events: list[Event] = []
    for at in range(0, samples.size - FRAME + 1, FRAME):
        events += ear.take(samples[at : at + FRAME])
    return [event for event in [*events, *ear.finish()] if isinstance(event, Utterance)]
