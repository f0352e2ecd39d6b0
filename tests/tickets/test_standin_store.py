"""What a stand-in keeps survives everything that was confirmed, and nothing else."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.channels.standin.service import AnswerError, behaviour
from tickets.channels.standin.store import ConflictError, Store, StoreError

BODY = {"number": "GD1", "title": "欠薪"}


def test_a_key_is_kept_once(tmp_path: Path) -> None:
    store = Store(tmp_path, "online")
    assert store.ticket("k1", BODY, 1.0) == ("online-000001", False)
    assert store.ticket("k1", BODY, 2.0) == ("online-000001", True)
    assert store.change("k2", "GD1", {"state": "working"}, 3.0) == ("online-000001", False)
    assert store.change("k2", "GD1", {"state": "working"}, 4.0) == ("online-000001", True)
    (row,) = store.rows()
    assert (row["number"], row["deliveries"], row["received_at"]) == ("GD1", 2, 1.0)
    assert row["changes"] == [{"state": "working", "idempotency_key": "k2", "received_at": 3.0}]
    store.close()
    again = Store(tmp_path, "online")
    assert again.rows() == [row]
    assert again.ticket("k1", BODY, 5.0) == ("online-000001", True)
    assert again.ticket("k3", {"number": "GD2"}, 5.0) == ("online-000002", False)
    again.close()


def test_contradictions_are_refused(tmp_path: Path) -> None:
    store = Store(tmp_path, "online")
    store.ticket("k1", BODY, 1.0)
    store.change("k2", "GD1", {}, 1.0)
    for key, number in (("k2", "GD1"), ("k1", "GD2"), ("k3", "GD1")):
        with pytest.raises(ConflictError):
            store.ticket(key, {"number": number}, 2.0)
    with pytest.raises(ConflictError):
        store.change("k1", "GD1", {}, 2.0)
    with pytest.raises(KeyError):
        store.change("k4", "GD9", {}, 2.0)
    assert len(store.rows()) == 1
    store.close()


def test_a_torn_last_line_is_dropped(tmp_path: Path) -> None:
    store = Store(tmp_path, "online")
    store.ticket("k1", BODY, 1.0)
    store.close()
    with (tmp_path / "online.jsonl").open("ab") as file:
        file.write(b'{"kind": "ticket", "key": "k2", "bo')
    again = Store(tmp_path, "online")
    assert [row["number"] for row in again.rows()] == ["GD1"]
    again.ticket("k2", {"number": "GD2"}, 2.0)
    again.close()
    lines = (tmp_path / "online.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["key"] for line in lines] == ["k1", "k2"]


def test_a_file_that_is_no_store_is_named(tmp_path: Path) -> None:
    (tmp_path / "online.jsonl").write_text("a letter\n")
    with pytest.raises(StoreError, match=r"online\.jsonl: line 1: is no line of a store"):
        Store(tmp_path, "online")
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="name another folder with --store"):
        Store(tmp_path / "file", "online")


def test_two_may_not_share_a_store(tmp_path: Path) -> None:
    store = Store(tmp_path, "online")
    with pytest.raises(StoreError, match="another stand-in uses it"):
        Store(tmp_path, "online")
    store.close()


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"delay": 1}, "delay: unknown"),
        ({"delay_seconds": "5"}, "delay_seconds"),
        ({"delay_seconds": -1}, "delay_seconds"),
        ({"delay_seconds": True}, "delay_seconds"),
        ({"fail_with": 200}, "fail_with"),
        ({"fail_with": 503, "fail_times": -1}, "fail_times"),
        ({"answer_twice": 1}, "answer_twice"),
    ],
)
def test_impossible_behaviour_is_named(said: dict[str, object], field: str) -> None:
    with pytest.raises(AnswerError, match=field):
        behaviour(said)


@given(st.floats(0, 3600), st.integers(400, 599), st.none() | st.integers(0, 99), st.booleans())
def test_possible_behaviour_is_taken(delay: float, status: int, times: int | None, twice: bool) -> None:
    said = {"delay_seconds": delay, "fail_with": status, "fail_times": times, "answer_twice": twice}
    assert behaviour(said).row() == said
