"""How a sentence sounds: its characters, their toneless syllables, and those syllables as accents blur them.

Decides only what counts as the same sound. Knows no labels; no I/O, no clock.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pypinyin import lazy_pinyin

HANZI = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+")
TOKENS = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]|[a-z]+|[0-9]")
# Longest text understood, in characters: about a minute of speech. The head and the tail of longer ones are kept.
LONGEST = 240
# Longest part of a cue phrase, in characters, and how many of them it is looked up by.
LONGEST_PIECE = 10
LOOKED_UP_BY = 4

BLURS = (
    (re.compile(r"^zh"), "z"),
    (re.compile(r"^ch"), "c"),
    (re.compile(r"^sh"), "s"),
    (re.compile(r"^n(?=[aeiouv])"), "l"),
    (re.compile(r"(?<=[aei])ng$"), "n"),
)


@dataclass(frozen=True)
class Sentence:
    """One utterance, position by position: character, syllable without tone, blurred syllable (equal lengths)."""

    chars: tuple[str, ...]
    syllables: tuple[str, ...]
    blurred: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.chars)

    @cached_property
    def text(self) -> str:
        """The characters, with nothing between them."""
        return "".join(self.chars)

    @cached_property
    def sound(self) -> str:
        """The syllables, each between single blanks: `" li hun "`."""
        return spaced(self.syllables)

    @cached_property
    def blur(self) -> str:
        """The blurred syllables, each between single blanks."""
        return spaced(self.blurred)

    @cached_property
    def text_pieces(self) -> frozenset[str]:
        """Every run of up to LOOKED_UP_BY characters."""
        text, size = self.text, len(self.text)
        return frozenset(text[i:j] for i in range(size) for j in range(i + 1, min(size, i + LOOKED_UP_BY) + 1))

    @cached_property
    def blur_pieces(self) -> frozenset[str]:
        """Every run of up to LOOKED_UP_BY blurred syllables, spaced as in `blur`."""
        pieces = []
        for i in range(len(self)):
            piece = " "
            for syllable in self.blurred[i : i + LOOKED_UP_BY]:
                piece += syllable + " "
                pieces.append(piece)
        return frozenset(pieces)

    def without(self, start: int, end: int) -> "Sentence":
        """The sentence with the positions start..end-1 taken out."""
        return Sentence(
            self.chars[:start] + self.chars[end:],
            self.syllables[:start] + self.syllables[end:],
            self.blurred[:start] + self.blurred[end:],
        )


def spaced(syllables: tuple[str, ...]) -> str:
    return f" {' '.join(syllables)} " if syllables else " "


def sentence(text: str) -> Sentence:
    """What `text` says, without punctuation and blanks; letters and digits count as their own sound."""
    plain = unicodedata.normalize("NFKC", text[: 4 * LONGEST] if len(text) <= 8 * LONGEST else ends(text, 4 * LONGEST))
    plain = ends(plain.lower(), LONGEST)
    chars = tuple(TOKENS.findall(plain))
    readings = iter([sound for run in HANZI.findall("".join(chars)) for sound in reading(run)])
    syllables = tuple(next(readings) if HANZI.match(char) else char for char in chars)
    return Sentence(chars, syllables, tuple(blurred(syllable) for syllable in syllables))


def ends(text: str, longest: int) -> str:
    """`text`, or its first three quarters and last quarter of `longest` characters."""
    return text if len(text) <= longest else text[: longest * 3 // 4] + text[-longest // 4 :]


def reading(run: str) -> list[str]:
    """The toneless syllables of a run of Chinese characters, one a character."""
    sounds = [str(sound) for sound in lazy_pinyin(run, errors=unread)]
    return sounds if len(sounds) == len(run) else [str(lazy_pinyin(char)[0]) for char in run]


def unread(run: str) -> Any:
    """Characters without a known reading stand for themselves, one by one."""
    return list(run)


_blurred: dict[str, str] = {}


def blurred(syllable: str) -> str:
    """The syllable with zh/z, ch/c, sh/s, n/l and the endings -ing/-in, -eng/-en, -ang/-an made one."""
    known = _blurred.get(syllable)
    if known is None:
        known = syllable
        for pattern, replacement in BLURS:
            known = pattern.sub(replacement, known)
        if len(_blurred) < 2000:
            _blurred[syllable] = known
    return known
