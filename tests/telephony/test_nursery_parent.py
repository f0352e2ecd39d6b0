"""What the nursery tells edges of its workers, and which of them it ends for an edge. Nothing is forked."""

import signal
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
