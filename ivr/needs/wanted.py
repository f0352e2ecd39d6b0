"""What a call needs of an agent, out of what was said and what is known of the caller. PURE.

It decides needs, the preferred agent and the excluded ones, with a reason for each. It must not know which agents
are at work (the switchboard), who fits (routing) nor where earlier calls are kept (records).
"""

from dataclasses import dataclass, field

from ivr.facts import CallerKnown
from ivr.needs import words
from ivr.needs.reasons import EXCLUDE, NEED, PREFER, Reason, reason
from ivr.needs.settings import NeedsSettings

URGENT = ("emergency", "crisis")  # nobody is kept from these, and nobody waited for


@dataclass
class Told:
    """What a call has shown so far. `said` are the caller's utterances, `missed` how many were not understood."""

    number: str = ""
    trunk: str = ""
    said: list[str] = field(default_factory=list)
    missed: int = 0
    known: CallerKnown | None = None


@dataclass(frozen=True)
class Wanted:
    """As in routing.facts.CallWaiting; `why` holds a reason for each."""

    needs: tuple[tuple[str, int], ...] = ()
    preferred: str = ""
    excluded: tuple[str, ...] = ()
    why: tuple[Reason, ...] = ()


def wanted(rules: NeedsSettings, told: Told, label: str, now: float) -> Wanted:
    """What the call wants now that it asks for a person about `label`; `now` in UTC epoch seconds."""
    known = told.known or CallerKnown("")
    needs = found_needs(rules, told, known, now)
    if label.partition(".")[0] in URGENT:
        return Wanted(tuple((why[1], rules.level) for why in needs), why=tuple(needs))
    avoided = [
        reason(EXCLUDE, agent, source, at, now)
        for agent, source, at in known.complaints
        if lately(at, rules.complaints.days, now)
    ]
    excluded = tuple(dict.fromkeys(why[1] for why in avoided))
    preferred = preferable(rules, known, label, excluded, now)
    why = (*([preferred] if preferred else []), *avoided, *needs)
    return Wanted(tuple((each[1], rules.level) for each in needs), preferred[1] if preferred else "", excluded, why)


def found_needs(rules: NeedsSettings, told: Told, known: CallerKnown, now: float) -> list[Reason]:
    """A reason for each need, one for a code: languages, special groups, one region."""
    language, heard = words.language_asked(rules, told.said), "asked"
    if not language and rules.asking.misses and told.missed >= rules.asking.misses:
        language, heard = words.marked(rules, told.said), "dialect"
    found = {language: reason(NEED, language, heard)} if language else {}
    for code in words.groups(rules, told.said):
        found[code] = reason(NEED, code, "said")
    for code, at in known.noted:
        if code in rules.groups and lately(at, rules.noted_days, now):
            found.setdefault(code, reason(NEED, code, "noted", at, now))
    region, source = words.region_said(rules, told.said), "said"
    if not region:
        region, source = words.region_called_from(rules.regions, told.number, told.trunk)
    if region:
        found[region] = reason(NEED, region, source)
    return list(found.values())


def preferable(
    rules: NeedsSettings, known: CallerKnown, label: str, excluded: tuple[str, ...], now: float
) -> Reason | None:
    """The first owner of an open ticket, else the agent of the last talk on the same matter; the newest that may be."""
    if rules.first_owner != "off":
        for agent, category, at in known.owners:
            matters = rules.first_owner == "any_matter" or same_matter(rules, label, category)
            if agent not in excluded and matters:
                return reason(PREFER, agent, "owner", at, now)
    for agent, earlier, at in known.talks:
        if agent not in excluded and lately(at, rules.last_agent_days, now) and same_matter(rules, label, earlier):
            return reason(PREFER, agent, "last", at, now)
    return None


def same_matter(rules: NeedsSettings, label: str, other: str) -> bool:
    """Whether two codes are of one branch: alike as far as both go, two parts at the most.

    A caller who did not say what about (`open_matter`) may have come for the matter of last time.
    """
    if label in rules.open_matter or other in rules.open_matter:
        return True
    return all(one == two for one, two in zip(label.split(".")[:2], other.split(".")[:2], strict=False))


def lately(at: float, days: int, now: float) -> bool:
    return days > 0 and now - at < days * 86400.0
