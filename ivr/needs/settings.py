"""What a site decides about the needs of callers, as values: config/needs.yaml. PURE.

It holds the words and the times; what they lead to is decided by ivr.needs.words and ivr.needs.wanted.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, PositiveInt, StringConstraints

LANGUAGE, GROUP, REGION = "lang.", "group.", "region."
Word = Annotated[str, StringConstraints(min_length=1)]
Words = tuple[Word, ...]


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Language(Shape):
    """A language or dialect: what people call it, and words that only it has."""

    names: Words = Field(min_length=1)
    markers: Words = ()


class Ages(Shape):
    """The ages, in years, that make somebody one of the group: `at_least`, and `under` where that is given.

    `of` is whose age counts: the caller's own, or anybody's the call is about.
    """

    at_least: int = Field(default=0, ge=0, le=99)
    under: int | None = Field(default=None, ge=1, le=99)
    of: Literal["caller", "anybody"] = "caller"

    def hold(self, age: int) -> bool:
        return age >= self.at_least and (self.under is None or age < self.under)


class Group(Shape):
    """A special group: `words` that name it, `unless` phrases that contain such a word and say something else."""

    words: Words = ()
    unless: Words = ()
    ages: Ages | None = None


class Region(Shape):
    """A region: its places as people say them, the numbers it calls from, the trunks that come from there."""

    names: Words = ()
    prefixes: tuple[Annotated[str, StringConstraints(pattern="^[0-9]{2,11}$")], ...] = ()
    trunks: Words = ()


class Asking(Shape):
    """How a language is asked for: a word of `before` up to four characters before its name, or one of `after` behind.

    A phrase of `but_not` before the name undoes it. After `misses` utterances that were not understood, or with a
    confidence below `unsure`, the markers of a language count as well; 0 for never.
    """

    before: Words = ()
    after: Words = ()
    but_not: Words = ()
    misses: NonNegativeInt = 2
    unsure: float = Field(default=0.3, ge=0, le=1)

    def missed(self, label: str, confidence: float) -> bool:
        return label == "unclear" or confidence < self.unsure


class Complaints(Shape):
    """Agents the caller was not content with get none of their calls for so many days.

    A complaint is a ticket of one of `categories` that names the agent, or with one of `staff` the agent of the talk
    before it; a rating from `rating` on (1 best, 5 worst) counts likewise, the last one of each agent.
    """

    days: NonNegativeInt = 180
    categories: Words = ("complaint",)
    staff: Words = ()
    rating: int = Field(default=5, ge=1, le=5)


class NeedsSettings(Shape):
    """All of config/needs.yaml. Days of 0 switch the rule off. `level` is the least level of the needs found."""

    level: int = Field(default=1, ge=1, le=5)
    last_agent_days: NonNegativeInt = 30
    first_owner: Literal["off", "same_matter", "any_matter"] = "any_matter"
    open_matter: Words = ("agent", "unclear", "progress")
    earlier_calls: PositiveInt = 20
    noted_days: NonNegativeInt = 365
    complaints: Complaints = Complaints()
    asking: Asking = Asking()
    languages: Mapping[str, Language] = {}
    groups: Mapping[str, Group] = {}
    here: Words = ()
    regions: Mapping[str, Region] = {}


def faults(read: NeedsSettings, labels: Collection[str], skills: Collection[str]) -> Iterator[str]:
    """What each value alone does not show: codes nobody knows, words and numbers that mean two things."""
    for section, family, codes in (
        ("languages", LANGUAGE, read.languages),
        ("groups", GROUP, read.groups),
        ("regions", REGION, read.regions),
    ):
        for code in codes:
            if not code.startswith(family):
                yield f"{section}.{code}: must be a code below {family}"
            elif code not in skills:
                yield f"{section}.{code}: is no code of routing.yaml, skills; no agent could have it"
    for section, codes_ in (("open_matter", read.open_matter), ("complaints.categories", read.complaints.categories)):
        for code in codes_:
            if code not in labels:
                yield f"{section}: {code!r}: is no code of labels.yaml"
    yield from twice("languages", "names", {code: each.names for code, each in read.languages.items()})
    yield from twice("languages", "markers", {code: each.markers for code, each in read.languages.items()})
    for kind in ("names", "prefixes", "trunks"):
        yield from twice("regions", kind, {code: getattr(each, kind) for code, each in read.regions.items()})
    for code, group in read.groups.items():
        if not group.words and group.ages is None:
            yield f"groups.{code}: has neither words nor ages; nobody would be found"
        if group.ages is not None and group.ages.under is not None and group.ages.under <= group.ages.at_least:
            yield f"groups.{code}.ages.under: {group.ages.under}: must be more than at_least ({group.ages.at_least})"


def twice(section: str, kind: str, words: Mapping[str, Words]) -> Iterator[str]:
    seen: dict[str, str] = {}
    for code, those in words.items():
        for word in those:
            other = seen.setdefault(word, code)
            if other != code:
                yield f"{section}.{code}.{kind}: {word!r}: belongs to {other} already"
