"""A callback (回拨) as it is kept: plain data. Decides nothing; routing.callbacks does, records.callbacks keeps it."""

from dataclasses import dataclass

SOURCES = ("queue", "missed", "scheduled")


@dataclass(frozen=True, slots=True)
class Callback:
    """One number to be called back. Times are UTC epoch seconds, None for what has not happened.

    `since` is when the caller first asked for a person, their place in the order; it is not tried before `due` nor
    after `until`. `call` is the call it comes from, `preferred` the agent the caller would rather have. `agent` is
    who has it or had it last, `offered_at` since when; `dialling` is the call in which the hotline dials it just now.
    `result` and `note` are what came of it.
    """

    id: str
    number: str
    source: str
    since: float
    due: float
    until: float
    call: str = ""
    label: str = "agent"
    priority: int = 0
    preferred: str = ""
    state: str = "WAITING"
    agent: str = ""
    offered_at: float | None = None
    attempts: int = 0
    result: str = ""
    note: str = ""
    closed_at: float | None = None
    dialling: str = ""
