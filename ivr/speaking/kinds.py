"""What a place in a sentence can hold, and the pieces that say each value of it. PURE.

It decides how dates, times, numbers and positions are said. It must not know which sentences ask for them.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, time
from functools import lru_cache
from string import ascii_uppercase

from ivr.speaking.pieces import GROUP, SILENT, Part, Piece
from ivr.speech.reading import counted, one_by_one

Value = str | int | date | time

WEEKDAYS = ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日")
DAYS = ("今天", "明天", "后天")
HALF_DAYS = ("凌晨", "上午", "中午", "下午", "晚上")
LARGEST = {"count": 9999, "position": 99}
UNBROKEN = 6  # figures said in one breath
MOBILE = 11  # figures of a mobile number, said in groups of 3, 4 and 4


class UnsayableError(ValueError):
    """This value has no words; the text names the kind and what it takes, never the value."""


@dataclass(frozen=True)
class Kind:
    """`say` gives the pieces of a value, `every` what it can give of any value."""

    say: Callable[[Value, "Range"], list[Piece]]
    every: Callable[["Range"], "Every"]


@dataclass(frozen=True)
class Every:
    """The parts that stand before others of the same value, and the texts that can stand last."""

    last: frozenset[str]
    inner: frozenset[Part] = frozenset()


@dataclass(frozen=True)
class Range:
    """What a place admits: numbers up to `most`, the texts `choices`; `measured` when a measure word follows (两)."""

    most: int = 0
    choices: tuple[str, ...] = ()
    measured: bool = False


def spoken_day(day: date, today: date) -> str | date:
    """`day` as a value of the kind `day`: 今天, 明天, 后天, else the date itself."""
    ahead = (day - today).days
    return DAYS[ahead] if 0 <= ahead < len(DAYS) else day


def half_day(at: time) -> str:
    """凌晨 before 6, 上午 before 12, 中午 before 13, 下午 before 18, 晚上."""
    return HALF_DAYS[sum(at.hour >= first for first in (6, 12, 13, 18))]


def _date(value: Value, _range: Range) -> list[Piece]:
    if not isinstance(value, date):
        raise UnsayableError("date: takes a datetime.date")
    parts = (f"{counted(str(value.month))}月", f"{counted(str(value.day))}号")
    return [*map(Part, parts), GROUP, Part(WEEKDAYS[value.weekday()])]


def _dates(_range: Range) -> Every:
    months = {Part(f"{counted(str(month))}月") for month in range(1, 13)}
    days = {Part(f"{counted(str(day))}号", final=True) for day in range(1, 32)}
    return Every(frozenset(WEEKDAYS), frozenset(months | days))


def _day(value: Value, within: Range) -> list[Piece]:
    if isinstance(value, str):
        if value not in DAYS:
            raise UnsayableError(f"day: takes a datetime.date or one of {' '.join(DAYS)}")
        return [Part(value)]
    return _date(value, within)


def _time(value: Value, _range: Range) -> list[Piece]:
    if isinstance(value, str) and value in HALF_DAYS:
        return [Part(value)]
    if not isinstance(value, time):
        raise UnsayableError(f"time: takes a datetime.time or one of {' '.join(HALF_DAYS)}")
    hour = Part(_hour(value.hour))
    return [hour, Part(_minute(value.minute))] if value.minute else [hour]


def _days(within: Range) -> Every:
    dates = _dates(within)
    return Every(dates.last | set(DAYS), dates.inner)


def _times(_range: Range) -> Every:
    hours = frozenset(map(_hour, range(24)))
    return Every(hours | {*HALF_DAYS, *map(_minute, range(1, 60))}, frozenset(map(Part, hours)))


def _hour(hour: int) -> str:
    said = hour % 12 or (12 if hour else 0)
    return f"{half_day(time(hour))}{'两' if said == 2 else counted(str(said))}点"


def _minute(minute: int) -> str:
    return "半" if minute == 30 else f"{'零' if minute < 10 else ''}{counted(str(minute))}分"


def _digits(value: Value, _range: Range) -> list[Piece]:
    if not isinstance(value, str) or not value.strip("- ") or not all(_figure(each) for each in value):
        raise UnsayableError("digits: takes a text of figures, letters A-Z and hyphens")
    pieces: list[Piece] = []
    for group in _groups(value):
        pieces += [*([GROUP] if pieces else []), *(Part(_named(each)) for each in group)]
    return pieces


def _all_digits(_range: Range) -> Every:
    texts = frozenset({*(_named(each) for each in "0123456789"), *ascii_uppercase})
    return Every(texts, frozenset(Part(text, final) for text in texts for final in (False, True)))


def _figure(char: str) -> bool:
    return char.isascii() and (char.isalnum() or char in "- ")


def _groups(value: str) -> list[str]:
    """Split at hyphens, blanks and between letters and figures; long figures in threes and fours, as people read."""
    groups: list[str] = []
    for run in re.findall(r"[0-9]+|[A-Za-z]+", value):
        if len(run) == MOBILE and run.isdigit():
            groups += [run[:3], run[3:7], run[7:]]
        elif len(run) > UNBROKEN:
            groups += _evenly(run)
        else:
            groups.append(run)
    return groups


def _evenly(run: str) -> list[str]:
    """In groups of at most four, the longer ones first: 14 are 4, 4, 3 and 3."""
    count = -(-len(run) // 4)
    short, longer = divmod(len(run), count)
    ends = [(n + 1) * short + min(n + 1, longer) for n in range(count)]
    return [run[first:last] for first, last in zip([0, *ends], ends, strict=False)]


def _named(char: str) -> str:
    return one_by_one(char, one="幺") if char.isdigit() else char.upper()


def _count(value: Value, within: Range) -> list[Piece]:
    most = within.most or LARGEST["count"]
    if type(value) is not int or not 0 <= value <= most:
        raise UnsayableError(f"count: takes a number from 0 to {most}")
    return [Part(text) for text in _counted(value, within.measured)]


def _counted(value: int, measured: bool) -> list[str]:
    """Thousands, hundreds, 零, and what is left below 100 in one part: 1012 → 一千 零 一十二."""
    said = []
    if value >= 1000:
        said.append("两千" if value < 3000 and value >= 2000 else counted(str(value // 1000 * 1000)))
    if value % 1000 >= 100:
        said.append(counted(str(value % 1000 // 100 * 100)))
    rest = value % 100
    if not said:
        return ["两" if value == 2 and measured else counted(str(value))]
    if not rest:
        return said
    if rest < 10 or value % 1000 < 100:
        said.append("零")
    return [*said, ("一" if 10 <= rest < 20 else "") + counted(str(rest))]


@lru_cache(maxsize=32)
def _counts(within: Range) -> Every:
    said = [_counted(value, within.measured) for value in range((within.most or LARGEST["count"]) + 1)]
    return Every(frozenset(parts[-1] for parts in said), frozenset(Part(text) for parts in said for text in parts[:-1]))


def _position(value: Value, within: Range) -> list[Piece]:
    most = within.most or LARGEST["position"]
    if type(value) is not int or not 1 <= value <= most:
        raise UnsayableError(f"position: takes a number from 1 to {most}")
    return [Part(f"第{counted(str(value))}位")]


def _positions(within: Range) -> Every:
    places = range(1, (within.most or LARGEST["position"]) + 1)
    return Every(frozenset(f"第{counted(str(place))}位" for place in places))


def _choice(value: Value, within: Range) -> list[Piece]:
    if value not in within.choices:
        raise UnsayableError("choice: takes one of the texts configured for it")
    return [Part(str(value).strip(SILENT))]


def _choices(within: Range) -> Every:
    return Every(frozenset(text.strip(SILENT) for text in within.choices))


KINDS: Mapping[str, Kind] = {
    "date": Kind(_date, _dates),
    "day": Kind(_day, _days),
    "time": Kind(_time, _times),
    "digits": Kind(_digits, _all_digits),
    "count": Kind(_count, _counts),
    "position": Kind(_position, _positions),
    "choice": Kind(_choice, _choices),
}
