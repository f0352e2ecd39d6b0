"""The calls that wait, in their one order: priority, then arrival, then call id. PURE."""

from bisect import insort
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, order=True)
class Waiting:
    """A call in the queue. `since` is when it first asked for a person and never changes."""

    rank: tuple[int, float, str] = field(init=False, repr=False)
    call: str = field(compare=False)
    label: str = field(compare=False)
    priority: int = field(compare=False)
    since: float = field(compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rank", (-self.priority, self.since, self.call))


class Queue:
    """Waiting calls in order. A call put back keeps its `since`, and so stands at the head of its equals."""

    def __init__(self) -> None:
        self._ordered: list[Waiting] = []
        self._calls: dict[str, Waiting] = {}

    def put(self, waiting: Waiting) -> None:
        if waiting.call not in self._calls:
            self._calls[waiting.call] = waiting
            insort(self._ordered, waiting)

    def take(self, call: str) -> Waiting | None:
        """Remove and return the call; None when it does not wait."""
        waiting = self._calls.pop(call, None)
        if waiting is not None:
            self._ordered.remove(waiting)
        return waiting

    def position(self, call: str) -> int | None:
        """1 for the first in order; None when the call does not wait."""
        waiting = self._calls.get(call)
        return None if waiting is None else self._ordered.index(waiting) + 1

    def __iter__(self) -> Iterator[Waiting]:
        return iter(self._ordered)

    def __len__(self) -> int:
        return len(self._ordered)
