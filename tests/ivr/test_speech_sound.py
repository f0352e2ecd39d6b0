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
