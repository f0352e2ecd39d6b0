"""Prompts of several files become one sound, to the last sample."""

import wave
from pathlib import Path

import pytest

from telephony.worker.audio.media import joined


def wav(file: Path, frames: bytes) -> str:
    with wave.open(str(file), "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(8000)
        writer.writeframes(frames)
    return str(file)


def test_files_follow_each_other_without_a_gap(tmp_path: Path) -> None:
    first, second = b"\x01\x00" * 801, b"\x02\x00" * 333
    with joined((wav(tmp_path / "a.wav", first), wav(tmp_path / "b.wav", second))) as whole:
        with wave.open(whole, "rb") as reader:
            assert reader.readframes(reader.getnframes()) == first + second
        made = Path(whole)
    assert not made.exists()


def test_one_file_is_taken_as_it_is(tmp_path: Path) -> None:
    file = wav(tmp_path / "a.wav", b"\x01\x00")
    with joined((file,)) as whole:
        assert whole == file
    assert Path(file).exists()


def test_a_prompt_without_sound_is_said() -> None:
    with pytest.raises(OSError, match="no sound"), joined(()):
        pass
