"""The form of a sealed recording: a header, pieces of sound that are sealed each for itself, and an end. PURE.

It decides what counts as whole and what was tampered with. Files, keys on disk and calls are not known here.

    header   64 octets: magic, version, channels, rate, frames of a piece, key id, salt
    piece    kind, length, sealed (masked from, to; interleaved 16-bit little-endian samples)
    end      kind, length, sealed JSON (frames, masked), then the length of all that as 4 octets

AES-256-GCM (NIST SP 800-38D) with a key of its own for each file (HKDF, RFC 5869, over salt and header); the nonce is
the block's kind and place: pieces can be neither changed, nor swapped, nor taken out, nor cut off without a trace.
"""

import json
import secrets
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MAGIC = b"HL12348R"
VERSION = 1
RATE = 8000
CHANNELS = 2
FRAME = 2 * CHANNELS
"""Octets of a frame: one 16-bit sample a channel."""

PIECE = 4000
"""Frames of a piece: half a second. What a crash may cost is counted in these."""

_HEADER = struct.Struct(">8sBBHII8s32s4x")
_HEAD = struct.Struct(">BI")
_MARK = struct.Struct(">II")
_TAIL = struct.Struct(">I")
HEADER_OCTETS = _HEADER.size
HEAD_OCTETS = _HEAD.size
TAG = 16
AUDIO, END, SALVAGED = 1, 2, 3
"""Kinds of blocks. The end of a file that was closed for its dead writer has a kind, so a nonce, of its own."""

LONGEST_END = 1 << 20

Span = tuple[int, int]
"""Frames [from, to)."""


class AudioError(Exception):
    """The recording is not whole, not ours, or was changed; one line that names no content."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a file says of itself; `raw` goes into its key, so that nothing of it can be changed."""

    raw: bytes
    key_id: bytes
    salt: bytes
    piece: int


@dataclass(frozen=True, slots=True)
class End:
    """The last word of a file. `masked` are the spans in which recording was paused; `partial`: its worker died."""

    frames: int
    masked: tuple[Span, ...] = ()
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """`masked` counts from the piece's own first frame; (0, 0) for nothing."""

    samples: bytes
    masked: Span = (0, 0)


def new_header(key_id: bytes) -> Header:
    """A header with a fresh salt."""
    salt = secrets.token_bytes(32)
    raw = _HEADER.pack(MAGIC, VERSION, CHANNELS, 16, RATE, PIECE, key_id, salt)
    return Header(raw, key_id, salt, PIECE)


def read_header(raw: bytes) -> Header:
    """Raises AudioError."""
    if len(raw) != HEADER_OCTETS or not raw.startswith(MAGIC):
        raise AudioError("is no sealed recording")
    _, version, channels, bits, rate, piece, key_id, salt = _HEADER.unpack(raw)
    if (version, channels, bits, rate) != (VERSION, CHANNELS, 16, RATE) or not 0 < piece <= 1 << 20:
        raise AudioError(f"is a sealed recording of version {version}, which this version does not read")
    return Header(raw, key_id, salt, piece)


class Seal:
    """Seals and opens the blocks of one file. `master` are the 32 octets of the keyring that the header names."""

    def __init__(self, master: bytes, header: Header) -> None:
        derived = HKDF(SHA256(), 32, salt=header.salt, info=b"12348 recording" + header.raw).derive(master)
        self._cipher = AESGCM(derived)

    def piece(self, number: int, piece: Piece) -> bytes:
        """The block of the piece at place `number`, counted from 0."""
        return self._block(AUDIO, number, _MARK.pack(*piece.masked) + piece.samples)

    def end(self, number: int, end: End) -> bytes:
        """The block that closes a file of `number` pieces."""
        words = json.dumps({"frames": end.frames, "masked": end.masked}, separators=(",", ":"))
        block = self._block(SALVAGED if end.partial else END, number, words.encode())
        return block + _TAIL.pack(len(block) + _TAIL.size)

    def open_piece(self, number: int, block: bytes) -> Piece:
        """Raises AudioError."""
        plain = self._open(AUDIO, number, block)
        return Piece(plain[_MARK.size :], _MARK.unpack(plain[: _MARK.size]))

    def open_end(self, number: int, block: bytes) -> End:
        """`block` with its length behind it. Raises AudioError."""
        partial = block[:1] == bytes([SALVAGED])
        words = json.loads(self._open(SALVAGED if partial else END, number, block[: -_TAIL.size]))
        return End(words["frames"], tuple((a, b) for a, b in words["masked"]), partial)

    def _block(self, kind: int, number: int, plain: bytes) -> bytes:
        head = _HEAD.pack(kind, len(plain))
        return head + self._cipher.encrypt(nonce(kind, number), plain, head)

    def _open(self, kind: int, number: int, block: bytes) -> bytes:
        head, sealed = block[: _HEAD.size], block[_HEAD.size :]
        if len(sealed) < TAG or head != _HEAD.pack(kind, len(sealed) - TAG):
            raise AudioError(f"piece {number} is cut off or changed")
        try:
            return self._cipher.decrypt(nonce(kind, number), sealed, head)
        except InvalidTag:
            raise AudioError(f"piece {number} is changed") from None


def nonce(kind: int, number: int) -> bytes:
    """12 octets, never the same for two blocks of a file."""
    return bytes([kind]) + number.to_bytes(11, "big")


def block_octets(frames: int) -> int:
    """Octets of the block of a piece of `frames` frames."""
    return _HEAD.size + _MARK.size + FRAME * frames + TAG


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the blocks of a finished file lie: nothing but the number of frames and the piece size decides it."""

    frames: int
    piece: int = PIECE

    @property
    def pieces(self) -> int:
        return -(-self.frames // self.piece)

    def place(self, number: int) -> tuple[int, int]:
        """Offset and octets of the block of piece `number`."""
        frames = min(self.piece, self.frames - number * self.piece)
        return HEADER_OCTETS + number * block_octets(self.piece), block_octets(frames)

    @property
    def end(self) -> int:
        """Offset of the end."""
        if not self.pieces:
            return HEADER_OCTETS
        offset, octets = self.place(self.pieces - 1)
        return offset + octets


def end_octets(tail: bytes) -> int:
    """Octets of the end with its length, as the last four octets of a file say. Raises AudioError."""
    octets = int(_TAIL.unpack(tail)[0]) if len(tail) == _TAIL.size else 0
    if not _HEAD.size + TAG + _TAIL.size <= octets <= LONGEST_END:
        raise AudioError("has no end: it is not finished, or cut off")
    return octets


def read_end(seal: Seal, piece: int, size: int, tail: bytes) -> End:
    """The end of a file of `size` octets that ends with `tail`. Raises AudioError."""
    octets = end_octets(tail[-_TAIL.size :])
    if octets > len(tail):
        raise AudioError("has no end: it is not finished, or cut off")
    head_at = size - octets - HEADER_OCTETS
    full, rest = divmod(head_at, block_octets(piece))
    end = seal.open_end(full + (rest > 0), tail[-octets:])
    if Layout(end.frames, piece).end != size - octets:
        raise AudioError("is longer or shorter than its end says")
    return end


def shifted(number: int, piece: int, masked: Span) -> Span:
    """A piece's mask counted from the beginning of the file."""
    return number * piece + masked[0], number * piece + masked[1]


def united(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Spans in order, those that touch as one, empty ones left out."""
    found: list[Span] = []
    for begin, end in sorted(span for span in spans if span[0] < span[1]):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((begin, end))
    return tuple(found)
