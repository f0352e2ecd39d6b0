"""`hotline callbacks`: promised, listed in order, taken by an agent, the result kept, and what is refused."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy.orm import Session

from config.load import PACKAGED
from config.settings import Settings
from hotline.callbacks.following import load_callbacks
from hotline.cli import main
from records import callbacks
from records.accounts import add_user
from records.audit import trail
from records.engine import open_database
from records.upgrade import upgrade
from routing.callbacks import dialled

Rows = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Rows:
    """Run a command at a site whose callers may be called at any hour; its rows."""
    monkeypatch.setenv("HOTLINE_HOME", str(tmp_path / "home"))
    values = yaml.safe_load((PACKAGED / "callbacks.yaml").read_text(encoding="utf-8"))
    values["windows"] = {"every": "00:00-24:00"}
    (tmp_path / "callbacks.yaml").write_text(yaml.safe_dump(values, allow_unicode=True), encoding="utf-8")
    (tmp_path / "site.yaml").write_text("", encoding="utf-8")
    settings = Settings(home=tmp_path / "home", folder=tmp_path)
    upgrade(settings)
    database = open_database(settings)
    for name, skills in (("li", {"*": 3}), ("wu", {"notary": 2})):
        database.do(add_user, name, "agent", skills, "geheim-12348", "12348")
    database.close()

    def run(*words: str, fails: str = "") -> list[dict[str, Any]]:
        code = main(["callbacks", *words, "--config", str(tmp_path / "site.yaml")])
        out, err = capsys.readouterr()
        assert code == (1 if fails else 0), err
        assert fails in err
        return [json.loads(line) for line in out.splitlines()]

    return run


def test_promised_taken_and_answered(rows: Rows, tmp_path: Path) -> None:
    [promised] = rows("add", "13800001234", "--label", "notary", "--note", "问公证")
    assert (promised["id"], promised["number"], promised["state_name"]) == ("HB000001", "138****1234", "等待回拨")
    rows("add", "13900001234")
    assert [row["id"] for row in rows()] == ["HB000001", "HB000002"]
    [taken] = rows("take", "wu")
    assert (taken["id"], taken["number"], taken["agent"]) == ("HB000001", "13800001234", "wu")
    rows("take", "wu", fails="say first what came of it")
    [done] = rows("result", "HB000001", "reached", "--note", "已答复")
    assert (done["state"], done["result"], done["note"], done["attempts"]) == ("DONE", "reached", "已答复", 1)
    assert [row["id"] for row in rows()] == ["HB000002"]
    assert [row["id"] for row in rows("--all")] == ["HB000002", "HB000001"]
    rows("take", "wu", fails="there is no callback to take now")
    database = open_database(Settings(home=tmp_path / "home", folder=PACKAGED))
    noted = [entry.action for entry in database.read(trail)]
    database.close()
    assert {"callback.take", "callback.reached"} <= set(noted)


def test_one_for_each_number(rows: Rows) -> None:
    first, again = rows("add", "13800001234"), rows("add", "13800001234", "--agent", "wu")
    assert first[0]["id"] == again[0]["id"]
    assert [row["preferred"] for row in rows()] == ["wu"]


def test_scheduled_and_cancelled(rows: Rows) -> None:
    [later] = rows("add", "13800001234", "--at", "2099-01-02T10:30")
    assert later["due"].startswith("2099-01-02T10:30")
    rows("take", "li", fails="there is no callback to take now")
    assert rows("cancel", later["id"])[0]["state_name"] == "已取消"
    rows("cancel", later["id"], fails="已取消，不能cancel")


def test_a_try_that_reached_nobody_comes_again_later(rows: Rows) -> None:
    rows("add", "13800001234")
    rows("take", "li")
    [missed] = rows("result", "HB000001", "missed")
    assert (missed["state"], missed["attempts"]) == ("WAITING", 1)
    rows("take", "li", fails="there is no callback to take now")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["add", "12345"], "NUMBER: must be at least 7 digits"),
        (["add", "13800001234", "--label", "law.space"], "--label law.space: is no code"),
        (["add", "13800001234", "--at", "tomorrow"], "--at tomorrow: must be a time"),
        (["take", "nobody"], "there is no such agent"),
        (["result", "HB9", "reached"], "HB9: there is no such callback"),
    ],
)
def test_what_cannot_be_is_refused(rows: Rows, words: list[str], said: str) -> None:
    rows(*words, fails=said)


def test_the_list_masks_numbers_unless_asked(rows: Rows) -> None:
    rows("add", "13800001234")
    assert rows()[0]["number"] == "138****1234"
    assert rows("--unmask")[0]["number"] == "13800001234"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"key": "0"}, "key: '0'"),
        ({"windows": {}}, "windows"),
        ({"gaps_seconds": [-1]}, "gaps_seconds.0: -1"),
        ({"prompts": {"offer": "请按{key}"}}, "prompts.taken: has no words"),
        ({"retries": 3}, "retries: unknown key"),
    ],
)
def test_settings_that_cannot_be_are_refused(change: dict[str, Any], said: str, tmp_path: Path, rows: Rows) -> None:
    file = tmp_path / "callbacks.yaml"
    file.write_text(yaml.safe_dump(yaml.safe_load(file.read_text(encoding="utf-8")) | change), encoding="utf-8")
    rows(fails=said)


TRUNK = """
trunks:
  - name: carrier
    addresses: [10.0.0.1]
    outbound: {host: 10.0.0.1, allow: ["1[3-9]xxxxxxxxx"], caller_id: "02012348"}
"""


def test_where_the_hotline_dials_only_other_numbers_are_left_to_agents(rows: Rows, tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(TRUNK, encoding="utf-8")
    rows("add", "13800001234")
    rows("take", "li", fails="the hotline dials by itself what its trunks allow")
    rows("add", "057187654321")
    assert rows("take", "li")[0]["number"] == "057187654321"


def test_what_comes_of_one_that_is_dialled_is_not_said_by_hand(rows: Rows, tmp_path: Path) -> None:
    rows("add", "13800001234")
    database = open_database(Settings(home=tmp_path / "home", folder=PACKAGED))
    rules = load_callbacks(Settings(home=tmp_path / "home", folder=tmp_path))

    def dial(session: Session) -> None:
        there = callbacks.get(session, "HB000001")
        assert there is not None
        callbacks.save(session, dialled(rules, there, "HB000001-a", "li", there.due))

    database.do(dial)
    database.close()
    rows("result", "HB000001", "reached", fails="the hotline dials it just now")
    assert rows("cancel", "HB000001")[0]["state"] == "CANCELLED"
