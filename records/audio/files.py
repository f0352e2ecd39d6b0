"""Sealed recordings as files: read in ranges without ever being plain on disk, checked whole, closed after a crash.

It knows files and keys. Whose call it was, and who may hear it, it does not know.
"""

import hashlib
import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from records.audio.form import (
    AUDIO,
    FRAME,
    HEAD_OCTETS,
    HEADER_OCTETS,
    LONGEST_END,
    RATE,
    TAG,
    AudioError,
    End,
    Header,
    Layout,
    Seal,
    Span,
    block_octets,
    read_end,
    read_header,
    shifted,
    united,
)
from records.audio.keys import Keyring
from records.audio.wav import WAV_OCTETS, wav_header


@dataclass(frozen=True, slots=True)
class Whole:
    """What a file that was read from end to end holds; `sha256` (hex) is of the sealed file."""

    end: End
    sha256: str

    @property
    def seconds(self) -> float:
        return self.end.frames / RATE

    @property
    def masked(self) -> tuple[tuple[float, float], ...]:
        """In seconds."""
        return tuple((begin / RATE, end / RATE) for begin, end in self.end.masked)


class SealedAudio:
    """A finished recording, opened. Raises AudioError and OSError; close it."""

    def __init__(self, file: Path, keyring: Keyring) -> None:
        self._file = file.open("rb")
        try:
            header = read_header(self._file.read(HEADER_OCTETS))
            self._seal = Seal(keyring.master(header.key_id), header)
            size = os.fstat(self._file.fileno()).st_size
            self._file.seek(max(HEADER_OCTETS, size - LONGEST_END // 16))
            self.end = read_end(self._seal, header.piece, size, self._file.read())
        except BaseException:
            self._file.close()
            raise
        self._layout = Layout(self.end.frames, header.piece)
        self._kept: tuple[int, bytes] = (-1, b"")

    def samples(self, begin: int, count: int) -> bytes:
        """The frames [begin, begin + count) as interleaved samples, as far as there are any. Raises AudioError."""
        end = min(begin + count, self.end.frames)
        found = []
        while begin < end:
            number, skipped = divmod(begin, self._layout.piece)
            piece = self._piece(number)
            part = piece[skipped * FRAME : (skipped + end - begin) * FRAME]
            found.append(part)
            begin += len(part) // FRAME
        return b"".join(found)

    def _piece(self, number: int) -> bytes:
        if self._kept[0] != number:
            offset, octets = self._layout.place(number)
            self._file.seek(offset)
            self._kept = number, self._seal.open_piece(number, self._file.read(octets)).samples
        return self._kept[1]

    def close(self) -> None:
        self._file.close()


class WavView(io.RawIOBase):
    """A sealed recording read as a WAV file: its header is made, its samples are opened piece by piece."""

    def __init__(self, audio: SealedAudio) -> None:
        super().__init__()
        self._audio = audio
        self._header = wav_header(audio.end.frames)
        self.size = WAV_OCTETS + audio.end.frames * FRAME
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Raises AudioError where the file was changed."""
        part = self._part(len(buffer))
        buffer[: len(part)] = part
        self._at += len(part)
        return len(part)

    def _part(self, most: int) -> bytes:
        if self._at < WAV_OCTETS:
            return self._header[self._at : self._at + most]
        first, skipped = divmod(self._at - WAV_OCTETS, FRAME)
        return self._audio.samples(first, most // FRAME + 2)[skipped : skipped + most]

    def close(self) -> None:
        self._audio.close()
        super().close()


def verify(file: Path, keyring: Keyring) -> Whole:
    """Read a finished file from end to end, every piece authenticated. Raises AudioError and OSError."""
    with file.open("rb") as reader:
        header, seal = _begin(reader, keyring)
        spans, good, frames = _pieces(reader, header, seal)
        size = os.fstat(reader.fileno()).st_size
        reader.seek(good)
        rest = reader.read(LONGEST_END)
        if rest and rest[0] == AUDIO:
            raise AudioError(f"piece {frames // header.piece} is cut off or changed")
        end = read_end(seal, header.piece, size, rest)
        if end.frames != frames or end.masked != united(spans):
            raise AudioError("does not hold what its end says")
        reader.seek(0)
        return Whole(end, hashlib.file_digest(reader, "sha256").hexdigest())


def finish(file: Path, keyring: Keyring) -> Whole | None:
    """Close a file whose writer died: what is whole of it stays, what follows is cut off. None when nothing is in it.

    A file that has its end already is taken as it is. Raises AudioError, SealError and OSError.
    """
    try:
        return verify(file, keyring)
    except AudioError:
        pass
    with file.open("r+b") as writer:
        if os.fstat(writer.fileno()).st_size < HEADER_OCTETS:
            return None
        header, seal = _begin(writer, keyring)
        spans, good, frames = _pieces(writer, header, seal)
        if frames == 0:
            return None
        writer.truncate(good)
        writer.seek(good)
        writer.write(seal.end(Layout(frames, header.piece).pieces, End(frames, united(spans), partial=True)))
        writer.flush()
        os.fsync(writer.fileno())
    return verify(file, keyring)


def _begin(reader: BinaryIO, keyring: Keyring) -> tuple[Header, Seal]:
    header = read_header(reader.read(HEADER_OCTETS))
    return header, Seal(keyring.master(header.key_id), header)


def _pieces(reader: BinaryIO, header: Header, seal: Seal) -> tuple[list[Span], int, int]:
    """The masks, the end and the frames of the pieces that open, up to the first that does not."""
    spans: list[Span] = []
    good, frames, number = HEADER_OCTETS, 0, 0
    whole = block_octets(header.piece)
    while block := reader.read(whole):
        try:
            piece = seal.open_piece(number, _cut(block))
        except AudioError:
            break
        good += block_octets(len(piece.samples) // FRAME)
        frames += len(piece.samples) // FRAME
        spans.append(shifted(number, header.piece, piece.masked))
        number += 1
        if len(piece.samples) < header.piece * FRAME:
            break
    return spans, good, frames


def _cut(block: bytes) -> bytes:
    """The block that begins here, by the length it gives; the last piece is shorter than others."""
    return block[: HEAD_OCTETS + int.from_bytes(block[1:HEAD_OCTETS], "big") + TAG]
