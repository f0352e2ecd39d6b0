"""Trains the model of callers' sentences from the clerks' examples, and calibrates it on lines held out of training.

Decides what an example teaches and how sure the model may be; knows no file and no label's meaning.
"""

import hashlib
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from knowledge import descent, features
from knowledge.danger import Danger, Tense, signs
from knowledge.evidence import Concepts, WeightedCues, cue_scores
from knowledge.model import Floats, Linear, softmax
from knowledge.sounds import sentence

Progress = Callable[[str], None]

# Sentences written on one line with choices, all of one label; that label's index.
Group = tuple[Sequence[str], int]

# A feature seen in fewer rows is chance.
SEEN_FROM = 3
# Rare features say more about the matter, by this power of their inverse frequency.
RARITY = 0.5
# One group of this many is held out to calibrate on, at most so many.
HELD_OUT_OF = 6
HELD_OUT_MOST = 500
# Temperatures tried.
TEMPERATURES = np.geomspace(0.25, 2.0, 31)


@dataclass(frozen=True)
class Teacher:
    """What is known of a sentence before anything is trained; `labels` is how many there are."""

    cues: WeightedCues
    concepts: Concepts
    dangers: Mapping[str, Danger]
    tense: Tense
    labels: int


@dataclass(frozen=True)
class Row:
    """One way of hearing a sentence: distinct feature names, its label, what the cues say, its importance."""

    names: list[str]
    label: int
    given: Floats
    share: float


def train(groups: Sequence[Group], teacher: Teacher, progress: Progress) -> Linear:
    """The model of all `groups`, its temperature measured on those a first model has not seen."""
    taught = [rows_of(group, teacher) for group in groups]
    held = {i for i, (group, _) in enumerate(groups) if fingerprint(group[0]) % HELD_OUT_OF == 0}
    held = set(sorted(held)[:HELD_OUT_MOST])
    seen = [row for i, rows in enumerate(taught) if i not in held for row in rows]
    temperature = 1.0
    if held and seen:
        first = fit(seen, teacher.labels, lambda part: progress(f"calibrating: {part}"))
        temperature = calibrated(first, [taught[i][0] for i in sorted(held)])
    whole = fit([row for rows in taught for row in rows], teacher.labels, lambda part: progress(f"training: {part}"))
    return replace(whole, temperature=temperature)


def rows_of(group: Group, teacher: Teacher) -> list[Row]:
    """Each sentence as written and as heard (sounds only); all of a line together count as the root of their number."""
    texts, label = group
    share = len(texts) ** -0.5
    found = []
    for text in texts:
        said = sentence(text)
        danger = signs(said, teacher.dangers, teacher.tense).names()
        written = [*features.ngrams(said), *features.concept_names(teacher.concepts.of(said)), *danger]
        heard = features.ngrams(said, chars=False)
        heard += [*features.concept_names(teacher.concepts.of(said, by_sound=True)), *danger]
        found.append(Row(written, label, cue_scores(teacher.cues, teacher.labels, said), share))
        found.append(Row(heard, label, cue_scores(teacher.cues, teacher.labels, said, by_sound=True), share))
    return [row for row in found if row.names]


def fit(rows: Sequence[Row], labels: int, progress: Progress) -> Linear:
    """The model of `rows`, with temperature 1."""
    seen = Counter(name for row in rows for name in row.names)
    vocabulary = {name: i for i, name in enumerate(name for name, count in seen.items() if count >= SEEN_FROM)}
    scale = np.array(
        [features.prior(name) * (math.log((len(rows) + 1) / (seen[name] + 1)) + 1) ** RARITY for name in vocabulary],
        dtype=np.float16,
    ).astype(np.float32)
    encoded = [(row, np.array([vocabulary[n] for n in row.names if n in vocabulary], dtype=np.int32)) for row in rows]
    encoded = [(row, known) for row, known in encoded if len(known)]
    if not encoded:
        return Linear({}, scale, np.zeros((0, labels), np.float32), np.zeros(labels, np.float32), 1.0)
    lengths = [len(known) for _, known in encoded]
    sparse = descent.Rows(
        np.concatenate(([0], np.cumsum(lengths))),
        np.concatenate([known for _, known in encoded]),
        np.concatenate([scale[known] / np.float32(np.linalg.norm(scale[known])) for _, known in encoded]),
        np.array([row.label for row, _ in encoded]),
        np.stack([row.given for row, _ in encoded]),
        np.array([row.share for row, _ in encoded], dtype=np.float32),
    )
    weights, bias = descent.descend(
        sparse, len(vocabulary), labels, lambda done, of: progress(f"pass {done} of {of}, {len(encoded)} sentences")
    )
    return Linear(vocabulary, scale, weights, bias, 1.0)


def calibrated(model: Linear, rows: Sequence[Row]) -> float:
    """The temperature that makes the right labels of `rows` likeliest."""
    scores = np.stack([model.scores(row.names) + row.given for row in rows])
    labels = np.array([row.label for row in rows])

    def surprise(temperature: float) -> float:
        right = softmax((scores / np.float32(temperature)).astype(np.float32))[np.arange(len(labels)), labels]
        return -float(np.log(np.maximum(right, 1e-6)).mean())

    return min((float(one) for one in TEMPERATURES), key=surprise)


def fingerprint(text: str) -> int:
    """A number for `text` that is the same on every machine."""
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16)
