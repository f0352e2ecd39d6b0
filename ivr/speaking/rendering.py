"""Sounds out of voices into files, each rendered once and named by what it was made from.

It decides what a rendered file is called, and which voice steps in for one that cannot speak. It must not know which
sounds are needed (ivr.prompts).
"""

import hashlib
import logging
import os
from collections.abc import Iterable
from pathlib import Path

from ivr.speaking.engines import Engine, lacking, load
from ivr.speaking.joints import finished
from ivr.speaking.voices import DEFAULT, Voice
from ivr.speaking.wording import Sound
from ivr.speech.sound import Samples, write_wav
from ivr.speech.voice import VoiceError

log = logging.getLogger(__name__)

TREATMENT = "2"  # of the sound after the voice: a change renders everything anew


class Renderer:
    """`voice` speaks; where it cannot, the voice in the box. `models` is the folder of the voices' files."""

    def __init__(self, voice: Voice, models: Path, out: Path) -> None:
        self.voices = tuple(dict.fromkeys((voice, DEFAULT)))
        self.models, self.out = models, out
        self._engines: dict[Voice, Engine | None] = {}

    def found(self, sound: Sound) -> Path | None:
        """The file of `sound` by the voice itself, else by the one that steps in; None where there is neither."""
        files = (self.out / file_name(sound, voice) for voice in self.voices)
        return next((file for file in files if file.exists()), None)

    def render(self, sound: Sound, force: bool = False) -> Path | None:
        """The file of `sound`, made where it is not there yet; None, and a line in the log, where it cannot be."""
        for voice in self.voices:
            file = self.out / file_name(sound, voice)
            if file.exists() and not force:
                return file
            engine = self._engine(voice)
            if engine is None:
                continue
            try:
                samples = finished(engine.render(sound.text, sound.final))
                if not samples.size:
                    raise VoiceError("the voice is silent")
                return keep(file, samples)
            except (OSError, VoiceError) as error:
                log.error("%s cannot be rendered by %s: %s", sound.name, voice.engine, error)
        return None

    def _engine(self, voice: Voice) -> Engine | None:
        if voice not in self._engines:
            faults = lacking(voice, self.models)
            try:
                self._engines[voice] = None if faults else load(voice, self.models)
            except VoiceError as error:
                self._engines[voice] = None
                faults = [str(error)]
            if faults:
                log.error("a voice of %s cannot speak, the one in the box does: %s", voice.engine, "; ".join(faults))
        return self._engines[voice]


def file_name(sound: Sound, voice: Voice) -> str:
    """The name of a rendered file: another text, form or voice is another file."""
    made_from = "\n".join((TREATMENT, voice.fingerprint, sound.text, str(sound.final)))
    return f"{sound.name}-{hashlib.sha256(made_from.encode()).hexdigest()[:10]}.wav"


def keep(file: Path, samples: Samples) -> Path:
    """Write `samples` to `file`, whole or not at all. Raises OSError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(f".{os.getpid()}")
    write_wav(unfinished, samples)
    unfinished.replace(file)
    return file


def prune(out: Path, used: Iterable[Path]) -> list[Path]:
    """Remove the rendered files in `out` that are not `used`, and say which they were. Raises OSError."""
    keeping = set(used)
    stale = [file for file in sorted(out.glob("*.wav")) if file not in keeping]
    for file in stale:
        file.unlink(missing_ok=True)
    return stale
