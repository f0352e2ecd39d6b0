"""Cue phrases: which of the phrases clerks wrote down are in a sentence, and how surely, by character or by sound.

Knows neither labels' meaning nor decisions; no I/O, no clock.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from knowledge.sounds import LONGEST_PIECE, LOOKED_UP_BY, Sentence, sentence, spaced

# A starred cue, 拿刀*砍, bridges at most this many syllables.
GAP = 6


@dataclass(frozen=True)
class Cue:
    """A phrase; `*` inside it stands for up to GAP syllables. Compared by characters, sounds and blurred sounds."""

    phrase: str
    texts: tuple[str, ...]
    sounds: tuple[str, ...]
    blurs: tuple[str, ...]
    length: int

    @cached_property
    def by_text(self) -> re.Pattern[str]:
        return re.compile(f".{{0,{GAP}}}?".join(re.escape(part) for part in self.texts))

    @cached_property
    def by_sound(self) -> re.Pattern[str]:
        return re.compile(joined(self.sounds))

    @cached_property
    def by_blur(self) -> re.Pattern[str]:
        return re.compile(joined(self.blurs))


def joined(parts: tuple[str, ...]) -> str:
    """A pattern for blank-separated syllables: the parts in order, up to GAP syllables between two."""
    return " " + f" (?:[^ ]+ ){{0,{GAP}}}?".join(re.escape(part.strip()) for part in parts) + " "


# Cues made before, by phrase: finding the sounds of thousands of phrases takes longer than all the rest of loading.
Known = Mapping[str, Cue]


def cue(phrase: str, known: Known = MappingProxyType({})) -> Cue:
    """The cue for `phrase`. Raises ValueError when nothing of it can be heard."""
    made = known.get(phrase)
    if made is not None:
        return made
    parts = [sentence(part) for part in phrase.split("*")]
    if not all(len(part) for part in parts):
        raise ValueError("a cue must hold Chinese characters, letters or digits on both sides of a *")
    if any(len(part) > LONGEST_PIECE for part in parts):
        raise ValueError(f"at most {LONGEST_PIECE} characters may stand together in a cue; put a * between")
    return Cue(
        phrase,
        tuple(part.text for part in parts),
        tuple(part.sound for part in parts),
        tuple(part.blur for part in parts),
        sum(len(part) for part in parts),
    )


def sureness(cue: Cue, said: Sentence) -> float:  # noqa: PLR0911
    """How surely `cue` is in `said`: 1 by its characters, less by sound alone, 0 not at all.

    One syllable is never matched by sound, and two by sound alone are half a proof at most:
    there are too many homophones.
    """
    if all(part in said.blur for part in cue.blurs):
        if len(cue.blurs) == 1:
            # Letters run together (dna in dnab) are found here too; that does no harm.
            if cue.texts[0] in said.text:
                return 1.0
            exact = cue.sounds[0] in said.sound
        else:
            if not cue.by_blur.search(said.blur):
                return 0.0
            if cue.by_text.search(said.text):
                return 1.0
            exact = cue.by_sound.search(said.sound) is not None
        if cue.length == 1:
            return 0.0
        if cue.length == 2:
            return 0.5 if exact else 0.2
        return 0.9 if exact else 0.75
    # A character may be read in two ways, so the same characters count even where the sounds differ.
    if len(cue.texts) == 1:
        return 1.0 if cue.texts[0] in said.text else 0.0
    return 1.0 if all(part in said.text for part in cue.texts) and cue.by_text.search(said.text) else 0.0


class Phrases:
    """A fixed list of cues, indexed by how their first part begins, so that a sentence is compared with few of them."""

    def __init__(self, cues: Iterable[Cue]) -> None:
        self.cues = tuple(cues)
        self.by_text: dict[str, list[int]] = {}
        self.by_blur: dict[str, list[int]] = {}
        for i, one in enumerate(self.cues):
            self.by_text.setdefault(one.texts[0][:LOOKED_UP_BY], []).append(i)
            self.by_blur.setdefault(spaced(tuple(one.blurs[0].split()[:LOOKED_UP_BY])), []).append(i)

    def found(self, said: Sentence) -> list[tuple[int, float]]:
        """(index, sureness) of the cues in `said`, in the list's order."""
        near = {i for key in self.by_blur.keys() & said.blur_pieces for i in self.by_blur[key]}
        near.update(i for key in self.by_text.keys() & said.text_pieces for i in self.by_text[key])
        return [(i, sure) for i in sorted(near) if (sure := sureness(self.cues[i], said))]


def surest(phrases: Phrases, said: Sentence) -> float:
    """The sureness of the surest of `phrases`, 0 where none is there."""
    return max((sure for _, sure in phrases.found(said)), default=0.0)


def spans(phrases: Phrases, said: Sentence, heard_from: int) -> list[tuple[int, int]]:
    """(start, end) positions of `phrases` in `said`: by character, by sound from `heard_from` syllables on."""
    found = []
    for i, _ in phrases.found(said):
        one = phrases.cues[i]
        if one.length >= heard_from:
            for match in one.by_sound.finditer(said.sound):
                start = said.sound.count(" ", 0, match.start() + 1) - 1
                found.append((start, start + match.group().count(" ") - 1))
        else:
            start = said.text.find(one.texts[0])
            while start >= 0:
                found.append((start, start + one.length))
                start = said.text.find(one.texts[0], start + 1)
    return found
