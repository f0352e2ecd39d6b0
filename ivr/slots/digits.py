"""Numbers said or keyed figure by figure: telephone numbers, ticket numbers, the last four figures. PURE.

It decides which figures an utterance holds and whether they can be the number asked for. It must not know why it is
asked. 十 百 千 万 are amounts, not figures: 一万 is no 10000 here.
"""

import re
from dataclasses import dataclass
from datetime import date
from enum import Enum

from knowledge.sounds import sentence

SAID = {char: str(value) for value, char in enumerate("零一二三四五六七八九")}
SAID |= {"〇": "0", "幺": "1", "妖": "1", "腰": "1", "两": "2", "洞": "0", "拐": "7", "勾": "9"}
SOUNDS = {"ling": "0", "yi": "1", "yao": "1", "er": "2", "liang": "2", "san": "3", "si": "4", "wu": "5", "liu": "6"}
SOUNDS |= {"qi": "7", "ba": "8", "jiu": "9"}
AMOUNTS = frozenset("十百千万亿")
TIMES = re.compile("([两二三四五六七八2-8])个([零〇一幺二两三四五六七八九0-9])")
AROUND = re.compile(
    "(?:不对|不是)?(?:嗯|呃|啊|哦|喂|那个|就是|应该)*(?:我的|我这个)?(?:回拨)?(?:工单|手机|电话|固定电话|座机|联系|受理)?"
    "(?:号码|编号|单号|号)?(?:后四位|尾号|末四位)?(?:改成|改为|换成)?(?:是|为)?(?:GD|gd|GD|工单)?"
)
AFTER = re.compile("(?:吧|啊|呀|呢|哈|对吧|谢谢|就这个|就是这个)+$")
LEAST_HEARD = 3  # by sound alone, fewer syllables are more likely words


def figures(text: str) -> str:
    """The figures said in `text` with only courtesies around them: 我的号码是幺三八零零 → 13800; else nothing.

    三个八 is 888. One word that is no figure makes the whole none: a sentence is not read as a number.
    """
    bare = AFTER.sub("", "".join(text.split()).replace("-", "").replace("—", ""))
    bare = bare[found.end() :] if (found := AROUND.match(bare)) else bare
    bare = TIMES.sub(lambda match: match[2] * _times(match[1]), bare)
    if not bare or AMOUNTS & set(bare):
        return ""
    said = sentence(bare)
    read = [_figure(char, syllable) for char, syllable in zip(said.chars, said.syllables, strict=True)]
    exact = all(char in SAID or char.isdigit() for char in bare)
    return "" if None in read or (not exact and len(read) < LEAST_HEARD) else "".join(str(each) for each in read)


def _times(char: str) -> int:
    return int(char) if char.isdigit() else int(SAID[char])


def _figure(char: str, syllable: str) -> str | None:
    if char.isdigit() and char.isascii():
        return char
    return SAID.get(char) or SOUNDS.get(syllable)


class Kind(Enum):
    """What a number is asked for as."""

    TICKET = "ticket"
    PHONE = "phone"
    LAST_FOUR = "last_four"


class Fit(Enum):
    """Whether figures can be the number."""

    WHOLE = "whole"
    SHORT = "short"  # may become one with more figures
    WRONG = "wrong"


MOBILE = re.compile(r"1[3-9]\d{9}")
# Area codes: 010 and 02x with eight figures, 03xx-09xx with seven or eight; without one seven or eight, not 0 or 1.
LANDLINE = re.compile(r"0(?:10|2\d)[2-8]\d{7}|0[3-9]\d{2}[2-8]\d{6,7}|[2-8]\d{6,7}|400\d{7}")
LONGEST = {Kind.TICKET: 14, Kind.PHONE: 12, Kind.LAST_FOUR: 4}


@dataclass(frozen=True)
class Number:
    """`figures` as asked for as `kind`."""

    kind: Kind
    figures: str

    @property
    def fit(self) -> Fit:
        match self.kind:
            case Kind.LAST_FOUR:
                return _by_length(self.figures, 4, True)
            case Kind.TICKET:
                return _by_length(self.figures, 14, ticket_number(self.figures) != "")
            case Kind.PHONE:
                return _phone(self.figures)

    @property
    def complete(self) -> bool:
        """Whether nothing can follow: it need not be waited for."""
        if self.fit is not Fit.WHOLE:
            return False
        return self.kind is not Kind.PHONE or MOBILE.fullmatch(self.figures) is not None


def _by_length(figures: str, length: int, sound: bool) -> Fit:
    if len(figures) < length:
        return Fit.SHORT
    return Fit.WHOLE if len(figures) == length and sound else Fit.WRONG


def _phone(figures: str) -> Fit:
    if MOBILE.fullmatch(figures) or LANDLINE.fullmatch(figures):
        return Fit.WHOLE
    if figures.startswith("1"):
        sound = len(figures) < 2 or figures[1] in "3456789"
        return Fit.SHORT if len(figures) < 11 and sound else Fit.WRONG
    longest = 12 if figures.startswith("0") else 10 if figures.startswith("400") else 8
    return Fit.SHORT if len(figures) < longest and figures[:1] != "9" else Fit.WRONG


def ticket_number(figures: str) -> str:
    """20261121000001 → GD20261121-000001 (tickets.numbers); empty for what is no such number."""
    if len(figures) != 14 or not (figures.isascii() and figures.isdigit()):
        return ""
    try:
        date(int(figures[:4]), int(figures[4:6]), int(figures[6:8]))
    except ValueError:
        return ""
    return f"GD{figures[:8]}-{figures[8:]}"


def grouped(figures: str) -> str:
    """As it is read back: hyphens where people pause."""
    if len(figures) == 14:
        return f"{figures[:4]}-{figures[4:8]}-{figures[8:]}"
    if MOBILE.fullmatch(figures):
        return f"{figures[:3]}-{figures[3:7]}-{figures[7:]}"
    return figures


def embedded(text: str, least: int) -> str:
    """The longest run of figures in a sentence, if it is at least so long: 工单号二零二六…帮我查一下."""
    runs = re.findall(f"[{''.join(SAID)}0-9-]+", "".join(text.split()))
    read = ["".join(SAID.get(char, char) for char in run if char != "-") for run in runs]
    found = max(read, key=len, default="")
    return found if len(found) >= least else ""
