"""The recogniser: 8 kHz speech in, utterances as text out. A thin skin over Vosk.

It decides what counts as words (no [unk], no blanks within Chinese) and where utterances end is Vosk's business; it
must not know why somebody listens. One Recogniser belongs to one thread; a Model is shared, also across a fork.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import vosk

from ivr.speech.sound import RATE
from ivr.speech.store import ModelError, incomplete
from ivr.speech.words import joined, segment

UNKNOWN = "[unk]"
DIGITS = frozenset("零〇幺一二两三四五六七八九")
LEAST_KNOWN = 0.2
"""Share of an utterance that must be words of the grammar; less is a stray word in something else."""


@dataclass(frozen=True, slots=True)
class Partial:
    """What an utterance under way sounds like so far; never empty."""

    text: str


@dataclass(frozen=True, slots=True)
class Final:
    """One utterance, ended. `seconds` from its first word to its last; `confidence` is the mean of its words', 0..1.

    With a grammar that is multiplied by the share of the utterance's time that was not [unk].
    """

    text: str
    confidence: float
    seconds: float


class Model:
    """A loaded model directory."""

    def __init__(self, folder: Path) -> None:
        if lacking := incomplete(folder):
            raise ModelError(f"{folder}: lacks {lacking}: must be a Vosk model")
        vosk.SetLogLevel(-1)
        try:
            self.vosk: Any = vosk.Model(str(folder))
        except Exception:  # Vosk raises nothing narrower
            raise ModelError(f"{folder}: Vosk cannot load this model; install it again") from None

    def knows(self, word: str) -> bool:
        """Whether `word` is in the vocabulary."""
        return bool(self.vosk.vosk_model_find_word(word) >= 0)


def load_model(folder: Path) -> Model:
    """The model in `folder`; about 0.02 s for the default one. Raises ModelError."""
    return Model(folder)


class Recogniser:
    """Speech of one leg. With a `grammar` only its phrases are heard, and everything else is nothing.

    A grammar of single digits hears strings of them and nothing else: with [unk] beside them, short digits are lost.

    Phrases are cut into words of the vocabulary; those that cannot be are left out and named in `unknown`. When no
    phrase is left, speech is free. Models with graph/HCLG.fst take no grammar: Vosk ignores it.
    """

    def __init__(self, model: Model, grammar: tuple[str, ...] = ()) -> None:
        phrases, unknown = [], []
        for phrase in grammar:
            words, missing = segment(phrase, model.knows)
            if missing or not words:
                unknown.append(phrase)
            else:
                phrases.append(" ".join(words))
        self.unknown: tuple[str, ...] = tuple(unknown)
        if phrases:
            others = [] if DIGITS.issuperset(phrases) else [UNKNOWN]
            listed = json.dumps([*dict.fromkeys(phrases), *others], ensure_ascii=False)
            self._vosk: Any = vosk.KaldiRecognizer(model.vosk, RATE, listed)
        else:
            self._vosk = vosk.KaldiRecognizer(model.vosk, RATE)
        self._vosk.SetWords(True)
        self._last = ""

    def feed(self, pcm: bytes) -> list[Partial | Final]:
        """Take the next int16 samples (8 kHz, mono, any length); returns what is new, most often nothing."""
        if self._vosk.AcceptWaveform(pcm):
            return self._final(self._vosk.Result())
        text = joined(json.loads(self._vosk.PartialResult())["partial"].split())
        if not text or text == self._last:
            return []
        self._last = text
        return [Partial(text)]

    def finish(self) -> list[Partial | Final]:
        """End the utterance under way; the recogniser can be fed again afterwards."""
        return self._final(self._vosk.FinalResult())

    def _final(self, result: str) -> list[Partial | Final]:
        self._last = ""
        heard = json.loads(result).get("result", [])
        words = [word for word in heard if not word["word"].startswith(("[", "<"))]
        text = joined([word["word"] for word in words])
        known = _seconds(words) / (_seconds(heard) or 1.0)
        if not text or known < LEAST_KNOWN:
            return []
        confidence = min(1.0, max(0.0, known * fmean(word["conf"] for word in words)))
        return [Final(text, confidence, words[-1]["end"] - words[0]["start"])]


def _seconds(words: list[dict[str, Any]]) -> float:
    return sum(float(word["end"] - word["start"]) for word in words)


def transcribe(model: Model, pcm: bytes, grammar: tuple[str, ...] = ()) -> list[Final]:
    """All utterances in `pcm` (int16, 8 kHz, mono), read in chunks of 100 ms as a call would bring them."""
    recogniser = Recogniser(model, grammar)
    events = []
    for at in range(0, len(pcm), RATE // 5):
        events += recogniser.feed(pcm[at : at + RATE // 5])
    return [event for event in [*events, *recogniser.finish()] if isinstance(event, Final)]
