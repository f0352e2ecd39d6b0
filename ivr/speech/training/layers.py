"""The shape of the acoustic network, and its layers as plain matrices once it is trained. PURE: it needs no torch."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CEPSTRA = 40
STEP = 3  # frames from one output to the next
# The input offsets of each layer, in frames. The second layer is the last that runs at every frame's rate. What comes
# before is free, what comes after is waited for.
SPLICES = ((-2, -1, 0, 1, 2), (-2, 0, 2), (-3, 0, 3), (-3, 0, 3), (-6, -3, 0, 3), (-9, -3, 0))
BEFORE = -sum(min(splice) for splice in SPLICES)  # frames the network sees on either side
AFTER = sum(max(splice) for splice in SPLICES)


@dataclass(frozen=True, slots=True)
class Affine:
    """y = matrix · x + bias over the frames at `splice`, spliced in that order. matrix float32 [out, in]."""

    splice: tuple[int, ...]
    matrix: NDArray[np.float32]
    bias: NDArray[np.float32]


def evened(layers: list[Affine]) -> list[Affine]:
    """The same network with its units scaled so that what comes in is as large as what goes out of each.

    A unit's rectified output may be multiplied by any positive number when what it feeds is divided by it; seldom
    active units have weights far beyond all others, which a matrix of few bits cannot hold.
    """
    out = list(layers)
    for at in [*range(len(out) - 1)] * 3:
        one, two = out[at], out[at + 1]
        taps = len(two.splice)
        comes = np.abs(one.matrix).max(axis=1)
        goes = np.abs(two.matrix).reshape(-1, taps, len(one.bias)).max(axis=(0, 1))
        scale = np.sqrt(np.maximum(goes, 1e-12) / np.maximum(comes, 1e-12))
        out[at] = Affine(one.splice, one.matrix * scale[:, None], one.bias * scale)
        out[at + 1] = Affine(two.splice, two.matrix / np.tile(scale, taps), two.bias)
    return out
