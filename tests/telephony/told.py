"""Facts told to a real switchboard at times of their own, and the orders they led to. No sockets, no clock."""

from typing import Any

from ivr.commands import Command
from telephony.calls.switchboard import Switchboard, Ticked
from telephony.core.journal import fact_entry


class Told:
    """A switchboard, the time, and what has been told and ordered so far."""

    def __init__(self, board: Switchboard) -> None:
        self.board = board
        self.now = 10_000.0
        self.entries: list[Any] = []
        self.orders: list[Any] = []

    def handle(self, fact: Any) -> list[Any]:
        self.entries.append(fact_entry("b", self.now, fact))
        orders = self.board.handle(fact, self.now)
        self.orders += orders
        return orders

    def take(self, *facts: Any, after: float = 1.0) -> list[Command]:
        """Each fact `after` the one before, with every alarm that is due until then; the commands they led to."""
        given: list[Any] = []
        for fact in facts:
            until = self.now + after
            while (due := self.board.next_deadline()) is not None and due <= until:
                self.now = max(due, self.now)
                given += self.handle(Ticked())
            self.now = until
            given += self.handle(fact)
        return [order for order in given if isinstance(order, Command)]

    def queue(self) -> list[str]:
        return [waiting.call for waiting in self.board.router.queue]
