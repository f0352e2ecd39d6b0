"""A telephone line for tests: band, noise, companding and echo. Levels in dB, samples int16 at 8 kHz."""

import numpy as np

from tests.process.sipp.media import from_ulaw, to_ulaw

RATE = 8000


def line(wave: np.ndarray, snr: float | None, seed: int, hiss: float = 5.0) -> np.ndarray:
    """`wave` through 300 to 3400 Hz, noise `snr` dB below its loud parts (None: hiss alone) and µ-law."""
    rng = np.random.default_rng(seed)
    wave = wave.astype(float)
    loud = wave[np.abs(wave) > 100]
    level = float(np.sqrt((loud**2).mean())) if loud.size else 1000.0
    noise = rng.standard_normal(wave.size) * (hiss if snr is None else level / 10 ** (snr / 20))
    spectrum = np.fft.rfft(wave + noise)
    hertz = np.fft.rfftfreq(wave.size, 1 / RATE)
    spectrum *= np.interp(hertz, [150, 350, 3300, 3700], [0.03, 1, 1, 0.03])
    return companded(np.fft.irfft(spectrum, wave.size))


def companded(wave: np.ndarray) -> np.ndarray:
    return from_ulaw(to_ulaw(np.clip(np.rint(wave), -32767, 32767).astype(np.int16)))


def echo_of(prompt: np.ndarray, decibels: float, late: float, seconds: float, hiss: float = 5.0) -> np.ndarray:
    """What comes back of `prompt`, `late` seconds late; float, `seconds` long, not companded yet."""
    back = np.zeros(int(seconds * RATE))
    at = int(late * RATE)
    kept = prompt[: max(0, back.size - at)].astype(float)
    back[at : at + kept.size] = kept * 10 ** (decibels / 20)
    return back + np.random.default_rng(int(late * 1e4)).standard_normal(back.size) * hiss


def voice(samples: np.ndarray, level: float = 1500.0) -> np.ndarray:
    """Speech without the silence around it, at the root mean square `level`."""
    loud = np.flatnonzero(np.abs(samples) > 0.02 * np.abs(samples).max())
    said = samples[loud[0] : loud[-1] + 1].astype(float)
    return said * level / np.sqrt((said**2).mean())


def among(said: np.ndarray, before: float, after: float) -> np.ndarray:
    """`said` with silence of so many seconds on either side."""
    return np.concatenate([np.zeros(int(before * RATE)), said, np.zeros(int(after * RATE))])
