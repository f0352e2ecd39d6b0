"""Which words the model knows and how each is said, in espeak-ng's phonemes without tones.

It decides the vocabulary (the field's words, every common character) and the phones; it must not know the texts.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ivr.speech.reading import pinyin
from ivr.speech.voice import Phoneme, speak_pinyin

HERE = Path(__file__).parent
SILENCE = "SIL"
UNKNOWN = "[unk]"
# Common characters with two readings that differ in more than the tone; pypinyin gives the other one.
ALSO_SAID = dict(
    pair.split(":")
    for pair in (
        "行:hang2 得:dei3 长:zhang3 重:chong2 还:huan2 都:du1 了:liao3 地:di4 着:zhao2 调:diao4 会:kuai4 差:chai1 便:pian2 "
        "乐:yue4 觉:jiao4 没:mo4 曾:zeng1 传:zhuan4 弹:dan4 称:chen4 降:xiang2 省:xing3 血:xie3 露:lou4 落:la4 参:shen1 藏:zang4 "
        "朝:zhao1 系:ji4 校:jiao4 率:shuai4 谁:shei2 那:nei4 哪:nei3 这:zhei4 熟:shou2 给:ji3 车:ju1 石:dan4 尽:jin3 单:shan4 "
        "解:xie4 仇:qiu2 区:ou1 查:zha1 盖:ge3 万:mo4 柏:bo2 剥:bao1 薄:bao2 壳:qiao4 塞:se4 色:shai3 宿:xiu3 贾:gu3 提:di1 拾:she4"
    ).split()
)

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
def build() -> Lexicon:
    """The whole lexicon. Takes a few seconds, since every syllable is said once."""
    words = tuple(dict.fromkeys([UNKNOWN, *field_words(), *characters()]))
    said: dict[str, tuple[Pronunciation, ...]] = {}
    for word in words[1:]:
        spellings = [pinyin(word)]
        spellings += [ALSO_SAID[word]] if word in ALSO_SAID else []
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
