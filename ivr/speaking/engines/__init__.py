"""The engines that say parts, one module each; a module is imported only when one of its voices speaks.

An engine takes text and gives samples. It must not know which prompt the text belongs to, nor touch the sound: joints
and loudness are ivr.speaking.joints'.
"""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

from ivr.speaking.voices import Espeak, Piper, Sherpa, Voice
from ivr.speech.sound import Samples

MODULES: dict[type[Voice], str] = {
    Espeak: "ivr.speaking.engines.espeak",
    Piper: "ivr.speaking.engines.piper",
    Sherpa: "ivr.speaking.engines.sherpa",
}


class Engine(Protocol):
    """A loaded voice."""

    def render(self, text: str, final: bool) -> Samples:
        """`text` as int16 at 8 kHz; not `final`: as if the speaker went on. Raises VoiceError."""


def lacking(voice: Voice, folder: Path) -> list[str]:
    """What keeps `voice` from speaking, one line each: a package, model files under `folder`. Imports nothing."""
    missing = []
    if find_spec(voice.package) is None:
        missing.append(f"the package of {voice.engine} is not installed: pip install 'hotline-12348[{voice.engine}]'")
    absent = [name for name in voice.files if not (folder / name).exists()]
    if absent:
        missing.append(f"{folder} lacks {', '.join(absent)}: put the model's files there")
    return missing


def load(voice: Voice, folder: Path) -> Engine:
    """The engine with the voice loaded. Raises VoiceError."""
    engine: Engine = import_module(MODULES[type(voice)]).load(voice, folder)
    return engine
