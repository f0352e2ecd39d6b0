"""Is somebody in danger now? Tells present danger from past events, threats from grievances.

Finds the signs of danger in a sentence and decides by them act, confirm or nothing. Knows no legal label.
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


@dataclass(frozen=True)
class Signs:
    """How surely (0..1) a sentence holds the phrases of each kind of danger, and those that place it in time."""

    now: Mapping[str, float]
    event: Mapping[str, float]
    immediate: float
    past: float
    aftermath: float

    def names(self) -> list[str]:
        """The signs as features of the model: each, and each danger with each time."""
        times = [name for name in ("immediate", "past", "aftermath") if getattr(self, name) >= SURE]
        kinds = [f"now {code}" for code, sure in self.now.items() if sure >= SURE]
        kinds += [f"event {code}" for code, sure in self.event.items() if sure >= SURE]
        pairs = [f"!{kind}&{time}" for kind in kinds for time in times or ["no time"]]
        return [f"!{name}" for name in (*times, *kinds)] + pairs


# A fire or somebody lying unconscious may go on while the caller already asks who pays: ask once.
LASTING = frozenset({"emergency.fire", "emergency.medical"})


def signs(said: Sentence, dangers: Mapping[str, Danger], tense: Tense) -> Signs:
    """The signs in `said`."""
    return Signs(
        {code: surest(danger.now, said) for code, danger in dangers.items()},
        {code: surest(danger.event, said) for code, danger in dangers.items()},
        surest(tense.immediate, said),
        surest(tense.past, said),
        surest(tense.aftermath, said),
    )


def judge(found: Signs) -> tuple[str, Verdict] | None:
    """The code of the danger that `found` shows and what to do, or None. The first kind that must be acted on wins."""
    asked: tuple[str, Verdict] | None = None
    for code in found.now:
        verdict = weigh(found, code)
        if verdict == "act":
            return code, verdict
        if verdict is not None and asked is None:
            asked = (code, verdict)
    return asked


def weigh(found: Signs, code: str) -> Verdict | None:
    """What to do about one kind of danger."""
    now, event = found.now[code], found.event[code]
    immediate = found.immediate >= SURE
    if max(now, event) < (MAYBE if immediate else SURE):
        return None
    past = found.past >= SURE
    over = found.aftermath >= SURE
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


def elsewhen(found: Signs) -> bool:
    """True when the sentence speaks of earlier times, of conditions, or of what comes after, and not of this moment."""
    return found.immediate < SURE and (found.past >= SURE or found.aftermath >= SURE)
