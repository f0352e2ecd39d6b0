"""The recording of a conversation: two mono tracks kept in step while it lasts, one stereo WAV when it is over.

Left is what the caller's leg sends, right what the others send. The file appears under its name only when it is
whole; who may hear it and how long it is kept is not known here.
"""

import hashlib
import os
import shutil
import struct
import time
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pjsua2 as pj

from telephony.worker.bridge import Bridge

LEFT = "left"
RIGHT = "right"
SILENCE = "silence"
RATE = 8000
CHUNK = 1 << 18
SPARE = 16 << 20
"""Octets that must be free to begin, about eight minutes of stereo."""

CLOSING = 1.0
"""Seconds the bridge may take to let go of the tracks; it needs one tick."""


class RecordingError(Exception):
    """The recording cannot be made; one line."""


@dataclass(frozen=True)
class Kept:
    file: str
    seconds: float
    sha256: str


class Recording:
    """Records from creation to `keep`. Both tracks always hear silence, so both are written at every tick."""

    def __init__(self, bridge: Bridge, folder: Path, file: str) -> None:
        """Raises RecordingError."""
        self.file = file
        self._bridge = bridge
        self._target = inside(folder, file)
        self._tracks = [self._target.with_name(f".{self._target.stem}.{side}.wav") for side in (LEFT, RIGHT)]
        self._silence_file = self._target.with_name(f".{self._target.stem}.silence.wav")
        try:
            self._target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if shutil.disk_usage(self._target.parent).free < SPARE:
                raise RecordingError(f"{self._target.parent}: the disk is full")
            write_silence(self._silence_file)
            self._media = self._begin()
        except OSError as error:
            raise RecordingError(f"{file}: cannot be recorded: {error.strerror}") from None
        except pj.Error as error:
            raise RecordingError(f"{file}: cannot be recorded: {error.reason}") from None
        self._sizes = [0, 0]

    def _begin(self) -> list[pj.AudioMedia]:
        recorders = []
        for name, track in zip((LEFT, RIGHT), self._tracks, strict=True):
            recorder = pj.AudioMediaRecorder()
            recorder.createRecorder(str(track), 0, 0, pj.PJMEDIA_FILE_WRITE_PCM)
            recorders.append(recorder)
            self._bridge.put(name, recorder)
        silence = pj.AudioMediaPlayer()
        silence.createPlayer(str(self._silence_file), 0)
        self._bridge.put(SILENCE, silence)
        self._bridge.connect(SILENCE, LEFT)
        self._bridge.connect(SILENCE, RIGHT)
        return [silence, *recorders]

    def growing(self) -> bool:
        """Whether both tracks have grown since the last look; a full disk stops them without a word."""
        try:
            sizes = [track.stat().st_size for track in self._tracks]
        except OSError:
            return False
        grown = all(size > before for size, before in zip(sizes, self._sizes, strict=True))
        self._sizes = sizes
        return grown

    def close(self) -> None:
        """Stop; the bridge closes the tracks at its next tick."""
        for name in (SILENCE, LEFT, RIGHT):
            self._bridge.drop(name)
        self._media.clear()

    def keep(self) -> Kept:
        """Merge the closed tracks and put the file in its place. Raises RecordingError; the tracks then stay."""
        until = time.monotonic() + CLOSING
        while time.monotonic() < until and not all(header_is_written(track) for track in self._tracks):
            time.sleep(0.005)
        try:
            kept = merge(self._tracks[0], self._tracks[1], self._target)
        except (OSError, ValueError) as error:
            raise RecordingError(f"{self.file}: cannot be kept: {error}") from None
        for part in (*self._tracks, self._silence_file):
            part.unlink(missing_ok=True)
        return Kept(self.file, kept[0], kept[1])


def inside(folder: Path, name: str) -> Path:
    """The path of `name` in `folder`. Raises RecordingError when it would lie elsewhere."""
    path = folder / name
    if not name or Path(name).is_absolute() or ".." in Path(name).parts or path == folder:
        raise RecordingError(f"{name!r}: must be a name inside the recordings folder")
    return path


def write_silence(file: Path) -> None:
    """One second of silence, for a player that loops."""
    with wave.open(str(file), "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(RATE)
        writer.writeframes(bytes(2 * RATE))


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


def merge(left: Path, right: Path, target: Path) -> tuple[float, str]:
    """Write the two mono tracks as stereo, the shorter one filled with silence; (seconds, SHA-256 in hex).

    The file is complete before it has its name. Raises OSError and ValueError.
    """
    spans = [data_span(left), data_span(right)]
    frames = max(length // 2 for _, length in spans)
    if frames == 0:
        raise ValueError("nothing was recorded")
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
