"""How a short answer to a question asked back is read: yes, no, the second one, or something else.

Knows nothing of labels but their order in the question. Whether a danger lasts is knowledge.lasting's affair.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from knowledge.cues import surest
from knowledge.rules import Rules
from knowledge.sounds import Sentence, sentence

# Yes, no, or the place in the question, from 0, of what is meant.
Answer = Literal["yes", "no"] | int | None

# Longer replies are matters of their own.
SHORT = 7
# An answer that names another matter this surely is that matter.
SURE = 0.9
# An ordinal, a yes or a no counts from here.
NAMED = 0.6
DENYING = ("不是", "不要", "不用", "不办")
FIGURES = {"一": 0, "1": 0, "二": 1, "两": 1, "2": 1, "三": 2, "3": 2}


def short(said: Sentence) -> bool:
    return len(said) <= SHORT


def read(said: Sentence, rules: Rules, question: str) -> Answer:
    """What `said` answers to `question`. No is looked for before yes (不对 holds 对, 没有 holds 有).

    Who repeats one side of the question means it; who denies one side means the other.
    """
    place = named(said, rules, choices(question))
    if place is not None:
        return place
    if not short(said):
        return None
    repeated = echoed(said, question)
    if repeated is not None:
        return 1 - repeated if said.text.startswith(DENYING) else repeated
    if surest(rules.no, said) >= NAMED:
        return "no"
    return "yes" if surest(rules.yes, said) >= NAMED else None


def choices(question: str) -> int:
    """How many things `question` names to choose from (knowledge.asking)."""
    return question.count("；") + question.count("还是") + 1


def named(said: Sentence, rules: Rules, many: int) -> int | None:
    """Which of `many` is meant by its place: 第三个, 最后一个, a bare 三; None where none of theirs is."""
    if said.text in FIGURES:
        place = FIGURES[said.text]
        return place if place < many else None
    lists = ((rules.last, many - 1), (rules.third, 2), (rules.second, 1), (rules.first, 0))
    found = [place for phrases, place in lists if surest(phrases, said) >= NAMED]
    return next((place for place in found if place < many), None) if many > 1 else None


def echoed(said: Sentence, question: str) -> int | None:
    """Which side of "…A，还是B？" `said` repeats, by two syllables in a row that the other side does not have."""
    first, joint, second = question.partition("还是")
    if not joint:
        return None
    one, other, answer = _pairs(sentence(first)), _pairs(sentence(second)), _pairs(said)
    in_first, in_second = len(answer & one - other), len(answer & other - one)
    if in_first == in_second:
        return None
    return 0 if in_first > in_second else 1


def _pairs(said: Sentence) -> set[tuple[str, str]]:
    return set(pairwise(said.sound.split()))


def pick(answer: Answer, codes: Sequence[str]) -> str | None:
    """The code meant by `answer` to a question about `codes`, or None when it stays open."""
    place = 0 if answer == "yes" else answer
    return codes[place] if isinstance(place, int) and place < len(codes) else None
