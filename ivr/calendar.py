"""Which days are worked: weekends, the State Council's holidays and its make-up days. PURE.

It decides what kind of day a date is and when so many working days are over. It must not know who is open on such
a day (ivr.hours) or what falls due (tickets). A year without a notice yet counts by weekends alone and is 暂定.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import Enum

from pydantic import BaseModel, ConfigDict, Field, model_validator

from config.spans import WEEKDAYS

# The notice for a year has named days from 29 December of the year before (2018) on; earlier ones it left alone.
TAIL = (12, 29)
ONE = timedelta(days=1)
LONGEST = 3660  # working days; more is a slip of the pen


class Kind(Enum):
    """What a day is. The value is what people read."""

    WORKDAY = "工作日"
    WEEKEND = "周末"
    HOLIDAY = "节假日"
    MAKE_UP = "调休上班"


class Holiday(BaseModel):
    """A holiday with its days off, both ends included."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    first: date = Field(alias="from")
    until: date


class Notice(BaseModel):
    """One year's notice: config/calendar/<year>.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    year: int = Field(ge=2000, le=2200)
    holidays: Mapping[str, Holiday] = Field(min_length=1)
    make_up: tuple[date, ...] = ()

    @model_validator(mode="after")
    def consistent(self) -> "Notice":
        """Days in their year (or at the end of the one before), make-up days on weekends and no holidays."""
        off = {day for holiday in self.holidays.values() for day in days(holiday)}
        for name, holiday in self.holidays.items():
            if not 0 <= (holiday.until - holiday.first).days < 31:
                raise ValueError(f"holidays.{name}: {holiday.first} to {holiday.until} is no holiday of 1 to 31 days")
        for day in off | set(self.make_up):
            if day.year != self.year and not late(day, self.year - 1):
                raise ValueError(f"{day} is not in {self.year} nor at the end of the year before")
        for day in self.make_up:
            if day in off or day.weekday() < 5:
                raise ValueError(f"make_up: {day} is {'a holiday' if day in off else 'no Saturday or Sunday'}")
        return self


def days(holiday: Holiday) -> Iterable[date]:
    return (holiday.first + timedelta(days=n) for n in range((holiday.until - holiday.first).days + 1))


def late(day: date, year: int) -> bool:
    """Whether `day` belongs to the days of `year` that the next year's notice may still change."""
    return day.year == year and (day.month, day.day) >= TAIL


@dataclass(frozen=True)
class Due:
    """The day on which so many working days are over; `provisional` when a notice still to come may move it."""

    day: date
    provisional: bool

    def __str__(self) -> str:
        return f"{self.day.isoformat()}{'（暂定）' if self.provisional else ''}"


@dataclass(frozen=True)
class Calendar:
    """The notices that were published. Dates are local dates; see `settled` for how far they can be trusted."""

    years: frozenset[int] = frozenset()
    holidays: Mapping[date, str] = field(default_factory=dict)
    make_up: frozenset[date] = frozenset()

    def kind(self, day: date) -> Kind:
        if day in self.holidays:
            return Kind.HOLIDAY
        if day in self.make_up:
            return Kind.MAKE_UP
        return Kind.WEEKEND if day.weekday() >= 5 else Kind.WORKDAY

    def working(self, day: date) -> bool:
        return self.kind(day) in (Kind.WORKDAY, Kind.MAKE_UP)

    def settled(self, day: date) -> bool:
        """Whether no notice still to come can change this day."""
        return day.year in self.years and (not late(day, day.year) or day.year + 1 in self.years)

    def add_working_days(self, start: date, count: int) -> Due:
        """The `count`-th working day after `start`; the day after `start` is the first that may count.

        With 0 it is `start` itself. Raises ValueError for a negative or absurd count.
        """
        if not 0 <= count <= LONGEST:
            raise ValueError(f"{count} working days: must be 0 to {LONGEST}")
        day, left, settled = start, count, True
        while left:
            day += ONE
            settled = settled and self.settled(day)
            left -= self.working(day)
        return Due(day, not settled)

    def working_days_between(self, start: date, end: date) -> int:
        """How many working days lie after `start` up to and with `end`; negative when `end` is before `start`."""
        if end < start:
            return -self.working_days_between(end, start)
        return sum(self.working(start + timedelta(days=n)) for n in range(1, (end - start).days + 1))

    def names(self, day: date) -> tuple[str, ...]:
        """What configuration may call this day, the most telling first: see config.spans."""
        weekday = WEEKDAYS[day.weekday()]
        own = {
            Kind.HOLIDAY: ("holiday",),
            Kind.MAKE_UP: ("workday",),
            Kind.WEEKEND: (weekday, "weekend"),
            Kind.WORKDAY: (weekday, "workday"),
        }
        return day.isoformat(), *own[self.kind(day)], "every"


def calendar_of(notices: Iterable[Notice]) -> Calendar:
    """The calendar that these notices make; for a day named twice the later year's notice holds."""
    off: dict[date, str] = {}
    worked: set[date] = set()
    ordered = sorted(notices, key=lambda notice: notice.year)
    for notice in ordered:
        named = {day: name for name, holiday in notice.holidays.items() for day in days(holiday)}
        worked = (worked - named.keys()) | set(notice.make_up)
        off = {day: name for day, name in (off | named).items() if day not in notice.make_up}
    return Calendar(frozenset(notice.year for notice in ordered), off, frozenset(worked))
