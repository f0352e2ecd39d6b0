"""Opening hours around midnight, year ends and holidays; closures; how a caller is received; what is refused."""

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from config.load import PACKAGED, ConfigError
from config.settings import Settings
from hotline.configured.hours import load_times
from ivr.hours import Hours, described
from ivr.load_hours import ZONE, load_calendar
from ivr.opening import OPEN, Opening, Reception, Then

SHANGHAI = ZoneInfo("Asia/Shanghai")
PROMPTS = {"night": "夜间", "closed": "时间是{hours}", "closed_12345": "请拨12345"}


def opening(open: dict[Any, Any], **more: Any) -> Opening:
    values = {"offices": {"hotline": {"name": "热线", "open": open}}, "prompts": PROMPTS} | more
    calendar = load_calendar(Settings(home=Path("unused"), folder=PACKAGED))
    return Opening(Hours.model_validate(values), calendar, SHANGHAI)


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).timestamp()


wall = datetime.fromisoformat


def text(now: float | None) -> str:
    return "" if now is None else datetime.fromtimestamp(now, SHANGHAI).strftime("%m-%d %H:%M")


def test_the_fixed_zone_is_shanghais_in_winter_and_summer() -> None:
    for day in ("2026-01-01T00:00", "2026-07-01T00:00", "2027-01-01T00:00"):
        moment = at(day)
        assert datetime.fromtimestamp(moment, ZONE).replace(tzinfo=None).isoformat()[:16] == day


OFFICE = {"workday": ["09:00-12:00", "13:30-17:00"], "wed": "09:00-20:00", "sat": "09:00-12:00"}


@pytest.mark.parametrize(
    ("moment", "open"),
    [
        ("2026-11-23T08:59:59", False),  # Monday
        ("2026-11-23T09:00", True),
        ("2026-11-23T11:59:59", True),
        ("2026-11-23T12:00", False),
        ("2026-11-25T19:59", True),  # Wednesday: 延时
        ("2026-11-21T11:00", True),  # Saturday
        ("2026-11-22T11:00", False),
        ("2026-10-07T10:00", False),  # a holiday, although a Wednesday
        ("2026-10-10T16:00", True),  # a make-up Saturday has the hours of a workday
        ("2026-12-31T16:59:59", True),
        ("2027-01-01T10:00", True),  # not published: a Friday like any other
    ],
)
def test_an_offices_hours(moment: str, open: bool) -> None:
    assert opening(OFFICE).open("hotline", at(moment)) is open


@pytest.mark.parametrize(
    ("moment", "open"),
    [
        ("2026-12-31T21:59:59", False),
        ("2026-12-31T22:00", True),
        ("2026-12-31T23:59:59", True),
        ("2027-01-01T00:00", True),
        ("2027-01-01T05:59:59", True),
        ("2027-01-01T06:00", False),
        ("2026-10-01T03:00", True),  # begun on the last workday before the holiday
        ("2026-10-02T03:00", False),
    ],
)
def test_hours_past_midnight_belong_to_the_day_they_begin_on(moment: str, open: bool) -> None:
    assert opening({"workday": "22:00-06:00"}).open("hotline", at(moment)) is open


@pytest.mark.parametrize(
    "moment", ["2026-02-17T00:00", "2026-02-17T23:59:59", "2026-12-31T23:59:59", "2027-01-01T00:00"]
)
def test_round_the_clock_has_no_gap(moment: str) -> None:
    assert opening({"every": "00:00-24:00"}).reception(at(moment)) == OPEN


def test_a_date_goes_before_everything() -> None:
    hours = opening(OFFICE | {"2026-10-01": "10:00-11:00", "2026-11-23": []})
    assert hours.open("hotline", at("2026-10-01T10:30"))
    assert not hours.open("hotline", at("2026-11-23T10:00"))


@pytest.mark.parametrize(
    ("moment", "then"),
    [
        ("2026-11-23T10:00", "11-23 10:00"),
        ("2026-11-23T12:30", "11-23 13:30"),
        ("2026-09-30T18:00", "09-30 18:00"),  # a Wednesday, open until 20:00
        ("2026-09-30T20:00", "10-08 09:00"),
        ("2026-12-31T17:00", "01-01 09:00"),
    ],
)
def test_the_next_opening(moment: str, then: str) -> None:
    assert text(opening(OFFICE).next_opening("hotline", at(moment))) == then


def test_an_office_that_never_opens_has_no_next_opening() -> None:
    assert opening({}).next_opening("hotline", at("2026-11-23T10:00")) is None


CLOSURE = {"from": wall("2026-07-20T18:00"), "until": wall("2026-07-21T08:00"), "message": "台风"}


def test_a_closure_goes_before_the_hours_and_ends_to_the_second() -> None:
    hours = opening({"every": "00:00-24:00"}, closures=[CLOSURE])
    assert hours.reception(at("2026-07-20T17:59:59")) == OPEN
    assert hours.reception(at("2026-07-20T18:00")) == Reception("closure.1", Then.GO_ON)
    assert hours.reception(at("2026-07-21T07:59:59")) == Reception("closure.1", Then.GO_ON)
    assert hours.reception(at("2026-07-21T08:00")) == OPEN
    assert text(hours.next_opening("hotline", at("2026-07-20T20:00"))) == "07-21 08:00"
    assert hours.prompts()["closure.1"] == "台风"


def test_a_closure_of_one_office_closes_no_other() -> None:
    office = {"name": "中心", "open": {"every": "00:00-24:00"}}
    hours = opening(
        {"every": "00:00-24:00"},
        offices={"hotline": office, "centre": office},
        closures=[CLOSURE | {"offices": ["centre"]}],
    )
    assert hours.open("hotline", at("2026-07-20T20:00"))
    assert not hours.open("centre", at("2026-07-20T20:00"))


@pytest.mark.parametrize(
    ("outside", "expected"),
    [
        ({"action": "person"}, Reception("night", Then.GO_ON)),
        ({"action": "message"}, Reception("closed", Then.GO_ON)),
        ({"action": "message", "then": "to_12345"}, Reception("closed_12345", Then.LEAVE)),
    ],
)
def test_outside_the_hours_it_is_as_configured(outside: dict[str, str], expected: Reception) -> None:
    hours = opening(OFFICE, outside=outside)
    assert hours.reception(at("2026-11-23T23:00")) == expected
    assert hours.reception(at("2026-11-23T10:00")) == OPEN
    assert expected.prompt in hours.prompts()


def test_a_night_without_words_is_like_the_day() -> None:
    assert opening(OFFICE, prompts=PROMPTS | {"night": ""}).reception(at("2026-11-23T23:00")) == OPEN


def test_the_hours_are_said_from_the_hours() -> None:
    assert opening(OFFICE).prompts()["closed"] == (
        "时间是工作日9点到12点、13点30分到17点，星期三9点到20点，星期六9点到12点"
    )
    assert described(opening({"every": "22:00-06:30", "sun": []}).hours.offices["hotline"].open) == (
        "每天22点到次日6点30分，星期日休息"
    )


def test_the_hotline_of_the_box_is_open_day_and_night() -> None:
    times = load_times(Settings(home=Path("unused"), folder=PACKAGED))
    assert all(times.opening.reception(at(f"2026-10-0{day}T03:00")) == OPEN for day in range(1, 8))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"outside": {"action": "voicemail"}},
            "outside.action: 'voicemail': value error, say action: message, then: voicemail",
        ),
        ({"outsid": {}}, "outsid: unknown key"),
        ({"hotline": "nowhere"}, "hotline: 'nowhere' is none of the offices"),
        ({"offices": {"hotline": {"name": "热线", "open": {"workday": "9-17"}}}}, 'such as "09:00-12:00"'),
        ({"offices": {"hotline": {"name": "热线", "open": {"workday": 540}}}}, 'such as "09:00-12:00"'),
        ({"offices": {"hotline": {"name": "热线", "open": {"monday": "09:00-17:00"}}}}, "is no day; use workday"),
        ({"closures": [CLOSURE | {"until": wall("2026-07-20")}]}, "is not after from"),
        ({"closures": [CLOSURE | {"then": "to_12345"}]}, "closures.0.message: must name 12345"),
        ({"closures": [CLOSURE | {"offices": ["x"]}]}, "closures.0.offices: 'x'"),
        ({"prompts": {"closed": "", "closed_12345": "12345"}}, "prompts.closed: has no words"),
        ({"rosters": [{"shift": "x", "agents": ["li"]}]}, "rosters.0.shift: 'x' is none of the shifts"),
        ({"rosters": [{"shift": "day", "agents": ["li"], "in_turn": 1}]}, "starting: must be the date"),
        ({"off_shift": "shout"}, "off_shift: 'shout'"),
    ],
)
def test_what_cannot_be_is_refused_by_name(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    values = yaml.safe_load((PACKAGED / "shifts.yaml").read_text(encoding="utf-8")) | change
    (tmp_path / "shifts.yaml").write_text(yaml.safe_dump(values, allow_unicode=True), encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        load_times(Settings(home=tmp_path, folder=tmp_path))
    assert said in str(refused.value)
    assert "shifts.yaml" in str(refused.value)


def test_faults_of_hours_rosters_and_notices_come_at_once(tmp_path: Path) -> None:
    values = yaml.safe_load((PACKAGED / "shifts.yaml").read_text(encoding="utf-8"))
    values |= {"hotline": "x", "closures": [CLOSURE | {"message": ""}]}
    (tmp_path / "shifts.yaml").write_text(yaml.safe_dump(values, allow_unicode=True), encoding="utf-8")
    (tmp_path / "calendar").mkdir()
    (tmp_path / "calendar" / "2027.yaml").write_text("- 1\n", encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        load_times(Settings(home=tmp_path, folder=tmp_path))
    assert any("2027.yaml: must hold keys" in line for line in refused.value.errors)
