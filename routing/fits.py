"""Who fits which needs, for all agents at once: one bit for each set of skills in use. PURE.

It answers what routing.needs.tier_of answers, with a few operations on whole numbers instead of a look at each agent.
It must not know who is free.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from routing.needs import GENERALIST, Needs, Skills, Tier, at_home, near, skilled, speaks, trained

Place = tuple[float, float, str]  # load, idle since, name: who comes first among those who fit equally
Test = Callable[[Skills], bool]
MOST_FITS = 20_000  # needs whose aspects are remembered


@dataclass(eq=False, slots=True)
class Profile:
    """The agents with one set of skills; `free` are those who may be rung, who comes first in front."""

    skills: Skills
    bit: int
    members: int = 0
    free: list[Place] = field(default_factory=list)


@dataclass(eq=False, slots=True)
class Aspect:
    """One thing needed: `mask` has the bits of the profiles that have it."""

    test: Test
    mask: int = 0


@dataclass(frozen=True, eq=False, slots=True)
class Fit:
    """The aspects of one needs."""

    skilled: Aspect
    near: Aspect
    generalist: Aspect
    speaks: Aspect
    trained: Aspect
    at_home: Aspect

    def masks(self, among: int) -> Iterator[tuple[Tier, int]]:
        """The profiles among these by tier, best first; every profile is in one tier."""
        speaking = among & self.speaks.mask
        trained = speaking & self.trained.mask
        first = trained & self.skilled.mask
        second = trained & self.near.mask & ~first
        third = speaking & self.generalist.mask & ~first & ~second
        home = self.at_home.mask
        yield Tier.SPECIALIST, first & home
        yield Tier.NEIGHBOUR, second & home
        yield Tier.GENERALIST, third & home
        yield Tier.SPECIALIST_ELSEWHERE, first & ~home
        yield Tier.NEIGHBOUR_ELSEWHERE, second & ~home
        yield Tier.GENERALIST_ELSEWHERE, third & ~home
        yield Tier.OVERFLOW, among & ~(first | second | third)


class Fits:
    """The profiles in use, and for each needs seen who has what of it."""

    def __init__(self) -> None:
        self._profiles: dict[tuple[tuple[str, int], ...], Profile] = {}
        self._by_index: dict[int, Profile] = {}
        self._unused: list[int] = []
        self._aspects: dict[tuple[object, ...], Aspect] = {}
        self._fits: dict[Needs, Fit] = {}

    def __getstate__(self) -> dict[str, object]:
        """For copies: what was found of needs is found again."""
        return self.__dict__ | {"_aspects": {}, "_fits": {}}

    def join(self, skills: Skills) -> Profile:
        """The profile of one more agent with these skills."""
        key = tuple(sorted(skills.items()))
        profile = self._profiles.get(key)
        if profile is None:
            index = self._unused.pop() if self._unused else len(self._by_index)
            profile = self._profiles[key] = self._by_index[index] = Profile(dict(skills), 1 << index)
            for aspect in self._aspects.values():
                if aspect.test(profile.skills):
                    aspect.mask |= profile.bit
        profile.members += 1
        return profile

    def leave(self, profile: Profile) -> None:
        """One agent fewer; a profile nobody has is dropped."""
        profile.members -= 1
        if profile.members:
            return
        index = profile.bit.bit_length() - 1
        del self._profiles[tuple(sorted(profile.skills.items()))], self._by_index[index]
        self._unused.append(index)
        for aspect in self._aspects.values():
            aspect.mask &= ~profile.bit

    def of(self, needs: Needs) -> Fit:
        found = self._fits.get(needs)
        if found is None:
            if len(self._fits) >= MOST_FITS:
                self._fits.clear()
                self._aspects.clear()
            found = self._fits[needs] = Fit(
                self._aspect(("skilled", needs.codes, needs.level), lambda skills: skilled(skills, needs)),
                self._aspect(("near", needs.near, needs.level), lambda skills: near(skills, needs)),
                self._aspect(("generalist",), lambda skills: GENERALIST in skills),
                self._aspect(("speaks", needs.languages), lambda skills: speaks(skills, needs)),
                self._aspect(("trained", needs.groups), lambda skills: trained(skills, needs)),
                self._aspect(("at home", needs.regions), lambda skills: at_home(skills, needs)),
            )
        return found

    def tier(self, profile: Profile, needs: Needs) -> Tier:
        """The tier by which agents with this profile may take a call with these needs."""
        return next(tier for tier, mask in self.of(needs).masks(profile.bit) if mask)

    def profiles(self, mask: int) -> Iterator[Profile]:
        """The profiles whose bits are in `mask`."""
        while mask:
            low = mask & -mask
            yield self._by_index[low.bit_length() - 1]
            mask ^= low

    def _aspect(self, key: tuple[object, ...], test: Test) -> Aspect:
        found = self._aspects.get(key)
        if found is None:
            found = self._aspects[key] = Aspect(test)
            for profile in self._profiles.values():
                if test(profile.skills):
                    found.mask |= profile.bit
        return found
