"""A linear model over the n-grams of characters and sounds: features of a sentence → one score a label.

Decides weights from examples, the same ones each time (no randomness of its own but a fixed seed). Knows no file,
no label's meaning and no decision.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.sounds import Sentence

Floats = NDArray[np.float32]

# Features, index of the label, score of the cues for each label.
Row = tuple[list[str], int, Floats]

# A feature seen in fewer rows is chance.
SEEN_FROM = 3
CONCEPT_WEIGHT = 3
EPOCHS = 5
RATE = 0.5
DECAY = 2e-5
SMOOTHING = 0.06
BATCH = 64
SEED = 12348


def concept_features(concepts: Sequence[str]) -> list[str]:
    """The concepts a sentence touches and their pairs; each counts as much as CONCEPT_WEIGHT n-grams."""
    ordered = sorted(concepts)
    pairs = [f"+{a}&{b}" for i, a in enumerate(ordered) for b in ordered[i + 1 :]]
    return [f"+{one}" for one in ordered] * CONCEPT_WEIGHT + pairs


def features(said: Sentence, chars: bool = True) -> list[str]:
    """The n-grams of `said`: characters 1-2, syllables 1-3, blurred syllables 2-3 and with a gap of one."""
    sounds = ("^", *said.syllables, "$")
    blurs = ("^", *said.blurred, "$")
    found = [f"1{a}" for a in said.syllables]
    found += [f"2{a} {b}" for a, b in pairwise(sounds)]
    found += [f"3{a} {b} {c}" for a, b, c in zip(sounds, sounds[1:], sounds[2:], strict=False)]
    found += [f"4{a} {b}" for a, b in pairwise(blurs)]
    found += [f"5{a} {b} {c}" for a, b, c in zip(blurs, blurs[1:], blurs[2:], strict=False)]
    found += [f"6{a} {c}" for a, c in zip(blurs, blurs[2:], strict=False)]
    if chars:
        found += [f"7{a}" for a in said.chars]
        found += [f"8{a}{b}" for a, b in pairwise(said.chars)]
    return list(dict.fromkeys(found))


@dataclass(frozen=True)
class Linear:
    """`weights` is (features, labels) float32; a sentence's score is the scaled sum of its known features' rows."""

    vocabulary: dict[str, int]
    weights: Floats
    bias: Floats

    def scores(self, found: Sequence[str]) -> Floats:
        """One score a label (float32, natural-log units)."""
        known = [self.vocabulary[name] for name in found if name in self.vocabulary]
        if not known:
            return self.bias
        total: Floats = self.weights[known].sum(axis=0) / np.float32(len(found) ** 0.5) + self.bias
        return total


def train(rows: Sequence[Row], labels: int) -> Linear:
    """Softmax regression by AdaGrad."""
    rows = [one for one in rows if one[0]]
    seen = Counter(name for found, _, _ in rows for name in found)
    vocabulary = {name: i for i, name in enumerate(name for name, count in seen.items() if count >= SEEN_FROM)}
    encoded = [
        np.array([vocabulary[name] for name in found if name in vocabulary], dtype=np.int64) for found, _, _ in rows
    ]
    lengths = np.array([len(found) for found, _, _ in rows])
    rows = [one for one, known in zip(rows, encoded, strict=True) if len(known)]
    lengths = lengths[[len(known) > 0 for known in encoded]]
    encoded = [known for known in encoded if len(known)]
    weights = np.zeros((len(vocabulary), labels), dtype=np.float32)
    squares = np.full_like(weights, 1e-3)
    bias = np.zeros(labels, dtype=np.float32)
    targets = np.full((len(rows), labels), SMOOTHING / labels, dtype=np.float32)
    targets[np.arange(len(rows)), [label for _, label, _ in rows]] += 1 - SMOOTHING
    offsets = np.stack([offset for _, _, offset in rows])
    shuffle = np.random.Generator(np.random.PCG64(SEED))
    for epoch in range(EPOCHS):
        order = shuffle.permutation(len(rows))
        rate = RATE * (1 - epoch / EPOCHS)
        for start in range(0, len(rows), BATCH):
            step(weights, squares, bias, [encoded, lengths, targets, offsets], order[start : start + BATCH], rate)
    # Kept models hold half precision; a fresh one must answer the same.
    return Linear(vocabulary, weights.astype(np.float16).astype(np.float32), bias)


def step(weights: Floats, squares: Floats, bias: Floats, data: list[Any], batch: Any, rate: float) -> None:
    """One AdaGrad step, in place, on the rows `batch` of `data`: encoded features, how many, targets, offsets."""
    encoded, sizes, targets, offsets = data
    parts = [encoded[row] for row in batch]
    lengths = np.array([len(part) for part in parts])
    index = np.concatenate(parts)
    scale = (1 / np.sqrt(sizes[batch])).astype(np.float32)
    starts = np.concatenate(([0], np.cumsum(lengths)[:-1]))
    scores = np.add.reduceat(weights[index], starts, axis=0) * scale[:, None] + bias + offsets[batch]
    error = softmax(scores) - targets[batch]
    unique, where = np.unique(index, return_inverse=True)
    order = np.argsort(where, kind="stable")
    spread = np.repeat(error * scale[:, None], lengths, axis=0)[order]
    gradient = np.add.reduceat(spread, np.searchsorted(where[order], np.arange(len(unique))), axis=0)
    gradient = gradient / len(batch) * BATCH + DECAY * weights[unique]
    squares[unique] += gradient * gradient
    weights[unique] -= rate * gradient / np.sqrt(squares[unique])
    bias -= np.float32(0.01 * rate) * error.mean(axis=0)


def softmax(scores: Floats) -> Floats:
    """Probabilities along the last axis."""
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares: Floats = (powers / powers.sum(axis=-1, keepdims=True)).astype(np.float32)
    return shares
