"""Recorded takes in HOME/recorded: which there are, whether they can be played, which belong to nothing.

It decides what a take's file must be. Its sound is left as it was recorded. It must not know who plays it.
"""

import hashlib
import wave
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from math import log10
from pathlib import Path

from ivr.speaking.joints import LOUDNESS, loudness
from ivr.speech.sound import SoundError, read_wav, write_wav

FAR_OFF = 6.0  # dB from the rendered voice, at which a caller reaches for the volume


@dataclass(frozen=True)
class Take:
    """The recording `file` of the sound `name`; `playable` is the file to play: itself, or a copy at 8 kHz."""

    name: str
    file: Path
    playable: Path


def takes(folder: Path) -> dict[str, Path]:
    """Name → file of every recording, also of those that cannot be played."""
    if not folder.is_dir():
        return {}
    return {file.stem: file for file in sorted(folder.iterdir()) if file.suffix.lower() == ".wav"}


def playable(name: str, file: Path, copies: Path) -> Take:
    """The take ready to be played; one of another rate or in stereo is copied into `copies`. Raises SoundError."""
    if _is_telephone(file):
        return Take(name, file, file)
    samples = read_wav(file)
    copy = copies / f"{name}-take-{_hash(file)}.wav"
    if not copy.exists():
        copies.mkdir(parents=True, exist_ok=True)
        unfinished = copy.with_suffix(".unfinished")
        write_wav(unfinished, samples)
        unfinished.replace(copy)
    return Take(name, file, copy)


def level(file: Path) -> float:
    """How much louder than the rendered voice, in dB; -inf for silence. Raises SoundError."""
    loud = loudness(read_wav(file))
    return 20 * log10(loud / LOUDNESS) if loud else float("-inf")


def faults(folder: Path) -> list[str]:
    """One line for each recording that cannot be played."""
    found = []
    for file in takes(folder).values():
        try:
            read_wav(file)
        except SoundError as error:
            found.append(f"{error}. Record 16-bit PCM WAV, best at 8 kHz and mono; until then the voice is used")
    return found


def strays(folder: Path, names: Collection[str], templates: Collection[str]) -> dict[str, str]:
    """Name → why no prompt uses the recording, with the likely name, for each that none uses."""
    return {name: _stray(name, names, templates) for name in takes(folder) if name not in names}


def _stray(name: str, names: Iterable[str], templates: Collection[str]) -> str:
    if name in templates:
        return "is a sentence with places for values; record its parts, as hotline prompts list names them"
    near = get_close_matches(name, list(names), 1)
    return f"no prompt is called so{f'; is {near[0]} meant?' if near else ', see hotline prompts list'}"


def _is_telephone(file: Path) -> bool:
    """Whether it is played as it is: 8 kHz, mono, 16-bit PCM, with sound in it."""
    try:
        with wave.open(str(file), "rb") as opened:
            return opened.getparams()[:3] == (1, 2, 8000) and opened.getnframes() > 0
    except (wave.Error, EOFError, OSError):
        return False


def _hash(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:10]
