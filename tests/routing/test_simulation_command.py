"""`hotline simulate`: synthetic days, recorded ones from a file and from the database, compared on the same days."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from config.load import load_settings
from hotline.cli import main
from records import callrecords
from records.callrecords import CallRecord
from records.engine import open_database
from records.upgrade import upgrade
from routing.planning.calllist import BEIJING


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOTLINE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("HOTLINE_DATABASE_URL", raising=False)
    return tmp_path


def simulate(capsys: pytest.CaptureFixture[str], *words: str) -> list[dict[str, object]]:
    code = main(["simulate", "--replications", "2", *words])
    out, err = capsys.readouterr()
    assert code == 0, err
    return [json.loads(line) for line in out.splitlines()]


def test_policies_and_settings_are_compared_on_the_same_days(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    slow = home / "slow.yaml"
    slow.write_text("agents: {wrap_up_seconds: 1}\n", encoding="utf-8")
    words = ("--agents", "8", "--steady", "2", "--against", "strict", "--against", str(slow))
    rows = simulate(capsys, *words)
    assert [row.get("configuration") or row["difference"] for row in rows] == [
        *("rules", "strict", str(slow)),
        *("strict less rules", f"{slow} less rules"),
    ]
    assert len({json.dumps(row["calls"]) for row in rows[:3]}) == 1
    assert rows[1]["strangers"] == {"mean": 0.0, "half": 0.0}
    cut, whole = rows[2]["occupancy"], rows[0]["occupancy"]
    assert isinstance(cut, dict)
    assert isinstance(whole, dict)
    assert cut["mean"] < whole["mean"], "a wrap-up clock of one second leaves agents less busy"
    assert simulate(capsys, *words) == rows, "the same seed gives the same answer"


def test_a_routing_file_is_compared_as_it_is_written(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    anybody = home / "anybody.yaml"
    anybody.write_text(
        "waits: {default: {specialist: 0, neighbour: 0, generalist: 0, any_region: 0, overflow: 0}}\n", encoding="utf-8"
    )
    never = home / "never.yaml"
    never.write_text(
        "waits: {default: {specialist: 0, neighbour: 0, generalist: 0, any_region: null, overflow: null}}\n",
        encoding="utf-8",
    )
    words = ("--agents", "8", "--steady", "4", "--against", str(anybody), "--against", str(never))
    _, open_to_all, closed = simulate(capsys, *words)[:3]
    assert closed["strangers"] == {"mean": 0.0, "half": 0.0}
    strangers = open_to_all["strangers"]
    assert isinstance(strangers, dict)
    assert strangers["mean"] > 0


def test_an_error_in_a_routing_file_names_the_file(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = home / "wrong.yaml"
    wrong.write_text("waits: {default: {specialist: -1}}\n", encoding="utf-8")
    assert main(["simulate", "--against", str(wrong)]) == 1
    assert f"{wrong}: waits" in capsys.readouterr().err


def test_a_recorded_day_from_a_file(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = home / "calls.csv"
    rows = [f"2026-11-20T09:{k % 60:02}:00,120,3,law.labour" for k in range(30)]
    file.write_text("arrived_at,handled_seconds,waited_seconds,label\n" + "\n".join(rows), encoding="utf-8")
    (row,) = simulate(capsys, "--day", str(file), "--agents", "6")
    assert row["calls"] == {"mean": 30.0, "half": 0.0}


def test_a_recorded_day_from_the_database(capsys: pytest.CaptureFixture[str]) -> None:
    settings = load_settings(None)
    upgrade(settings)
    nine = datetime(2026, 11, 20, 9, tzinfo=BEIJING).timestamp()
    database = open_database(settings)
    for number, (queued, joined, ended) in enumerate([(5, 8, 100), (9, None, 60), (None, None, 3), (20, 25, None)]):
        record = CallRecord(
            f"c{number}",
            arrived_at=nine,
            label="law",
            queued_at=nine + queued if queued else None,
            joined_at=nine + joined if joined else None,
            ended_at=nine + ended if ended else None,
        )
        database.do(callrecords.save, record)
    database.close()
    (row,) = simulate(capsys, "--day", "2026-11-20", "--agents", "2")
    assert row["calls"] == {"mean": 2.0, "half": 0.0}, "one never asked for a person, one still talks"


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["--agents", "0"], "--agents 0: must be"),
        (["--against", "fair"], "--against fair: neither"),
        (["--against", "strict", "--against", "strict"], "each can be there once"),
        (["--day", "2026-11-20"], "there is no database yet"),
        (["--day", "nowhere.csv"], "--day nowhere.csv: cannot be read"),
        (["--day", "nowhere.csv", "--aht", "3"], "--aht: a recorded day"),
        (["--wrap-up", "300"], "--wrap-up 300: must be less"),
        (["--replications", "0"], "--replications 0"),
    ],
)
def test_wrong_options_are_one_line_that_names_them(
    words: list[str], error: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["simulate", *words]) == 1
    assert error in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--aht", "0"], ["--load", "nan"], ["--steady", "-1"], ["--agents", "many"]])
def test_numbers_that_are_none_are_wrong_usage(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["simulate", *words])
    assert end.value.code == 2
    assert words[0] in capsys.readouterr().err


def test_busy_without_a_core_says_how_to_start_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["busy"]) == 1
    assert "start it: hotline run" in capsys.readouterr().err
