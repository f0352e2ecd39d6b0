"""The built-in synthesiser's voice: Chinese text in, telephone speech out, with the place of every phoneme.

It decides how espeak-ng is driven (one process-wide lock, since the library holds one voice at a time); it must not
know why something is said.
"""

import ctypes
import os
import re
import tempfile
import threading
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import espeakng_loader
import numpy as np

from ivr.speech.reading import pinyin, spoken
from ivr.speech.sound import RATE, Samples, resample, write_wav

__all__ = ["Phoneme", "Speech", "VoiceError", "speak", "speak_pinyin", "voices", "write_wav"]

SYNCHRONOUS, PHONEME_EVENTS, UTF8_AND_PHONEMES = 2, 1, 0x101
END, PHONEME = 0, 7
SPEED, VOLUME, PITCH = 1, 2, 3
LOUDNESS = 70  # of 100; louder, the loudest voices are cut off at full scale
# espeak-ng 1.52 lacks these three syllables and reads them as English: they are given to it as phonemes.
LACKING = {"j": "tS;", "q": "tS;h", "x": "S;"}
TONES = {"1": "55", "2": "35", "3": "214", "4": "51", "5": "11"}
LONGEST_PATH = 120  # espeak-ng 1.52 keeps its data path in 160 bytes and appends names to it

_lock = threading.Lock()


class VoiceError(ValueError):
    """The text cannot be said; one line that names the field, the value and the way out."""


@dataclass(frozen=True, slots=True)
class Phoneme:
    """One phoneme by espeak-ng's name (stress and tone marks included; `_…` is silence) and its first sample."""

    name: str
    start: int


@dataclass(frozen=True, slots=True, eq=False)
class Speech:
    """`samples`: int16, mono, 8 kHz. `phonemes`: in order, starting positions in `samples`."""

    samples: Samples
    phonemes: tuple[Phoneme, ...]

    @property
    def seconds(self) -> float:
        return self.samples.size / RATE


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("name", ctypes.c_char * 8),
    )


_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)  # fmt: skip


class _Synthesiser:
    """espeak-ng, loaded once a process."""

    def __init__(self) -> None:
        library: Any = ctypes.CDLL(str(espeakng_loader.get_library_path()))
        self.library = library
        self.rate: int = library.espeak_Initialize(SYNCHRONOUS, 0, str(_data()).encode(), PHONEME_EVENTS)
        if self.rate <= 0:
            raise VoiceError("espeak-ng did not start: install espeakng-loader 0.2.4 again")
        self.blocks: list[Samples] = []
        self.events: list[tuple[str, int]] = []
        self.callback = _CALLBACK(self._collect)
        library.espeak_SetSynthCallback(self.callback)

    def _collect(self, wave: Any, count: int, events: Any) -> int:
        if wave and count:
            self.blocks.append(np.ctypeslib.as_array(wave, shape=(count,)).copy())
        at = 0
        while events[at].type != END:
            if events[at].type == PHONEME:
                self.events.append((events[at].name.decode("utf-8", "replace"), events[at].sample))
            at += 1
        return 0

    def say(self, text: str, voice: str, speed: int, pitch: int) -> tuple[Samples, list[tuple[str, int]]]:
        self.blocks, self.events = [], []
        if self.library.espeak_SetVoiceByName(voice.encode()):
            raise VoiceError(f"voice: {voice!r}: espeak-ng does not load it; see voices()")
        self.library.espeak_SetParameter(SPEED, speed, 0)
        self.library.espeak_SetParameter(VOLUME, LOUDNESS, 0)
        self.library.espeak_SetParameter(PITCH, pitch, 0)
        said = text.encode()
        if self.library.espeak_Synth(said, len(said) + 1, 0, 1, 0, UTF8_AND_PHONEMES, None, None):
            raise VoiceError("text: espeak-ng refused it")
        return np.concatenate([np.zeros(0, np.int16), *self.blocks]), self.events


def speak(text: str, voice: str = "cmn", speed: int = 175, pitch: int = 50) -> Speech:
    """Say the Chinese `text`. `speed` is espeak-ng's words a minute (80-450), `pitch` 0-99.

    Figures and abbreviations are read as ivr.speech.reading says; polyphones by pypinyin. Raises VoiceError.
    """
    return speak_pinyin(pinyin(spoken(text)), voice, speed, pitch)


def speak_pinyin(text: str, voice: str = "cmn", speed: int = 175, pitch: int = 50) -> Speech:
    """Say pinyin with tone figures ("ni3hao3 shi4jie4"), as `speak` does; syllables written together are one word."""
    if voice not in voices():
        raise VoiceError(
            f"voice: {voice!r}: no such voice; there are cmn and cmn+NAME, such as cmn+f2, cmn+m3, cmn+Annie"
        )
    if not 80 <= speed <= 450:
        raise VoiceError(f"speed: {speed}: must be 80 to 450 words a minute")
    if not 0 <= pitch <= 99:
        raise VoiceError(f"pitch: {pitch}: must be 0 to 99")
    text = re.sub(r"([jqx])iong([1-5])", lambda m: f"[[{LACKING[m[1]]}jong{TONES[m[2]]}]]", text.replace("\0", " "))
    with _lock:
        synthesiser = _synthesiser()
        samples, events = synthesiser.say(text, voice, speed, pitch)
        rate = synthesiser.rate
    if not any(not name.startswith("_") for name, _ in events):
        raise VoiceError("text: holds nothing that can be said: give Chinese characters, figures or letters")
    phonemes = tuple(Phoneme(name, round(start * RATE / rate)) for name, start in events)
    return Speech(resample(samples, rate, RATE), phonemes)


@cache
def voices() -> tuple[str, ...]:
    """The names `speak` takes: "cmn", and "cmn+NAME" for each variant of the voice, sorted."""
    variants = Path(espeakng_loader.get_data_path()) / "voices" / "!v"
    return ("cmn", *sorted(f"cmn+{variant.name}" for variant in variants.iterdir() if " " not in variant.name))


@cache
def _synthesiser() -> _Synthesiser:
    return _Synthesiser()


def _data() -> Path:
    """espeak-ng's data folder, by a short name when its own is too long."""
    data = Path(espeakng_loader.get_data_path())
    if len(os.fsencode(data)) <= LONGEST_PATH:
        return data
    short = Path(tempfile.mkdtemp(prefix="espeak-")) / "espeak-ng-data"
    short.symlink_to(data)
    return short
