"""What a call needs of an agent, and by which tier an agent may take it. PURE.

A tier is a ring of relaxation, or a step within one; a smaller tier fits better. It must not know which agents are
free, nor the time.
"""

from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from routing.rules import RINGS, Rules, upwards

GENERALIST = "*"
LANGUAGE, GROUP, REGION = "lang.", "group.", "region."
FIRST_LANGUAGE = "lang.cmn"  # what everybody at the hotline speaks


class Tier(IntEnum):
    """How well an agent fits, best first. `ring` names the wait that opens the tier."""

    PREFERRED = 0
    SPECIALIST = 1
    NEIGHBOUR = 2
    GENERALIST = 3
    SPECIALIST_ELSEWHERE = 4
    NEIGHBOUR_ELSEWHERE = 5
    GENERALIST_ELSEWHERE = 6
    OVERFLOW = 7

    @property
    def ring(self) -> str:
        return _RING_OF[self]


_RING_OF = {
    Tier.PREFERRED: "specialist",
    Tier.SPECIALIST: "specialist",
    Tier.NEIGHBOUR: "neighbour",
    Tier.GENERALIST: "generalist",
    Tier.SPECIALIST_ELSEWHERE: "any_region",
    Tier.NEIGHBOUR_ELSEWHERE: "any_region",
    Tier.GENERALIST_ELSEWHERE: "any_region",
    Tier.OVERFLOW: "overflow",
}

Skills = dict[str, int]


@dataclass(frozen=True, eq=False)
class Needs:
    """A call's needs, as the rules read them; one value for all calls that need the same, so compared by identity.

    `codes` are the label and those above it, `level` the least level of a specialist in it; `near` the branches of
    neighbours; `languages`, `groups`, `regions` pairs of code and least level, all of which must be met. `waits` are
    seconds by ring, in the order of rules.RINGS.
    """

    label: str
    codes: tuple[str, ...]
    level: int
    near: tuple[str, ...]
    languages: tuple[tuple[str, int], ...]
    groups: tuple[tuple[str, int], ...]
    regions: tuple[tuple[str, int], ...]
    waits: tuple[float, ...]

    def wait_for(self, tier: Tier) -> float:
        """Seconds a call waits before an agent of this tier may take it."""
        return 0.0 if tier is Tier.PREFERRED else self.waits[RINGS.index(tier.ring)]

    def thresholds(self) -> tuple[float, ...]:
        """Seconds of waiting at which more agents may take the call, rising; 0 and never are left out."""
        rings = [ring for ring in RINGS if self.regions or ring != "any_region"]
        waits = {self.waits[RINGS.index(ring)] for ring in rings}
        return tuple(sorted(wait for wait in waits if 0 < wait < float("inf")))


def needs_of(rules: Rules, label: str, wanted: tuple[tuple[str, int], ...] = ()) -> Needs:
    """The needs of a call for `label` that also wants `wanted` (code, least level); a need of the label's own branch
    raises the level of the specialist.
    """
    codes = tuple(upwards(label))
    own = [level for code, level in wanted if code in codes]
    waits = rules.waits_of(label)
    return Needs(
        label,
        codes,
        max([rules.level_of(label), *own]),
        rules.neighbours_of(label),
        tuple(sorted(need for need in wanted if need[0].startswith(LANGUAGE) and need[0] != FIRST_LANGUAGE)),
        tuple(sorted(need for need in wanted if need[0].startswith(GROUP))),
        tuple(sorted(need for need in wanted if need[0].startswith(REGION))),
        tuple(waits.of(ring) for ring in RINGS),
    )


def level(skills: Skills, codes: tuple[str, ...]) -> int:
    """The level of the nearest skill at or above a label whose upward `codes` are given; 0 for none."""
    for code in codes:
        if code in skills:
            return skills[code]
    return 0


def tier_of(skills: Skills, needs: Needs) -> Tier:
    """The best tier by which somebody with these skills may take the call."""
    if not speaks(skills, needs):
        return Tier.OVERFLOW
    if skilled(skills, needs) and trained(skills, needs):
        tier = Tier.SPECIALIST
    elif near(skills, needs) and trained(skills, needs):
        tier = Tier.NEIGHBOUR
    elif GENERALIST in skills:
        tier = Tier.GENERALIST
    else:
        return Tier.OVERFLOW
    return tier if at_home(skills, needs) else Tier(tier + 3)


def skilled(skills: Skills, needs: Needs) -> bool:
    """At the level a specialist needs."""
    return level(skills, needs.codes) >= needs.level


def speaks(skills: Skills, needs: Needs) -> bool:
    """Every language or dialect the caller needs."""
    return all(level(skills, _upwards(code)) >= least for code, least in needs.languages)


def trained(skills: Skills, needs: Needs) -> bool:
    """For every special group the caller belongs to."""
    return all(level(skills, _upwards(code)) >= least for code, least in needs.groups)


def at_home(skills: Skills, needs: Needs) -> bool:
    """In the caller's region. Who has no region works for the whole province."""
    if not needs.regions or not any(code.startswith(REGION) for code in skills):
        return True
    return all(level(skills, _upwards(code)) >= least for code, least in needs.regions)


def near(skills: Skills, needs: Needs) -> bool:
    """Skilled in a branch beside the label, at the level a specialist needs."""
    return any(grade >= needs.level and _branch(code) in needs.near for code, grade in skills.items())


@lru_cache(maxsize=4096)
def _upwards(code: str) -> tuple[str, ...]:
    return tuple(upwards(code))


@lru_cache(maxsize=4096)
def _branch(code: str) -> str:
    return code.partition(".")[0]
