"""What a dead worker leaves becomes a recording; what a living one holds is left alone."""

import fcntl
import hashlib
import os
import struct
import wave
from pathlib import Path

import numpy as np
import pytest

from telephony.recordings import RecordingError, leftovers, parts_of, salvage


def unfinished(file: Path, samples: list[int], tail: bytes = b"") -> None:
    """A WAV as PJSIP leaves it when its process dies: lengths of 0 in the header, samples to the end."""
    form = struct.pack("<HHIIHH", 1, 1, 8000, 16000, 2, 16)
    head = struct.pack("<4sI4s4sI", b"RIFF", 0, b"WAVE", b"fmt ", len(form)) + form + struct.pack("<4sI", b"data", 0)
    file.write_bytes(head + np.array(samples, dtype="<i2").tobytes() + tail)


def channels(file: Path) -> list[list[int]]:
    with wave.open(str(file), "rb") as reader:
        assert (reader.getnchannels(), reader.getsampwidth(), reader.getframerate()) == (2, 2, 8000)
        return np.frombuffer(reader.readframes(reader.getnframes()), "<i2").reshape(-1, 2).T.tolist()


def test_unfinished_tracks_become_the_recording(tmp_path: Path) -> None:
    parts = parts_of(tmp_path, "c1.wav")
    unfinished(parts.left, [1, 2, 3, 4], tail=b"\x07")
    unfinished(parts.right, [-5, -6])
    kept = salvage(tmp_path, "c1.wav")
    assert kept is not None
    assert channels(tmp_path / "c1.wav") == [[1, 2, 3, 4], [-5, -6, 0, 0]]
    assert (kept.file, kept.seconds) == ("c1.wav", 4 / 8000)
    assert kept.sha256 == hashlib.sha256((tmp_path / "c1.wav").read_bytes()).hexdigest()
    assert list(leftovers(tmp_path)) == ["c1.wav"], "tracks stay until the record is written"
    assert salvage(tmp_path, "c1.wav") == kept, "and it may be done again"
    parts.discard()
    assert [each.name for each in tmp_path.iterdir()] == ["c1.wav"]
    assert salvage(tmp_path, "c1.wav") is None


@pytest.mark.parametrize("broken", [None, b"", b"RIFF", b"no WAV at all"])
def test_one_good_track_is_enough(tmp_path: Path, broken: bytes | None) -> None:
    parts = parts_of(tmp_path, "c1.wav")
    unfinished(parts.left, [1, 2])
    if broken is not None:
        parts.right.write_bytes(broken)
    assert salvage(tmp_path, "c1.wav") is not None
    assert channels(tmp_path / "c1.wav") == [[1, 2], [0, 0]]


def test_nothing_recorded_leaves_nothing(tmp_path: Path) -> None:
    parts = parts_of(tmp_path, "c1.wav")
    unfinished(parts.left, [])
    unfinished(parts.right, [])
    assert salvage(tmp_path, "c1.wav") is None
    assert list(tmp_path.iterdir()) == []


def test_tracks_of_a_living_worker_are_left_alone(tmp_path: Path) -> None:
    parts = parts_of(tmp_path, "c1.wav")
    unfinished(parts.left, [1])
    unfinished(parts.right, [2])
    worker = os.open(parts.silence, os.O_RDWR | os.O_CREAT)
    fcntl.flock(worker, fcntl.LOCK_EX)
    assert salvage(tmp_path, "c1.wav") is None
    assert parts.left.exists()
    assert not parts.target.exists()
    os.close(worker)
    assert salvage(tmp_path, "c1.wav") is not None


def test_leftovers_are_named_by_their_recordings_oldest_call_first(tmp_path: Path) -> None:
    for stem in ("20260102-1", "20260101-2"):
        unfinished(parts_of(tmp_path, f"{stem}.wav").left, [1])
    unfinished(parts_of(tmp_path, "20260101-2.wav").right, [1])
    unfinished(tmp_path / "whole.wav", [1])
    assert list(leftovers(tmp_path)) == ["20260101-2.wav", "20260102-1.wav"]
    assert list(leftovers(tmp_path / "nowhere")) == []


def test_names_outside_the_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="inside the recordings folder"):
        salvage(tmp_path, "../c1.wav")
