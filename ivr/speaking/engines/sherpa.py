"""sherpa-onnx (Apache-2.0) as an engine, for its VITS and Matcha models with a lexicon.

It decides how the package is called: floats in -1..1 at the model's own rate.
"""

from pathlib import Path
from typing import Any

import numpy as np

from ivr.speaking.pieces import SILENT
from ivr.speaking.voices import Sherpa
from ivr.speech.reading import spoken
from ivr.speech.sound import RATE, Samples, resample
from ivr.speech.voice import VoiceError


class SherpaEngine:
    """One loaded model."""

    def __init__(self, model: Any, voice: Sherpa) -> None:
        self.model, self.voice = model, voice

    def render(self, text: str, final: bool) -> Samples:
        words = f"{spoken(text).strip(SILENT)}{'。' if final else '，'}"
        try:
            made = self.model.generate(words, sid=self.voice.speaker, speed=self.voice.speed)
        except Exception as error:
            raise VoiceError(f"sherpa-onnx could not say it: {type(error).__name__}") from None
        floats = np.asarray(made.samples, dtype=np.float32)
        return resample(np.rint(np.clip(floats, -1, 1) * 32767).astype(np.int16), made.sample_rate, RATE)


def load(voice: Sherpa, folder: Path) -> SherpaEngine:
    """Raises VoiceError where the package or the model cannot be loaded."""
    try:
        import sherpa_onnx  # noqa: PLC0415  # an optional extra

        config = sherpa_onnx.OfflineTtsConfig(
            model=_model(sherpa_onnx, voice, folder),
            rule_fsts=",".join(str(folder / voice.inside(name)) for name in voice.rules),
        )
        if not config.validate():
            raise VoiceError(f"{folder / voice.inside(voice.model)}: sherpa-onnx does not take these files; see above")
        return SherpaEngine(sherpa_onnx.OfflineTts(config), voice)
    except VoiceError:
        raise
    except Exception as error:
        said = " ".join(str(error).split())
        raise VoiceError(f"{folder / voice.inside(voice.model)}: sherpa-onnx does not load it: {said}") from None


def _model(package: Any, voice: Sherpa, folder: Path) -> Any:
    def at(name: str) -> str:
        return str(folder / voice.inside(name)) if name else ""

    common = {"lexicon": at(voice.lexicon), "tokens": at(voice.tokens)}
    if voice.vocoder:
        matcha = package.OfflineTtsMatchaModelConfig(
            acoustic_model=at(voice.model), vocoder=at(voice.vocoder), **common
        )
        return package.OfflineTtsModelConfig(matcha=matcha)
    return package.OfflineTtsModelConfig(vits=package.OfflineTtsVitsModelConfig(model=at(voice.model), **common))
