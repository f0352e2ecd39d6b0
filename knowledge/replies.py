"""How a short answer to a question asked back is read: yes, no, the second one, or something else.

Knows nothing of labels but their order in the question.
"""

from collections.abc import Sequence
from typing import Literal

from knowledge.cues import Phrases, surest
from knowledge.known import dangerous
from knowledge.sounds import Sentence

Answer = Literal["yes", "no", "second"] | None

# Longer replies are matters of their own.
SHORT = 7


def short(said: Sentence) -> bool:
    return len(said) <= SHORT


def read(said: Sentence, yes: Phrases, no: Phrases, second: Phrases, danger: bool) -> Answer:
    """What `said` answers. No is looked for before yes (不对 holds 对, 没有 holds 有)."""
    if not danger and surest(second, said) >= 0.6:
        return "second"
    if not short(said):
        return None
    if surest(no, said) >= 0.6:
        return "no"
    return "yes" if surest(yes, said) >= 0.6 else None


def pick(answer: Answer, codes: Sequence[str], danger: bool) -> str | None:
    """The code meant by `answer` to a question about `codes`, or None when it stays open."""
    if answer == "yes" and codes:
        return next((code for code in codes if dangerous(code)), codes[0]) if danger else codes[0]
    if answer == "second" and len(codes) > 1:
        return codes[1]
    if answer == "no" and danger:
        return next((code for code in codes if not dangerous(code)), None)
    return None
