"""What the nursery tells edges of its workers, and which of them it ends for an edge. Nothing is forked."""

import itertools
import signal
from collections import deque
from types import SimpleNamespace
from typing import Any

import pytest

from telephony.nursery import parent
from telephony.nursery.parent import Nursery, described
from telephony.nursery.pool import Pool, State


@pytest.fixture
def pool() -> Pool:
    made = Pool(2, 9)
    for at, state in enumerate((State.IDLE, State.BUSY)):
        made.forked(str(state), 100 + at, at)
        made.reported(str(state), 100 + at, at, 5000 + at, state)
    return made


def test_an_edge_learns_the_pid_with_every_word_of_a_worker(pool: Pool) -> None:
    """Without it a worker that was forked later counts as gone as soon as no nursery names it."""
    entry = pool.get("busy")
    assert entry is not None
    assert described(entry) == {"worker": "busy", "pid": 101, "sip_port": 5001, "state": "busy"}


@pytest.mark.parametrize(
    ("message", "ended"),
    [
        ({"retire": "idle"}, [100]),
        ({"retire": "busy"}, []),
        ({"retire": "busy", "hung": True}, [101]),
        ({"retire": "busy", "hung": "yes"}, []),
        ({"retire": "nobody", "hung": True}, []),
    ],
)
def test_a_worker_in_a_call_is_ended_only_when_it_hangs(
    pool: Pool, monkeypatch: pytest.MonkeyPatch, message: dict[str, Any], ended: list[int]
) -> None:
    killed: list[tuple[int, int]] = []
    monkeypatch.setattr(parent.os, "kill", lambda pid, number: killed.append((pid, number)))
    nursery: Any = Nursery.__new__(Nursery)
    nursery._pool = pool
    edge: Any = type("Edge", (), {"who": "edge", "worker": ""})()
    nursery._take(edge, message)
    assert killed == [(pid, signal.SIGKILL) for pid in ended]


def test_a_worker_that_has_served_is_gone_and_gets_another_name() -> None:
    pool = Pool(1, 9, 2)
    pool.forked("w1", 100, 0)
    pool.reported("w1", 100, 0, 5000, State.BUSY)
    sent: list[tuple[str, dict[str, Any]]] = []
    nursery: Any = Nursery.__new__(Nursery)
    nursery._pool, nursery._numbers, nursery._ending = pool, itertools.count(2), False
    nursery._peers = SimpleNamespace(
        tell=lambda _who, message: sent.append(("edges", message)),
        send=lambda _peer, message: sent.append(("worker", message)),
    )
    nursery._take(SimpleNamespace(who="", worker=""), {"hello": "worker", "worker": "w1", "served": True})
    told, answered = sent
    assert told == ("edges", {"worker": "w1", "pid": 100, "sip_port": 5000, "state": "gone"})
    name = answered[1]["again"]
    assert answered[0] == "worker" and name.startswith("w2-") and pool.get(name) is not None
    sent.clear()
    nursery._take(SimpleNamespace(who="", worker=""), {"hello": "worker", "worker": "w1", "served": True})
    assert sent == [("worker", {"again": None})]
    sent.clear()
    pool.busy(name, 0.0)
    nursery._ending = True
    nursery._take(SimpleNamespace(who="", worker=""), {"hello": "worker", "worker": name, "served": True})
    assert sent == [("worker", {"again": None})], "a nursery that ends names nobody anew"


def test_two_calls_that_begin_here_never_count_on_one_worker_that_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = Pool(1, 3, 9)
    for at in range(3):
        pool.forked(f"w{at}", 100 + at, at)
        pool.reported(f"w{at}", 100 + at, at, 5000 + at, State.BUSY if at == 0 else State.IDLE)
    ended: list[int] = []
    monkeypatch.setattr(parent.os, "kill", lambda pid, _number: ended.append(pid))
    sent: list[dict[str, Any]] = []
    nursery: Any = Nursery.__new__(Nursery)
    nursery._pool, nursery._asked = pool, deque()
    nursery._peers = SimpleNamespace(
        tell=lambda _who, message: sent.append(message), send=lambda _peer, message: sent.append(message)
    )
    core = SimpleNamespace(who="core", worker="")
    for call in ("HB1-a", "HB2-a"):
        nursery._take(core, {"take": call})
    assert ended == [102]
    assert [message.get("state") or message.get("refused") for message in sent] == ["busy", "HB2-a"]
    assert pool.asked == 1
