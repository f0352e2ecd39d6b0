"""Rosters: who is on at which moment, the rota through the night and over the year's end, swaps, and the warning."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from config.load import PACKAGED
from config.settings import Settings
from ivr.load_hours import load_calendar
from routing.shifts import Rosters, next_duty, off_shift, on_duty, rota, warning

SHIFTS = {
    "day": {"name": "白班", "hours": "08:30-17:30"},
    "night": {"name": "夜班", "hours": "22:00-08:30"},
}
DAY = {"shift": "day", "days": ["workday"], "agents": ["wang", "li"]}
NIGHT = {"shift": "night", "agents": ["li", "wu", "zhao"], "in_turn": 1, "starting": date(2026, 12, 30)}


@pytest.fixture(scope="module")
def names() -> Any:
    return load_calendar(Settings(home=Path("unused"), folder=PACKAGED)).names


def rosters(*each: dict[str, Any], **more: Any) -> Rosters:
    return Rosters.model_validate({"shifts": SHIFTS, "rosters": list(each)} | more)


def who(each: Rosters, moment: str, names: Any) -> list[tuple[str, tuple[str, ...]]]:
    return [(duty.shift, duty.agents) for duty in on_duty(each, datetime.fromisoformat(moment), names)]


@pytest.mark.parametrize(
    ("moment", "there"),
    [
        ("2026-12-30T21:59:59", []),
        ("2026-12-30T22:00", [("night", ("li",))]),
        ("2026-12-31T00:00", [("night", ("li",))]),
        ("2026-12-31T08:29:59", [("night", ("li",))]),
        ("2026-12-31T08:30", [("day", ("wang", "li"))]),
        ("2026-12-31T23:59:59", [("night", ("wu",))]),
        ("2027-01-01T00:00", [("night", ("wu",))]),
        ("2027-01-02T00:00", [("night", ("zhao",))]),
        ("2027-01-03T00:00", [("night", ("li",))]),
        ("2027-01-02T10:00", []),  # a Saturday
    ],
)
def test_who_is_on(moment: str, there: list[Any], names: Any) -> None:
    assert who(rosters(DAY, NIGHT), moment, names) == there


def test_a_rota_begins_on_its_first_day_and_not_before(names: Any) -> None:
    assert [duty.agents for duty in rota(rosters(NIGHT), date(2026, 12, 29), names)] == [()]


def test_two_at_a_time_go_round_and_only_days_of_the_roster_count(names: Any) -> None:
    weekends = NIGHT | {"days": ["weekend"], "in_turn": 2, "starting": date(2026, 11, 7)}
    each = rosters(weekends)
    turns = [rota(each, date(2026, 11, day), names) for day in (7, 8, 9, 14, 15)]
    assert [[duty.agents for duty in duties] for duties in turns] == [
        [("li", "wu")],
        [("zhao", "li")],
        [],
        [("wu", "zhao")],
        [("li", "wu")],
    ]


def test_a_swap_moves_nobody_elses_turn(names: Any) -> None:
    swapped = rosters(NIGHT | {"instead": {date(2026, 12, 31): ["zhao"]}})
    assert rota(swapped, date(2026, 12, 31), names)[0].agents == ("zhao",)
    assert rota(swapped, date(2027, 1, 1), names)[0].agents == ("zhao",)
    assert rota(swapped, date(2027, 1, 2), names)[0].agents == ("li",)


def test_holidays_and_make_up_days(names: Any) -> None:
    each = rosters(DAY)
    assert rota(each, date(2026, 10, 7), names) == []
    assert rota(each, date(2026, 10, 10), names)[0].agents == ("wang", "li")


def test_two_rosters_of_a_shift_are_one_duty_and_nobody_counts_twice(names: Any) -> None:
    extra = {"shift": "day", "days": ["mon"], "agents": ["li", "sun"]}
    assert [duty.agents for duty in rota(rosters(DAY, extra), date(2026, 11, 23), names)] == [("wang", "li", "sun")]


def test_off_shift_is_warned_of_and_tells_the_next_shift(names: Any) -> None:
    each = rosters(DAY, NIGHT)
    said = warning(each, "wu", datetime.fromisoformat("2026-12-31T10:00"), names)
    assert "您现在不在班，下一班是12月31日 22:00的夜班" in said
    assert warning(each, "wu", datetime.fromisoformat("2026-12-31T21:45"), names) == ""  # a quarter of an hour early
    assert warning(each, "wu", datetime.fromisoformat("2026-12-31T21:44"), names) != ""
    assert warning(each, "wu", datetime.fromisoformat("2027-01-01T08:29"), names) == ""
    assert "不能示闲" in warning(
        rosters(DAY, off_shift="refuse"), "li", datetime.fromisoformat("2026-12-31T20:00"), names
    )
    assert warning(rosters(DAY, off_shift="allow"), "li", datetime.fromisoformat("2026-12-31T20:00"), names) == ""


def test_early_reaches_over_midnight(names: Any) -> None:
    first = rosters({"shift": "early", "agents": ["li"]}, shifts={"early": {"name": "早班", "hours": "00:10-08:00"}})
    assert not off_shift(first, "li", datetime.fromisoformat("2026-12-31T23:58"), names)
    assert off_shift(first, "li", datetime.fromisoformat("2026-12-31T23:50"), names)


def test_who_is_in_no_roster_is_never_off_shift(names: Any) -> None:
    assert not off_shift(rosters(DAY), "stranger", datetime.fromisoformat("2026-12-31T03:00"), names)


def test_no_next_duty_is_none(names: Any) -> None:
    once = rosters({"shift": "day", "days": [date(2026, 1, 5)], "agents": ["li"]})
    assert next_duty(once, "li", datetime.fromisoformat("2026-12-31T03:00"), names) is None
    assert "近两个月没有排班" in warning(once, "li", datetime.fromisoformat("2026-12-31T03:00"), names)
