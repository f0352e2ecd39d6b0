"""Piper (piper-tts, GPL-3.0-or-later) as an engine.

It decides how the package is called: one chunk of floats for each sentence, at the model's own rate.
"""

from pathlib import Path
from typing import Any

import numpy as np

from ivr.speaking.joints import silence
from ivr.speaking.pieces import SILENT, STOP
from ivr.speaking.voices import Piper
from ivr.speech.reading import spoken
from ivr.speech.sound import RATE, Samples, resample
from ivr.speech.voice import VoiceError


class PiperEngine:
    """One loaded Piper model."""

    def __init__(self, model: Any, config: Any) -> None:
        self.model, self.config = model, config

    def render(self, text: str, final: bool) -> Samples:
        words = spoken(text).strip(SILENT)
        try:
            chunks = list(self.model.synthesize(f"{words}{'。' if final else '，'}", syn_config=self.config))
        except Exception as error:  # onnxruntime's errors have no common base
            raise VoiceError(f"piper could not say it: {type(error).__name__}") from None
        blocks: list[Samples] = []
        for chunk in chunks:
            blocks += [silence(STOP.seconds)] * bool(blocks)
            blocks.append(resample(chunk.audio_int16_array, chunk.sample_rate, RATE))
        return np.concatenate([np.zeros(0, np.int16), *blocks])


def load(voice: Piper, folder: Path) -> PiperEngine:
    """Raises VoiceError where the package or the model cannot be loaded."""
    try:
        from piper import PiperVoice, SynthesisConfig  # noqa: PLC0415  # an optional extra

        model = PiperVoice.load(folder / voice.model, download_dir=folder)
    except Exception as error:
        raise VoiceError(f"{folder / voice.model}: piper does not load it: {' '.join(str(error).split())}") from None
    return PiperEngine(model, SynthesisConfig(speaker_id=voice.speaker, length_scale=1 / voice.speed))
