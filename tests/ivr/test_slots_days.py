"""Days as people say them, against the real calendar: a table by hand, and properties for the rest."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.load import PACKAGED
from config.settings import Settings
from config.spans import Span
from ivr.calendar import Calendar, Kind
from ivr.load_hours import load_calendar
from ivr.slots.numerals import number, spoken
from ivr.slots.when import Diary, Verdict, day_of

CALENDAR = load_calendar(Settings(home=Path("unused"), folder=PACKAGED))
HOURS = (Span(9 * 60, 12 * 60), Span(13 * 60 + 30, 17 * 60))
SATURDAY = datetime(2026, 11, 21, 10, 0)  # noqa: DTZ001 (wall-clock time)
WEEK = "一二三四五六日"


def diary(calendar: Calendar = CALENDAR, farthest: int = 60) -> Diary:
    return Diary(calendar, lambda day: HOURS if calendar.working(day) else (), farthest)


GOOD = [  # said on Saturday 21 November 2026
    ("后天", "11-23"),
    ("大后天", "11-24"),
    ("下周三上午", "11-25"),
    ("下个星期三", "11-25"),
    ("下礼拜三", "11-25"),
    ("下下周一", "11-30"),
    ("下下个礼拜五", "12-04"),
    ("礼拜二", "11-24"),
    ("周二", "11-24"),
    ("二十六号", "11-26"),
    ("26号", "11-26"),
    ("廿六号", "11-26"),
    ("十一月二十六号", "11-26"),
    ("11月26日", "11-26"),
    ("2026年12月1日", "12-01"),
    ("二零二六年十二月一号", "12-01"),
    ("十二月二十五", "12-25"),
    ("下个月三号", "12-03"),
    ("下月三号下午", "12-03"),
    ("三天后", "11-24"),
    ("过三天以后", "11-24"),
    ("三号", "12-03"),
    ("三十号", "11-30"),
    ("不是周三是周四", "11-26"),
    ("改成周四", "11-26"),
    ("周三改到周五", "11-27"),
    ("二十六号星期四", "11-26"),
    ("帮我约下周三上午的律师", "11-25"),
    ("最早的一天", "11-23"),
    ("随便哪天都行", "11-23"),
    ("越快越好", "11-23"),
    ("下舟三", "11-25"),
    ("里百二", "11-24"),
    ("夏周三上武", "11-25"),
    ("尔十六好", "11-26"),
]


@pytest.mark.parametrize(("said", "day"), GOOD)
def test_a_clear_day(said: str, day: str) -> None:
    found = day_of(said, SATURDAY, diary())
    assert (found.verdict, found.day) == (Verdict.GOOD, date.fromisoformat(f"2026-{day}"))


@pytest.mark.parametrize(
    ("said", "verdict", "day", "options"),
    [
        ("今天", Verdict.CLOSED, "2026-11-21", ("2026-11-23",)),
        ("明天", Verdict.CLOSED, "2026-11-22", ("2026-11-23",)),
        ("星期天", Verdict.CLOSED, "2026-11-22", ("2026-11-23",)),
        ("周末", Verdict.CLOSED, "2026-11-22", ("2026-11-23",)),
        ("周六", Verdict.CLOSED, "2026-11-28", ("2026-11-30",)),
        ("元旦", Verdict.NOTHING, None, ()),
        ("这周五", Verdict.PAST, "2026-11-20", ()),
        ("上周三", Verdict.PAST, "2026-11-11", ()),
        ("昨天", Verdict.PAST, "2026-11-20", ()),
        ("十月三号", Verdict.PAST, "2026-10-03", ()),
        ("今年三月一号", Verdict.PAST, "2026-03-01", ()),
        ("明年三月一号", Verdict.FAR, "2027-03-01", ()),
        ("三月一号", Verdict.FAR, "2027-03-01", ()),
        ("国庆节后", Verdict.FAR, "2027-10-04", ()),
        ("二月三十号", Verdict.NO_SUCH, None, ()),
        ("四月三十一日", Verdict.NO_SUCH, None, ()),
        ("下周", Verdict.WHICH, None, tuple(f"2026-11-{day}" for day in range(23, 28))),
        ("月底", Verdict.WHICH, None, ("2026-11-24", "2026-11-25", "2026-11-26", "2026-11-27", "2026-11-30")),
        ("周四二十七号", Verdict.WHICH, None, ("2026-11-26", "2026-11-27")),
        ("周三或者周四", Verdict.WHICH, None, ("2026-11-25", "2026-11-26")),
        ("下个月", Verdict.WHICH, None, ()),
        ("过两天", Verdict.WHICH, None, ()),
        ("春节后", Verdict.WHICH, None, ()),
        ("我的号码", Verdict.NOTHING, None, ()),
        ("一号线", Verdict.NOTHING, None, ()),
        ("八号楼", Verdict.NOTHING, None, ()),
        ("老板欠我三个月工资", Verdict.NOTHING, None, ()),
        ("天后", Verdict.NOTHING, None, ()),
        ("", Verdict.NOTHING, None, ()),
    ],
)
def test_what_cannot_be_had_as_it_was_said(
    said: str, verdict: Verdict, day: str | None, options: tuple[str, ...]
) -> None:
    found = day_of(said, SATURDAY, diary())
    assert found.verdict is verdict
    assert found.day == (date.fromisoformat(day) if day else None)
    assert found.options == tuple(map(date.fromisoformat, options))


@pytest.mark.parametrize(
    ("now", "said", "verdict", "day"),
    [
        # 2026-02-14 and 02-28 are worked Saturdays, 02-15 to 02-23 is the Spring Festival.
        ("2026-02-12 09:00", "周六", Verdict.GOOD, "2026-02-14"),
        ("2026-02-12 09:00", "这周末", Verdict.GOOD, "2026-02-14"),
        ("2026-02-12 09:00", "下周三", Verdict.CLOSED, "2026-02-18"),
        ("2026-02-12 09:00", "春节后", Verdict.GOOD, "2026-02-24"),
        ("2026-02-12 09:00", "过完年", Verdict.NOTHING, None),
        ("2026-02-12 09:00", "春节前", Verdict.GOOD, "2026-02-14"),
        ("2026-09-28 09:00", "国庆节后", Verdict.GOOD, "2026-10-08"),
        ("2026-09-28 09:00", "国庆后", Verdict.GOOD, "2026-10-08"),
        ("2026-09-28 09:00", "节后", Verdict.GOOD, "2026-10-08"),
        ("2026-09-28 09:00", "十月十号", Verdict.GOOD, "2026-10-10"),
        ("2026-04-28 09:00", "五一后", Verdict.GOOD, "2026-05-06"),
        # On a Wednesday 周三 is today or in a week; after hours today is over.
        ("2026-11-25 09:00", "周三", Verdict.WHICH, None),
        ("2026-11-25 18:00", "周三", Verdict.GOOD, "2026-12-02"),
        ("2026-11-25 18:00", "今天", Verdict.CLOSED, "2026-11-25"),
        ("2026-11-25 09:00", "今天下午", Verdict.GOOD, "2026-11-25"),
        # The turn of the year.
        ("2026-12-20 09:00", "五号", Verdict.GOOD, "2027-01-05"),
        ("2026-12-20 09:00", "一月五号", Verdict.GOOD, "2027-01-05"),
        ("2026-12-31 09:00", "明天", Verdict.GOOD, "2027-01-01"),
        ("2026-12-20 09:00", "元旦后", Verdict.GOOD, "2027-01-04"),
        ("2026-12-30 09:00", "下周三", Verdict.GOOD, "2027-01-06"),
        ("2026-01-30 09:00", "三十一号", Verdict.CLOSED, "2026-01-31"),
        ("2028-02-20 09:00", "二十九号", Verdict.GOOD, "2028-02-29"),
    ],
)
def test_other_days_of_the_year(now: str, said: str, verdict: Verdict, day: str | None) -> None:
    found = day_of(said, datetime.fromisoformat(now), diary())
    assert (found.verdict, found.day) == (verdict, date.fromisoformat(day) if day else None)


def test_a_day_that_a_notice_may_still_move_is_provisional() -> None:
    assert day_of("一月五号", SATURDAY, diary()).provisional
    assert day_of("十二月三十号", SATURDAY, diary()).provisional
    assert not day_of("十二月二十五号", SATURDAY, diary()).provisional


def test_a_bare_number_is_a_day_only_where_a_day_was_asked_for() -> None:
    assert day_of("二十六", SATURDAY, diary()).verdict is Verdict.NOTHING
    assert day_of("二十六", SATURDAY, diary(), asked=True).day == date(2026, 11, 26)
    assert day_of("四十", SATURDAY, diary(), asked=True).verdict is Verdict.NOTHING


DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 20))
HOUR = st.integers(0, 23)


@given(DAYS, HOUR, st.integers(0, 60))
def test_a_whole_date_is_always_read_as_that_day(today: date, hour: int, ahead: int) -> None:
    day = today + timedelta(days=ahead)
    now = datetime(today.year, today.month, today.day, hour)  # noqa: DTZ001
    for said in (
        f"{day.month}月{day.day}号",
        f"{spoken(day.month)}月{spoken(day.day)}日",
        day.strftime("%Y年%m月%d日"),
    ):
        found = day_of(said, now, diary())
        assert found.day == day
        assert found.verdict in (Verdict.GOOD, Verdict.CLOSED)


@given(DAYS, st.sampled_from("一二三四五六日天"), st.integers(0, 2))
def test_a_weekday_is_that_weekday_of_that_week(today: date, weekday: str, weeks: int) -> None:
    now = datetime(today.year, today.month, today.day, 8)  # noqa: DTZ001
    found = day_of(f"{'下' * weeks or '这'}周{weekday}", now, diary())
    day = found.day
    assert day is not None
    assert day.weekday() == WEEK.index(weekday.replace("天", "日"))
    assert (day - (today - timedelta(days=today.weekday()))).days // 7 == weeks


@given(
    DAYS,
    HOUR,
    st.text(
        "今明后大天周下这上个月星期礼拜一二三四五六七八九十日号底末初国庆节完年两半点到不是改成0123456789", max_size=12
    ),
)
def test_whatever_is_said_the_answer_can_be_trusted(today: date, hour: int, said: str) -> None:
    now = datetime(today.year, today.month, today.day, hour)  # noqa: DTZ001
    found = day_of(said, now, diary())
    if found.verdict is Verdict.GOOD:
        assert found.day is not None
        assert CALENDAR.working(found.day)
        assert today <= found.day <= today + timedelta(days=60)
    for option in found.options:
        assert CALENDAR.kind(option) in (Kind.WORKDAY, Kind.MAKE_UP)
        assert today <= option <= today + timedelta(days=60)
    if found.verdict is Verdict.WHICH:
        assert found.day is None


@given(st.integers(0, 99))
def test_numbers_are_read_as_they_are_spoken(value: int) -> None:
    assert number(spoken(value)) == value
    assert number(str(value)) == value


@pytest.mark.parametrize("text", ["", "二六", "十十", "一百", "三三三", "零", "百", "x", "²"])
def test_what_is_no_number(text: str) -> None:
    assert number(text) in (None, 0)
