"""Who stands beside the exchange: salvage, snapshots, the desk. Shapes only; it knows none of them otherwise."""

from typing import Protocol

from sqlalchemy.orm import Session
from twisted.internet.defer import Deferred

from ivr.commands import DeskRequest
from ivr.facts import Fact, RecordingKept
from records.calllog import Entry
from records.callrecords import CallRecord
from telephony.core.journal import AnyFact

Facts = list[tuple[AnyFact, int]]


class Keep(Protocol):
    """Who keeps a call record. `before` is what was written last of its call, where that is certain."""

    def __call__(self, session: Session, record: CallRecord, before: CallRecord | None = None, /) -> None: ...


class Salvage(Protocol):
    """Who sees to recordings that no switchboard asks for any more."""

    def worker_lost(self, call: str) -> None: ...
    def told_late(self, fact: RecordingKept) -> None: ...


class Keeping(Protocol):
    """Who keeps the state of the switchboard, so that a next core need not go through the whole log."""

    def taken(self, upto: int, facts: "Facts", commands: list[Entry], written: "Deferred[int]") -> None:
        """All facts of the log up to the place `upto` have been acted on, and none beyond.

        `facts` came last, each with its number at its worker; `commands` is what they led to, in the log once
        `written` gives a place.
        """


class Desk(Protocol):
    """Who carries out what needs the database; the fact that answers, or None. It never fails."""

    def carry_out(self, request: DeskRequest, now: float) -> "Deferred[Fact | None]": ...
