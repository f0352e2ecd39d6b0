"""`hotline calls`, `tickets`, `user`, `db`: what is printed, what is masked, what is refused."""

import io
import json
from pathlib import Path
from time import time
from typing import Any

import pytest

from config.load import load_settings
from hotline.cli import main
from records import audit, calllog, callrecords
from records.calllog import Entry
from records.callrecords import CallRecord
from records.engine import Database, open_database
from records.migrations import versions
from records.upgrade import upgrade
from tickets.writing import Draft, open_ticket

NUMBER, HIDDEN = "13812341234", "138****1234"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOTLINE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("HOTLINE_DATABASE_URL", raising=False)
    return tmp_path / "home"


@pytest.fixture
def filled(home: Path) -> Database:
    upgrade(load_settings())
    database = open_database(load_settings())
    database.do(callrecords.save, CallRecord("c1", caller=NUMBER, arrived_at=0.5, queued_at=1.0, joined_at=3.5))
    facts = [
        Entry("fact", "b", 0.5, "c1", "Arrived", {"caller": NUMBER}),
        Entry("command", "b", 0.6, "c1", "Answer", {}),
    ]
    database.do(calllog.append, facts)
    draft = Draft("law.labour", "欠薪", "三个月没发工资", "li", call="c1", contact_number=NUMBER, calling_number=NUMBER)
    database.do(open_ticket, draft, time())
    return database


def rows(capsys: pytest.CaptureFixture[str], *words: str) -> list[dict[str, Any]]:
    assert main(list(words)) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def refusal(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(list(words)) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    return said.err


def test_calls(filled: Database, capsys: pytest.CaptureFixture[str]) -> None:
    (row,) = rows(capsys, "calls")
    assert (row["call"], row["caller"], row["waited_seconds"]) == ("c1", HIDDEN, 2.5)
    assert row["arrived_at"] == "1970-01-01T08:00:00.500+08:00"
    fact, order = rows(capsys, "calls", "c1")
    assert (fact["kind"], fact["name"], fact["fields"]) == ("fact", "Arrived", {"caller": HIDDEN})
    assert (order["kind"], order["name"]) == ("command", "Answer")
    assert "c9: there is no such call" in refusal(capsys, "calls", "c9")
    assert filled.read(audit.trail) == []


def test_tickets(filled: Database, capsys: pytest.CaptureFixture[str]) -> None:
    (row,) = rows(capsys, "tickets")
    assert (row["title"], row["contact_number"], row["calling_number"]) == ("欠薪", HIDDEN, HIDDEN)
    assert row["sync"] == {"online": "waiting", "window": "waiting"}
    (whole,) = rows(capsys, "tickets", row["number"])
    assert [step["event"] for step in whole["history"]] == ["open"]
    assert [sync["channel"] for sync in whole["sync"]] == ["online", "window"]
    assert "GD1: there is no such ticket" in refusal(capsys, "tickets", "GD1")


def test_seeing_numbers_is_noted(filled: Database, capsys: pytest.CaptureFixture[str]) -> None:
    assert rows(capsys, "calls", "c1", "--unmask")[0]["fields"] == {"caller": NUMBER}
    assert rows(capsys, "calls", "--unmask")[0]["caller"] == NUMBER
    assert rows(capsys, "tickets", "--unmask")[0]["contact_number"] == NUMBER
    seen = filled.read(audit.trail)
    assert [(entry.action, entry.object) for entry in seen] == [
        ("unmask", "tickets"),
        ("unmask", "calls"),
        ("unmask", "call:c1"),
    ]
    assert all(entry.who.startswith("cli") for entry in seen)


def test_users(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    (new,) = rows(capsys, "user", "add", "li", "--role", "agent", "--skill", "law.labour=5", "--skill", "*=2")
    assert (new["sip_user"], new["skills"], len(new["password"])) == ("1001", {"law.labour": 5, "*": 2}, 16)
    monkeypatch.setattr("sys.stdin", io.StringIO("my own password\n"))
    (given,) = rows(capsys, "user", "add", "zhao", "--role", "clerk", "--password-stdin")
    assert not {"password", "sip_password"} & set(given)
    listed = rows(capsys, "user", "list")
    assert [row["name"] for row in listed] == ["li", "zhao"]
    assert "password" not in json.dumps(listed)
    (changed,) = rows(capsys, "user", "password", "li")
    assert changed["password"] != new["password"]
    (phone,) = rows(capsys, "user", "password", "li", "--sip")
    assert phone["sip_password"] != new["sip_password"]
    assert "'li': there is such an account already" in refusal(capsys, "user", "add", "li", "--role", "agent")
    assert "'nobody': there is no such account" in refusal(capsys, "user", "password", "nobody")
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert "holds no password" in refusal(capsys, "user", "password", "li", "--password-stdin")


@pytest.mark.parametrize("words", [["user"], ["user", "add", "x"], ["user", "add", "x", "--role", "boss"], ["db"]])
def test_wrong_usage(home: Path, words: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2


@pytest.mark.parametrize("skill", ["law.labour", "law.labour=6", "=3", "law.labour=five"])
def test_wrong_skills(home: Path, skill: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["user", "add", "x", "--role", "agent", "--skill", skill])
    assert ended.value.code == 2


def test_without_a_database_nothing_is_made(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "there is no database yet" in refusal(capsys, "calls")
    assert not home.exists()
    assert main(["db", "upgrade"]) == 0
    newest = sorted(Path(versions.__path__[0]).glob("v*.py"))[-1].stem[1:5]
    assert f"database is at {newest}" in capsys.readouterr().err
    assert rows(capsys, "calls") == []
