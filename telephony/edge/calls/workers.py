"""The table of workers: who is idle, busy, gone; the one idle longest is taken first. Pure.

Knows what the nursery said and what the edge itself handed out; not what a worker does with its call.
"""

from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

GRACE = 10.0
"""Seconds a worker that a new nursery does not name yet is still believed to live."""


REMEMBERED = 4096
"""Names of gone workers that are kept, to answer for them."""

UNUSED = 2.0
"""Seconds in which a worker that refused its call may still be said to serve it."""


class State(Enum):
    IDLE = "idle"
    BUSY = "busy"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Worker:
    """`since` is when it became idle; `missing` when a nursery's list first lacked it.

    `serves` says that the nursery knows of its call; `refused` when it sent one away that the nursery knew nothing of.
    """

    name: str
    sip_port: int
    state: State
    since: float
    pid: int = 0
    missing: float | None = None
    serves: bool = False
    refused: float | None = None


class Workers:
    """Changed by `listed` and `said` (the nursery), `take` and `sent_away` (the edge).

    A worker that serves a call never becomes idle again. One whose SIP stack sends the call away by itself (for an
    extension nobody knows, RFC 3261 §8.2.2.3), or cannot read it, never serves it, and is given back by `unused`.
    """

    def __init__(self) -> None:
        self._workers: dict[str, Worker] = {}
        self._ports: dict[int, str] = {}
        self._lost: dict[str, None] = {}
        self._listed_at: float | None = None
        self._connected = False

    @property
    def known(self) -> bool:
        """Whether a nursery has spoken yet; before that nothing is known of anyone."""
        return self._listed_at is not None

    def listed(self, entries: list[dict[str, Any]], now: float) -> None:
        """The nursery's whole list, after each connection. Those it lacks get GRACE to be named."""
        self._listed_at, self._connected = now, True
        named = {str(entry.get("worker")) for entry in entries}
        for entry in entries:
            self.said(entry, now)
        for name, worker in self._workers.items():
            if name not in named and worker.state is not State.GONE:
                self._workers[name] = replace(worker, missing=now)

    def unlisted(self) -> None:
        """The nursery's connection is lost: until there is a list again, nobody is missing from it."""
        self._connected = False

    def said(self, entry: dict[str, Any], now: float) -> str | None:
        """One change `{"worker", "sip_port", "state", "pid"?}`; returns the worker's name if it is gone by it.

        Raises ValueError naming the field when the entry cannot be used.
        """
        name, port = str(entry.get("worker", "")), entry.get("sip_port")
        try:
            state = State(entry.get("state"))
        except ValueError:
            raise ValueError(f"nursery: state: {entry.get('state')!r} is none of idle, busy, gone") from None
        old = self._workers.get(name)
        if state is State.GONE:
            return self.lost(name) if old is not None else None
        if not name or not isinstance(port, int) or not 0 < port < 65536:
            raise ValueError(f"nursery: sip_port: {port!r} of worker {name!r} is no port")
        if old is not None and old.state is State.BUSY:
            state = State.BUSY
        since = old.since if old is not None and old.state is State.IDLE else now
        pid = int(entry.get("pid") or (old.pid if old is not None else 0))
        serves = entry.get("state") == State.BUSY.value or (old is not None and old.serves)
        refused = old.refused if old is not None and not serves else None
        self._workers[name] = Worker(name, port, state, since, pid, serves=serves, refused=refused)
        self._ports[port] = name
        return None

    def take(self) -> Worker | None:
        """The idle worker that has waited longest, busy from now on."""
        idle = [worker for worker in self._workers.values() if worker.state is State.IDLE]
        if not idle:
            return None
        longest = min(idle, key=lambda worker: (worker.missing is not None, worker.since))
        worker = replace(longest, state=State.BUSY)
        self._workers[worker.name] = worker
        return worker

    def sent_away(self, name: str, now: float) -> None:
        """`name` has refused its call or passed it over; unless the nursery knows of it, it is free again in UNUSED."""
        worker = self._workers.get(name)
        if worker is not None and worker.state is State.BUSY and not worker.serves:
            self._workers[name] = replace(worker, refused=now)

    def serves(self, name: str) -> bool:
        """Whether the nursery knows of a call of `name`."""
        worker = self._workers.get(name)
        return worker is not None and worker.serves

    def unused(self, now: float) -> list[str]:
        """Names of the workers that are idle again: they sent a call away and never served it."""
        idle = [
            worker for worker in self._workers.values() if worker.refused is not None and now >= worker.refused + UNUSED
        ]
        for worker in idle:
            self._workers[worker.name] = replace(worker, state=State.IDLE, since=now, refused=None)
        return [worker.name for worker in idle]

    def lost(self, name: str) -> str | None:
        """Take `name` out of the table; returns it if it was there."""
        worker = self._workers.pop(name, None)
        if worker is not None and self._ports.get(worker.sip_port) == name:
            del self._ports[worker.sip_port]
        self._lost[name] = None
        if len(self._lost) > REMEMBERED:
            del self._lost[next(iter(self._lost))]
        return name if worker is not None else None

    def named(self, name: str) -> bool:
        """Whether a nursery is connected that knows `name`, and so could end it."""
        worker = self._workers.get(name)
        return self._connected and worker is not None and worker.missing is None

    def overdue(self, now: float) -> list[Worker]:
        """Workers a new nursery has not named within GRACE; the caller makes sure that their process is gone."""
        if not self._connected:
            return []
        return [
            worker for worker in self._workers.values() if worker.missing is not None and now >= worker.missing + GRACE
        ]

    def at(self, port: int) -> Worker | None:
        name = self._ports.get(port)
        return self._workers.get(name) if name is not None else None

    def lives(self, name: str, now: float) -> bool:
        """False when `name` is known to be gone, or a nursery does not know it GRACE after it first spoke."""
        if name in self._workers or self._listed_at is None:
            return True
        return name not in self._lost and (not self._connected or now < self._listed_at + GRACE)

    def count(self) -> dict[State, int]:
        """How many are idle and busy."""
        states = [worker.state for worker in self._workers.values()]
        return {state: states.count(state) for state in (State.IDLE, State.BUSY)}
