"""Is somebody in danger now? Tells present danger from past events, threats from grievances.

Decides act, confirm or nothing for one sentence, from the cue phrases passed in. Knows no legal label.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from knowledge.cues import Phrases, surest
from knowledge.sounds import Sentence

# By sound alone, two syllables stay below: 迟到 sounds like 持刀. They count only beside 快来 and the like, to ask.
SURE = 0.7
MAYBE = 0.4

Verdict = Literal["act", "confirm"]


@dataclass(frozen=True)
class Danger:
    """Phrases of one kind of danger: `now` says by itself that it is happening, `event` only what happened."""

    now: Phrases
    event: Phrases


@dataclass(frozen=True)
class Tense:
    """Phrases that place an event: `immediate` this very moment, `past` earlier or never,
    `aftermath` what people want when it is over (compensation, divorce, a verdict)."""

    immediate: Phrases
    past: Phrases
    aftermath: Phrases


# A fire or somebody lying unconscious may go on while the caller already asks who pays: ask once.
LASTING = frozenset({"emergency.fire", "emergency.medical"})


def judge(said: Sentence, dangers: Mapping[str, Danger], tense: Tense) -> tuple[str, Verdict] | None:
    """The code of the danger in `said` and what to do, or None. The first kind that must be acted on wins."""
    asked: tuple[str, Verdict] | None = None
    for code, danger in dangers.items():
        verdict = weigh(said, code, danger, tense)
        if verdict == "act":
            return code, verdict
        if verdict is not None and asked is None:
            asked = (code, verdict)
    return asked


def weigh(said: Sentence, code: str, danger: Danger, tense: Tense) -> Verdict | None:
    """What to do about one kind of danger in `said`."""
    now, event = surest(danger.now, said), surest(danger.event, said)
    if max(now, event) < MAYBE:
        return None
    immediate = surest(tense.immediate, said) >= SURE
    if max(now, event) < SURE and not immediate:
        return None
    past = surest(tense.past, said) >= SURE
    over = surest(tense.aftermath, said) >= SURE
    if past and not immediate:
        return None
    verdict: Verdict | None
    if now >= SURE:
        verdict = "confirm" if past or (over and not immediate and code != "crisis") else "act"
    elif event >= SURE and immediate:
        verdict = "confirm" if past else "act"
    elif event >= SURE:
        verdict = None if over and code not in LASTING else "confirm"
    else:
        verdict = "confirm" if not over else None
    return verdict


def elsewhen(said: Sentence, tense: Tense) -> bool:
    """True when `said` speaks of earlier times, of conditions, or of what comes after, and not of this moment."""
    if surest(tense.immediate, said) >= SURE:
        return False
    return surest(tense.past, said) >= SURE or surest(tense.aftermath, said) >= SURE
