import wave
from pathlib import Path

import numpy as np
import pytest

from ivr.speech.sound import SoundError, read_wav, resample, write_wav


def tone(hertz: float, rate: int, seconds: float = 1.0) -> np.ndarray:
    return (10000 * np.sin(2 * np.pi * hertz * np.arange(int(rate * seconds)) / rate)).astype(np.int16)


def level(samples: np.ndarray) -> float:
    middle = samples[len(samples) // 4 : -len(samples) // 4].astype(float)
    return float(np.sqrt((middle**2).mean()))


@pytest.mark.parametrize("rate", [16000, 22050, 44100, 48000, 11025])
def test_resampling_keeps_what_the_telephone_carries(rate: int) -> None:
    out = resample(tone(1000, rate), rate, 8000)
    assert abs(out.size - 8000) <= 1
    assert level(out) == pytest.approx(level(tone(1000, 8000)), rel=0.01)
    spectrum = np.abs(np.fft.rfft(out * np.hanning(out.size)))
    assert int(spectrum.argmax() * 8000 / out.size) == 1000


@pytest.mark.parametrize("rate", [16000, 22050, 48000])
def test_resampling_folds_nothing_back(rate: int) -> None:
    assert level(resample(tone(5000, rate), rate, 8000)) < 10


def test_written_and_read_again(tmp_path: Path) -> None:
    samples = tone(440, 8000)
    write_wav(tmp_path / "a.wav", samples)
    assert (read_wav(tmp_path / "a.wav") == samples).all()


def test_stereo_at_another_rate_is_mixed_down(tmp_path: Path) -> None:
    both = np.stack([tone(700, 16000), np.zeros(16000, np.int16)], axis=1)
    with wave.open(str(tmp_path / "s.wav"), "wb") as opened:
        opened.setparams((2, 2, 16000, 0, "NONE", ""))
        opened.writeframes(both.tobytes())
    assert level(read_wav(tmp_path / "s.wav")) == pytest.approx(level(tone(700, 8000)) / 2, rel=0.01)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [(b"", "empty"), (b"hello, this is no sound at all", "not a WAV"), (b"RIFF\x24\0\0\0WAVE", "not a WAV"),
     (b"\xff\xfb" * 200, "not a WAV")],
)  # fmt: skip
def test_garbage_is_refused_with_the_name_of_the_file(tmp_path: Path, content: bytes, complaint: str) -> None:
    (tmp_path / "bad.wav").write_bytes(content)
    with pytest.raises(SoundError, match=complaint) as caught:
        read_wav(tmp_path / "bad.wav")
    assert "bad.wav" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(SoundError, match="no such file"):
        read_wav(tmp_path / "none.wav")
    with pytest.raises(SoundError, match="cannot be read"):
        read_wav(tmp_path)


def test_eight_bits_and_no_samples_are_refused(tmp_path: Path) -> None:
    for name, width, frames in (("eight.wav", 1, b"\x80" * 100), ("none.wav", 2, b"")):
        with wave.open(str(tmp_path / name), "wb") as opened:
            opened.setparams((1, width, 8000, 0, "NONE", ""))
            opened.writeframes(frames)
    with pytest.raises(SoundError, match="8 bits"):
        read_wav(tmp_path / "eight.wav")
    with pytest.raises(SoundError, match="no samples"):
        read_wav(tmp_path / "none.wav")


@pytest.mark.parametrize(
    ("head", "what"),
    [(b"ID3\x04", "MP3"), (b"\xff\xfb\x90\x64", "MP3"), (b"\0\0\0\x20ftypisom", "MP4"), (b"OggS", "Ogg"),
     (b"fLaC", "FLAC"), (b"\x1aE\xdf\xa3", "film"), (b"#!AMR\n", "AMR"), (b"FORM\0\0\0\0AIFF", "AIFF")],
)  # fmt: skip
def test_films_and_other_sounds_that_are_named_wav_are_called_what_they_are(
    tmp_path: Path, head: bytes, what: str
) -> None:
    (tmp_path / "film.wav").write_bytes(head + bytes(2000))
    with pytest.raises(SoundError, match=rf"not a WAV file but .*{what}.*ffmpeg"):
        read_wav(tmp_path / "film.wav")


def test_a_file_that_holds_less_than_it_says_is_refused(tmp_path: Path) -> None:
    write_wav(tmp_path / "whole.wav", tone(440, 8000, 2.0))
    whole = (tmp_path / "whole.wav").read_bytes()
    (tmp_path / "half.wav").write_bytes(whole[: 44 + 16000])
    with pytest.raises(SoundError, match=r"cut short: 1\.0 of 2\.0 seconds"):
        read_wav(tmp_path / "half.wav")
    (tmp_path / "stream.wav").write_bytes(whole[:40] + b"\xff" * 4 + whole[44:])
    with pytest.raises(SoundError, match="cut short"):
        read_wav(tmp_path / "stream.wav")
    (tmp_path / "head.wav").write_bytes(whole[:20])
    with pytest.raises(SoundError, match="cut short"):
        read_wav(tmp_path / "head.wav")


def test_floats_and_24_bits_are_refused_with_the_way_out(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", tone(440, 8000))
    whole = bytearray((tmp_path / "a.wav").read_bytes())
    whole[20:22] = (3).to_bytes(2, "little")  # WAVE_FORMAT_IEEE_FLOAT
    (tmp_path / "float.wav").write_bytes(whole)
    with pytest.raises(SoundError, match=r"unknown format: 3.*ffmpeg"):
        read_wav(tmp_path / "float.wav")
    with wave.open(str(tmp_path / "24.wav"), "wb") as opened:
        opened.setparams((1, 3, 8000, 0, "NONE", ""))
        opened.writeframes(bytes(3000))
    with pytest.raises(SoundError, match=r"24 bits.*ffmpeg"):
        read_wav(tmp_path / "24.wav")


def test_a_device_is_refused_before_it_is_read() -> None:
    with pytest.raises(SoundError, match="no file on a disk"):
        read_wav(Path("/dev/zero"))


@pytest.mark.parametrize("at", range(0, 44, 2))
def test_a_header_damaged_anywhere_is_read_or_refused_and_never_more(tmp_path: Path, at: int) -> None:
    write_wav(tmp_path / "a.wav", tone(440, 8000, 0.2))
    whole = bytearray((tmp_path / "a.wav").read_bytes())
    whole[at : at + 2] = b"\xff\x7f"
    (tmp_path / "bad.wav").write_bytes(whole)
    try:
        assert read_wav(tmp_path / "bad.wav").size
    except SoundError as error:
        assert str(error).startswith(str(tmp_path)) and "\n" not in str(error)
