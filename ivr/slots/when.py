"""Days and times as people say them, weighed against the calendar: can it be had, or what is to be asked. PURE.

`now` and the calendar are arguments. It decides whether a day is clear, past, too far, not worked or not yet settled;
how words become dates is ivr.slots.days' and ivr.slots.clock's business.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum

from config.spans import Span
from ivr.calendar import Calendar
from ivr.slots.clock import Hour, inside, longest
from ivr.slots.days import Mention, alone, mentions
from ivr.slots.sounding import meant

LOOK_AHEAD = 60  # days looked through for the next working day


class Verdict(Enum):
    """What became of what the caller said."""

    NOTHING = "nothing"  # no day or time was named
    GOOD = "good"
    WHICH = "which"  # several are meant: ask; `options` are those that can be had
    NO_SUCH = "no_such"  # 二月三十号
    PAST = "past"
    FAR = "far"
    CLOSED = "closed"  # not a working day, or out of the hours; `options` holds the next one


UNSETTLED = (Verdict.NOTHING, Verdict.WHICH)  # the words may say more under other characters of the same sound


@dataclass(frozen=True)
class Day:
    """`day` is set for all but NOTHING, NO_SUCH and WHICH. `provisional`: next year's holidays may still move it."""

    verdict: Verdict
    day: date | None = None
    options: tuple[date, ...] = ()
    provisional: bool = False


@dataclass(frozen=True)
class Clock:
    """`hour` is set for all but NOTHING and WHICH."""

    verdict: Verdict
    hour: Hour | None = None
    options: tuple[Hour, ...] = ()


@dataclass(frozen=True)
class Diary:
    """When somebody can be seen: `spans` gives the hours of a day, empty when there is nobody."""

    calendar: Calendar
    spans: Callable[[date], Sequence[Span]]
    farthest: int = 60  # days ahead

    def next_open(self, day: date) -> date | None:
        """The first day from `day` on with somebody there."""
        return next((each for n in range(LOOK_AHEAD) if self.spans(each := day + timedelta(days=n))), None)


def day_of(text: str, now: datetime, diary: Diary, asked: bool = False) -> Day:
    """The day named in `text`; `asked` after the question which day, when a bare 二十六 is one. `now` is local."""
    today = now.date()
    first = Day(Verdict.NOTHING)
    for said in dict.fromkeys((plain(text), meant(text))):
        found = mentions(said, today, diary.calendar)
        if not found and asked and (one := alone(said, today)):
            found = [one]
        made = _weigh(found, now, diary) if found else Day(Verdict.NOTHING)
        if made.verdict not in UNSETTLED:
            return made
        first = made if first.verdict is Verdict.NOTHING else first
    return first


def plain(text: str) -> str:
    return "".join(text.split())


def _weigh(found: Sequence[Mention], now: datetime, diary: Diary) -> Day:
    days = list(found[0].days)
    for other in found[1:]:  # 二十六号星期四: both must agree, else the caller is asked
        both = [day for day in days if day in other.days]
        days = both or [*days, *(day for day in other.days if day not in days)]
    vague = any(each.vague for each in found) and len(found) == 1
    if not days:
        return Day(Verdict.WHICH if vague else Verdict.NO_SUCH)
    if len(days) == 1 and not (vague and len(found[0].days) != 1):
        return judge(days[0], now, diary)
    good = [day for day in sorted(set(days)) if judge(day, now, diary).verdict is Verdict.GOOD]
    if len(good) == 1 and not _stretch(found):
        return judge(good[0], now, diary)
    if good:
        return Day(Verdict.WHICH, options=tuple(good))
    return judge(max(days), now, diary)


def _stretch(found: Sequence[Mention]) -> bool:
    """A day and the same one a week later are both meant by one name: the one that can be had is not asked about."""
    return len(found) == 1 and found[0].vague and len(found[0].days) > 2


def judge(day: date, now: datetime, diary: Diary) -> Day:
    """Whether `day` can be had."""
    today = now.date()
    if day < today:
        return Day(Verdict.PAST, day)
    provisional = not diary.calendar.settled(day)
    spans = diary.spans(day)
    if (day - today).days > diary.farthest:
        return Day(Verdict.FAR, day, provisional=provisional)
    if not spans or (day == today and max(each.last for each in spans) <= now.hour * 60 + now.minute):
        following = diary.next_open(day + timedelta(days=1))
        reachable = following is not None and (following - today).days <= diary.farthest
        return Day(Verdict.CLOSED, day, (following,) if following and reachable else (), provisional)
    return Day(Verdict.GOOD, day, provisional=provisional)


def hour_of(text: str, day: date | None, now: datetime, diary: Diary) -> Clock:
    """The time named in `text` on `day`; without a day the hours of the next one somebody is there."""
    at = day or diary.next_open(now.date())
    open = tuple(diary.spans(at)) if at else ()
    # 三点办 names an hour too, but 三点半 names more of it.
    exact, heard = longest(plain(text), open), longest(meant(text), open)
    found = heard[1] if heard[0] > exact[0] and heard[1] else exact[1]
    if not found:
        return Clock(Verdict.NOTHING)
    return Clock(Verdict.WHICH, options=found) if len(found) > 1 else fits(found[0], day, now, open)


def fits(hour: Hour, day: date | None, now: datetime, open: Sequence[Span]) -> Clock:
    """Whether somebody is there at `hour` of `day`, and whether it has not gone by."""
    minute = now.hour * 60 + now.minute
    if day == now.date() and (hour.last if hour.half else hour.first) <= minute:
        return Clock(Verdict.PAST, hour)
    there = any(each.first < hour.last and hour.first < each.last for each in open) if hour.half else False
    if there or inside(hour.first, open):
        return Clock(Verdict.GOOD, hour)
    return Clock(Verdict.CLOSED, hour)
