"""Spans of the day and names of days, as configuration writes them: "09:00-12:00", workday, sat, 2026-12-31. PURE.

It decides what such a text means. It must not know which days are holidays (ivr.calendar) nor who is open or on duty.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator

DAY = 24 * 60
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
KINDS = ("workday", "weekend", "holiday", "every")
WRITTEN = re.compile(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")

DayNames = Callable[[date], Sequence[str]]  # what a day is called, the most telling name first


@dataclass(frozen=True, order=True)
class Span:
    """Minutes from midnight, the end not included; an end past 1440 is on the next day."""

    first: int
    last: int

    def __str__(self) -> str:
        ends = self.last if self.last <= DAY else self.last - DAY
        return f"{clock(self.first)}-{clock(ends)}"


def clock(minutes: int) -> str:
    """540 → "09:00"."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def span(text: object) -> Span:
    """ "22:00-08:30" → Span(1320, 1950). Raises ValueError that says the form."""
    found = WRITTEN.fullmatch(text.replace(" ", "")) if isinstance(text, str) else None
    if found is None:
        raise ValueError('must be two times of the day such as "09:00-12:00", in quotes')
    hour, minute, hour_after, minute_after = (int(part) for part in found.groups())
    first, last = hour * 60 + minute, hour_after * 60 + minute_after
    if first >= DAY or last > DAY or first == last:
        raise ValueError('must run from one time of the day to another, at the latest to "24:00"')
    return Span(first, last if last > first else last + DAY)


def day_name(name: object) -> str:
    """A key that names days: one of KINDS, of WEEKDAYS, or a date. Raises ValueError."""
    if isinstance(name, date):
        return name.isoformat()
    try:
        return date.fromisoformat(str(name)).isoformat()
    except ValueError:
        if name in KINDS or name in WEEKDAYS:
            return str(name)
    raise ValueError(f"is no day; use {', '.join(KINDS)}, {', '.join(WEEKDAYS)} or a date such as 2026-12-31")


def spans(value: object) -> tuple[Span, ...]:
    """One span or a list of them, in order; an empty list is a whole day closed."""
    texts = value if isinstance(value, list | tuple) else [value]
    return tuple(sorted(text if isinstance(text, Span) else span(text) for text in texts))


DayName = Annotated[str, BeforeValidator(day_name)]
Spans = Annotated[tuple[Span, ...], BeforeValidator(spans)]
ByDay = Mapping[DayName, Spans]


def of_day(by_day: Mapping[str, Any], names: Sequence[str]) -> Any:
    """The entry of the most telling of a day's `names`; None where the day is not mentioned."""
    return next((by_day[name] for name in names if name in by_day), None)


def under_way(by_day: Mapping[str, Sequence[Span]], at: datetime, names: DayNames) -> date | None:
    """The day whose span `at` (local time) lies in: that of `at`, or the one before for a span past midnight."""
    minute = at.hour * 60 + at.minute
    for day, now in ((at.date(), minute), (at.date() - timedelta(days=1), minute + DAY)):
        if any(each.first <= now < each.last for each in of_day(by_day, names(day)) or ()):
            return day
    return None
