"""`hotline rota`: a day as the configuration says, working days ahead, and dates that are none."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.load import PACKAGED
from hotline.cli import main


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("HOTLINE_HOME", str(tmp_path / "home"))
    values = yaml.safe_load((PACKAGED / "shifts.yaml").read_text(encoding="utf-8"))
    night = {"shift": "night", "agents": ["li", "wu"], "in_turn": 1, "starting": date(2026, 12, 30)}
    values["rosters"] = [night, {"shift": "day", "days": ["workday"], "agents": ["wang"]}]
    (tmp_path / "shifts.yaml").write_text(yaml.safe_dump(values, allow_unicode=True, sort_keys=False), encoding="utf-8")
    (tmp_path / "site.yaml").write_text("", encoding="utf-8")
    return str(tmp_path / "site.yaml")


def rows(capsys: pytest.CaptureFixture[str], *words: str) -> list[dict[str, Any]]:
    assert main(["rota", *words]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_day_with_its_offices_and_shifts(site: str, capsys: pytest.CaptureFixture[str]) -> None:
    day, hotline, centre, early, night = rows(capsys, "--config", site, "--day", "2026-12-31")
    assert day == {"day": "2026-12-31", "kind": "工作日", "holiday": None, "provisional": True}
    assert (hotline["office"], hotline["open"]) == ("hotline", ["00:00-24:00"])
    assert centre["open"] == ["09:00-17:30"]
    assert (early["shift"], early["agents"]) == ("day", ["wang"])
    assert (night["name"], night["from"], night["until"], night["agents"]) == (
        *("夜班", "2026-12-31T22:00", "2027-01-01T08:30", ["wu"]),
    )


def test_today_says_what_is_open_now(site: str, capsys: pytest.CaptureFixture[str]) -> None:
    _, hotline, *_ = rows(capsys, "--config", site)
    assert hotline["open_now"] is True


def test_working_days_ahead(site: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert rows(capsys, "--day", "2026-12-25", "--add", "10") == [
        {"day": "2026-12-25", "working_days": 10, "due": "2027-01-08", "provisional": True}
    ]


@pytest.mark.parametrize(
    ("words", "said"), [(["--day", "2026-13-01"], "--day 2026-13-01: must be a date"), (["--add", "-1"], "--add: -1")]
)
def test_wrong_words_are_named(words: list[str], said: str, site: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rota", *words]) == 1
    assert said in capsys.readouterr().err
