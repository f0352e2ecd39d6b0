"""What a caller's words say of who must answer: a language asked for, a special group, a region. PURE.

It reads the words by the tables of config/needs.yaml and nothing else; it must not know who calls, nor what is done
about it. When in doubt a word says nothing: every need found keeps some agents from the call.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from ivr.needs.settings import Ages, Asking, Group, Language, NeedsSettings, Region
from ivr.slots.numerals import NUMBER, number

WHETHER = re.compile(r"(.)不\1")  # 会不会 asks, and denies nothing
WINDOW = 4  # characters between the asking word and the name of the language
AGO = "(?!的|就|那|时|起|开始)"  # an age of the past, or of somebody named behind it
OWN_AGE = re.compile(f"我(?:今年|现在|已经|才|刚|只有|都|快)*还?([不没未][到满])?({NUMBER})多?(?:周岁|岁){AGO}")
ANY_AGE = re.compile(f"()({NUMBER})[多几来]?(?:周岁|岁){AGO}")
OLD = "(?:老人家|老人|老头|老太太?|年纪|高龄)(?:今年|已经|都|快|有)*"
OLD_AGE = re.compile(f"{OLD}()({NUMBER})(?:多|几|出头)(?![万块元年天月个家人户平米亩斤点分小])")
COUNTRY = ("0086", "86")
MOBILE = 11  # figures of a mobile number, and the most of any number without the country


def language_asked(rules: NeedsSettings, said: Sequence[str]) -> str:
    """The language asked for, as last said; of several in one breath the first, since one is enough."""
    for text in reversed(said):
        places = {code: asked_at(language, text, rules.asking) for code, language in rules.languages.items()}
        asked = [(place, code) for code, place in places.items() if place is not None]
        if asked:
            return min(asked)[1]
    return ""


def asked_at(language: Language, text: str, asking: Asking) -> int | None:
    """Where `text` asks for the language by one of its names; None where it does not."""
    text = WHETHER.sub(r"\1", text)
    for match in re.finditer("|".join(re.escape(name) for name in language.names), text):
        before, after = text[: match.start()], text[match.end() :]
        if any(phrase in before[-len(phrase) - 2 :] for phrase in asking.but_not):
            continue
        if any(word in before[-WINDOW:] for word in asking.before) or after.startswith(tuple(asking.after)):
            return match.start()
    return None


def marked(rules: NeedsSettings, said: Sequence[str]) -> str:
    """The language whose own words are in what was said, the most; empty for none and for a tie."""
    counts = {
        code: sum(text.count(marker) for text in said for marker in language.markers)
        for code, language in rules.languages.items()
    }
    most = max(counts.values(), default=0)
    best = [code for code, count in counts.items() if count == most]
    return best[0] if most and len(best) == 1 else ""


def groups(rules: NeedsSettings, said: Sequence[str]) -> list[str]:
    """The special groups the caller belongs to, in the table's order."""
    return [code for code, group in rules.groups.items() if any(belongs(group, text) for text in said)]


def belongs(group: Group, text: str) -> bool:
    if group.ages is not None and any(group.ages.hold(age) for age in ages(group.ages, text)):
        return True
    for phrase in group.unless:
        text = text.replace(phrase, "，")
    return any(word in text for word in group.words)


def ages(wanted: Ages, text: str) -> Iterator[int]:
    """The ages in `text` that count."""
    for pattern in (OWN_AGE,) if wanted.of == "caller" else (ANY_AGE, OLD_AGE):
        for match in pattern.finditer(text):
            age = number(match[2])
            if age is not None:
                yield age - 1 if match[1] else age


def region_said(rules: NeedsSettings, said: Sequence[str]) -> str:
    """The region the caller says to be in, as last said; empty where none or several are named at once."""
    for text in reversed(said):
        found = {code for code, region in rules.regions.items() if any(at(rules, name, text) for name in region.names)}
        if found:
            return found.pop() if len(found) == 1 else ""
    return ""


def at(rules: NeedsSettings, name: str, text: str) -> bool:
    """Whether `name` stands behind a word of place: 在温岭, 住在温岭, 我是温岭的."""
    return any(word + name in text for word in rules.here)


def region_called_from(regions: Mapping[str, Region], calling: str, trunk: str) -> tuple[str, str]:
    """The region of the calling number, by the longest prefix, else of the trunk, and "number" or "trunk"."""
    figures = domestic(calling)
    found = [
        (len(prefix), code)
        for code, region in regions.items()
        for prefix in region.prefixes
        if figures.startswith(prefix)
    ]
    if found:
        return max(found)[1], "number"
    return next(((code, "trunk") for code, region in regions.items() if trunk in region.trunks), ("", ""))


def domestic(calling: str) -> str:
    """The number as it is dialled inside the country: +86 576… → 0576…, +86 139… → 139…"""
    figures = calling.removeprefix("+")
    for country in COUNTRY:
        if figures.startswith(country) and len(figures) - len(country) >= MOBILE - 1:
            rest = figures[len(country) :]
            return rest if rest.startswith(("0", "1")) and len(rest) >= MOBILE else f"0{rest}"
    return figures
