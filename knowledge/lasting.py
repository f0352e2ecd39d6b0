"""Does the danger last? How an answer to STILL_IN_DANGER is read, and what is done about it.

A danger that was named goes on until the caller clearly says that it does not: what stays open is a person's, with the
danger's label. Knows no model; `fresh` is what the answer means by itself.
"""

from collections.abc import Sequence
from typing import Literal

from knowledge import danger
from knowledge.alarm import alarm
from knowledge.cues import spans, surest
from knowledge.known import Understanding, chosen, dangerous
from knowledge.replies import SHORT, SURE
from knowledge.rules import Rules
from knowledge.sounds import Sentence

Lasts = Literal["yes", "no", "unsure"]

# Syllables from which a phrase counts by its sound alone: to go on with a danger less is needed than to end it.
STILL_HEARD_FROM, OVER_HEARD_FROM = 2, 3
# In a longer answer a denial speaks of the danger only at its head (我没有钱请律师 does not).
HEAD = 2
OTHERS = ("unclear", "agent", "abusive")

Span = tuple[int, int]


def lasting(said: Sentence, rules: Rules) -> Lasts | None:
    """Whether the danger lasts, by the words of `said`: a sign that it does counts before any that it does not."""
    over = _over(said, rules)
    still = [one for one in spans(rules.still, said, STILL_HEARD_FROM) if not _inside(one, over)]
    if still:
        return "yes"
    if spans(rules.unsure, said, STILL_HEARD_FROM):
        return "unsure"
    short = len(said) <= SHORT
    if over and (short or over[0][0] <= HEAD):
        return "no"
    if surest(rules.tense.past, said) >= danger.SURE > surest(rules.tense.immediate, said):
        return "no"
    return "yes" if short and surest(rules.yes, said) >= danger.SURE else None


def settled(asked: Understanding, said: Sentence, rules: Rules, fresh: Understanding) -> Understanding:
    """What the caller of `asked` wants who answers with `said`. Never a second question."""
    codes = [code for code, _ in asked.labels]
    threat = next((code for code in codes if dangerous(code)), codes[0])
    lasts = lasting(said, rules)
    if another_danger(said, rules, fresh, lasts):
        return fresh
    if lasts == "yes":
        return chosen(asked, threat)
    sure = fresh.labels[0][1] >= SURE and len(said) > SHORT
    if lasts != "unsure" and matter(fresh) and (fresh.code in codes or sure):
        return fresh
    if lasts == "no":
        return chosen(asked, next((code for code in codes if not dangerous(code)), "unclear"))
    return Understanding(first(asked, threat), "person")


def another_danger(said: Sentence, rules: Rules, fresh: Understanding, lasts: Lasts | None) -> bool:
    """Whether the answer tells of a danger by itself: a proven one and a crisis always, else not against a no."""
    if alarm(said, rules.alarms, rules.dangers, rules.tense) is not None:
        return True
    told = dangerous(fresh.code) and fresh.decision != "confirm" and fresh.labels[0][1] >= SURE
    return told and (fresh.code == "crisis" or (len(said) > SHORT and lasts != "no"))


def matter(fresh: Understanding) -> bool:
    """Whether the answer clearly is about a matter and no danger."""
    return fresh.decision == "act" and not dangerous(fresh.code) and fresh.code not in OTHERS


def first(asked: Understanding, code: str) -> tuple[tuple[str, float], ...]:
    """The labels of the question with `code` before the others."""
    share = max(asked.labels[0][1], dict(asked.labels).get(code, 0.0))
    return ((code, share), *(one for one in asked.labels if one[0] != code))


def _over(said: Sentence, rules: Rules) -> Sequence[Span]:
    """Where `said` denies; a syllable such as 不 only where it is all that was said."""
    found = spans(rules.no, said, OVER_HEARD_FROM)
    return sorted(one for one in found if one[1] - one[0] > 1 or len(said) == 1)


def _inside(one: Span, others: Sequence[Span]) -> bool:
    return any(start <= one[0] and one[1] <= end and end - start > one[1] - one[0] for start, end in others)
