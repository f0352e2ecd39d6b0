"""espeak-ng as an engine: sentences with a pause between them, and parts that sound as if the sentence went on.

It decides how a form is got out of espeak-ng. How the library is driven is ivr.speech.voice's.
"""

import re
from pathlib import Path

import numpy as np

from ivr.speaking.joints import silence
from ivr.speaking.pieces import SILENT, STOP, STOPS
from ivr.speaking.voices import Espeak
from ivr.speech.reading import pinyin, spoken
from ivr.speech.sound import Samples
from ivr.speech.voice import speak_pinyin

NEXT, ITS_FIRST, BORDER = "ha1", "X", "_|"  # a syllable that bends the one before it little, and is cut off


class EspeakEngine:
    """One voice of espeak-ng."""

    def __init__(self, voice: Espeak) -> None:
        self.voice = voice

    def render(self, text: str, final: bool) -> Samples:
        """espeak-ng makes no pause between sentences, so that each is said by itself."""
        said = [each for each in re.split(f"(?<=[{STOPS}])", spoken(text)) if each.strip(SILENT)] or [text]
        blocks: list[Samples] = []
        for number, sentence in enumerate(said, 1):
            ends = final or number < len(said)
            blocks += [silence(STOP.seconds)] * bool(blocks)
            blocks.append(self._final(sentence) if ends else self._going_on(sentence))
        return np.concatenate(blocks)

    def _final(self, text: str) -> Samples:
        return speak_pinyin(pinyin(text), self.voice.voice, self.voice.speed, self.voice.pitch).samples

    def _going_on(self, text: str) -> Samples:
        """With a syllable after it, which is cut off at the border that espeak-ng reports."""
        speech = speak_pinyin(
            f"{pinyin(text.strip(SILENT))} {NEXT}", self.voice.voice, self.voice.speed, self.voice.pitch
        )
        names = [phoneme.name for phoneme in speech.phonemes]
        last = max((at for at, name in enumerate(names) if name == ITS_FIRST), default=0)
        if not last or names[last - 1] != BORDER:
            return self._final(text)
        return speech.samples[: speech.phonemes[last - 1].start]


def load(voice: Espeak, _folder: Path) -> EspeakEngine:
    """Raises VoiceError for a voice that espeak-ng does not have."""
    speak_pinyin("a1", voice.voice)
    return EspeakEngine(voice)
