"""The hours of config/shifts.yaml: their shape, their rules, and how they are said. PURE.

It decides which hours are sound. It must not know what they mean at a given moment (ivr.opening) nor who is on duty
(routing.shifts). 错时延时 is simply written down: other hours on some weekdays, on some dates.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from config.spans import DAY, ByDay, Span, clock

SPOKEN = ("night", "closed", "closed_12345", "closed_voicemail")


def action(value: object) -> object:
    if value == "voicemail":
        raise ValueError("say action: message, then: voicemail (the hours are said, then a message may be left)")
    return value


def moment(value: object) -> object:
    """Times of closures are wall-clock times; one with an offset would be read as another time."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001 (wall-clock time)
    if isinstance(value, datetime) and value.tzinfo is not None:
        raise ValueError("must be a local time without an offset, such as 2026-07-20 18:00")
    return value


Action = Annotated[Literal["person", "message"], BeforeValidator(action)]
After = Literal["person", "to_12345", "voicemail"]
Moment = Annotated[datetime, BeforeValidator(moment)]


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Office(Shape):
    """One office's hours by kind of day, weekday or date; a day that is not mentioned is closed."""

    name: str = Field(min_length=1)
    open: ByDay


class Outside(Shape):
    """What happens outside the hours: `person` goes on to who is on duty, `message` says the hours first."""

    action: Action = "person"
    then: After = "person"


class Closure(Shape):
    """An emergency closure, in local wall-clock time: the message is said, then as `then` says."""

    first: Moment = Field(alias="from")
    until: Moment
    message: str = Field(min_length=1)
    then: After = "person"
    offices: tuple[str, ...] = ()  # none named: all

    @model_validator(mode="after")
    def rising(self) -> "Closure":
        if self.until <= self.first:
            raise ValueError(f"until: {self.until} is not after from: {self.first}")
        return self


class Message(Shape):
    """Words ready for closing the hotline at once: what it is called on the console, what callers hear, and then."""

    name: str = Field(min_length=1, max_length=20)
    message: str = Field(min_length=1)
    then: After = "person"


Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,19}$")]


class Hours(Shape):
    """The hours' half of config/shifts.yaml; `hotline` names the office whose hours callers are received by.

    `closing` are the messages with which a supervisor can close the hotline while it runs, by code.
    """

    hotline: str = "hotline"
    offices: Mapping[str, Office]
    outside: Outside = Outside()
    closures: tuple[Closure, ...] = ()
    closing: Mapping[Code, Message] = Field(default_factory=dict)
    prompts: Mapping[str, str] = Field(default_factory=dict)


def faults(hours: Hours) -> list[str]:
    """What the types cannot say."""
    found = []
    if hours.hotline not in hours.offices:
        found.append(f"hotline: {hours.hotline!r} is none of the offices: {', '.join(hours.offices)}")
    for number, closure in enumerate(hours.closures):
        for office in closure.offices:
            if office not in hours.offices:
                found.append(
                    f"closures.{number}.offices: {office!r} is none of the offices: {', '.join(hours.offices)}"
                )
    for prompt in hours.prompts:
        if prompt not in SPOKEN:
            found.append(f"prompts.{prompt}: is played nowhere; known prompts: {', '.join(SPOKEN)}")
    for prompt in ("closed", "closed_12345"):
        if not hours.prompts.get(prompt, "").strip():
            found.append(f"prompts.{prompt}: has no words; callers outside the hours would hear nothing")
    if hours.outside.then == "voicemail" and not hours.prompts.get("closed_voicemail", "").strip():
        found.append("prompts.closed_voicemail: has no words; callers outside the hours would hear nothing")
    said = {f"closures.{n}.message": each.message for n, each in enumerate(hours.closures) if each.then == "to_12345"}
    said |= {f"closing.{code}.message": each.message for code, each in hours.closing.items() if each.then == "to_12345"}
    said |= {"prompts.closed_12345": hours.prompts.get("closed_12345") or "12345"}
    found += [f"{key}: must name 12345, where the caller is sent" for key, text in said.items() if "12345" not in text]
    return found


NAMES = {
    **{"workday": "工作日", "weekend": "周末", "holiday": "节假日", "every": "每天"},
    **dict(
        zip(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), (f"星期{day}" for day in "一二三四五六日"), strict=True)
    ),
}


def described(by_day: Mapping[str, tuple[Span, ...]]) -> str:
    """The hours in spoken Chinese, dates left out: 工作日9点到12点、13点30分到17点。"""
    parts = []
    for name, each in by_day.items():
        if name in NAMES:
            times = "、".join(
                "全天" if (s.first, s.last) == (0, DAY) else f"{spoken(s.first)}到{spoken(s.last)}" for s in each
            )
            parts.append(f"{NAMES[name]}{times or '休息'}")
    return "，".join(parts)


def spoken(minutes: int) -> str:
    """510 → 8点30分; past midnight 次日6点."""
    hour, minute = (int(part) for part in clock(minutes % DAY if minutes > DAY else minutes).split(":"))
    return f"{'次日' if minutes > DAY else ''}{hour}点{f'{minute}分' if minute else ''}"
