"""A linear model: the features of a sentence → one score a label.

Knows no file, no label's meaning and no decision, and not how it was trained (knowledge.training).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Linear:
    """`vocabulary` numbers the features; `scale` (features) is how much each counts, `weights` (features, labels)
    what it says for each label, `bias` (labels) what is said before anything is heard; all float32.

    `temperature` divides all scores, so that confidences are frequencies.
    """

    vocabulary: dict[str, int]
    scale: Floats
    weights: Floats
    bias: Floats
    temperature: float

    def scores(self, found: Sequence[str]) -> Floats:
        """One score a label (float32, natural-log units, before the temperature) for the distinct names `found`."""
        known = [self.vocabulary[name] for name in found if name in self.vocabulary]
        if not known:
            return self.bias
        scale = self.scale[known]
        total: Floats = scale @ self.weights[known] / np.float32(np.linalg.norm(scale)) + self.bias
        return total


def softmax(scores: Floats) -> Floats:
    """Probabilities along the last axis."""
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares: Floats = (powers / powers.sum(axis=-1, keepdims=True)).astype(np.float32)
    return shares
