"""Which words the model knows and how each is said, in espeak-ng's phonemes without tones.

It decides the vocabulary (the field's words, common words, every common character) and the phones; it must not know the
texts.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ivr.speech.reading import pinyin
from ivr.speech.training import general
from ivr.speech.voice import Phoneme, speak_pinyin

HERE = Path(__file__).parent
SILENCE = "SIL"
UNKNOWN = "[unk]"
COMMON = 12000  # words of general Chinese, the commonest

Pronunciation = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """`words` in the order of their numbers (from 1; 0 is <eps>), `phones` likewise with SIL first."""

    words: tuple[str, ...]
    phones: tuple[str, ...]
    said: dict[str, tuple[Pronunciation, ...]]


def lines(name: str) -> list[str]:
    """The lines of one of this folder's text files, without comments."""
    text = (HERE / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


@cache
def field_words() -> tuple[str, ...]:
    """The words of words.txt, each once, in its order."""
    return tuple(dict.fromkeys(word for line in lines("words.txt") for word in line.split()))


@cache
def common_characters() -> tuple[str, ...]:
    """The characters of common.txt, the commonest first."""
    return tuple(dict.fromkeys("".join(lines("common.txt"))))


@cache
def characters() -> tuple[str, ...]:
    """Every single character of the vocabulary: the common ones, GB 2312 level 1 (3,755), those of the texts."""
    level_one = [bytes((row, cell)).decode("gb2312") for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF)
                 if (row, cell) < (0xD7, 0xFA)]  # fmt: skip
    ours = [char for name in ("words.txt", "templates.txt") for line in lines(name) for char in line if _is_han(char)]
    return tuple(dict.fromkeys([*common_characters(), *level_one, *ours]))


@cache
def common_words() -> tuple[str, ...]:
    """The words of general Chinese that are made of the characters of the vocabulary."""
    known = set(characters())
    return tuple(word for word in general.read().words if len(word) > 1 and known.issuperset(word))[:COMMON]


@cache
def costs() -> dict[str, float]:
    """What general.cut needs for the field's texts; the field's words are likelier than elsewhere."""
    counts = dict.fromkeys(characters(), 1.0) | general.read().words
    counts |= {word: max(counts.get(word, 0.0), 400.0) for word in field_words()}
    known = {*field_words(), *common_words(), *characters()}
    return general.costs_of({word: count for word, count in counts.items() if word in known})


@cache
def build() -> Lexicon:
    """The whole lexicon. Takes a few seconds, since every syllable is said once."""
    words = tuple(dict.fromkeys([UNKNOWN, *field_words(), *common_words(), *characters()]))
    said: dict[str, tuple[Pronunciation, ...]] = {}
    second = dict(pair.split(":") for line in lines("readings.txt") for pair in line.split())
    for word in words[1:]:
        spellings = [pinyin(word)]
        spellings += [second[word]] if word in second else []
        said[word] = tuple(dict.fromkeys(tuple(p for one in s.split() for p in syllable(one)) for s in spellings))
    phones = sorted({phone for ways in said.values() for way in ways for phone in way})
    return Lexicon(words, (SILENCE, *phones), said)


@cache
def syllable(spelling: str) -> Pronunciation:
    """The phones of one syllable of pinyin, with or without its tone figure."""
    if spelling[-1:] not in "12345":
        spelling += "5"
    return tuple(phone for one in speak_pinyin(spelling).phonemes if (phone := phone_of(one)))


def phone_of(phoneme: Phoneme) -> str:
    """The phone of one of espeak-ng's phonemes, without stress and tone marks; empty for silence."""
    return "" if phoneme.name.startswith("_") else phoneme.name.strip("',%=")


def _is_han(char: str) -> bool:
    return "\u3400" <= char <= "\u9fff"
