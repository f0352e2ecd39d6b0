"""The calls that wait, in their one order over all queues, and when more agents may take each. PURE.

It decides nothing about agents.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush

from routing.needs import Needs
from routing.rules import Rules

Rank = tuple[int, float, float, str]


@dataclass(frozen=True, order=True)
class Waiting:
    """A call in the queue. `since` is when it first asked for a person; only a clock set back moves it.

    `opened`, where set, is what the rings of agents count from instead: a caller who left and is called back keeps the
    place, and waits for a specialist all the same. Until `kept_until` nobody but `preferred` gets the call.
    """

    rank: Rank = field(repr=False)
    call: str = field(compare=False)
    label: str = field(compare=False)
    priority: int = field(compare=False)
    since: float = field(compare=False)
    needs: Needs = field(compare=False, repr=False)
    preferred: str = field(compare=False, default="")
    excluded: tuple[str, ...] = field(compare=False, default=())
    opened: float | None = field(compare=False, default=None)
    kept_until: float = field(compare=False, default=0.0)

    @property
    def line(self) -> tuple[Needs, int, tuple[str, ...], float | None]:
        """Calls with the same line may be taken by the same agents, the one that waited longest first."""
        return self.needs, self.priority, self.excluded, self.opened

    @property
    def rings_from(self) -> float:
        """What the waits of the rings count from."""
        return self.since if self.opened is None else self.opened


def moved(waiting: Waiting, seconds: float, rules: Rules) -> Waiting:
    """The same call with its arrival moved by a correction of the clock."""
    since = waiting.since + seconds
    opened = None if waiting.opened is None else waiting.opened + seconds
    kept_until = waiting.kept_until and waiting.kept_until + seconds
    rank = rules.rank(waiting.priority, since, waiting.call)
    return replace(waiting, since=since, rank=rank, opened=opened, kept_until=kept_until)


class Queue:
    """Waiting calls in order. A call put back keeps its `since`, and so stands at the head of its equals."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._clear()

    def _clear(self) -> None:
        self._calls: dict[str, Waiting] = {}
        self._ordered: list[Waiting] = []
        self._preferring: dict[str, dict[str, None]] = {}  # by preferred agent: calls
        self._opening: list[tuple[float, str]] = []  # heap: when more agents may take a call

    def put(self, waiting: Waiting, now: float) -> None:
        if waiting.call in self._calls:
            return
        self._calls[waiting.call] = waiting
        insort(self._ordered, waiting)
        if waiting.preferred:
            self._preferring.setdefault(waiting.preferred, {})[waiting.call] = None
        self._open_next(waiting, now)

    def take(self, call: str) -> Waiting | None:
        """Remove and return the call; None when it does not wait."""
        waiting = self._calls.pop(call, None)
        if waiting is None:
            return None
        del self._ordered[bisect_left(self._ordered, waiting)]
        if waiting.preferred:
            preferring = self._preferring[waiting.preferred]
            del preferring[call]
            if not preferring:
                del self._preferring[waiting.preferred]
        return waiting

    def get(self, call: str) -> Waiting | None:
        return self._calls.get(call)

    def position(self, call: str) -> int | None:
        """1 for the first in order; None when the call does not wait."""
        waiting = self._calls.get(call)
        return None if waiting is None else bisect_left(self._ordered, waiting) + 1

    def preferring(self, agent: str) -> list[Waiting]:
        """The calls that would rather have this agent."""
        return [self._calls[call] for call in self._preferring.get(agent, ())]

    # --- the times at which more agents may take a call

    def due(self, now: float) -> list[Waiting]:
        """The calls that more agents may take since last asked, in order."""
        found: dict[str, Waiting] = {}
        while self._opening and self._opening[0][0] <= now:
            waiting = self._calls.get(heappop(self._opening)[1])
            if waiting is not None and waiting.call not in found:
                found[waiting.call] = waiting
        for waiting in found.values():
            self._open_next(waiting, now)
        return sorted(found.values())

    def next_opening(self) -> float | None:
        """When due() has something to give; None for never."""
        while self._opening and self._opening[0][1] not in self._calls:
            heappop(self._opening)
        return self._opening[0][0] if self._opening else None

    def _open_next(self, waiting: Waiting, now: float) -> None:
        times = [waiting.rings_from + wait for wait in waiting.needs.thresholds()]
        if waiting.preferred:
            times.append(waiting.kept_until or waiting.since + self._rules.preferred_seconds)
        later = min((time for time in times if time > now), default=None)
        if later is not None:
            heappush(self._opening, (later, waiting.call))

    def reopen(self, now: float) -> None:
        """The clock stepped back a little: calls that came "in the future" are due when their time comes again."""
        for waiting in self._ordered:
            if waiting.rings_from > now:
                heappush(self._opening, (waiting.rings_from, waiting.call))

    def shift(self, seconds: float, now: float) -> None:
        """The clock was set back: keep what each call has waited."""
        ordered = self._ordered
        self._clear()
        for waiting in ordered:
            self.put(moved(waiting, seconds, self._rules), now)

    def __iter__(self) -> Iterator[Waiting]:
        return iter(self._ordered)

    def __len__(self) -> int:
        return len(self._ordered)
