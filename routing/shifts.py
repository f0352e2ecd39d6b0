"""Who is on shift when: shifts, rosters, and the small rota of the night. PURE.

It decides from the rosters' half of config/shifts.yaml and the names of days it is given. It must not know holidays
(ivr.calendar) nor who is really at their phone (routing.agent). An agent in no roster is never off shift.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PositiveInt, model_validator

from config.spans import DAY, DayName, DayNames, Span, span

FARTHEST = 62  # days looked ahead for somebody's next shift


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Shift(Shape):
    """A stretch of the day; one that ends past midnight belongs to the day it begins on."""

    name: str = Field(min_length=1)
    hours: Annotated[Span, BeforeValidator(span)]


class Roster(Shape):
    """Who works `shift` on `days`: all `agents`, or with `in_turn` so many of them each time, in turn.

    The first turn falls on `starting`, and only days the roster is for are counted. `instead` names who works on a
    date in their place: leave, swaps.
    """

    shift: str
    days: tuple[DayName, ...] = ("every",)
    agents: tuple[str, ...] = Field(min_length=1)
    in_turn: PositiveInt | None = None
    starting: date | None = None
    instead: Mapping[date, tuple[str, ...]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def turns(self) -> "Roster":
        if self.in_turn is None:
            return self
        if self.starting is None:
            raise ValueError("starting: must be the date of the first turn where in_turn is given")
        if self.in_turn > len(self.agents):
            raise ValueError(f"in_turn: {self.in_turn} are more than the {len(self.agents)} agents")
        return self


class Rosters(Shape):
    """The rosters' half of config/shifts.yaml. `early_minutes` before a shift nobody counts as off shift."""

    off_shift: Literal["allow", "warn", "refuse"] = "warn"
    early_minutes: int = Field(default=15, ge=0, le=DAY)
    shifts: Mapping[str, Shift] = Field(default_factory=dict)
    rosters: tuple[Roster, ...] = ()


def faults(rosters: Rosters) -> list[str]:
    """What the types cannot say."""
    known = ", ".join(rosters.shifts) or "none is defined"
    return [
        f"rosters.{number}.shift: {roster.shift!r} is none of the shifts: {known}"
        for number, roster in enumerate(rosters.rosters)
        if roster.shift not in rosters.shifts
    ]


@dataclass(frozen=True, slots=True)
class Duty:
    """A shift of one day with who works it, in local wall-clock time; `until` may be on the next day."""

    shift: str
    name: str
    first: datetime
    until: datetime
    agents: tuple[str, ...]


def rota(rosters: Rosters, day: date, names: DayNames) -> list[Duty]:
    """The duties that begin on `day`, in order of time; those of one shift are one duty."""
    working: dict[str, list[str]] = {}
    for roster in rosters.rosters:
        if applies(roster, names(day)):
            there = working.setdefault(roster.shift, [])
            there += [agent for agent in of_roster(roster, day, names) if agent not in there]
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 (wall-clock time)
    duties = []
    for code, agents in working.items():
        shift = rosters.shifts[code]
        first, until = (midnight + timedelta(minutes=each) for each in (shift.hours.first, shift.hours.last))
        duties.append(Duty(code, shift.name, first, until, tuple(agents)))
    return sorted(duties, key=lambda duty: (duty.first, duty.until, duty.shift))


def applies(roster: Roster, names: Sequence[str]) -> bool:
    return any(name in roster.days for name in names)


def of_roster(roster: Roster, day: date, names: DayNames) -> tuple[str, ...]:
    """Who of a roster that is for `day` works on it."""
    if day in roster.instead:
        return roster.instead[day]
    if roster.in_turn is None or roster.starting is None:
        return roster.agents
    if day < roster.starting:
        return ()
    before = (roster.starting + timedelta(days=n) for n in range((day - roster.starting).days))
    turn = sum(applies(roster, names(each)) for each in before) * roster.in_turn
    return tuple(roster.agents[(turn + n) % len(roster.agents)] for n in range(roster.in_turn))


def on_duty(rosters: Rosters, at: datetime, names: DayNames, early: int = 0) -> list[Duty]:
    """The duties under way at the local time `at`, or beginning within `early` minutes."""
    wall = at.replace(tzinfo=None)
    soon = wall + timedelta(minutes=early)
    days = {(wall - timedelta(days=1)).date(), wall.date(), soon.date()}
    return [
        duty for day in sorted(days) for duty in rota(rosters, day, names) if duty.first <= soon and wall < duty.until
    ]


def next_duty(rosters: Rosters, agent: str, at: datetime, names: DayNames) -> Duty | None:
    """The agent's next duty that begins after `at`; None when there is none within 62 days."""
    wall = at.replace(tzinfo=None)
    for day in (wall.date() + timedelta(days=n) for n in range(FARTHEST)):
        for duty in rota(rosters, day, names):
            if agent in duty.agents and duty.first > wall:
                return duty
    return None


def rostered(rosters: Rosters, agent: str) -> bool:
    return any(
        agent in roster.agents or any(agent in agents for agents in roster.instead.values())
        for roster in rosters.rosters
    )


def off_shift(rosters: Rosters, agent: str, at: datetime, names: DayNames) -> bool:
    """Whether the agent is in a roster and not on duty at the local time `at`."""
    if not rostered(rosters, agent):
        return False
    return not any(agent in duty.agents for duty in on_duty(rosters, at, names, rosters.early_minutes))


def warning(rosters: Rosters, agent: str, at: datetime, names: DayNames) -> str:
    """What an agent off shift who wants calls is told, in Chinese; empty for one on shift or where it is allowed."""
    if rosters.off_shift == "allow" or not off_shift(rosters, agent, at, names):
        return ""
    coming = next_duty(rosters, agent, at, names)
    when = f"下一班是{coming.first:%m月%d日 %H:%M}的{coming.name}" if coming else "近两个月没有排班"
    if rosters.off_shift == "refuse":
        return f"您现在不在班，{when}。现在不能示闲，请联系班长调班。"
    return f"您现在不在班，{when}。仍可接听来电；如属调班，请联系班长更新排班。"
