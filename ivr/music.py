"""Music on hold, composed here so that nobody's rights are touched: a slow pentatonic tune on a plucked string.

A recorded piece in HOME/recorded/music.wav wins over it. It must not know when it is played.
"""

import numpy as np

from ivr.speech.sound import RATE, Samples

BEAT = 0.6  # seconds
PEAK = 5000  # of 32767: under a conversation's level
# Degrees of the pentatonic scale (宫商角徵羽 = 0 1 2 3 4, 5 the next octave), None a rest.
TUNE = (2, 3, 5, None, 4, 3, 2, None, 1, 2, 3, 2, 1, None, 0, None, 3, 4, 5, None, 6, 5, 4, 3, 2, None, 1, 2, 0, None)
SCALE = (0, 2, 4, 7, 9, 12, 14)  # semitones above the tonic
TONIC = 261.6  # Hz


def compose() -> Samples:
    """About 18 s, int16, 8 kHz, ending in silence so that it loops without a click."""
    total = int(len(TUNE) * BEAT * RATE)
    mix = np.zeros(total + 2 * RATE)
    time = np.arange(2 * RATE) / RATE
    for beat, degree in enumerate(TUNE):
        if degree is None:
            continue
        frequency = TONIC * 2 ** (SCALE[degree] / 12)
        string = sum(np.sin(2 * np.pi * frequency * n * time) * np.exp(-time * (1.6 + n)) / n**1.5 for n in (1, 2, 3))
        at = int(beat * BEAT * RATE)
        mix[at : at + time.size] += string
    loop = mix[:total] * np.minimum(1, np.arange(total, 0, -1) / (RATE / 2))
    tune: Samples = (loop / np.abs(loop).max() * PEAK).astype(np.int16)
    return tune


def beep() -> Samples:
    """The tone before a message: 0.4 s of 1000 Hz after a moment of silence, int16, 8 kHz, with soft edges."""
    time = np.arange(int(0.4 * RATE)) / RATE
    edges = np.minimum(1, np.minimum(np.arange(time.size), np.arange(time.size, 0, -1)) / (0.02 * RATE))
    tone = np.concatenate([np.zeros(int(0.2 * RATE)), np.sin(2 * np.pi * 1000 * time) * edges])
    made: Samples = (tone * PEAK).astype(np.int16)
    return made
