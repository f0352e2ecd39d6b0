"""Samples: reading and writing WAV files, changing the rate. Everything inside the house is int16, mono, 8 kHz.

It decides what may be converted without guessing; it must not know what the samples say.
"""

import wave
from functools import lru_cache
from math import gcd
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]
RATE = 8000
ZEROS = 16  # zero crossings of the low-pass on either side
LONGEST = 4 * 3600  # seconds in one file
CONVERT = "convert it, as in: ffmpeg -i FILE -ac 1 -ar 8000 -c:a pcm_s16le OUT.wav"
MAGIC = {
    b"ID3": "an MP3 sound",
    b"OggS": "an Ogg sound",
    b"fLaC": "a FLAC sound",
    b"#!AMR": "an AMR sound",
    b"\x1aE\xdf\xa3": "a Matroska or WebM film",
    b"FORM": "an AIFF sound",
    b"RIFX": "a big-endian WAV",
}


class SoundError(ValueError):
    """The file holds no sound that can be used; one line names the file and says why."""


def read_wav(file: Path) -> Samples:
    """The sound in `file`, mixed down to one channel, at 8 kHz. 16-bit PCM of one or two channels is taken.

    Raises SoundError when the file is missing, no regular file, empty, no WAV file, of another format, or when it
    holds less sound than its header says: what is missing might be the words that matter.
    """
    try:
        head = beginning(file)
        with wave.open(str(file), "rb") as opened:
            channels, width, rate, frames = opened.getparams()[:4]
            if width != 2 or channels not in (1, 2):
                raise SoundError(
                    f"{file}: {channels} channels of {8 * width} bits: must be 1 or 2 channels of 16 bits; {CONVERT}"
                )
            if not 4000 <= rate <= 192000:
                raise SoundError(f"{file}: {rate} samples a second: must be 4000 to 192000; {CONVERT}")
            if frames * 2 * channels > file.stat().st_size:
                there = max(0, file.stat().st_size - 44) / (2 * channels * rate)
                raise SoundError(f"{file}: is cut short: {there:.1f} of {frames / rate:.1f} seconds are there")
            if frames > LONGEST * rate:
                raise SoundError(f"{file}: {frames // rate} seconds long: must be {LONGEST} at most; cut it")
            data = opened.readframes(frames)
    except EOFError:
        raise SoundError(f"{file}: is empty or cut short: must be a WAV file") from None
    except (wave.Error, RuntimeError) as error:
        what = f"but {kind(head)}" if kind(head) else f"of 16-bit PCM: {error or 'its header is damaged'}"
        raise SoundError(f"{file}: is not a WAV file {what}; {CONVERT}") from None
    except OSError as error:
        raise SoundError(f"{file}: cannot be read: {error.strerror}") from None
    whole = len(data) - len(data) % (2 * channels)
    if whole < 2 * channels * frames:
        raise SoundError(f"{file}: is cut short: {whole / (2 * channels * rate):.1f} of {frames / rate:.1f} seconds")
    samples = np.frombuffer(data[:whole], dtype="<i2").astype(np.int16)
    if not samples.size:
        raise SoundError(f"{file}: holds no samples")
    if channels == 2:
        samples = samples.reshape(-1, 2).astype(np.int32).mean(axis=1).round().astype(np.int16)
    return resample(samples, rate, RATE)


def beginning(file: Path) -> bytes:
    """The first 12 octets of a regular file. Raises SoundError for what is none: a device might never end."""
    if not file.exists():
        raise SoundError(f"{file}: no such file")
    if file.is_dir():
        raise SoundError(f"{file}: is a folder, cannot be read as sound: name the files in it")
    if not file.is_file():
        raise SoundError(f"{file}: is no file on a disk: must be a WAV file")
    with file.open("rb") as raw:
        return raw.read(12)


def kind(head: bytes) -> str:
    """What a file that begins with the 12 octets `head` is, as far as sound and film go; empty for anything else."""
    if head[4:8] == b"ftyp":
        return "an MP4 film or sound"
    if head[:2] in (b"\xff\xfb", b"\xff\xf3", b"\xff\xf2"):
        return "an MP3 sound"
    return next((name for magic, name in MAGIC.items() if head.startswith(magic)), "")


def write_wav(file: Path | str, samples: Samples, rate: int = RATE) -> None:
    """Write `samples` as a mono 16-bit WAV file. Raises OSError."""
    with Path(file).open("wb") as raw, wave.open(raw, "wb") as opened:
        opened.setnchannels(1)
        opened.setsampwidth(2)
        opened.setframerate(rate)
        opened.writeframes(samples.astype("<i2").tobytes())


def resample(samples: Samples, before: int, after: int) -> Samples:
    """`samples` at the rate `after` instead of `before`, through a windowed-sinc low-pass below the lower Nyquist."""
    if before == after or not samples.size:
        return samples
    up, down = after // gcd(before, after), before // gcd(before, after)
    bank = low_pass(up, down)
    reach = bank.shape[1] // 2
    padded = np.pad(samples.astype(np.float32), (reach, reach + 1))
    length = -(-samples.size * up // down)
    out = np.empty(length, dtype=np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(padded, bank.shape[1])
    for first in range(0, length, 65536):
        at = np.arange(first, min(first + 65536, length), dtype=np.int64) * down
        out[first : first + at.size] = np.einsum("nk,nk->n", windows[at // up], bank[at % up])
    return np.clip(np.rint(out), -32768, 32767).astype(np.int16)


@lru_cache(maxsize=8)
def low_pass(up: int, down: int) -> NDArray[np.float32]:
    """The filter for each of `up` phases, as rows over input samples; passes 0.92 of the lower Nyquist."""
    cut = 0.92 * min(1.0, up / down)
    reach = int(np.ceil(ZEROS / cut))
    away = np.arange(-reach, reach + 1)[None, :] - (np.arange(up) / up)[:, None]
    inside = np.clip(np.abs(away) / (reach + 1), 0, 1)
    taps = cut * np.sinc(cut * away) * (0.5 + 0.5 * np.cos(np.pi * inside))
    bank: NDArray[np.float32] = (taps / taps.sum(axis=1, keepdims=True)).astype(np.float32)
    return bank
