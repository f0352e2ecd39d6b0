"""Recordings as files: two mono tracks that become one stereo WAV, by the worker or, when it died, by the core.

It knows the files' names and forms and who may touch them; what is recorded, and whose call it was, it does not know.
"""

import fcntl
import hashlib
import os
import struct
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

LEFT = "left"
RIGHT = "right"
RATE = 8000
CHUNK = 1 << 18


class RecordingError(Exception):
    """The recording cannot be made; one line."""


class NothingRecordedError(ValueError):
    """The tracks are whole, and there is no sample in them."""


@dataclass(frozen=True)
class Kept:
    """`file` is a name inside the recordings folder, `sha256` of the whole file in hex."""

    file: str
    seconds: float
    sha256: str


@dataclass(frozen=True)
class Parts:
    """The hidden files of a recording under way. `silence` is locked (flock) by the process that works on them."""

    target: Path
    left: Path
    right: Path
    silence: Path

    def discard(self) -> None:
        """Remove the tracks; the recording itself stays."""
        for part in (self.left, self.right, self.silence):
            part.unlink(missing_ok=True)


def inside(folder: Path, name: str) -> Path:
    """The path of `name` in `folder`. Raises RecordingError when it would lie elsewhere."""
    path = folder / name
    if not name or Path(name).is_absolute() or ".." in Path(name).parts or path == folder:
        raise RecordingError(f"{name!r}: must be a name inside the recordings folder")
    return path


def parts_of(folder: Path, file: str) -> Parts:
    """Where the parts of the recording `file` lie. Raises RecordingError."""
    target = inside(folder, file)
    left, right, silence = (target.with_name(f".{target.stem}.{part}.wav") for part in (LEFT, RIGHT, "silence"))
    return Parts(target, left, right, silence)


def hold(parts: Parts) -> int:
    """Take the parts for this process until the descriptor is closed or the process ends. Raises OSError."""
    descriptor = os.open(parts.silence, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def salvage(folder: Path, file: str) -> Kept | None:
    """Make the recording `file` of the tracks a dead worker left. The tracks stay, for `discard` once it is noted.

    None when there are no tracks, nothing is in them, or a living process holds them. Raises OSError and
    RecordingError. Takes as long as the disk does: call it on a thread.
    """
    parts = parts_of(folder, file)
    if not (parts.left.exists() or parts.right.exists()):
        return None
    try:
        held = hold(parts)
    except BlockingIOError:
        return None
    try:
        if parts.target.exists():
            # The worker died between giving it its name and removing the tracks.
            return Kept(file, *measured(parts.target))
        repair(parts.left)
        repair(parts.right)
        return Kept(file, *merge(parts.left, parts.right, parts.target))
    except NothingRecordedError:
        parts.discard()
        return None
    except ValueError as error:
        raise RecordingError(f"{file}: cannot be salvaged: {error}") from None
    finally:
        os.close(held)


def leftovers(folder: Path) -> Iterator[str]:
    """Names of the recordings of which there are tracks, finished or not, the oldest first."""
    tracks = [*folder.glob(f".*.{LEFT}.wav"), *folder.glob(f".*.{RIGHT}.wav")]
    seen = sorted({track.name.removeprefix(".").rsplit(".", 2)[0] for track in tracks})
    yield from (f"{stem}.wav" for stem in seen)


def repair(track: Path) -> None:
    """Make `track` a WAV, an empty one where it is none. Raises OSError."""
    try:
        data_span(track)
    except (FileNotFoundError, ValueError):
        write_silence(track, 0)


def write_silence(file: Path, seconds: int = 1) -> None:
    """Silence as a WAV, 8 kHz mono 16-bit."""
    with wave.open(str(file), "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(RATE)
        writer.writeframes(bytes(2 * RATE * seconds))


def data_span(file: Path) -> tuple[int, int]:
    """Where the samples of a WAV begin and how many octets there are, to the end of the file where the header is
    unfinished. Raises ValueError."""
    size = file.stat().st_size
    with file.open("rb") as reader:
        if reader.read(4) != b"RIFF":
            raise ValueError(f"{file.name} is no WAV file")
        reader.seek(12)
        while True:
            head = reader.read(8)
            if len(head) < 8:
                raise ValueError(f"{file.name} holds no samples")
            name, length = struct.unpack("<4sI", head)
            begin = reader.tell()
            if name == b"data":
                there = size - begin
                return begin, min(length, there) if length else there
            reader.seek(begin + length + (length & 1))


def header_is_written(track: Path) -> bool:
    """PJSIP writes the length into the header when it closes the file."""
    try:
        with track.open("rb") as reader:
            head = reader.read(8)
    except OSError:
        return True
    return len(head) == 8 and struct.unpack("<I", head[4:])[0] > 0


def measured(file: Path) -> tuple[float, str]:
    """Seconds and SHA-256 (hex) of a whole recording. Raises OSError and ValueError."""
    try:
        with wave.open(str(file), "rb") as reader:
            seconds = reader.getnframes() / reader.getframerate()
    except (wave.Error, EOFError) as error:
        raise ValueError(f"{file.name} is no WAV file: {error}") from None
    with file.open("rb") as whole:
        return seconds, hashlib.file_digest(whole, "sha256").hexdigest()


def merge(left: Path, right: Path, target: Path) -> tuple[float, str]:
    """Write the two mono tracks as stereo, the shorter one filled with silence; (seconds, SHA-256 in hex).

    The file is complete before it has its name. Raises OSError, NothingRecordedError and ValueError.
    """
    spans = [data_span(left), data_span(right)]
    frames = max(length // 2 for _, length in spans)
    if frames == 0:
        raise NothingRecordedError("nothing was recorded")
    temporary = target.with_name(f".{target.name}.part")
    try:
        with (
            left.open("rb") as first,
            right.open("rb") as second,
            os.fdopen(os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b") as out,
        ):
            with wave.open(out, "wb") as writer:
                writer.setnchannels(2)
                writer.setsampwidth(2)
                writer.setframerate(RATE)
                writer.setnframes(frames)
                first.seek(spans[0][0])
                second.seek(spans[1][0])
                rest = [span[1] // 2 for span in spans]
                for begin in range(0, frames, CHUNK):
                    both = np.zeros((min(CHUNK, frames - begin), 2), dtype="<i2")
                    for side, reader in enumerate((first, second)):
                        count = min(rest[side], len(both))
                        both[:count, side] = np.frombuffer(reader.read(2 * count), dtype="<i2")
                        rest[side] -= count
                    writer.writeframesraw(both.tobytes())
            out.flush()
            os.fsync(out.fileno())
            out.seek(0)
            digest = hashlib.file_digest(out, "sha256").hexdigest()
        temporary.replace(target)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    return frames / RATE, digest
