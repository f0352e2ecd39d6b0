"""Times of the day as people say them, within the hours of a working day."""

from datetime import date, datetime, time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.load import PACKAGED
from config.settings import Settings
from config.spans import Span
from ivr.load_hours import load_calendar
from ivr.slots.clock import hours
from ivr.slots.numerals import spoken
from ivr.slots.when import Diary, Verdict, hour_of

CALENDAR = load_calendar(Settings(home=Path("unused"), folder=PACKAGED))
OPEN = (Span(9 * 60, 12 * 60), Span(13 * 60 + 30, 17 * 60))
DIARY = Diary(CALENDAR, lambda day: OPEN if CALENDAR.working(day) else ())
MORNING = datetime(2026, 11, 21, 10, 0)  # noqa: DTZ001 (wall-clock time)
WEDNESDAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("said", "hour"),
    [
        ("上午", "上午"),
        ("早上", "上午"),
        ("下午", "下午"),
        ("下周三上午", "上午"),
        ("早上九点", "09:00"),
        ("九点", "09:00"),
        ("九点半", "09:30"),
        ("九点一刻", "09:15"),
        ("十点三刻", "10:45"),
        ("九点二十", "09:20"),
        ("九点零五分", "09:05"),
        ("差五分十点", "09:55"),
        ("三点半", "15:30"),
        ("下午两点一刻", "14:15"),
        ("两点", "14:00"),
        ("十四点", "14:00"),
        ("十四点三十分", "14:30"),
        ("14:30", "14:30"),
        ("下午3点", "15:00"),
        ("下午三点钟", "15:00"),
        ("下午的话三点", "15:00"),
        ("九点到十点", "09:00-10:00"),
        ("上午九点到十一点半", "09:00-11:30"),
        ("下午两点到四点", "14:00-16:00"),
        ("不是九点是十点", "10:00"),
        ("九点改成十点", "10:00"),
        ("上午改成下午", "下午"),
        ("不是上午是下午", "下午"),
        ("是下午不是上午", "下午"),
        ("是三点不是四点", "15:00"),
        ("上武", "上午"),
        ("三点办", "15:30"),
        ("下午三点办公证", "15:00"),
        ("下午两点一可", "14:15"),
        ("酒店到十点", "09:00-10:00"),
        ("律师三点", "15:00"),
        ("都行", "上午"),
    ],
)
def test_a_time_somebody_is_there(said: str, hour: str) -> None:
    found = hour_of(said, WEDNESDAY, MORNING, DIARY)
    assert (found.verdict, str(found.hour)) == (Verdict.GOOD, hour)


@pytest.mark.parametrize("said", ["中午", "晚上", "晚上八点", "八点", "十二点", "早上七点", "凌晨三点", "二十三点"])
def test_a_time_nobody_is_there(said: str) -> None:
    assert hour_of(said, WEDNESDAY, MORNING, DIARY).verdict is Verdict.CLOSED


@pytest.mark.parametrize("said", ["", "二十五点", "律师", "早一点", "有一点急", "老板欠我工资", "三天后", "九点七十分"])
def test_no_time_is_named(said: str) -> None:
    assert hour_of(said, WEDNESDAY, MORNING, DIARY).verdict is Verdict.NOTHING


def test_a_time_that_the_hours_leave_open_is_asked_about() -> None:
    day = (Span(8 * 60, 22 * 60),)
    assert [str(each) for each in hours("九点", day)] == ["09:00", "21:00"]
    assert [str(each) for each in hours("上午九点", day)] == ["09:00"]


def test_what_has_gone_by_today() -> None:
    today = datetime(2026, 11, 25, 14, 0)  # noqa: DTZ001
    assert hour_of("上午", WEDNESDAY, today, DIARY).verdict is Verdict.PAST
    assert hour_of("十点", WEDNESDAY, today, DIARY).verdict is Verdict.PAST
    assert hour_of("下午", WEDNESDAY, today, DIARY).verdict is Verdict.GOOD
    assert hour_of("十点", date(2026, 11, 26), today, DIARY).verdict is Verdict.GOOD


def test_what_a_prompt_is_given() -> None:
    [half] = hours("上午", OPEN)
    [point] = hours("三点半", OPEN)
    assert (half.said, point.said) == ("上午", time(15, 30))


@given(st.integers(0, 23), st.integers(0, 59))
def test_a_time_of_24_hours_is_always_read_as_it_is(hour: int, minute: int) -> None:
    for said in (f"{hour}:{minute:02}", f"{spoken(hour)}点{spoken(minute)}分"):
        found = hours(said, OPEN)
        assert all((each.first - hour * 60 - minute) % 720 == 0 for each in found)
        if hour > 12:
            assert [each.first for each in found] == [hour * 60 + minute]


@given(st.text("上中下午早晚一二两三四五六七八九十点半刻分到改成不是差零0123456789:", max_size=10))
def test_whatever_is_said_a_good_time_is_within_the_hours(said: str) -> None:
    found = hour_of(said, WEDNESDAY, MORNING, DIARY)
    if found.verdict is Verdict.GOOD:
        assert found.hour is not None
        assert found.hour.half or any(each.first <= found.hour.first < each.last for each in OPEN)
        assert found.hour.first <= found.hour.last
