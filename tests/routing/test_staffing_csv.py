"""Call lists and forecasts: read as people export them, refused line by line, turned into a plan and a drawing."""

import json
from pathlib import Path
from random import Random
from xml.etree import ElementTree

import pytest

from hotline.cli import main
from routing.planning.calllist import (
    CallListError,
    forecast_of,
    is_forecast,
    read_calls,
    read_forecast,
    recorded_day,
)
from routing.planning.patience import mean_patience

HEAD = "arrived_at,handled_seconds,waited_seconds,label\n"


def test_times_are_epoch_or_iso_and_without_an_offset_beijing_s() -> None:
    text = HEAD + "2026-11-20T09:30:00,300\n1795138200.5,60\n2026-11-20T01:30:00+00:00,,12,law\n"
    first, second, third = read_calls("\ufeff" + text)
    assert first.at == second.at == 1795138200.0
    assert third.at == 1795138200.5
    assert second.handled is None
    assert (second.waited, second.label) == (12, "law")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no column arrived_at"),
        ("2026-11-20T09:30:00,300\n", "the first line must name the columns"),
        (HEAD, "holds no call"),
        (HEAD + "2026-11-20T09:30:00,-3\n", r"line 2: handled_seconds '-3'"),
        (HEAD + "2026-11-20T09:30:00,300\n\nyesterday,3\n", r"line 4: arrived_at 'yesterday'"),
        (HEAD + "nan,3\n", r"line 2: arrived_at 'nan'"),
        (HEAD + "2026-11-20T09:30:00,inf\n", r"line 2: handled_seconds 'inf'"),
        (HEAD + "2026-11-20T09:30:00,1\n" + "x,1\n" * 9, r"line 3: .*line 7: [^;]*$"),
    ],
)
def test_what_is_wrong_with_a_call_list_is_said_by_line(text: str, words: str) -> None:
    with pytest.raises(CallListError, match=words):
        read_calls(text)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("25:00,1,300", "interval '25:00'"),
        ("9,1,300", "interval '9'"),
        ("10:00-09:00,1,300", "interval '10:00-09:00'"),
        ("09:00,-1,300", "calls '-1'"),
        ("09:00,1,0", "aht '0'"),
        ("09:00,1", "aht ''"),
        ("09:00,1,300,soon", "patience 'soon'"),
    ],
)
def test_what_is_wrong_with_a_forecast_is_said_by_line(row: str, words: str) -> None:
    with pytest.raises(CallListError, match=f"line 2: {words}"):
        read_forecast(f"interval,calls,aht,patience\n{row}\n")


def test_a_forecast_may_have_intervals_of_any_length() -> None:
    text = "interval,calls,aht\n09:00,10,300\n09:30-10:30,10,300\n23:30-24:00,1,300\n"
    assert is_forecast(text)
    assert [(one.name, one.demand.calls_per_hour) for one in read_forecast(text)] == [
        *(("09:00", 20), ("09:30", 10), ("23:30", 2)),
    ]


def test_the_mean_day_of_a_list_counts_every_day_between_its_first_and_last() -> None:
    text = HEAD + "2026-11-20T09:00:00,100\n2026-11-20T09:29:59,300\n2026-11-23T14:00:00,200\n"
    plan = forecast_of(read_calls(text))
    assert len(plan) == 48
    assert {one.name: one.demand.calls_per_hour for one in plan if one.demand.calls_per_hour} == {
        "09:00": 2 * 2 / 4,
        "14:00": 2 * 1 / 4,
    }
    assert plan[18].demand.aht == pytest.approx(200)
    assert forecast_of(read_calls(text), aht=90)[18].demand.aht == 90


def test_patience_is_all_waiting_over_those_who_gave_up() -> None:
    assert mean_patience([(10.0, False)] * 30 + [(30.0, True)] * 10) == pytest.approx(60)
    assert mean_patience([(10.0, True)] * 9) is None


def test_patience_is_found_again_in_a_censored_draw() -> None:
    """20,000 callers of patience 100 s, each answered after at most 40 s; the estimate's standard error is 1.2 %."""
    chance = Random(5)
    waits = []
    for _ in range(20000):
        patience, answer = chance.expovariate(1 / 100), chance.uniform(0, 40)
        waits.append((min(patience, answer), patience < answer))
    assert mean_patience(waits) == pytest.approx(100, rel=0.05)


def test_a_recorded_day_keeps_what_was_seen_and_draws_the_rest() -> None:
    calls = read_calls(HEAD + "2026-11-20T09:00:00,100,5,law\n" + "2026-11-20T10:00:00,,40,notary\n" * 10)
    day = recorded_day(calls, Random(1))
    assert day[0].at == 9 * 3600
    assert (day[0].label, day[0].talk) == ("law", 100)
    assert day[0].patience > 5
    assert {(one.patience, one.talk) for one in day[1:]} == {(40, 100)}


def test_the_command_prints_rows_a_table_and_a_drawing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, plot = tmp_path / "calls.csv", tmp_path / "plan.svg"
    file.write_text(HEAD + "".join(f"2026-11-20T09:{k % 30:02}:00,300\n" for k in range(60)), encoding="utf-8")
    assert main(["staffing", "--csv", str(file), "--target", "95%/15s", "--plot", str(plot)]) == 0
    out, err = capsys.readouterr()
    rows = [json.loads(line) for line in out.splitlines()]
    assert len(rows) == 48
    nine = rows[18]
    assert (nine["start"], nine["calls_per_hour"], nine["agents"]) == ("09:00", 120, 16)
    assert nine["service_level"] >= 0.95 > nine["one_fewer"]
    assert "09:00" in err
    drawn = ElementTree.parse(plot).getroot()
    bars = [one for one in drawn.iter("{http://www.w3.org/2000/svg}rect") if len(one)]
    assert len(bars) == 48
    heights = [float(bar.attrib["height"]) for bar in bars]
    assert heights.index(max(heights)) == 18


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["--target", "fast"], "--target 'fast'"),
        (["--csv", "nowhere.csv"], "--csv nowhere.csv: cannot be read"),
        (["--least", "-1"], "--least -1"),
        (["--plot", "/nowhere/at/all.svg"], "--plot /nowhere/at/all.svg: cannot be written"),
    ],
)
def test_wrong_options_are_one_line(
    words: list[str], error: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "forecast.csv"
    file.write_text("interval,calls,aht\n09:00,10,300\n", encoding="utf-8")
    assert main(["staffing", "--csv", str(file), *words]) == 1
    assert error in capsys.readouterr().err


def test_a_file_of_another_encoding_is_said_to_be_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "gbk.csv"
    file.write_bytes("时间,次数\n".encode("gbk"))
    assert main(["staffing", "--csv", str(file)]) == 1
    assert "is not UTF-8" in capsys.readouterr().err
