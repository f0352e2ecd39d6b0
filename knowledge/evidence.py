"""What cue phrases and concepts in a sentence count, as numbers a label.

Knows no label's meaning and no decision; no I/O.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from knowledge.cues import Phrases
from knowledge.model import Floats
from knowledge.sounds import Sentence

# A cue proves less beside a model that learned from the same sentences: measured on the development set.
CUE_WEIGHT = 0.5
# How much one label's second and third cue add to its first.
CUE_SHARES = (1.0, 0.5, 0.25)
# A word of two syllables known by its exact sound still carries its meaning.
MEANT_FROM = 0.5


@dataclass(frozen=True)
class WeightedCues:
    """Cue phrases, each with the index of its label and its weight (natural-log units), lists of equal length."""

    phrases: Phrases
    labels: Sequence[int]
    weights: Sequence[float]


@dataclass(frozen=True)
class Concepts:
    """Words of one meaning: `names` holds the concept of each of `phrases`."""

    phrases: Phrases
    names: Sequence[str]

    def of(self, said: Sentence, by_sound: bool = False) -> list[str]:
        """The names of the concepts in `said`, sorted; `by_sound` passes over short words."""
        found = {
            self.names[i]
            for i, sure in self.phrases.found(said)
            if sure >= MEANT_FROM and not (by_sound and self.phrases.cues[i].length < 2)
        }
        return sorted(found)


def cue_scores(cues: WeightedCues, labels: int, said: Sentence, by_sound: bool = False) -> Floats:
    """What the cues in `said` say for each label (float32, natural-log units); `by_sound`: characters unknown."""
    found: dict[int, list[float]] = {}
    for i, found_sure in cues.phrases.found(said):
        sure = found_sure
        if by_sound and sure == 1.0:
            length = cues.phrases.cues[i].length
            sure = (0.0, 0.0, 0.5)[length] if length < 3 else 0.9
        found.setdefault(cues.labels[i], []).append(cues.weights[i] * sure)
    total = np.zeros(labels, dtype=np.float32)
    for label, values in found.items():
        values.sort(key=abs, reverse=True)
        total[label] = CUE_WEIGHT * sum(value * share for value, share in zip(values, CUE_SHARES, strict=False))
    return total
