"""Which workers there are, what they do, and how many more are wanted. Pure; it forks and hears nothing."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum


class State(StrEnum):
    STARTING = "starting"
    IDLE = "idle"
    BUSY = "busy"


@dataclass(frozen=True)
class Entry:
    """One worker. `child` is False for one that a previous nursery forked; `served` counts its process's calls."""

    worker: str
    pid: int
    slot: int
    state: State = State.STARTING
    sip_port: int = 0
    child: bool = True
    served: int = 0


GRACE = 0.05
"""Seconds in which a call that has just come is answered before its worker is replaced, while others are idle."""

MOST_READY = 2
"""Times `warm` that processes which have served a call are kept."""

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 5.0
"""Seconds before the next fork after workers that died before they were ready."""


class Pool:
    """Keeps `warm` workers idle or starting, and never more than `most` in all.

    A process serves `calls` calls and is then replaced. `asked` are workers wanted beyond the warm ones, for calls that
    begin here.
    """

    def __init__(self, warm: int, most: int, calls: int = 1) -> None:
        self._warm = warm
        self._most = most
        self._calls = calls
        self._entries: dict[str, Entry] = {}
        self._pause = 0.0
        self._not_before = 0.0
        self._grace = 0.0
        self.asked = 0

    def __iter__(self) -> Iterator[Entry]:
        return iter(list(self._entries.values()))

    def get(self, worker: str) -> Entry | None:
        return self._entries.get(worker)

    def free_slot(self) -> int | None:
        """The lowest slot nobody has; None when `most` workers are there."""
        taken = {entry.slot for entry in self._entries.values()}
        free = next(slot for slot in range(len(taken) + 1) if slot not in taken)
        return free if len(self._entries) < self._most else None

    def wanted(self, now: float) -> int:
        """How many to fork now."""
        if now < self._not_before or (now < self._grace and not self._pressed):
            return 0
        starting = sum(entry.state is State.STARTING for entry in self._entries.values())
        lacking = max(self._warm + self.asked - self._ready, self.asked - starting)  # no idle one may be asked for
        return max(0, min(lacking, self._most - len(self._entries)))

    @property
    def _ready(self) -> int:
        """Workers that wait for a call, or will soon."""
        return sum(entry.state is not State.BUSY for entry in self._entries.values())

    @property
    def _pressed(self) -> bool:
        """Whether somebody would wait for a worker."""
        return self.asked > 0 or all(entry.state is not State.IDLE for entry in self._entries.values())

    @property
    def full(self) -> bool:
        """Whether not one more worker may be forked."""
        return len(self._entries) >= self._most

    def spare(self) -> Entry | None:
        """An idle child above the number kept warm, which may end to make room for one that is asked for."""
        idle = [entry for entry in self._entries.values() if entry.child and entry.state is State.IDLE]
        return idle[-1] if idle and self._ready > self._warm else None

    def surplus(self, worker: str) -> bool:
        """Whether this is an adopted idle worker above the number kept warm."""
        entry = self._entries.get(worker)
        return entry is not None and not entry.child and entry.state is State.IDLE and self._ready > self._warm

    def pause_left(self, now: float) -> float:
        """Seconds until forking may go on."""
        return max(0.0, self._not_before - now, 0.0 if self._pressed else self._grace - now)

    def forked(self, worker: str, pid: int, slot: int) -> None:
        self._entries[worker] = Entry(worker, pid, slot)

    def reported(self, worker: str, pid: int, slot: int, sip_port: int, state: State) -> Entry | None:
        """A worker said hello or changed; the entry if that is news."""
        known = self._entries.get(worker)
        child, served = (known.child, known.served) if known else (False, 0)
        entry = Entry(worker, pid, slot, state, sip_port, child, served)
        if entry == known:
            return None
        self._entries[worker] = entry
        self._pause = 0.0
        return entry

    def busy(self, worker: str, now: float) -> Entry | None:
        """A worker has its call; the entry if that is news."""
        known = self._entries.get(worker)
        if known is None or known.state is State.BUSY:
            return None
        self._entries[worker] = entry = replace(known, state=State.BUSY)
        if self._grace <= now:  # of a burst only the first call's, so that the others do not put it off
            self._grace = now + GRACE
        return entry

    def again(self, worker: str, name: str) -> Entry | None:
        """A child has served its call as `worker`: it is `name` now, and starting; None when it is to end.

        Kept are up to twice as many as are kept warm: between once and twice nothing is forked and nothing ends.
        """
        known = self._entries.get(worker)
        if known is None or not known.child or known.state is not State.BUSY or known.served + 1 >= self._calls:
            return None
        if self._ready >= MOST_READY * self._warm + self.asked:
            return None
        del self._entries[worker]
        self._entries[name] = entry = Entry(name, known.pid, known.slot, served=known.served + 1)
        return entry

    def gone(self, worker: str, now: float) -> Entry | None:
        """A worker is no more. One that never was ready delays the next fork, longer each time."""
        entry = self._entries.pop(worker, None)
        if entry is not None and entry.state is State.STARTING:
            self._pause = min(LONGEST_PAUSE, self._pause * 2 or FIRST_PAUSE)
            self._not_before = now + self._pause
        return entry

    def of_pid(self, pid: int) -> Entry | None:
        """The child with this process id."""
        return next((entry for entry in self._entries.values() if entry.child and entry.pid == pid), None)
