"""Which day a caller means: 下周三, 二十六号, 月底, 国庆节后, three days from now. PURE; today is an argument.

It decides which dates a sentence names. It must not know which of them can be had (ivr.slots.when).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from ivr.calendar import Calendar
from ivr.slots.numerals import NUMBER, number

WEEK = {char: day for day, char in enumerate("一二三四五六日", 0)} | {"天": 6} | {str(n + 1): n for n in range(7)}
RELATIVE = {"大前天": -3, "前天": -2, "昨天": -1, "今天": 0, "今日": 0, "今儿": 0, "明天": 1, "明日": 1, "明儿": 1}
RELATIVE |= {"大后天": 3, "后天": 2, "后儿": 2}
HOLIDAYS = {"元旦": "元旦", "春节": "春节", "过年": "春节", "清明": "清明节", "五一": "劳动节", "劳动": "劳动节"}
HOLIDAYS |= {"端午": "端午节", "中秋": "中秋节", "国庆": "国庆节", "十一": "国庆节"}
FIXED = {"元旦": (1, 1), "劳动节": (5, 1), "国庆节": (10, 1)}  # where no notice says more
DENIED = re.compile("(不是|不要|别|不行|没空|不)$")
CORRECTED = re.compile("改成|改到|改为|改在|换成|换到|挪到|推到")
SPAN = 7


@dataclass(frozen=True)
class Mention:
    """A place in a sentence that names days: one, several to choose from, or none that exists (`days` empty).

    `vague` names a stretch of time (下周, 月底) of which one day has to be chosen.
    """

    start: int
    end: int
    days: tuple[date, ...]
    vague: bool = False


def mentions(text: str, today: date, calendar: Calendar) -> list[Mention]:
    """Every day named in `text`, in order; what is denied (不是周三) is left out, and a correction leaves its last."""
    found: list[Mention] = []
    for pattern, resolve in PATTERNS:
        for match in pattern.finditer(text):
            if not any(match.start() < other.end and other.start < match.end() for other in found):
                days = resolve(match, today, calendar)
                if days is not None:
                    vague = len(days) > 1 or resolve in STRETCHES or (not days and resolve is _around_holiday)
                    found.append(Mention(match.start(), match.end(), tuple(days), vague))
    found.sort(key=lambda each: each.start)
    kept = [each for each in found if not DENIED.search(text[: each.start])] or found
    change = CORRECTED.search(text)
    if change is not None:
        kept = [each for each in kept if each.start >= change.start()] or kept[-1:]
    return kept


def alone(text: str, today: date) -> Mention | None:
    """A bare number said to the question which day: 二十六 is the 26th."""
    value = number(text)
    if value is None or not 1 <= value <= 31:
        return None
    return Mention(0, len(text), tuple(_next_of_month(today, value)))


def _relative(match: re.Match[str], today: date, _calendar: Calendar) -> Sequence[date]:
    return (today + timedelta(days=RELATIVE[match[0]]),)


def _weeks(text: str) -> int:
    """这 and 本 are 0, 下 1, 下下 2, 上 −1."""
    return text.count("下") - text.count("上")


def _monday(today: date, weeks: int) -> date:
    return today + timedelta(days=7 * weeks - today.weekday())


def _weekday(match: re.Match[str], today: date, _calendar: Calendar) -> Sequence[date]:
    which, day = match["which"] or "", WEEK[match["day"]]
    if which:
        return (_monday(today, _weeks(which)) + timedelta(days=day),)
    ahead = (day - today.weekday()) % SPAN
    return (today, today + timedelta(days=SPAN)) if ahead == 0 else (today + timedelta(days=ahead),)


def _weekend(match: re.Match[str], today: date, _calendar: Calendar) -> Sequence[date]:
    monday = _monday(today, _weeks(match["which"] or ""))
    return monday + timedelta(days=5), monday + timedelta(days=6)


def _week(match: re.Match[str], today: date, calendar: Calendar) -> Sequence[date]:
    monday = _monday(today, _weeks(match["which"]))
    return [day for n in range(7) if calendar.working(day := monday + timedelta(days=n)) and day >= today]


def _month_day(match: re.Match[str], today: date, _calendar: Calendar) -> Sequence[date] | None:
    month, day = number(match["month"]), number(match["day"])
    if month is None or day is None:
        return None
    year = _year(match["year"] or "", today)
    if year is not None:
        return _date(year, month, day)
    this = _date(today.year, month, day)
    if this and this[0] >= today:
        return this
    # 一月五号 in November is next year's; a day that has just gone by is most likely a slip and is told so.
    if this and (today - this[0]).days < 60:
        return this
    return _date(today.year + 1, month, day)


def _year(text: str, today: date) -> int | None:
    words = {"今年": 0, "明年": 1, "后年": 2, "去年": -1}
    if text in words:
        return today.year + words[text]
    figures = "".join(str("零一二三四五六七八九".find(char)) for char in text.rstrip("年").replace("〇", "零"))
    digits = text.rstrip("年") if text[:1].isascii() else figures
    return int(digits) if digits.isdigit() and len(digits) == 4 else None


def _day_of_month(match: re.Match[str], today: date, _calendar: Calendar) -> Sequence[date] | None:
    day = number(match["day"])
    if day is None or not 1 <= day <= 31:
        return None
    which = match["which"] or ""
    if not which:
        return _next_of_month(today, day)
    year, month = _months_on(today, _weeks(which))
    return _date(year, month, day)


def _next_of_month(today: date, day: int) -> Sequence[date]:
    """The next such day of a month; a month without it (31st) is passed over."""
    for n in range(3):
        found = _date(*_months_on(today, n), day)
        if found and found[0] >= today:
            return found
    return ()


def _months_on(today: date, months: int) -> tuple[int, int]:
    total = today.year * 12 + today.month - 1 + months
    return total // 12, total % 12 + 1


def _date(year: int, month: int, day: int) -> tuple[date, ...]:
    try:
        return (date(year, month, day),)
    except ValueError:
        return ()


def _after(match: re.Match[str], today: date, _calendar: Calendar) -> Sequence[date] | None:
    half = "半" in match[0]
    count = 1 if half else number(match["count"] or "")
    if count is None:
        return None
    unit = match["unit"]
    if unit.endswith("月"):
        if half:
            return (today + timedelta(days=15),)
        year, month = _months_on(today, count)
        return _date(year, month, today.day) or _date(year, month, 28)
    return (today + timedelta(days=count * (7 if unit[-1] in "周期拜" else 1)),)


def _part_of_month(match: re.Match[str], today: date, calendar: Calendar) -> Sequence[date]:
    """月初 月中 月底: the working days of about a week there that are still to come."""
    first = {"初": 1, "中": 12, "底": 24, "末": 24}[match["part"]]
    year, month = _months_on(today, _weeks(match["which"] or ""))
    days = [each[0] for n in range(8) if (each := _date(year, month, first + n))]
    return [day for day in days if day >= today and calendar.working(day)]


def _month(_match: re.Match[str], _today: date, _calendar: Calendar) -> Sequence[date]:
    return ()


def _around_holiday(match: re.Match[str], today: date, calendar: Calendar) -> Sequence[date]:
    """The first working day after a holiday, or the last one before it."""
    name = HOLIDAYS.get(match["name"] or "", "")
    off = sorted(day for day, each in calendar.holidays.items() if day >= today and name in ("", each))
    if not off and name in FIXED:
        off = [each for year in (today.year, today.year + 1) for each in _date(year, *FIXED[name]) if each >= today][:1]
    if not off:
        return ()
    step, day = timedelta(days=-1 if match[0].endswith("前") else 1), off[0]
    while day in off or not calendar.working(day):
        day += step
    return (day,)


def _soonest(_match: re.Match[str], today: date, calendar: Calendar) -> Sequence[date]:
    return (calendar.add_working_days(today, 1).day,)


Resolve = Callable[[re.Match[str], date, Calendar], Sequence[date] | None]
WHICH = "(?P<which>(?:这一?个?|本|下下个?|下一?个?|上上个?|上一?个?|再下个?))"
WEEKS = "(?:周|週|星期|礼拜)"
YEAR = "(?P<year>[0-9]{4}年|[零〇一二三四五六七八九]{4}年|今年|明年|后年|去年)"
NO_NUMBER = "(?![码线楼窗室])"  # 号码, 三号线, 一号楼 are no days
# In this order: the longer wording first, so that 大后天 is not 后天 and 下周三 not 下周.
PATTERNS: tuple[tuple[re.Pattern[str], Resolve], ...] = tuple(
    (re.compile(text), resolve)
    for text, resolve in (
        (f"{YEAR}?(?:的)?(?P<month>{NUMBER})月份?(?P<day>{NUMBER})(?:号|日|(?![点时0-9])){NO_NUMBER}", _month_day),
        (f"(?P<name>{'|'.join(HOLIDAYS)})?(?:节|长假|放假|假期?)(?:之|以|过|放)?(?:后|前)", _around_holiday),
        (f"(?P<name>{'|'.join(HOLIDAYS)})(?:之|以|过)?(?:后|前)", _around_holiday),
        (f"(?:过|放)完(?P<name>{'|'.join(HOLIDAYS)})", _around_holiday),
        (f"{WHICH}?{WEEKS}(?P<day>[一二三四五六日天1-7])(?![个天年周])", _weekday),
        (f"{WHICH}?周末", _weekend),
        (f"(?:过|再过)?(?P<count>{NUMBER}|半)个?(?P<unit>天|周|星期|礼拜|月)(?:之后|以后|后|过后)", _after),
        (f"(?:{WHICH})月(?:的)?(?P<day>{NUMBER})(?:号|日)?{NO_NUMBER}", _day_of_month),
        ("(?P<which>这个?|本|下下个?|下个?)?月(?P<part>初|中|底|末)", _part_of_month),
        ("|".join(sorted(RELATIVE, key=len, reverse=True)), _relative),
        (f"(?P<which>(?!))?(?P<day>{NUMBER})[号日]{NO_NUMBER}", _day_of_month),
        (f"{WHICH}{WEEKS}", _week),
        ("(?:下下个?|下个?|这个?)月|年底|过[两几]天|这[两几]天|[改哪]天再", _month),
        ("最早|越快越好|越早越好|尽快|尽早|最近的?一天|哪天都[行可]|都可以|随便|都行", _soonest),
    )
)
STRETCHES = (_week, _month, _part_of_month)
