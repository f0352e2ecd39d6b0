"""Sounds that are no words: noise of rooms and streets, music, signalling tones, breath and clicks. Arrays out.

Random numbers come from the generator that is given. It must not know what is said over these sounds.
"""

from collections.abc import Callable

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Wave = NDArray[np.float32]
RATE = 8000
CROWD = (3, 8)  # voices in babble; fewer would teach the network that speech is silence
KEYS = ((697, 770, 852, 941), (1209, 1336, 1477, 1633))  # Hz, ITU-T Q.23
RINGBACK = 450  # Hz, YD/T 729: 1 s on, 4 s off; busy 0.35 s on and off


def noise(kind: str, size: int, babble: list[Wave], rng: Generator) -> Wave:
    """`size` samples at RMS 1 of "hiss", "babble", "street", "music" or "tones"; babble needs voices."""
    if kind == "babble" and not babble:
        kind = "hiss"
    mix = crowd(size, babble, rng) if kind == "babble" else KINDS[kind](size, rng)
    return mix / (float(np.sqrt((mix**2).mean())) + 1e-6)


def crowd(size: int, voices: list[Wave], rng: Generator) -> Wave:
    """Several voices at once."""
    mix = np.zeros(size, np.float32)
    for _ in range(int(rng.integers(*CROWD))):
        mix += np.roll(np.resize(voices[int(rng.integers(len(voices)))], size), int(rng.integers(size)))
    return mix


def hiss(size: int, rng: Generator) -> Wave:
    """Coloured noise that swells, sometimes with mains hum."""
    mix = coloured(size, float(rng.choice([0.0, 0.5, 1.0])), rng)
    mix *= 1 + rng.uniform(0, 0.8) * np.sin(np.arange(size) * rng.uniform(0.2, 3) * 2 * np.pi / RATE)
    if rng.random() < 0.2:
        mix = mix / (mix.std() + 1e-6) + tone(size, (50,), rng) + 0.5 * tone(size, (150,), rng)
    return mix.astype(np.float32)


def street(size: int, rng: Generator) -> Wave:
    """A low rumble, cars that pass, now and then a horn."""
    mix = coloured(size, float(rng.uniform(0.7, 1.3)), rng)
    mix /= mix.std() + 1e-6
    at = np.arange(size) / RATE
    for _ in range(int(rng.integers(1, 4))):
        passing = coloured(size, float(rng.uniform(0.3, 0.9)), rng)
        nearest, width = rng.uniform(0, size / RATE), rng.uniform(0.3, 1.5)
        envelope = np.exp(-(((at - nearest) / width) ** 2)) * rng.uniform(0.5, 3)
        mix += passing / (passing.std() + 1e-6) * envelope
    if rng.random() < 0.4:
        length = min(size, int(rng.uniform(0.15, 0.8) * RATE))
        first = int(rng.integers(0, size - length + 1))
        low = rng.uniform(330, 480)
        horn = tone(length, (low, low * 1.25, low * 2, low * 3), rng)
        mix[first : first + length] += horn * float(rng.uniform(1, 3))
    return mix.astype(np.float32)


def music(size: int, rng: Generator) -> Wave:
    """Notes with overtones over a bass, and a beat."""
    mix = np.zeros(size, np.float32)
    beat = int(rng.uniform(0.18, 0.6) * RATE)
    scale = rng.uniform(110, 260) * 2 ** (np.array([0, 2, 4, 7, 9, 12, 14, 16]) / 12)
    for first in range(0, size, beat):
        length = min(size - first, int(beat * rng.uniform(0.8, 2.5)))
        fade = np.exp(-np.arange(length) / (rng.uniform(0.1, 0.8) * RATE)).astype(np.float32)
        for _ in range(int(rng.integers(1, 4))):
            pitch = float(rng.choice(scale)) * float(rng.choice([1, 1, 2]))
            overtones = tuple(pitch * n for n in range(1, 6) if pitch * n < RATE / 2)
            mix[first : first + length] += fade * tone(length, overtones, rng, falling=rng.uniform(0.4, 0.9))
        if rng.random() < 0.4:
            drum = min(length, 400)
            mix[first : first + drum] += fade[:drum] * rng.standard_normal(drum).astype(np.float32) * 0.7
    return mix


def tones(size: int, rng: Generator) -> Wave:
    """Ringback, busy or dialling tone, keys, a beep, of the public network."""
    kind = int(rng.integers(5))
    if kind == 3:
        return keys(size, rng)
    pitch = RINGBACK if kind < 3 else float(rng.uniform(400, 2200))
    on, off = [(1.0, 4.0), (0.35, 0.35), (9.0, 0.1), (0, 0), (rng.uniform(0.1, 1), rng.uniform(0.2, 2))][kind]
    at = (np.arange(size) / RATE + rng.uniform(0, on)) % (on + off)
    return tone(size, (pitch,), rng) * (at < on).astype(np.float32)


def keys(size: int, rng: Generator) -> Wave:
    """Some keys pressed one after the other."""
    mix, at = np.zeros(size, np.float32), int(rng.uniform(0, 0.3) * RATE)
    while at < size:
        length = min(size - at, int(rng.uniform(0.06, 0.4) * RATE))
        mix[at : at + length] = tone(length, (float(rng.choice(KEYS[0])), float(rng.choice(KEYS[1]))), rng)
        at += length + int(rng.uniform(0.05, 0.7) * RATE)
    return mix


def breath(size: int, rng: Generator) -> Wave:
    """Air on the microphone: noise that swells and ebbs."""
    return coloured(size, float(rng.uniform(0, 0.8)), rng) * np.hanning(size).astype(np.float32)


def clicks(size: int, rng: Generator) -> Wave:
    """A few knocks, each gone within some milliseconds."""
    mix = np.zeros(size, np.float32)
    for _ in range(int(rng.integers(1, 4))):
        first = int(rng.integers(0, size))
        length = min(size - first, int(rng.uniform(0.002, 0.03) * RATE))
        fade = np.exp(-np.arange(length) / max(1.0, length / 3))
        mix[first : first + length] += rng.standard_normal(length) * fade * rng.uniform(1, 4)
    return mix


def event(rng: Generator) -> Wave:
    """0.1 to 0.8 s of a sound between two utterances, at RMS 1."""
    kind = (breath, clicks, keys, tones, music)[int(rng.integers(5))]
    mix = kind(int(rng.uniform(0.1, 0.8) * RATE), rng)
    return mix / (float(np.sqrt((mix**2).mean())) + 1e-6)


def coloured(size: int, slope: float, rng: Generator) -> Wave:
    """Noise whose spectrum falls with frequency to the power of `slope`."""
    spectrum = np.fft.rfft(rng.standard_normal(size))
    spectrum /= np.maximum(np.arange(spectrum.size) / spectrum.size, 0.005) ** slope
    mix: Wave = np.fft.irfft(spectrum, size).astype(np.float32)
    return mix


def tone(size: int, pitches: tuple[float, ...], rng: Generator, falling: float = 1.0) -> Wave:
    """Sines in Hz, each `falling` times as loud as the one before."""
    at = 2 * np.pi * np.arange(size) / RATE
    parts = [falling**n * np.sin(at * pitch + rng.uniform(0, 6)) for n, pitch in enumerate(pitches)]
    mix: Wave = np.sum(parts, axis=0).astype(np.float32)
    return mix


KINDS: dict[str, Callable[[int, Generator], Wave]] = {"hiss": hiss, "street": street, "music": music, "tones": tones}
