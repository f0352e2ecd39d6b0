"""What a waiting caller is told of their place and their wait, and when: the policy of config/waiting.yaml. PURE.

It decides what is said, always rounded to the worse. It must not know how place and wait are found (routing.estimate).
"""

from collections.abc import Mapping
from math import ceil

from pydantic import BaseModel, ConfigDict, Field, PositiveInt

COUNTED = ("position", "about", "from", "to", "over")
SPOKEN = (*COUNTED, "soon")
DIGITS = "零一二三四五六七八九"


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
    """`estimate.up_to` is in minutes. `prompts` are the words; {n} is where the number goes."""

    position: Say = Say()
    estimate: Say = Say(every=2)
    prompts: Mapping[str, str]


def faults(announcements: Announcements) -> list[str]:
    """What the types cannot say."""
    found = []
    for name in SPOKEN:
        words = announcements.prompts.get(name, "")
        if not words.strip():
            found.append(f"prompts.{name}: has no words; callers would hear nothing there")
        elif ("{n}" in words) is not (name in COUNTED):
            found.append(f"prompts.{name}: must {'' if name in COUNTED else 'not '}hold {{n}}, the place of the number")
    unknown = [name for name in announcements.prompts if name not in SPOKEN]
    return found + [f"prompts.{name}: is played nowhere; known prompts: {', '.join(SPOKEN)}" for name in unknown]


def texts(announcements: Announcements) -> dict[str, str]:
    """Name → text of every prompt that `said` can name, one for each number."""
    made = {"waiting.soon": announcements.prompts["soon"]}
    for name in COUNTED:
        most = announcements.position.up_to if name == "position" else announcements.estimate.up_to
        for n in range(1, most + 1):
            words = numeral(n) if name == "position" else amount(n)
            made[f"waiting.{name}.{n}"] = announcements.prompts[name].replace("{n}", words)
    return made


def said(announcements: Announcements, announcement: int, position: int, low: float, high: float) -> tuple[str, ...]:
    """The names of what the `announcement`-th says: place, then minutes. Unknown and too large values are left out."""
    names: tuple[str, ...] = ()
    if announcements.position.due(announcement) and 1 <= position <= announcements.position.up_to:
        names += (f"waiting.position.{position}",)
    if announcements.estimate.due(announcement) and high > 0:
        names += minutes(low, high, announcements.estimate.up_to)
    return names


def minutes(low: float, high: float, most: int) -> tuple[str, ...]:
    """A range of seconds in whole minutes, both ends rounded up; beyond `most` only how long at least."""
    first, last = max(1, ceil(low / 60)), max(1, ceil(high / 60))
    if last > most:
        return (f"waiting.over.{min(first, most)}",)
    if last == 1:
        return ("waiting.soon",)
    if first == last:
        return (f"waiting.about.{last}",)
    return f"waiting.from.{first}", f"waiting.to.{last}"


def numeral(n: int) -> str:
    """1 to 99 in characters, so that every voice reads them as a number."""
    tens, ones = divmod(n, 10)
    if not tens:
        return DIGITS[ones]
    return f"{DIGITS[tens] if tens > 1 else ''}十{DIGITS[ones] if ones else ''}"


def amount(n: int) -> str:
    """As numeral, before a measure word: 两分钟."""
    return "两" if n == 2 else numeral(n)
