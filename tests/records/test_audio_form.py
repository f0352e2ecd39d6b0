"""Sealed recordings: what was written is read, in any range; whatever was changed or cut off is found."""

import wave
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from cryptography.fernet import Fernet
from hypothesis import given, settings
from hypothesis import strategies as st

from config.load import PACKAGED
from config.settings import Settings
from records.audio.files import SealedAudio, WavView, finish, verify
from records.audio.form import (
    FRAME,
    HEADER_OCTETS,
    PIECE,
    AudioError,
    End,
    Layout,
    Piece,
    Seal,
    block_octets,
    new_header,
    united,
)
from records.audio.keys import Keyring, keyring_of, load_keyring

KEYS = keyring_of([Fernet.generate_key()])
QUICK = settings(max_examples=60, deadline=None)


def sound(frames: int) -> bytes:
    return bytes((at * 7 + at // 251) & 0xFF for at in range(frames * FRAME))


def write(file: Path, plain: bytes, masked: tuple[int, int] = (0, 0), end: bool = True, keys: Keyring = KEYS) -> None:
    """A recording of `plain`, with `masked` (frames of the file) marked in its pieces."""
    header = new_header(keys.newest.id)
    seal = Seal(keys.newest.master, header)
    frames, spans = len(plain) // FRAME, []
    out = bytearray(header.raw)
    for number, begin in enumerate(range(0, frames, PIECE)):
        stop = min(begin + PIECE, frames)
        mark = (max(masked[0], begin) - begin, min(masked[1], stop) - begin)
        mark = mark if mark[0] < mark[1] else (0, 0)
        spans.append((begin + mark[0], begin + mark[1]))
        out += seal.piece(number, Piece(plain[begin * FRAME : stop * FRAME], mark))
    if end:
        out += seal.end(Layout(frames).pieces, End(frames, united(spans)))
    file.write_bytes(out)


def read(file: Path, frames: int) -> bytes:
    audio = SealedAudio(file, KEYS)
    try:
        return audio.samples(0, frames)
    finally:
        audio.close()


@QUICK
@given(st.integers(0, 3 * PIECE + 7), st.data())
def test_any_range_is_what_was_written(frames: int, data: st.DataObject) -> None:
    plain = sound(frames)
    begin = data.draw(st.integers(0, frames + 5))
    count = data.draw(st.integers(0, frames + 5))
    with TemporaryDirectory() as folder:
        file = Path(folder) / "c.rec"
        write(file, plain)
        audio = SealedAudio(file, KEYS)
        assert audio.samples(begin, count) == plain[begin * FRAME : (begin + count) * FRAME]
        assert verify(file, KEYS).end == audio.end == End(frames)
        audio.close()


@QUICK
@given(st.integers(0, 2 * PIECE), st.data())
def test_the_wav_view_is_the_file_it_claims_to_be(frames: int, data: st.DataObject) -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "c.rec"
        write(file, sound(frames))
        view = WavView(SealedAudio(file, KEYS))
        whole = view.read()
        assert len(whole) == view.size
        at = data.draw(st.integers(0, view.size))
        length = data.draw(st.integers(0, view.size))
        view.seek(at)
        found = b""
        while len(found) < length and (part := view.read(length - len(found))):
            found += part
        assert found == whole[at : at + length]
        view.seek(0)
        with wave.open(view, "rb") as reader:
            assert (reader.getnchannels(), reader.getframerate(), reader.getnframes()) == (2, 8000, frames)
            assert reader.readframes(frames) == sound(frames)


@QUICK
@given(st.data())
def test_a_flipped_bit_anywhere_is_found(data: st.DataObject) -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "c.rec"
        write(file, sound(PIECE + 100), masked=(50, 60))
        whole = bytearray(file.read_bytes())
        # The header's last four octets are padding, and bound into the key all the same.
        at = data.draw(st.integers(0, len(whole) - 1))
        whole[at] ^= 1 << data.draw(st.integers(0, 7))
        file.write_bytes(whole)
        with pytest.raises(AudioError):
            verify(file, KEYS)


@QUICK
@given(st.data())
def test_a_file_cut_off_anywhere_is_found_and_closed_with_every_whole_piece(data: st.DataObject) -> None:
    plain = sound(2 * PIECE + 100)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "c.rec"
        write(file, plain, masked=(PIECE - 5, PIECE + 5))
        whole = file.read_bytes()
        left = data.draw(st.integers(0, len(whole) - 1))
        file.write_bytes(whole[:left])
        with pytest.raises(AudioError):
            verify(file, KEYS)
        pieces = max(0, min(2, (left - HEADER_OCTETS) // block_octets(PIECE)))
        last = left >= HEADER_OCTETS + 2 * block_octets(PIECE) + block_octets(100)
        frames = 2 * PIECE + 100 if last else pieces * PIECE
        closed = finish(file, KEYS)
        if frames == 0:
            assert closed is None
            return
        assert closed is not None and closed.end.partial and closed.end.frames == frames
        expected = united([(PIECE - 5, min(PIECE + 5, frames))])
        assert closed.end.masked == expected
        assert verify(file, KEYS) == closed == finish(file, KEYS), "and it may be done again"
        assert read(file, frames) == plain[: frames * FRAME]


def test_pieces_cannot_be_swapped_repeated_or_left_out(tmp_path: Path) -> None:
    file = tmp_path / "c.rec"
    write(file, sound(3 * PIECE))
    whole, size = file.read_bytes(), block_octets(PIECE)
    blocks = [whole[HEADER_OCTETS + n * size : HEADER_OCTETS + (n + 1) * size] for n in range(3)]
    end = whole[HEADER_OCTETS + 3 * size :]
    for order in ((1, 0, 2), (0, 0, 2), (0, 2), (0, 1), (0, 1, 2, 2)):
        file.write_bytes(whole[:HEADER_OCTETS] + b"".join(blocks[n] for n in order) + end)
        with pytest.raises(AudioError):
            verify(file, KEYS)
        with pytest.raises(AudioError):
            read(file, 3 * PIECE)


def test_a_piece_of_another_file_does_not_fit(tmp_path: Path) -> None:
    one, two = tmp_path / "1.rec", tmp_path / "2.rec"
    write(one, sound(PIECE))
    write(two, sound(PIECE))
    mixed = one.read_bytes()[:HEADER_OCTETS] + two.read_bytes()[HEADER_OCTETS:]
    one.write_bytes(mixed)
    with pytest.raises(AudioError, match="changed"):
        verify(one, KEYS)


def test_the_plain_sound_is_nowhere_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "c.rec"
    write(file, b"secret words " * 4000)
    assert b"secret" not in file.read_bytes()


def test_a_new_key_seals_and_the_old_one_still_opens(tmp_path: Path) -> None:
    home = Settings(home=tmp_path, folder=PACKAGED)
    before = load_keyring(home)
    write(tmp_path / "old.rec", sound(10), keys=before)
    key = tmp_path / "secrets" / "records.key"
    key.write_bytes(Fernet.generate_key() + b"\n" + key.read_bytes())
    after = load_keyring(home)
    write(tmp_path / "new.rec", sound(20), keys=after)
    assert verify(tmp_path / "old.rec", after).end == End(10)
    assert verify(tmp_path / "new.rec", after).end == End(20)
    with pytest.raises(AudioError, match="restore that key"):
        verify(tmp_path / "new.rec", before)


def test_what_is_no_recording_is_said(tmp_path: Path) -> None:
    file = tmp_path / "c.rec"
    file.write_bytes(b"RIFF" + bytes(200))
    with pytest.raises(AudioError, match="no sealed recording"):
        verify(file, KEYS)
    file.write_bytes(b"")
    assert finish(file, KEYS) is None


def test_masks_are_united() -> None:
    assert united([(5, 9), (0, 0), (1, 3), (3, 4), (8, 12)]) == ((1, 4), (5, 12))
