"""What a dead worker leaves becomes a recording; what a living one holds is left alone."""

import fcntl
import hashlib
import os
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from records.audio.files import SealedAudio
from records.audio.form import FRAME, PIECE, End, Piece, Seal, new_header
from records.audio.keys import keyring_of
from telephony.recordings import RecordingError, call_of, leftovers, parts_of, salvage

KEYS = keyring_of([Fernet.generate_key()])


def unfinished(file: Path, pieces: int, tail: bytes = b"", end: bool = False) -> None:
    """A recording as a worker leaves it that dies, or that ends before its record is written."""
    header = new_header(KEYS.newest.id)
    seal = Seal(KEYS.newest.master, header)
    blocks = [seal.piece(number, Piece(bytes([number + 1]) * FRAME * PIECE)) for number in range(pieces)]
    closing = seal.end(pieces, End(pieces * PIECE)) if end else b""
    file.write_bytes(header.raw + b"".join(blocks) + closing + tail)


def test_what_is_whole_becomes_the_recording(tmp_path: Path) -> None:
    parts = parts_of(tmp_path, "c1.wav")
    unfinished(parts.hidden, 2, tail=b"half a piece")
    kept = salvage(tmp_path, "c1.rec", KEYS)
    assert kept is not None
    assert (kept.file, kept.seconds, kept.partial) == ("c1.rec", 1.0, True)
    assert kept.sha256 == hashlib.sha256((tmp_path / "c1.rec").read_bytes()).hexdigest()
    audio = SealedAudio(tmp_path / "c1.rec", KEYS)
    assert audio.samples(0, 2 * PIECE) == b"\1" * FRAME * PIECE + b"\2" * FRAME * PIECE
    audio.close()
    assert list(leftovers(tmp_path)) == ["c1.rec"], "the hidden name stays until the record is written"
    assert salvage(tmp_path, "c1.rec", KEYS) == kept, "and it may be done again"
    parts.discard()
    assert [each.name for each in tmp_path.iterdir()] == ["c1.rec"]
    assert salvage(tmp_path, "c1.rec", KEYS) is None


def test_a_finished_one_is_taken_as_it_is(tmp_path: Path) -> None:
    parts = parts_of(tmp_path, "c1.wav")
    unfinished(parts.hidden, 1, end=True)
    before = parts.hidden.read_bytes()
    kept = salvage(tmp_path, "c1.wav", KEYS)
    assert kept is not None and not kept.partial and kept.seconds == 0.5
    assert parts.target.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"HL", b"x" * 64])
def test_nothing_recorded_leaves_nothing_and_what_is_not_ours_is_said(tmp_path: Path, content: bytes) -> None:
    hidden = parts_of(tmp_path, "c1.wav").hidden
    hidden.write_bytes(content)
    if content.startswith(b"x"):
        with pytest.raises(RecordingError, match="no sealed recording"):
            salvage(tmp_path, "c1.rec", KEYS)
        assert hidden.exists()
    else:
        assert salvage(tmp_path, "c1.rec", KEYS) is None
        assert list(tmp_path.iterdir()) == []


def test_a_header_alone_leaves_nothing(tmp_path: Path) -> None:
    unfinished(parts_of(tmp_path, "c1.wav").hidden, 0)
    assert salvage(tmp_path, "c1.rec", KEYS) is None
    assert list(tmp_path.iterdir()) == []


def test_without_its_key_it_stays(tmp_path: Path) -> None:
    unfinished(parts_of(tmp_path, "c1.wav").hidden, 1)
    with pytest.raises(RecordingError, match="restore that key"):
        salvage(tmp_path, "c1.rec", keyring_of([Fernet.generate_key()]))
    assert salvage(tmp_path, "c1.rec", KEYS) is not None


def test_what_a_living_worker_holds_is_left_alone(tmp_path: Path) -> None:
    parts = parts_of(tmp_path, "c1.wav")
    unfinished(parts.hidden, 1)
    worker = os.open(parts.hidden, os.O_RDWR)
    fcntl.flock(worker, fcntl.LOCK_EX)
    assert salvage(tmp_path, "c1.rec", KEYS) is None
    assert not parts.target.exists()
    os.close(worker)
    assert salvage(tmp_path, "c1.rec", KEYS) is not None


def test_leftovers_are_named_by_their_recordings_oldest_call_first(tmp_path: Path) -> None:
    for stem in ("20260102-1", "20260101-2", "20260101-2.message"):
        unfinished(parts_of(tmp_path, f"{stem}.wav").hidden, 1)
    unfinished(tmp_path / "whole.rec", 1, end=True)
    names = ["20260101-2.message.rec", "20260101-2.rec", "20260102-1.rec"]
    assert list(leftovers(tmp_path)) == names
    assert [call_of(name) for name in names] == ["20260101-2", "20260101-2", "20260102-1"]
    assert list(leftovers(tmp_path / "nowhere")) == []


def test_names_outside_the_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="inside the recordings folder"):
        salvage(tmp_path, "../c1.wav", KEYS)
