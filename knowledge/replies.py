"""How a short answer to a question asked back is read: yes, no, the second one, or something else.

Knows nothing of labels but their order in the question.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from knowledge.cues import Phrases, surest
from knowledge.known import dangerous
from knowledge.sounds import Sentence, sentence

Answer = Literal["yes", "no", "first", "second"] | None

# Longer replies are matters of their own.
SHORT = 7
DENYING = ("不是", "不要", "不用", "不办")


def short(said: Sentence) -> bool:
    return len(said) <= SHORT


def read(said: Sentence, yes: Phrases, no: Phrases, second: Phrases, question: str, danger: bool) -> Answer:
    """What `said` answers to `question`. No is looked for before yes (不对 holds 对, 没有 holds 有).

    Who repeats one side of the question means it; who denies one side means the other.
    """
    if not danger and surest(second, said) >= 0.6:
        return "second"
    if not short(said):
        return None
    repeated = None if danger else echoed(said, question)
    if repeated and said.text.startswith(DENYING):
        return "first" if repeated == "second" else "second"
    if repeated:
        return repeated
    if surest(no, said) >= 0.6:
        return "no"
    return "yes" if surest(yes, said) >= 0.6 else None


def echoed(said: Sentence, question: str) -> Literal["first", "second"] | None:
    """Which side of "…A，还是B？" `said` repeats, by two syllables in a row that the other side does not have."""
    first, joint, second = question.partition("还是")
    if not joint:
        return None
    one, other, answer = _pairs(sentence(first)), _pairs(sentence(second)), _pairs(said)
    in_first, in_second = len(answer & one - other), len(answer & other - one)
    if in_first == in_second:
        return None
    return "first" if in_first > in_second else "second"


def _pairs(said: Sentence) -> set[tuple[str, str]]:
    return set(pairwise(said.sound.split()))


def pick(answer: Answer, codes: Sequence[str], danger: bool) -> str | None:
    """The code meant by `answer` to a question about `codes`, or None when it stays open."""
    if answer == "yes" and codes:
        return next((code for code in codes if dangerous(code)), codes[0]) if danger else codes[0]
    if answer == "first" and codes:
        return codes[0]
    if answer == "second" and len(codes) > 1:
        return codes[1]
    if answer == "no" and danger:
        return next((code for code in codes if not dangerous(code)), None)
    return None
