"""What a telephone line does to speech: room, band, level, noise, companding. Arrays in, arrays out.

Random numbers come from the generator that is given; nothing here knows what is said.
"""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.signal import butter, fftconvolve, lfilter, resample_poly, sosfilt

Wave = NDArray[np.float32]
RATE = 8000
CROWD = (3, 8)  # voices in babble; fewer would teach the network that speech is silence


@dataclass(frozen=True, slots=True)
class Line:
    """One condition. `snr` in dB, None for a clean line; `babble` takes voices as noise."""

    snr: float | None = None
    babble: bool = False
    room: bool = False
    band: bool = True
    law: bool = True


def any_line(rng: Generator) -> Line:
    """A condition of the training corpus."""
    snr = None if rng.random() < 0.25 else float(rng.uniform(6, 32))
    return Line(
        snr, bool(rng.random() < 0.35), bool(rng.random() < 0.3), bool(rng.random() < 0.8), bool(rng.random() < 0.8)
    )


def through(speech: Wave, line: Line, babble: list[Wave], rng: Generator) -> NDArray[np.int16]:
    """`speech` (int16 range) as it arrives over `line`. A silent `speech` gives noise alone."""
    wave = speech.astype(np.float32)
    if line.room:
        wave = room(wave, rng)
    level = float(np.sqrt((wave[np.abs(wave) > 50] ** 2).mean())) if (np.abs(wave) > 50).any() else 1500.0
    if line.snr is not None:
        noise = noises(wave.size, line.babble, babble, rng)
        wave = wave + noise * (level / 10 ** (line.snr / 20))
    elif rng.random() < 0.7:
        wave = wave + rng.standard_normal(wave.size).astype(np.float32) * rng.uniform(0.5, 8)
    if line.band:
        low, high = rng.uniform(60, 320), rng.uniform(3300, 3700)
        wave = sosfilt(butter(2, [low, high], "bandpass", fs=RATE, output="sos"), wave).astype(np.float32)
    tilt = rng.uniform(-0.25, 0.25)
    wave = lfilter([1.0, -tilt], [1.0], wave).astype(np.float32)
    peak = float(np.abs(wave).max()) or 1.0
    wave = np.clip(wave * (10 ** rng.uniform(-1.5, -0.02) * 32767 / max(peak, 300.0)), -32767, 32767)
    return companded(wave) if line.law else np.rint(wave).astype(np.int16)


def companded(wave: Wave) -> NDArray[np.int16]:
    """Through A-law (ITU-T G.711) and back, by its continuous form with 8 bits."""
    a, scale = 87.6, 1 + np.log(87.6)
    x = np.abs(wave) / 32768.0
    y = np.where(x < 1 / a, a * x / scale, (1 + np.log(np.maximum(a * x, 1e-9))) / scale)
    y = (np.floor(y * 128) + 0.5) / 128
    back = np.where(y < 1 / scale, y * scale / a, np.exp(y * scale - 1) / a)
    heard: NDArray[np.int16] = np.clip(np.rint(np.sign(wave) * back * 32768), -32768, 32767).astype(np.int16)
    return heard


def room(wave: Wave, rng: Generator) -> Wave:
    """A little reverberation: a decaying random tail of 30 to 250 ms."""
    tail = np.arange(int(rng.uniform(0.05, 0.3) * RATE))
    response = (
        rng.standard_normal(tail.size) * np.exp(-tail / (rng.uniform(0.01, 0.07) * RATE)) * rng.uniform(0.05, 0.25)
    )
    response[0] = 1.0
    heard: Wave = fftconvolve(wave, response.astype(np.float32))[: wave.size].astype(np.float32)
    return heard


def noises(size: int, voices: bool, babble: list[Wave], rng: Generator) -> Wave:
    """`size` samples of noise at RMS 1: voices, or coloured noise that swells, sometimes with mains hum."""
    if voices and babble:
        mix = np.zeros(size, np.float32)
        for _ in range(int(rng.integers(*CROWD))):
            mix += np.roll(np.resize(babble[int(rng.integers(len(babble)))], size), int(rng.integers(size)))
    else:
        spectrum = np.fft.rfft(rng.standard_normal(size))
        slope = rng.choice([0.0, 0.5, 1.0])
        spectrum /= np.maximum(np.arange(spectrum.size) / spectrum.size, 0.005) ** slope
        mix = np.fft.irfft(spectrum, size).astype(np.float32)
        mix *= 1 + rng.uniform(0, 0.8) * np.sin(np.arange(size) * rng.uniform(0.2, 3) * 2 * np.pi / RATE)
        if rng.random() < 0.2:
            hum = np.sin(np.arange(size) * 100 * np.pi / RATE) + 0.5 * np.sin(np.arange(size) * 300 * np.pi / RATE)
            mix = mix / (mix.std() + 1e-6) + hum.astype(np.float32)
    return mix / (float(np.sqrt((mix**2).mean())) + 1e-6)


def stretched(wave: Wave, factor: float) -> Wave:
    """`wave` played 1/factor times as long, throat and all: a longer or shorter vocal tract."""
    longer: Wave = resample_poly(wave, 100, round(100 * factor)).astype(np.float32)
    return longer
