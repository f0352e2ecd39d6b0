"""What a waiting caller is told of their place and their wait, and when: the policy of config/waiting.yaml. PURE.

It decides what is said, always rounded to the worse. It must not know how place and wait are found (routing.estimate).
"""

from collections.abc import Mapping
from math import ceil

from pydantic import BaseModel, ConfigDict, Field, PositiveInt

from ivr.speaking.template import TemplateError, parse
from ivr.speaking.wording import Wording

# What is said, and the places its words must have.
SPOKEN: Mapping[str, Mapping[str, str]] = {
    "position": {"n": "position"},
    "soon": {},
    "about": {"n": "count"},
    "range": {"low": "count", "high": "count"},
    "over": {"n": "count"},
}
Sentence = tuple[str, dict[str, int]]  # the name of a prompt and its values


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Say(Shape):
    """Said from the `first` announcement on, at every `every`-th; `up_to` is the largest number said."""

    say: bool = True
    first: PositiveInt = 1
    every: PositiveInt = 1
    up_to: int = Field(default=30, ge=1, le=99)

    def due(self, announcement: int) -> bool:
        return self.say and announcement >= self.first and (announcement - self.first) % self.every == 0


class Announcements(Shape):
    """`estimate.up_to` is in minutes. `prompts` are the words, with places for the numbers."""

    position: Say = Say()
    estimate: Say = Say(every=2)
    prompts: Mapping[str, str]


def faults(announcements: Announcements) -> list[str]:
    """What the types cannot say."""
    found = []
    for name, places in SPOKEN.items():
        words = announcements.prompts.get(name, "")
        if not words.strip():
            found.append(f"prompts.{name}: has no words; callers would hear nothing there")
        elif _places(words) != places:
            needed = " and ".join(f"{{{place}:{kind}}}" for place, kind in places.items()) or "no place for a number"
            found.append(f"prompts.{name}: must hold {needed}")
    unknown = [name for name in announcements.prompts if name not in SPOKEN]
    return found + [f"prompts.{name}: is played nowhere; known prompts: {', '.join(SPOKEN)}" for name in unknown]


def _places(words: str) -> dict[str, str] | None:
    """Name → kind of the places in `words`; None where they cannot be read."""
    try:
        return {slot.name: slot.kind for slot in parse(words).slots}
    except TemplateError:
        return None


def wording(announcements: Announcements) -> Wording:
    """Every prompt that `said` can name."""
    texts = {f"waiting.{name}": announcements.prompts[name] for name in SPOKEN}
    limits = dict.fromkeys(texts, announcements.estimate.up_to) | {"waiting.position": announcements.position.up_to}
    return Wording(texts, limits=limits)


def said(announcements: Announcements, announcement: int, position: int, low: float, high: float) -> list[Sentence]:
    """What the `announcement`-th says: place, then minutes. Unknown and too large values are left out."""
    sentences: list[Sentence] = []
    if announcements.position.due(announcement) and 1 <= position <= announcements.position.up_to:
        sentences.append(("waiting.position", {"n": position}))
    if announcements.estimate.due(announcement) and high > 0:
        sentences.append(minutes(low, high, announcements.estimate.up_to))
    return sentences


def minutes(low: float, high: float, most: int) -> Sentence:
    """A range of seconds in whole minutes, both ends rounded up; beyond `most` only how long at least."""
    first, last = max(1, ceil(low / 60)), max(1, ceil(high / 60))
    if last > most:
        return "waiting.over", {"n": min(first, most)}
    if last == 1:
        return "waiting.soon", {}
    if first == last:
        return "waiting.about", {"n": last}
    return "waiting.range", {"low": first, "high": last}
