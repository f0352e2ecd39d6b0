"""Whether somebody was heard: what was said is looked for in what was recorded at the other end.

It measures signals and trusts no signalling.
"""

from pathlib import Path

import numpy as np

from ivr.speech.sound import RATE, Samples, read_wav

WINDOW = RATE // 2  # half a second: longer pieces drift apart in jitter buffers
LOUD = 200.0  # rms of int16 samples; below it a window holds no speech


def heard(said: Samples, recorded: Samples) -> float:
    """How well `said` is found in `recorded`: the median, over its loud half seconds, of the best correlation, 0..1."""
    found = []
    for start in range(0, said.size - WINDOW, WINDOW):
        piece = said[start : start + WINDOW].astype(np.float64)
        if np.sqrt(np.mean(piece**2)) >= LOUD:
            found.append(best_correlation(piece, recorded.astype(np.float64)))
    return float(np.median(found)) if found else 0.0


def best_correlation(piece: np.ndarray, recorded: np.ndarray) -> float:
    """The highest normalised correlation of `piece` with any stretch of `recorded`, 0 where that is too short."""
    if recorded.size < piece.size:
        return 0.0
    size = 1 << (recorded.size + piece.size - 1).bit_length()
    crossed = np.fft.irfft(np.fft.rfft(recorded, size) * np.conj(np.fft.rfft(piece, size)), size)
    crossed = crossed[: recorded.size - piece.size + 1]
    energy = np.concatenate([[0.0], np.cumsum(recorded**2)])
    stretches = np.sqrt(np.maximum(energy[piece.size :] - energy[: -piece.size], 1.0))
    return float(np.max(crossed / stretches) / np.sqrt(np.sum(piece**2)))


def loudness(file: Path) -> float:
    """Root mean square of the loudest half second in `file`, in int16 units."""
    samples = read_wav(file).astype(np.float64)
    windows = [samples[start : start + WINDOW] for start in range(0, max(samples.size - WINDOW, 1), WINDOW)]
    return max(float(np.sqrt(np.mean(window**2))) for window in windows)
