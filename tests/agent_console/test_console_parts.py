"""The bridge's patience, the life of a session, what a person may see: without sockets."""

from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as DeferredTimeoutError
from twisted.internet.task import Clock

from agent_console.bridge import Bridge
from agent_console.sessions import SHIFT_SECONDS, Sessions, secret_key
from agent_console.sight import hall, has_call, mine, own_call
from config.load import PACKAGED
from config.settings import Settings
from records.accounts import add_user, set_password
from records.engine import open_database
from records.upgrade import upgrade

LABELS = {"law.labour": "劳动"}


def board(state: str = "TALKING") -> dict[str, Any]:
    call: dict[str, Any] = {"caller": "13800001234", "transcript": "欠薪", "label": "law.labour", "state": "TALKING"}
    call["control"] = {"state": "talk", "watchers": {"chief": "listen"}}
    return {
        "at": 100.0,
        "speech": {"on": True, "reason": ""},
        "log": {"ok": True, "reason": ""},
        "agents": [
            {"name": "li", "state": state, "since": 90.0, "reason": "", "call": "c1", "phone": True, "skills": {}},
            {"name": "wu", "state": "READY", "since": 90.0, "reason": "", "call": None, "phone": True, "skills": {}},
        ],
        "queue": [{"call": "c2", "label": "odd", "priority": 0, "since": 80.0, "position": 1}],
        "calls": [{"call": "c1", **call}, {"call": "c2", **call}, {"call": "c3", **call, "state": "ENDED"}],
    }


def test_the_bridge_gives_up_without_stopping_what_it_asked_for() -> None:
    clock, asked = Clock(), Deferred[str]()
    answers: list[Any] = []
    Bridge(clock, None, patience=10)._patiently(lambda: asked).addBoth(answers.append)  # type: ignore[arg-type]
    clock.advance(9)
    assert answers == []
    clock.advance(1)
    answers[0].trap(DeferredTimeoutError)
    asked.callback("late")  # was not cancelled, and nobody minds
    assert len(answers) == 1


def test_the_bridge_passes_answers_and_errors_on() -> None:
    clock, answers = Clock(), list[Any]()
    bridge = Bridge(clock, None)  # type: ignore[arg-type]
    bridge._patiently(lambda: 7).addBoth(answers.append)
    bridge._patiently(lambda: 1 / 0).addBoth(answers.append)
    assert answers[0] == 7
    answers[1].trap(ZeroDivisionError)
    assert clock.getDelayedCalls() == []


@pytest.mark.parametrize("state", ["RINGING", "TALKING", "WRAP_UP"])
def test_only_who_has_the_call_sees_it(state: str) -> None:
    shown = mine(board(state), "li", LABELS)
    assert (shown["call"]["caller"], shown["call"]["label_name"]) == ("13800001234", "劳动")
    assert mine(board(state), "wu", LABELS)["call"] is None
    assert mine(board(state), "chief", LABELS)["me"] is None
    assert has_call(board(state), "li", "c1")
    assert not has_call(board(state), "li", "c2")
    assert not has_call(board(state), "wu", "c1")


def test_an_agent_at_rest_has_no_call() -> None:
    assert mine(board("PAUSED"), "li", LABELS)["call"] is None
    assert not has_call(board("PAUSED"), "li", "c1")


def test_the_hall_has_masked_numbers_and_no_words() -> None:
    shown = hall(board(), "chief", LABELS)
    assert [call["call"] for call in shown["calls"]] == ["c1", "c2"]
    assert "欠薪" not in str(shown)
    assert "13800001234" not in str(shown)
    assert shown["queue"][0]["caller"] == "138****1234"
    assert shown["queue"][0]["label_name"] == "odd"
    assert (shown["waiting"], shown["oldest"]) == (1, 80.0)


def test_each_sees_their_own_listening_only() -> None:
    assert mine(board(), "li", LABELS)["call"]["control"] == {"state": "talk", "watching": ""}
    assert "listen" not in str(hall(board(), "li", LABELS))
    assert [call["control"]["watching"] for call in hall(board(), "chief", LABELS)["calls"]] == ["listen", "listen"]


def test_who_passed_the_call_on_reads_no_further() -> None:
    there = board("WRAP_UP")
    there["calls"][0]["agent"] = "li"
    assert own_call(there, "li") == "c1"
    there["calls"][0]["agent"] = "wu"
    assert own_call(there, "li") == ""


def test_the_board_itself_is_not_changed() -> None:
    original = board()
    hall(original, "li", LABELS)
    assert original == board()


def test_the_life_of_a_session(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", folder=PACKAGED)
    upgrade(settings)
    database = open_database(settings)
    database.do(add_user, "li", "agent", {"*": 3}, "geheim-12348", "12348", "李")
    sessions, ended = Sessions(database), list[str]()
    sessions.on_end = ended.append
    kept = sessions.begin("li", 1000.0)
    assert kept is not None
    visitor = sessions.visitor(kept, 1001.0)
    assert visitor is not None
    assert (visitor.name, visitor.role, visitor.display_name) == ("li", "agent", "李")
    assert sessions.visitor(kept, 1000.0 + SHIFT_SECONDS - 1) is not None
    assert sessions.visitor(kept, 1000.0 + SHIFT_SECONDS) is None
    assert sessions.begin("nobody", 1000.0) is None
    for broken in ({}, {**kept, "sid": 1}, {**kept, "until": "x"}, {**kept, "stamp": "0"}, {**kept, "name": "wu"}):
        assert sessions.visitor(broken, 1001.0) is None
    other = sessions.begin("li", 1000.0)
    assert other is not None
    sessions.end(kept["sid"], 1002.0)
    assert ended == [kept["sid"]]
    assert sessions.visitor(kept, 1003.0) is None
    assert sessions.visitor(other, 1003.0) is not None
    database.do(set_password, "li", "ganz-neu-12348")
    assert sessions.visitor(other, 1004.0) is None
    database.close()


def test_the_secret_key_stays(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, folder=PACKAGED)
    key = secret_key(settings)
    assert secret_key(settings) == key
    assert len(key) == 32
