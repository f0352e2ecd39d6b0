"""Which time of the day a caller means: 上午, 三点半, 下午两点一刻, 九点到十点. PURE.

It decides what hour is meant, from the hours in which there is somebody. It must not know the day.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time

from config.spans import Span, clock
from ivr.slots.numerals import NUMBER, number

NOON = 12 * 60
MORNING, AFTERNOON = "上午", "下午"
PERIODS = {"凌晨": "night", "半夜": "night", "清晨": "am", "早上": "am", "早晨": "am", "上午": "am", "一早": "am"}
PERIODS |= {"早": "am", "中午": "noon", "正午": "noon", "午后": "pm", "下午": "pm", "傍晚": "evening"}
PERIODS |= {"晚上": "evening", "夜里": "evening", "晚": "evening"}
PERIOD = f"(?:{'|'.join(sorted((each for each in PERIODS if len(each) > 1), key=len, reverse=True))})"
POINT = (
    f"(?P<p@>{PERIOD})?的?(?:差(?P<to@>{NUMBER})分(?:钟)?)?(?P<h@>{NUMBER})(?:点钟?|时|[:：])整?"
    f"(?:(?P<half@>半)|(?P<q@>[一三1-3])刻|过?(?P<m@>{NUMBER})分|(?P<w@>[0-9]{{2}}|[零〇一二三四五六七八九十]{{2,3}}))?"
)
RANGE = re.compile(POINT.replace("@", "1") + "(?:到|至|-|~|或者)" + POINT.replace("@", "2"))
SINGLE = re.compile(POINT.replace("@", "1"))
ONLY_PERIOD = re.compile(PERIOD)
ANY = re.compile("都[行可]|随便|随时|什么时候都|全天|无所谓")
TIME = re.compile(f"{SINGLE.pattern}|{PERIOD}")
CHANGED = re.compile("改成|改到|改为|改在|换成|换到|挪到|推到")
DENIED = re.compile("不是|不要|不行")
NOT_THEN = re.compile(f"(?:不是|不要|不行)(?:{TIME.pattern})")  # 不是上午是下午
A_LITTLE = re.compile("[早快晚近好有多大小差慢高]一点$")  # 早一点 is no one o'clock


@dataclass(frozen=True, order=True)
class Hour:
    """A time of the day: minutes from midnight, `last` equal to `first` for a point in time; or a half day.

    `half` is 上午 or 下午 where no hour was said.
    """

    first: int
    last: int
    half: str = ""

    def __str__(self) -> str:
        """As tickets show it: 上午, 09:30, 09:00-10:00."""
        if self.half:
            return self.half
        return clock(self.first) if self.first == self.last else f"{clock(self.first)}-{clock(self.last)}"

    @property
    def said(self) -> str | time:
        """What a prompt is given: the half day, or the time it begins."""
        return self.half or time(self.first // 60 % 24, self.first % 60)


def hours(text: str, open: Sequence[Span]) -> tuple[Hour, ...]:
    """The times that `text` may mean: none where it names none, several where the hours leave it open.

    `open` are the spans of the day in which somebody is there; they tell 三点 in the afternoon from the one at night.
    """
    return longest(text, open)[1]


def longest(text: str, open: Sequence[Span]) -> tuple[int, tuple[Hour, ...]]:
    """How many characters name the time, and the times as `hours` gives them."""
    if (change := _last(CHANGED, text)) and TIME.search(text[change.end() :]):
        text = text[change.end() :]
    if TIME.search(rest := NOT_THEN.sub("", text)):
        text = rest
    if match := RANGE.search(text):
        return len(match[0]), _range(match, open)
    points = [each for each in SINGLE.finditer(text) if not A_LITTLE.search(text[: each.end()])]
    if points:
        match = points[-1] if DENIED.search(text) else points[0]
        period = match["p1"] or _period_before(text, match.start())
        return len(match[0]), tuple(Hour(each, each) for each in _minutes(match, 1, period, open))
    if match := ONLY_PERIOD.search(text):
        return len(match[0]), _half(PERIODS[match[0]], open)
    return (1, _any(open)) if ANY.search(text) else (0, ())


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    found = None
    for found in pattern.finditer(text):  # noqa: B007 (the last one is meant)
        pass
    return found


def _range(match: re.Match[str], open: Sequence[Span]) -> tuple[Hour, ...]:
    first = _minutes(match, 1, match["p1"], open)
    last = _minutes(match, 2, match["p2"] or match["p1"], open)
    pairs = [Hour(a, b) for a in first for b in last if a < b]
    return tuple(pairs[:1]) if pairs else tuple(Hour(a, a) for a in first)


def _period_before(text: str, start: int) -> str:
    """下午 said before something else: 下午的话三点."""
    found = _last(ONLY_PERIOD, text[:start])
    return found[0] if found else ""


def _minutes(match: re.Match[str], n: int, period: str | None, open: Sequence[Span]) -> list[int]:
    """The minutes from midnight a clock time may mean; none for 二十五点."""
    hour, minute = number(match[f"h{n}"]), _minute(match, n)
    if hour is None or minute is None or hour > 24:
        return []
    at = hour * 60 + minute - (number(match[f"to{n}"]) or 0 if match[f"to{n}"] else 0)
    kind = PERIODS.get(period or "")
    if kind in ("pm", "evening") or (kind == "noon" and hour < 4):
        return [at + NOON if hour < 12 else at % (24 * 60) if kind == "evening" else at]
    if kind is not None or hour > 12 or hour == 0:
        return [at % (24 * 60)]
    either = [at] if hour == 12 else [at, at + NOON]
    there = [each for each in either if inside(each, open)]
    return there or [either[0] if hour >= 7 else either[-1]]


def _minute(match: re.Match[str], n: int) -> int | None:
    if match[f"half{n}"]:
        return 30
    if match[f"q{n}"]:
        return 15 * (number(match[f"q{n}"]) or 0)
    said = match[f"m{n}"] or match[f"w{n}"]
    minute = number(said) if said else 0
    return minute if minute is not None and minute < 60 else None


def _half(kind: str, open: Sequence[Span]) -> tuple[Hour, ...]:
    if kind == "am":
        spans = [each for each in open if each.first < NOON]
        return (Hour(spans[0].first, spans[-1].last, MORNING),) if spans else (Hour(9 * 60, NOON, MORNING),)
    if kind == "pm":
        spans = [each for each in open if each.last > NOON and each.first >= NOON] or list(open[-1:])
        return (Hour(spans[0].first, spans[-1].last, AFTERNOON),) if spans else (Hour(14 * 60, 17 * 60, AFTERNOON),)
    at = {"noon": NOON, "evening": 19 * 60, "night": 0}[kind]
    return (Hour(at, at),)


def _any(open: Sequence[Span]) -> tuple[Hour, ...]:
    return _half("am" if any(each.first < NOON for each in open) else "pm", open)


def inside(minute: int, open: Sequence[Span]) -> bool:
    return any(each.first <= minute < each.last for each in open)
