"""What a phone says: a text in the built-in voice, or a file, as the WAV a softphone plays. Errors name file and fault.

A phone plays 8 or 16 kHz, one channel, 16 bits; a file of another form is refused and not converted behind one's back.
"""

import wave
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from hotline.commands import CommandError

RATES = (8000, 16000)
CONVERT = "convert it, as in: ffmpeg -i FILE -ac 1 -ar 8000 -c:a pcm_s16le OUT.wav"


@dataclass(frozen=True, slots=True)
class Spoken:
    """One thing to be said: a text, or what is in a file."""

    text: str = ""
    file: Path | None = None


def sounds(folder: Path, wanted: Iterable[Spoken], voice: str) -> tuple[Path, ...]:
    """The WAVs to be played, made in `folder` where texts are to be said. Raises CommandError."""
    return tuple(made(folder / f"said{number}.wav", each, voice) for number, each in enumerate(wanted))


def made(target: Path, spoken: Spoken, voice: str) -> Path:
    if spoken.file is not None:
        check(spoken.file)
        return spoken.file.absolute()
    from ivr.speech.voice import VoiceError, speak, write_wav  # noqa: PLC0415 - espeak-ng is slow to load

    try:
        write_wav(target, speak(spoken.text, voice).samples)
    except VoiceError as error:
        raise CommandError(f"--say {spoken.text}: {error}") from None
    return target


def check(file: Path) -> None:
    """Raise CommandError unless a phone can play `file`."""
    try:
        with wave.open(str(file), "rb") as opened:
            channels, width, rate, frames = opened.getparams()[:4]
    except FileNotFoundError:
        raise CommandError(f"--play {file}: there is no such file") from None
    except (wave.Error, EOFError):
        raise CommandError(f"--play {file}: is no WAV file of PCM; {CONVERT}") from None
    except OSError as error:
        raise CommandError(f"--play {file}: cannot be read: {error.strerror}") from None
    if (channels, width) != (1, 2) or rate not in RATES:
        form = f"{rate} Hz, {channels} channel{'s' if channels > 1 else ''}, {8 * width} bits"
        raise CommandError(f"--play {file}: has {form}; must be 8000 or 16000 Hz, 1 channel, 16 bits: {CONVERT}")
    if not frames:
        raise CommandError(f"--play {file}: holds no sound")


def check_record(file: Path | None) -> None:
    """Raise CommandError when `file` cannot be recorded into."""
    if file is not None and (file.is_dir() or not file.absolute().parent.is_dir()):
        raise CommandError(f"--record {file}: cannot be written; its folder must be there and it must be a file's name")
