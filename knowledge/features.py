"""What the model sees of a sentence: names of its n-grams, of the concepts in it and of its signs of danger.

Knows no weights and no labels; no I/O.
"""

from collections.abc import Sequence
from itertools import pairwise

from knowledge.sounds import Sentence

# The first character of a name is its kind; a concept weighs as much as this many n-grams.
CONCEPT, SIGN = "+", "!"
CONCEPT_WEIGHT = 3.0
SIGN_WEIGHT = 2.0


def ngrams(said: Sentence, chars: bool = True) -> list[str]:
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


def concept_names(concepts: Sequence[str]) -> list[str]:
    """The concepts a sentence touches, and their pairs."""
    ordered = sorted(concepts)
    pairs = [f"{CONCEPT}{a}&{b}" for i, a in enumerate(ordered) for b in ordered[i + 1 :]]
    return [f"{CONCEPT}{one}" for one in ordered] + pairs


def prior(name: str) -> float:
    """How much the feature `name` counts before anything is learned."""
    if name[0] == SIGN:
        return SIGN_WEIGHT
    return CONCEPT_WEIGHT if name[0] == CONCEPT and "&" not in name else 1.0
