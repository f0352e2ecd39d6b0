"""Voice activity: whether somebody speaks, frame by frame. PURE: samples in, decisions out.

A voice is louder than the tracked noise floor, periodic, and never as steady as a tone. It must not know what is
said, why somebody listens, or what is played meanwhile; the time is the number of frames taken.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

import numpy as np
from numpy.typing import NDArray

from ivr.speech.sign import Sign, Standing
from ivr.speech.sound import RATE, Samples

FRAME = 160
"""Samples of a frame: 20 ms."""

FRAMES_PER_SECOND = RATE / FRAME
WINDOW, FFT = 400, 512
HANN = np.hanning(WINDOW).astype(np.float32)
LOW, HIGH = 13, 231  # bins of 15.6 Hz: 200 to 3600 Hz, inside the telephone band and above mains hum
LAGS = slice(18, 134)  # samples: pitches of 60 to 440 Hz
FADE = (np.fft.irfft(np.abs(np.fft.rfft(HANN, 2 * FFT)) ** 2)[LAGS] / np.dot(HANN, HANN)) ** 0.75  # the window's own
QUIETEST = 12.0  # dB over one step of the samples: below it nothing is looked at

LOUDER = 5.0  # dB over the floor
VOICED = 0.36  # of 1: how periodic a voice is at the least
PURE = 0.88  # share of the energy in the two strongest lines of a tone
ALIKE = 0.995  # cosine of the spectra of two frames of a steady tone
STEADY = 1.0  # dB two such frames may differ by

CONFIRM, OF = 4, 6  # so many voices within so many frames begin an utterance
MASKED, MASKED_OF = 5, 7  # and so many while something may be an echo: a delay that changes leaves some of it for 60 ms
TONES, AMONG = 1, 10  # more steady frames among so many are the ends of tones (DTMF), however voiced
ACTIVE_BEFORE = 12  # frames an utterance may have been loud before its first voice: 四 begins with 150 ms of hiss
FALL, RISE, RISE_UNDER_VOICE = 0.3, 0.06, 0.004  # shares of the way to the level of the frame, a frame
LOWEST_FLOOR = 22.0  # dB: the steps of G.711 alone make 15 to 20 of hiss on a silent line


class Turn(Enum):
    """What a frame brought. A NOTICED is followed by STARTED or MISTAKEN; a STARTED may come without one."""

    NOTICED = auto()
    MISTAKEN = auto()
    STARTED = auto()
    ENDED = auto()


@dataclass(frozen=True, slots=True)
class Look:
    """One frame: `level` in dB re one step of the samples (the telephone band), `voicing` 0..1."""

    level: float
    voicing: float
    tonal: bool


class Activity:
    """Utterances in a stream of frames. `pause` is the silence in seconds that ends one.

    `onset` is the frame where the utterance under way, or the last one, became loud; `last` its last voice; `taken`
    the frames so far. All count from 0.
    """

    def __init__(self, pause: float = 0.6) -> None:
        self.pause = round(pause * FRAMES_PER_SECOND)
        self.speaking = False
        self.onset = self.last = 0
        self.taken = 0
        self.floor = LOWEST_FLOOR
        self._window = np.zeros(WINDOW, np.float32)
        self._spectrum: NDArray[np.float32] | None = None
        self._level = 0.0
        self._loud_since = 0
        self._voices: deque[bool] = deque(maxlen=MASKED_OF)
        self._tones: deque[bool] = deque(maxlen=AMONG)
        self._sign = Sign()

    reach = MASKED_OF + ACTIVE_BEFORE
    """Frames an onset lies back at most when it is confirmed."""

    def take(self, frame: Samples, masked: float = 0.0, echoed: Callable[[], bool] = lambda: False) -> Turn | None:
        """Take the next FRAME samples; what is not over `masked` dB is no voice, whatever it sounds like.

        `echoed` is asked of what sounds like a voice: if that may as well be an echo, it is no sign of one.
        """
        look = self._look(frame)
        loud = look.level > max(self.floor + LOUDER, masked)
        voice = loud and look.voicing > VOICED and not look.tonal
        self._track(look.level, voice)
        at = self.taken
        self.taken += 1
        if not loud and not any(self._latest(OF)):
            self._loud_since = at + 1
        self._voices.append(voice)
        self._tones.append(look.tonal)
        if voice and self.speaking:
            self.last = at
        if voice and not self.speaking and self._confirmed(masked > 0):
            self.speaking, self.last = True, at
            self.onset = max(self._loud_since, at - self.reach)
            self._sign.certain()
            return Turn.STARTED
        if not self.speaking:
            # Whether it may be an echo costs a fit, and matters only where a sign may begin.
            clear = voice and self._sign.standing is Standing.OPEN and sum(self._tones) <= TONES and not echoed()
            return self._signed(voice, clear)
        if at - self.last >= self.pause:
            self.end()
            return Turn.ENDED
        return None

    def end(self) -> None:
        """The utterance under way is over, whatever the voice does; the next one needs a new beginning."""
        self.speaking = False
        self._voices.clear()
        self._loud_since = self.taken

    def _signed(self, voice: bool, clear: bool) -> Turn | None:
        before = self._sign.standing
        now = self._sign.take(voice, clear)
        return {Standing.TOLD: Turn.NOTICED, Standing.WARY: Turn.MISTAKEN}.get(now) if now is not before else None

    def _latest(self, frames: int) -> list[bool]:
        return list(self._voices)[-frames:]

    def _confirmed(self, masked: bool) -> bool:
        wanted, among = (MASKED, MASKED_OF) if masked else (CONFIRM, OF)
        return sum(self._latest(among)) >= wanted and sum(self._tones) <= TONES

    def _track(self, level: float, voice: bool) -> None:
        share = FALL if level < self.floor else RISE_UNDER_VOICE if voice else RISE
        self.floor = max(LOWEST_FLOOR, self.floor + share * (level - self.floor))

    def _look(self, frame: Samples) -> Look:
        self._window[:-FRAME] = self._window[FRAME:]
        self._window[-FRAME:] = frame
        spectrum = np.abs(np.fft.rfft(self._window * HANN, FFT))
        band = spectrum[LOW:HIGH]
        power = float(np.dot(band, band))
        # 4 / (FFT * sum of the squared window): the mean square of the samples by Parseval, one-sided.
        level = 10 * np.log10(power * 2 / (FFT * 0.375 * WINDOW) + 1e-9)
        if level < max(QUIETEST, self.floor + LOUDER):
            self._spectrum, self._level = None, level
            return Look(level, 0.0, False)
        before, self._spectrum = self._spectrum, band
        tonal = before is not None and abs(level - self._level) < STEADY and _tonal(band, before, power)
        self._level = level
        # While the window is not full yet, its edge looks like anything.
        return Look(level, _voicing(spectrum) if self.taken >= WINDOW // FRAME else 0.0, tonal)


def _voicing(spectrum: NDArray[np.floating]) -> float:
    """The highest peak of the autocorrelation at the lags of a voice, the spectrum flattened by a quarter.

    Unflattened, the short lags of dull noise look periodic; flattened by half, a voice in noise does not.
    """
    flat = np.zeros_like(spectrum)
    flat[LOW:HIGH] = spectrum[LOW:HIGH] * np.sqrt(spectrum[LOW:HIGH])
    correlation = np.fft.irfft(flat)
    return float((correlation[LAGS] / FADE).max() / (correlation[0] + 1e-9))


def _tonal(band: NDArray[np.floating], before: NDArray[np.floating], power: float) -> bool:
    """Whether `band` is one line or two, and the same as `before`."""
    alike = float(np.dot(band, before)) / (np.sqrt(power * float(np.dot(before, before))) + 1e-9)
    if alike < ALIKE:
        return False
    rest = band * band
    total = 0.0
    for _ in range(2):
        at = int(rest.argmax())
        near = slice(max(0, at - 4), at + 5)  # a Hann window of 320 in 512 points is four bins wide either side
        total += float(rest[near].sum())
        rest[near] = 0
    return total > PURE * power
