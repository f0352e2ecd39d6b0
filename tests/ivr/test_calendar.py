"""Working days: the published vectors, years to come, the turn of the year, and notices that contradict themselves."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from config.load import PACKAGED, ConfigError
from config.settings import Settings
from ivr.calendar import Calendar, Due, Kind, Notice, calendar_of
from ivr.load_hours import load_calendar

VECTORS = [
    ("2026-09-18", 5, "2026-09-24"),
    ("2026-09-29", 5, "2026-10-12"),
    ("2026-09-30", 10, "2026-10-20"),
    ("2026-02-11", 5, "2026-02-25"),
    ("2026-02-13", 3, "2026-02-25"),
    ("2026-04-30", 7, "2026-05-13"),
    ("2026-06-18", 3, "2026-06-24"),
    ("2026-05-08", 1, "2026-05-09"),
    ("2026-09-24", 1, "2026-09-28"),
]


@pytest.fixture(scope="module")
def calendar() -> Calendar:
    return load_calendar(Settings(home=Path("unused"), folder=PACKAGED))


@pytest.mark.parametrize(("start", "count", "due"), VECTORS)
def test_the_vectors_of_2026(calendar: Calendar, start: str, count: int, due: str) -> None:
    found = calendar.add_working_days(date.fromisoformat(start), count)
    assert found == Due(date.fromisoformat(due), False)
    assert calendar.working_days_between(date.fromisoformat(start), found.day) == count


def test_2026_has_the_working_days_of_its_notice(calendar: Calendar) -> None:
    year = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    kinds = [calendar.kind(day) for day in year]
    assert kinds.count(Kind.HOLIDAY) == 33
    assert [day.isoformat()[5:] for day in year if calendar.kind(day) is Kind.MAKE_UP] == [
        *("01-04", "02-14", "02-28", "05-09", "09-20", "10-10"),
    ]
    # 261 weekdays, less the holidays on weekdays (2+6+1+3+1+1+5), plus the make-up days
    assert sum(calendar.working(day) for day in year) == 261 - 19 + 6


def test_a_year_not_published_yet_counts_by_weekends_and_is_provisional(calendar: Calendar) -> None:
    due = calendar.add_working_days(date(2026, 12, 25), 10)
    assert due == Due(date(2027, 1, 8), True)
    assert str(due) == "2027-01-08（暂定）"
    assert calendar.kind(date(2027, 10, 1)) is Kind.WORKDAY
    assert not calendar.settled(date(2027, 10, 1))


def test_the_last_days_of_a_year_are_settled_by_the_next_notice(calendar: Calendar) -> None:
    assert calendar.settled(date(2026, 12, 28))
    assert not calendar.settled(date(2026, 12, 31))
    notice = {
        "year": 2027,
        "holidays": {"元旦": {"from": date(2026, 12, 31), "until": date(2027, 1, 2)}},
        "make_up": [date(2027, 1, 3)],
    }
    both = calendar_of([Notice.model_validate(notice), *packaged()])
    assert both.kind(date(2026, 12, 31)) is Kind.HOLIDAY
    assert both.settled(date(2026, 12, 31))
    assert both.add_working_days(date(2026, 12, 30), 1) == Due(date(2027, 1, 3), False)


def packaged() -> list[Notice]:
    return [
        Notice.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
        for file in (PACKAGED / "calendar").glob("*.yaml")
    ]


@given(st.dates(date(2024, 1, 1), date(2030, 1, 1)), st.integers(0, 300), st.integers(0, 300))
def test_counting_on_is_counting_at_once(start: date, first: int, then: int) -> None:
    calendar = calendar_of(packaged_once())
    there = calendar.add_working_days(start, first)
    at_once = calendar.add_working_days(start, first + then)
    assert calendar.add_working_days(there.day, then).day == at_once.day
    assert at_once.provisional or not there.provisional
    if first:
        assert calendar.working(there.day)


ONCE: list[Notice] = []


def packaged_once() -> list[Notice]:
    if not ONCE:
        ONCE.extend(packaged())
    return ONCE


@pytest.mark.parametrize("count", [-1, 10**9])
def test_an_absurd_count_is_refused(calendar: Calendar, count: int) -> None:
    with pytest.raises(ValueError, match="must be 0 to"):
        calendar.add_working_days(date(2026, 1, 1), count)


OFF = {"元旦": {"from": date(2027, 1, 1), "until": date(2027, 1, 3)}}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"make_up": [date(2027, 1, 2)]}, "is a holiday"),
        ({"make_up": [date(2027, 1, 6)]}, "no Saturday or Sunday"),
        ({"make_up": [date(2028, 1, 8)]}, "is not in 2027"),
        ({"holidays": {"元旦": {"from": date(2027, 1, 3), "until": date(2027, 1, 1)}}}, "no holiday of 1 to 31 days"),
        ({"holidays": {"元旦": {"from": date(2027, 1, 3)}}}, "until"),
    ],
)
def test_a_notice_that_cannot_be_is_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Notice.model_validate({"year": 2027, "holidays": OFF} | change)


def test_a_sites_own_notice_counts_and_all_faults_are_named_at_once(tmp_path: Path) -> None:
    own = tmp_path / "calendar"
    own.mkdir()
    (own / "2027.yaml").write_text(
        "year: 2027\nholidays: {元旦: {from: 2027-01-01, until: 2027-01-03}}\n", encoding="utf-8"
    )
    settings = Settings(home=tmp_path, folder=tmp_path)
    assert load_calendar(settings).years == {2026, 2027}
    (own / "2028.yaml").write_text("year: 2029\nholidays: {元旦: {from: 2029-01-01, until: 2029-01-03}}\n")
    (own / "2030.yaml").write_text("year: 2030\nhollidays: {}\n")
    with pytest.raises(ConfigError) as refused:
        load_calendar(settings)
    lines = refused.value.errors
    assert any("2028.yaml: year: 2029" in line for line in lines)
    assert any("2030.yaml: hollidays: unknown key" in line for line in lines)
