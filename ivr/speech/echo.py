"""The echo of what we play, taken out of what a leg sends. PURE: frames of both in, the cleaned frame out.

The echo is the played signal, late and through a short filter: its delay is where both correlate best over the last
0.3 s, the filter is fitted there by least squares (the normal equations by FFT). It must not know what is played,
nor whether anybody speaks.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ivr.speech.sound import Samples
from ivr.speech.vad import FRAME

Wave = NDArray[np.float32]

LATEST = 5600  # samples an echo may be late, jitter buffers and the way to the telephone and back included: 700 ms
SPAN = 2400  # samples the path is fitted over: 300 ms
TAPS, AHEAD = 64, 8  # length of the filter, and how much of it lies before the best delay
FFT = 8192  # not less than SPAN + LATEST + TAPS, so that nothing wraps around
FORGOTTEN = -(-(LATEST + TAPS + SPAN) // FRAME)  # frames after which nothing that was played can be heard any more
FAINT = 15.0  # root mean square of samples below which a frame is not worth the work
SURE = 0.5  # share of its energy by which a path must explain a frame that it was not fitted to
PROOFS = 2  # such frames in a row, after which the path is kept: speech is explained by chance, but not for long
LATELY, LIKELY = 320, 0.7  # samples of which a new fit explains such a share: echo that the path has not learnt yet
CERTAIN, ENOUGH = 0.9, 4  # share of at least so many loud frames that is not explained by chance
STRIKES = 5  # frames in a row of which it explains nothing, after which it is given up
UNSURE = 0.1  # dB: what is played may echo, nothing is known of it yet
FADE = 3.0  # dB a frame: how a room dies away that is longer than the filter (60 dB in 0.4 s)
RIDGE = 1e-3  # keeps the equations solvable where what is played has gaps in its spectrum
REFIT = 3  # frames from one fit to the next, once there is a path
LEFT, DOUBT = -12.0, 8.0  # dB: what may remain of an echo at the least, and over what the fit left of it
JUMP = 1600  # samples the delay may change by at once, when a jitter buffer grows or shrinks: 200 ms
LOOK, CLEAR = 320, 0.75  # samples a jump is looked for in, and the share of them it must explain
FORGET = 0.05  # dB a frame: the worst fit of late counts, for a fit is best on the very sound it was made from


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """The way of the echo: `taps` of a filter, the first of them `delay` samples late.

    `share` of the energy was explained by it; a room longer than the filter leaves the rest.
    """

    delay: int
    taps: Wave
    share: float

    @property
    def left(self) -> float:
        """dB re the echo that may remain after it was taken out."""
        return max(LEFT, 10 * float(np.log10(max(1 - self.share, 1e-3))) + DOUBT)


def decibels(energy: float) -> float:
    """The level of a frame with this sum of squares, dB re one step of the samples."""
    return 10 * float(np.log10(energy / FRAME + 1e-9))


class Played:
    """Samples as they are played frame by frame, over and over with `loop`, `skip` samples of them played already."""

    def __init__(self, samples: Samples, loop: bool = False, skip: int = 0) -> None:
        self._samples = samples
        self._loop = loop and samples.size > 0
        self._at = skip % samples.size if self._loop else skip

    def next(self) -> Samples | None:
        """The next FRAME samples; None when it is over."""
        frame = self._samples[self._at : self._at + FRAME]
        self._at += FRAME
        if frame.size == FRAME:
            return frame
        if not self._loop:
            return np.pad(frame, (0, FRAME - frame.size)) if frame.size else None
        self._at %= self._samples.size
        return np.resize(np.concatenate([frame, self._samples]), FRAME)


class Echo:
    """Of one leg. `path` is what was learnt before, None for nothing."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self._candidate: Path | None = None
        self._proofs = self._strikes = 0
        self._age = 0
        self._level = 0.0
        self._left = LEFT
        self._quiet = FORGOTTEN
        self._far = np.zeros(LATEST + TAPS + SPAN, np.float32)
        self._near = np.zeros(SPAN, np.float32)

    def take(self, near: Samples, far: Samples | None) -> tuple[Samples, float]:
        """The next FRAME samples of both; returns `near` without echo, and the level in dB that may still be echo.

        `far` is None while nothing is played.
        """
        self._quiet = 0 if far is not None else self._quiet + 1
        if self._quiet > FORGOTTEN:
            return near, 0.0
        if self._quiet == FORGOTTEN:
            self._far[:], self._near[:] = 0, 0
        self._shift(near, far)
        if not self._heard():
            return near, 0.0
        last = self._near[-FRAME:]
        power = float(np.dot(last, last))
        self._try(last, power)
        path = self.path
        if path is None:
            return near, UNSURE
        echo = self._echo(path)
        cleaned = last - echo
        left = float(np.dot(cleaned, cleaned))
        level = decibels(float(np.dot(echo, echo)))
        self._level = max(level, self._level - FADE)
        if decibels(left) > self._level + path.left:
            moved = self._moved(path)
            if moved is not None:
                self.path = path = moved
                cleaned = last - self._echo(path)
                left = float(np.dot(cleaned, cleaned))
        self._left = max(path.left, self._left - FORGET)
        self._strikes = self._strikes + 1 if left > 0.9 * power and level > decibels(power) - 5 else 0
        if self._strikes >= STRIKES:
            self.path = None
            return near, UNSURE
        # A path that explains nothing of this frame is not subtracted: what it would take away is speech.
        if left < power:
            near = np.clip(np.rint(cleaned), -32768, 32767).astype(np.int16)
        return near, max(UNSURE, self._level + self._left)

    def likely(self) -> bool:
        """Whether the last frames taken may be echo alone, of sounds the path was not fitted to, or at a new delay.

        It costs a fit.
        """
        if self._quiet >= FORGOTTEN or not self._heard():
            return False
        if self.path is not None and self._moved(self.path, FRAME) is not None:
            return True
        fitted = self._fit()
        if fitted is None:
            return False
        near = self._near[-LATELY:]
        rest = near - self._echo(fitted, LATELY)
        return float(np.dot(rest, rest)) < (1 - LIKELY) * float(np.dot(near, near))

    def _try(self, last: Wave, power: float) -> None:
        """Fit a path now and then; it is kept when it has explained frames that it was not made from."""
        if self._candidate is not None:
            rest = last - self._echo(self._candidate)
            left = float(np.dot(rest, rest))
            self._proofs = self._proofs + 1 if left < (1 - SURE) * power else 0
            if self._proofs >= PROOFS:
                self.path = self._candidate
        self._age += 1
        if self.path is None or self._age >= REFIT:
            self._age = 0
            fitted = self._candidate = self._fit()
            loud = (self._near.reshape(-1, FRAME) ** 2).mean(axis=1) > FAINT**2
            if self.path is None and fitted is not None and fitted.share > CERTAIN and loud.sum() >= ENOUGH:
                self.path = fitted

    def _shift(self, near: Samples, far: Samples | None) -> None:
        for kept, frame in ((self._far, far), (self._near, near)):
            kept[:-FRAME] = kept[FRAME:]
            kept[-FRAME:] = 0 if frame is None else frame

    def _heard(self) -> bool:
        last = self._near[-FRAME:]
        return float(np.dot(last, last)) > FAINT**2 * FRAME and bool(self._far.any())

    def _fit(self) -> Path | None:
        """The path that explains the last SPAN samples best; None when nothing was played that could."""
        far = np.fft.rfft(self._far, FFT)
        near = np.fft.rfft(self._near, FFT)
        # cross[k]: near against far shifted so that k = 0 is the latest echo and LATEST + TAPS is none at all.
        cross = np.fft.irfft(np.conj(near) * far)[: LATEST + TAPS + 1]
        best = int(np.abs(cross).argmax())
        first = min(LATEST + TAPS, best + AHEAD)
        if first < TAPS:
            return None
        delay = LATEST + TAPS - first
        # What was played while this echo set out: the same window, `delay` samples earlier.
        source = self._far[first - TAPS + 1 : first + SPAN]
        spectrum = np.fft.rfft(source, FFT)
        own = np.fft.irfft(np.abs(spectrum) ** 2)[:TAPS]
        if own[0] <= 0:
            return None
        steps = np.arange(TAPS)
        matrix = own[np.abs(steps[:, None] - steps[None, :])]
        matrix[steps, steps] += RIDGE * own[0]
        wanted = cross[first - steps]
        taps = np.linalg.solve(matrix, wanted)
        energy = float(np.dot(self._near, self._near))
        return Path(delay, taps.astype(np.float32), float(np.dot(taps, wanted)) / (energy + 1e-9))

    def _moved(self, path: Path, look: int = LOOK) -> Path | None:
        """`path` at another delay nearby, when that explains the last `look` samples; jitter buffers move it."""
        ahead = min(JUMP, path.delay)
        behind = min(JUMP, LATEST + TAPS - path.delay)
        near = self._near[-look:]
        echo = self._echo(Path(path.delay - ahead, path.taps, 1.0), look + ahead + behind)
        # cross[k]: near against the echo at the delay path.delay + behind - k.
        cross = np.correlate(echo, near, "valid")
        sums = np.concatenate([[0.0], np.cumsum(echo.astype(np.float64) ** 2)])
        own = np.maximum(sums[look:] - sums[:-look], look)
        shares = np.maximum(cross, 0) ** 2 / (own * max(float(np.dot(near, near)), 1.0))
        best = int(shares.argmax())
        if shares[best] < CLEAR:
            return None
        return Path(path.delay + behind - best, path.taps, path.share)

    def _echo(self, path: Path, size: int = FRAME) -> Wave:
        """The last `size` samples of the echo."""
        end = self._far.size - path.delay
        echo: Wave = np.convolve(self._far[end - size - TAPS + 1 : end], path.taps, "valid")
        return echo
