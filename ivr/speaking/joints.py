"""Sound made ready to stand beside other sound: silence cut off, edges without a click, one loudness.

It decides what a rendered part sounds like at its joints; recorded takes are never touched. It must not know what is
said.
"""

import numpy as np
from numpy.typing import NDArray

from ivr.speech.sound import RATE, Samples

FRAME = RATE // 200  # 5 ms
QUIET = 0.01  # of the loudest frame, -40 dB: below it is silence
LEAD, TAIL = 8, 2  # frames of silence kept: the closure of a stop before it, and the last breath
FADE = RATE * 3 // 1000
SPEAKING = 0.056  # of the loudest frame, -25 dB: above it somebody speaks
LOUDNESS = 2600  # RMS of what is spoken, of 32767: -22 dB
PEAK = 30000


def finished(samples: Samples) -> Samples:
    """`samples` trimmed, levelled and faded; empty where there is only silence."""
    return faded(levelled(trimmed(samples)))


def trimmed(samples: Samples) -> Samples:
    """Without the silence at both ends, but for 40 ms before and 10 ms after, where there was so much."""
    levels = frames(samples)
    loud = np.flatnonzero(levels > max(levels.max(initial=0) * QUIET, 1.0))
    if not loud.size:
        return samples[:0]
    return samples[max(loud[0] - LEAD, 0) * FRAME : (loud[-1] + 1 + TAIL) * FRAME]


def levelled(samples: Samples) -> Samples:
    """At the house's loudness, or just so loud that nothing is cut off."""
    loud = loudness(samples)
    if not loud:
        return samples
    gain = min(LOUDNESS / loud, PEAK / np.abs(samples.astype(np.int32)).max())
    made: Samples = np.rint(samples * gain).astype(np.int16)
    return made


def faded(samples: Samples) -> Samples:
    """In and out over 3 ms, so that no joint clicks."""
    length = min(FADE, samples.size // 2)
    if not length:
        return samples
    ramp = (np.arange(length) + 0.5) / length
    made = samples.astype(np.float64)
    made[:length] *= ramp
    made[-length:] *= ramp[::-1]
    whole: Samples = np.rint(made).astype(np.int16)
    return whole


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE), np.int16)


def loudness(samples: Samples) -> float:
    """RMS of the frames in which somebody speaks; 0 for silence."""
    levels = frames(samples)
    spoken = levels[levels > levels.max(initial=0) * SPEAKING]
    return float(np.sqrt((spoken**2).mean())) if spoken.size else 0.0


def frames(samples: Samples) -> NDArray[np.float64]:
    """The RMS of each 5 ms, the last one filled up with silence."""
    filled = np.pad(samples.astype(np.float64), (0, -samples.size % FRAME)).reshape(-1, FRAME)
    levels: NDArray[np.float64] = np.sqrt((filled**2).mean(axis=1))
    return levels
