"""Softmax regression over sparse rows by AdaGrad: rows, labels and weights in, a weight a feature and label out.

Numbers only, the same ones each time (a fixed seed); knows no sentence and no file.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.model import Floats, softmax

EPOCHS = 6
RATE = 0.7
DECAY = 1e-4
SMOOTHING = 0.06
BATCH = 64
SEED = 12348


@dataclass(frozen=True)
class Rows:
    """Sparse rows: those of row i are at starts[i]..starts[i+1] of `features` (their numbers) and `values`.

    `labels` (rows) are right, `offsets` (rows, labels) known beforehand, `shares` (rows) the rows' importance.
    """

    starts: NDArray[np.int64]
    features: NDArray[np.int32]
    values: Floats
    labels: NDArray[np.int64]
    offsets: Floats
    shares: Floats

    def taken(self, order: NDArray[np.int64]) -> "Rows":
        """The rows of `order`, in that order."""
        lengths = np.diff(self.starts)[order]
        starts = np.concatenate(([0], np.cumsum(lengths)))
        places = np.repeat(self.starts[:-1][order] - starts[:-1], lengths) + np.arange(starts[-1])
        return Rows(
            starts,
            self.features[places],
            self.values[places],
            self.labels[order],
            self.offsets[order],
            self.shares[order],
        )


def descend(
    rows: Rows, features: int, labels: int, progress: Callable[[int, int], None] = lambda _done, _all: None
) -> tuple[Floats, Floats]:
    """(weights, bias). `progress` hears after each pass how many are done, of how many. Rows must not be empty."""
    weights = np.zeros((features, labels), dtype=np.float32)
    squares = np.full_like(weights, 1e-3)
    bias = np.zeros(labels, dtype=np.float32)
    shuffle = np.random.Generator(np.random.PCG64(SEED))
    for epoch in range(EPOCHS):
        mixed = rows.taken(shuffle.permutation(len(rows.labels)))
        rate = RATE * (1 - epoch / EPOCHS)
        for batch in batches(mixed):
            step(weights, squares, bias, batch, rate)
        progress(epoch + 1, EPOCHS)
    # Kept models hold half precision; a fresh one must answer the same.
    return weights.astype(np.float16).astype(np.float32), bias


def batches(rows: Rows) -> Iterator[Any]:
    """`rows` in pieces: (starts from 0, features, values, labels, offsets, shares)."""
    count = len(rows.labels)
    for first in range(0, count, BATCH):
        last = min(count, first + BATCH)
        begin, end = rows.starts[first], rows.starts[last]
        yield (
            rows.starts[first : last + 1] - begin,
            rows.features[begin:end],
            rows.values[begin:end],
            rows.labels[first:last],
            rows.offsets[first:last],
            rows.shares[first:last],
        )


def step(weights: Floats, squares: Floats, bias: Floats, batch: Any, rate: float) -> None:
    """One step, in place."""
    starts, features, values, labels, offsets, shares = batch
    scores = np.add.reduceat(weights[features] * values[:, None], starts[:-1], axis=0) + bias + offsets
    error = softmax(scores) - np.float32(SMOOTHING / weights.shape[1])
    error[np.arange(len(labels)), labels] -= 1 - SMOOTHING
    error *= shares[:, None]
    order = np.argsort(features, kind="stable")
    ordered = features[order]
    firsts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    touched = ordered[firsts]
    spread = (np.repeat(error, np.diff(starts), axis=0) * values[:, None])[order]
    gradient = np.add.reduceat(spread, firsts, axis=0) + np.float32(DECAY) * weights[touched]
    squares[touched] += gradient * gradient
    weights[touched] -= np.float32(rate) * gradient / np.sqrt(squares[touched])
    bias -= np.float32(0.01 * rate) * error.mean(axis=0)
