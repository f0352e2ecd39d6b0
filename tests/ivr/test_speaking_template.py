"""Sentences with places for values: how each kind is said, that every part is known ahead, and what is refused."""

from datetime import date, time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.speaking.kinds import DAYS, HALF_DAYS, KINDS, UnsayableError, spoken_day
from ivr.speaking.pieces import Pause
from ivr.speaking.template import TemplateError, assemble, fragments, parse

CHOICES = {"what": ("法律援助", "公证。", "律师咨询")}
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "date": st.dates(),
    "day": st.dates() | st.sampled_from(DAYS),
    "time": st.times() | st.sampled_from(HALF_DAYS),
    "digits": st.from_regex(r"\A[0-9A-Za-z]{1,8}([- ][0-9A-Za-z]{1,8}){0,3}\Z"),
    "count": st.integers(0, 9999),
    "position": st.integers(1, 99),
    "choice": st.sampled_from(CHOICES["what"]),
}


def said(text: str, **values: Any) -> str:
    """The sentence as pieces: `·` joins parts, `|` is a pause, `.` ends a final form."""
    pieces = assemble(parse(text, CHOICES), values)
    words = ["|" if isinstance(each, Pause) else each.text + ("." if each.final else "") for each in pieces]
    return "·".join(words).replace("·|·", "|")


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("date", date(2026, 11, 26), "十一月·二十六号.|星期四."),
        ("date", date(2027, 2, 1), "二月·一号.|星期一."),
        ("day", "明天", "明天."),
        ("day", date(2026, 11, 22), "十一月·二十二号.|星期日."),
        ("time", time(15, 30), "下午三点·半."),
        ("time", time(9), "上午九点."),
        ("time", time(14, 5), "下午两点·零五分."),
        ("time", time(0, 0), "凌晨零点."),
        ("time", time(12, 15), "中午十二点·十五分."),
        ("time", time(20, 45, 59), "晚上八点·四十五分."),
        ("time", "上午", "上午."),
        ("digits", "12348", "幺·二·三·四·八."),
        ("digits", "13800001234", "幺·三·八.|零·零·零·零.|幺·二·三·四."),
        ("digits", "ws-A1", "W·S.|A.|幺."),
        ("digits", "GD20261126000047", "G·D.|二·零·二·六.|幺·幺·二·六.|零·零·零.|零·四·七."),
        ("digits", "0571 8705123", "零·五·七·幺.|八·七·零·五.|幺·二·三."),
        ("count", 0, "零."),
        ("count", 2, "二."),
        ("count", 12, "十二."),
        ("count", 105, "一百·零·五."),
        ("count", 110, "一百·一十."),
        ("count", 2012, "两千·零·一十二."),
        ("count", 2200, "两千·二百."),
        ("count", 9999, "九千·九百·九十九."),
        ("count", 3005, "三千·零·五."),
        ("position", 2, "第二位."),
        ("position", 12, "第十二位."),
        ("choice", "公证。", "公证."),
    ],
)
def test_how_values_are_said(kind: str, value: Any, words: str) -> None:
    assert said(f"{{what:{kind}}}", what=value) == words


@pytest.mark.parametrize(
    ("text", "values", "words"),
    [
        ("您约的是{d:day}{t:time}，对吗？", {"d": "明天", "t": time(15)}, "您约的是·明天·下午三点.|对吗."),
        ("编号{n:digits}。请记好。", {"n": "12"}, "编号·幺·二.|请记好."),
        ("{n:count}分钟", {"n": 2}, "两·分钟."),
        ("{n:count}月", {"n": 2}, "二·月."),
        ("{n:count}个，{m:count}件。", {"n": 2, "m": 102}, "两·个.|一百·零·二·件."),
        ("，您好，欢迎。{n:count}。", {"n": 1}, "您好，欢迎.|一."),
        ("{a:count}到{a:count}", {"a": 3}, "三·到·三."),
        ("{a:count}到{b:count}分钟", {"a": 2, "b": 22}, "两·到·二十二·分钟."),
    ],
)
def test_how_text_and_values_join(text: str, values: dict[str, Any], words: str) -> None:
    assert said(text, **values) == words


@settings(deadline=None)  # the first number makes the list of all
@given(st.sampled_from(sorted(KINDS)), st.data(), st.sampled_from(["前{what:%s}后。", "{what:%s}，好", "{what:%s}"]))
def test_every_part_of_every_value_is_known_ahead(kind: str, data: st.DataObject, text: str) -> None:
    template = parse(text % kind, CHOICES)
    pieces = assemble(template, {"what": data.draw(VALUES[kind])})
    parts = [piece for piece in pieces if not isinstance(piece, Pause)]
    assert parts
    assert parts[-1].final
    assert not isinstance(pieces[0], Pause)
    assert fragments(template) >= set(parts)


@pytest.mark.parametrize("kind", ["date", "time", "count", "position", "choice"])
def test_no_part_is_made_that_no_value_needs(kind: str) -> None:
    """Over all values, what is known ahead is exactly what is used; a recording studio pays for each."""
    template = parse(f"在{{what:{kind}}}见", CHOICES)
    values: dict[str, list[Any]] = {
        "date": [date.fromordinal(n) for n in range(date(2024, 1, 1).toordinal(), date(2031, 1, 1).toordinal())],
        "time": [time(hour, minute) for hour in range(24) for minute in range(60)] + list(HALF_DAYS),
        "count": list(range(10000)),
        "position": list(range(1, 100)),
        "choice": list(CHOICES["what"]),
    }
    used = {piece for value in values[kind] for piece in assemble(template, {"what": value})}
    assert fragments(template) == {piece for piece in used if not isinstance(piece, Pause)}


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("date", "明天"),
        ("day", "大前天"),
        ("time", "八点"),
        ("digits", "1２"),
        ("digits", "- -"),
        ("digits", ""),
        ("digits", 12),
        ("count", -1),
        ("count", 10000),
        ("count", "3"),
        ("count", True),
        ("position", 0),
        ("position", 100),
        ("choice", "法律"),
    ],
)
def test_values_without_words_are_refused_and_not_repeated(kind: str, value: Any) -> None:
    with pytest.raises(UnsayableError, match=rf"^what: {kind}: takes ") as refused:
        said(f"{{what:{kind}}}", what=value)
    assert str(value) == "" or repr(value) not in str(refused.value)


def test_a_value_that_was_not_given() -> None:
    with pytest.raises(UnsayableError, match="when: no value was given"):
        said("在{when:date}", day=date(2026, 1, 1))


def test_fewer_numbers_make_fewer_parts() -> None:
    assert len(fragments(parse("{n:position:7}"))) == 7
    assert len(fragments(parse("{n:position}").limited(5))) == 5
    with pytest.raises(UnsayableError, match="n: position: takes a number from 1 to 5"):
        assemble(parse("{n:position}").limited(5), {"n": 6})


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("{n}", "a place is written"),
        ("{n:number}", "{n:number}: is no kind; use one of date, day, time"),
        ("{n:choice}", "there is no list 'n'"),
        ("{n:choice:where}", "there is no list 'where'"),
        ("{n:digits:3}", "digits takes no argument"),
        ("{n:count:0}", "0: must be 1 to 9999"),
        ("{n:position:100}", "100: must be 1 to 99"),
        ("{n:count}{n:date}", "stands twice with different kinds"),
        ("。，", "has no words"),
        ("好}", "a place is written"),
    ],
)
def test_what_is_no_template_is_refused_by_name(text: str, fault: str) -> None:
    with pytest.raises(TemplateError) as refused:
        parse(text)
    assert fault in str(refused.value)


def test_days_near_are_named() -> None:
    today = date(2026, 12, 31)
    far = date(2027, 1, 3)
    assert [spoken_day(date.fromordinal(today.toordinal() + n), today) for n in range(4)] == [*DAYS, far]
    assert spoken_day(date(2026, 12, 30), today) == date(2026, 12, 30)
