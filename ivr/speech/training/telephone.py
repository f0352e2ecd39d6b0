"""What a telephone line does to speech: room, noise, band, level, clipping, companding, lost packets.

Arrays in, arrays out. Random numbers come from the generator that is given; nothing here knows what is said.
"""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.signal import butter, fftconvolve, lfilter, resample_poly, sosfilt

from ivr.speech.training.surroundings import RATE, Wave, noise

PACKET = 160  # samples of 20 ms
LAGS = (40, 160)  # samples: the pitch periods that concealment looks for
FADE = 0.75  # of the level, for each further packet lost in a row


@dataclass(frozen=True, slots=True)
class Line:
    """One condition. `snr` in dB, None for a clean line; `noise` as surroundings.noise names it; `law` "a", "mu" or "".

    `loss`: share of lost packets, 0..1; `clip`: dB by which speech is driven beyond full scale; 0 for none.
    """

    snr: float | None = None
    noise: str = "hiss"
    room: bool = False
    band: bool = True
    law: str = "a"
    loss: float = 0.0
    clip: float = 0.0


def any_line(rng: Generator) -> Line:
    """A condition of the training corpus."""
    return Line(
        snr=None if rng.random() < 0.1 else float(rng.uniform(4, 24)),
        noise=str(rng.choice(["hiss", "babble", "street", "music", "tones"], p=[0.2, 0.55, 0.16, 0.05, 0.04])),
        room=bool(rng.random() < 0.3),
        band=bool(rng.random() < 0.8),
        law=str(rng.choice(["a", "mu", ""], p=[0.5, 0.3, 0.2])),
        loss=float(rng.uniform(0.01, 0.10)) if rng.random() < 0.25 else 0.0,
        clip=float(rng.uniform(3, 18)) if rng.random() < 0.12 else 0.0,
    )


def through(speech: Wave, line: Line, babble: list[Wave], rng: Generator) -> NDArray[np.int16]:
    """`speech` (int16 range) as it arrives over `line`. A silent `speech` gives noise alone."""
    wave = speech.astype(np.float32)
    if line.room:
        wave = room(wave, rng)
    level = float(np.sqrt((wave[np.abs(wave) > 50] ** 2).mean())) if (np.abs(wave) > 50).any() else 1500.0
    if line.snr is not None:
        wave = wave + noise(line.noise, wave.size, babble, rng) * np.float32(level / 10 ** (line.snr / 20))
    elif rng.random() < 0.7:
        wave = wave + rng.standard_normal(wave.size).astype(np.float32) * rng.uniform(0.5, 8)
    if line.band:
        low, high = rng.uniform(60, 320), rng.uniform(3300, 3700)
        wave = sosfilt(butter(2, [low, high], "bandpass", fs=RATE, output="sos"), wave).astype(np.float32)
    tilt = rng.uniform(-0.25, 0.25)
    wave = lfilter([1.0, -tilt], [1.0], wave).astype(np.float32)
    peak = float(np.abs(wave).max()) or 1.0
    gain = 10 ** (line.clip / 20 if line.clip else rng.uniform(-1.6, -0.02)) * 32767 / max(peak, 300.0)
    wave = np.clip(wave * gain, -32767, 32767)
    if line.clip and rng.random() < 0.5:
        wave = wave * np.float32(rng.uniform(0.1, 1))  # clipped in the telephone, quieter on the line
    heard = companded(wave, line.law) if line.law else np.rint(wave).astype(np.int16)
    return concealed(heard, lost(heard.size // PACKET, line.loss, rng)) if line.loss else heard


def companded(wave: Wave, law: str = "a") -> NDArray[np.int16]:
    """Through A-law or µ-law (ITU-T G.711) and back, by their continuous forms with 8 bits."""
    x = np.abs(wave) / 32768.0
    if law == "mu":
        y = (np.floor(np.log1p(255 * x) / np.log(256) * 128) + 0.5) / 128
        back = (256**y - 1) / 255
        back = np.where(x < 2**-14, 0.0, back)  # µ-law has a nought
    else:
        a, scale = 87.6, 1 + np.log(87.6)
        y = np.where(x < 1 / a, a * x / scale, (1 + np.log(np.maximum(a * x, 1e-9))) / scale)
        y = (np.floor(y * 128) + 0.5) / 128
        back = np.where(y < 1 / scale, y * scale / a, np.exp(y * scale - 1) / a)
    heard: NDArray[np.int16] = np.clip(np.rint(np.sign(wave) * back * 32768), -32768, 32767).astype(np.int16)
    return heard


def lost(packets: int, share: float, rng: Generator) -> NDArray[np.bool_]:
    """Which of `packets` do not arrive: `share` of them, in runs of one to three."""
    gone = np.zeros(packets, bool)
    for first in np.flatnonzero(rng.random(packets) < share / 1.5):
        gone[first : first + int(rng.choice([1, 2, 3], p=[0.65, 0.2, 0.15]))] = True
    return gone


def concealed(samples: NDArray[np.int16], gone: NDArray[np.bool_]) -> NDArray[np.int16]:
    """Lost packets filled with the last pitch period, fading (after ITU-T G.711 Appendix I)."""
    out = samples.astype(np.float32)
    run = 0
    for packet, missing in enumerate(gone.tolist()):
        run = run + 1 if missing else 0
        first = packet * PACKET
        if not missing:
            continue
        before = out[max(0, first - 2 * LAGS[1]) : first]
        if before.size < 2 * LAGS[1]:
            out[first : first + PACKET] = 0
            continue
        recent = before[-LAGS[1] :]
        likeness = [float(recent @ before[-LAGS[1] - lag : before.size - lag]) for lag in range(*LAGS)]
        lag = LAGS[0] + int(np.argmax(likeness))
        out[first : first + PACKET] = np.resize(before[-lag:], PACKET) * (FADE if run == 1 else FADE**2)
    filled: NDArray[np.int16] = np.rint(out).astype(np.int16)
    return filled


def room(wave: Wave, rng: Generator) -> Wave:
    """A little reverberation: a decaying random tail of 30 to 250 ms."""
    tail = np.arange(int(rng.uniform(0.05, 0.3) * RATE))
    response = (
        rng.standard_normal(tail.size) * np.exp(-tail / (rng.uniform(0.01, 0.07) * RATE)) * rng.uniform(0.05, 0.25)
    )
    response[0] = 1.0
    heard: Wave = fftconvolve(wave, response.astype(np.float32))[: wave.size].astype(np.float32)
    return heard


def stretched(wave: Wave, factor: float) -> Wave:
    """`wave` played 1/factor times as long, throat and all: a longer or shorter vocal tract."""
    longer: Wave = resample_poly(wave, 100, round(100 * factor)).astype(np.float32)
    return longer
