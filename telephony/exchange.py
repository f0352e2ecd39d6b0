"""The exchange: takes facts, has them logged, asks the switchboard, carries its orders out, arms the alarm.

It keeps the order of facts and decides nothing else. A log that cannot be written is said and never ends a call:
entries wait in memory, bounded, until the log takes them again.
"""

import logging
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from sqlalchemy.orm import Session
from twisted.internet.defer import Deferred, ensureDeferred, succeed

from ivr.commands import Command, DeskRequest
from ivr.facts import Fact, RecordingKept, WorkerLost
from records import callrecords, transcripts, transfers
from records.calllog import Entry
from records.callrecords import CallRecord
from records.errors import DatabaseError
from records.threads import DatabaseThreads
from telephony import evidence
from telephony.alarm import Alarm
from telephony.journal import AnyFact, command_entry, fact_entry
from telephony.sheet import Sheet
from telephony.switchboard import KeepRecord, Order, Switchboard, Ticked

log = logging.getLogger(__name__)

Facts = list[tuple[AnyFact, int]]
APART = (
    "call",
    "said",
    "why",
    "recordings",
    "measured",
    "carried",
    "ticket",
    "outside",
)  # of a sheet, what is no part of its record
MOST_UNWRITTEN = 100_000  # entries kept in memory while the log cannot be written
RETRY_SECONDS = 2.0


class Worker(Protocol):
    """Where the orders for one call go."""

    def send(self, message: dict[str, Any]) -> None: ...


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


class Exchange:
    """`boot` names this run in the call log; `send` takes a command to its call's worker; `keep` keeps a record."""

    def __init__(
        self,
        reactor: Any,
        switchboard: Switchboard,
        threads: DatabaseThreads,
        boot: str,
        send: Callable[[Command], None],
        salvage: Salvage | None = None,
        keep: Callable[[Session, CallRecord], None] = callrecords.save,
    ) -> None:
        self.switchboard = switchboard
        self.boot = boot
        self.log_trouble = ""  # why the call log cannot be written now; empty when it can
        self._reactor = reactor
        self._threads = threads
        self._send = send
        self._salvage = salvage
        self._keep_record = keep
        self.desk: Desk | None = None  # set by who has the database's business wired
        self.snapshots: Keeping | None = None  # set by who keeps them
        self._alarm = Alarm(reactor, self._due)
        self._inbox: list[tuple[AnyFact, float, int, Deferred[None]]] = []
        self._unwritten: list[Entry] = []
        self._records: dict[str, Sheet] = {}  # records the database did not take yet
        self._running = False
        self._stopped = False
        self._rest: Deferred[None] = Deferred()  # fires when nothing runs any more
        self._watchers: list[Callable[[], None]] = []

    def now(self) -> float:
        """UTC epoch seconds, of the reactor's clock."""
        return float(self._reactor.seconds())

    def take(self, fact: AnyFact, seq: int = 0) -> Deferred[None]:
        """Log `fact` and act on it, in order; fires when it was acted on. `seq` is its number at its worker."""
        done: Deferred[None] = Deferred()
        if self._stopped:  # not acknowledged, so its worker tells it to the next core
            return done
        self._inbox.append((fact, self.now(), seq, done))
        if not self._running:
            self._running = True
            ensureDeferred(self._run()).addErrback(lambda failure: log.error("exchange: %s", failure.getTraceback()))
        return done

    def watch(self, seen: Callable[[], None]) -> Callable[[], None]:
        """Have `seen` called after every change; returns what ends it."""
        self._watchers.append(seen)
        return lambda: self._watchers.remove(seen) if seen in self._watchers else None

    def keep(self, sheets: Iterable[Sheet]) -> None:
        """Write records that a core before this one may not have written; once more does no harm."""
        for sheet in sheets:
            self._keep(sheet)

    def start(self) -> None:
        """Arm the alarm for what a switchboard that was recovered has due."""
        self._changed()

    def stop(self) -> Deferred[None]:
        """Take nothing more; fires once what was taken has been logged and acted on."""
        self._stopped = True
        self._alarm.set(None)
        return self._rest if self._running else succeed(None)

    async def _run(self) -> None:
        try:
            while self._inbox:
                batch, self._inbox = self._inbox, []
                upto = await self._log([fact_entry(self.boot, at, fact, seq) for fact, at, seq, _ in batch])
                commands: list[Entry] = []
                for fact, at, _, done in batch:
                    for order in self._orders(fact, at):
                        if isinstance(order, Command):
                            commands.append(command_entry(self.boot, at, order))
                    done.callback(None)
                written = self._log(commands) if commands else succeed(upto)
                self._changed()
                if self.snapshots is not None and upto and not self.log_trouble:
                    self.snapshots.taken(upto, [(fact, seq) for fact, _, seq, _ in batch], commands, written)
        finally:
            self._running = False
            if self._stopped:
                self._rest.callback(None)

    def _orders(self, fact: AnyFact, at: float) -> list[Order]:
        """What the switchboard orders, carried out. A fault in it is logged and costs this fact only."""
        self._see_to_recording(fact)
        try:
            orders = self.switchboard.handle(fact, at)
        except Exception:
            log.exception("the switchboard failed on %s", type(fact).__name__)
            return []
        for order in orders:
            if isinstance(order, KeepRecord):
                self._keep(order.sheet)
            elif isinstance(order, DeskRequest):
                self._request(order, at)
            else:
                self._send(order)
        return orders

    def _request(self, request: DeskRequest, at: float) -> None:
        """Have the desk answer; without one the session's own patience ends the wait."""
        if self.desk is not None:
            self.desk.carry_out(request, at).addCallback(self._answered)

    def _answered(self, fact: Fact | None) -> None:
        if fact is not None:
            self.take(fact)

    def _see_to_recording(self, fact: AnyFact) -> None:
        if self._salvage is None:
            return
        match fact:
            case WorkerLost():
                conversation = self.switchboard.calls.get(fact.call)
                if conversation is not None and not conversation.sheet.recording_file:
                    self._salvage.worker_lost(fact.call)
            case RecordingKept() if fact.call not in self.switchboard.calls:
                self._salvage.told_late(fact)

    def _changed(self) -> None:
        self._alarm.set(self.switchboard.next_deadline())
        for seen in list(self._watchers):
            seen()

    def _due(self) -> None:
        self.take(Ticked())

    # --- the database, which may be away

    def _log(self, entries: list[Entry]) -> Deferred[int]:
        """Fires with the last place in the log; 0 where it could not be written and the entries wait."""
        if self._unwritten:
            self._hold(entries)
            return succeed(0)
        appended = self._threads.append(entries)
        return appended.addErrback(lambda failure: self._not_logged(entries, failure))

    def _not_logged(self, entries: list[Entry], failure: Any) -> int:
        failure.trap(DatabaseError)
        first = not self._unwritten
        self._hold(entries)
        self._trouble(str(failure.value))
        if first:
            self._reactor.callLater(RETRY_SECONDS, self._log_again)
        return 0

    def _hold(self, entries: list[Entry]) -> None:
        room = MOST_UNWRITTEN - len(self._unwritten)
        if room < len(entries):
            log.error("call log: %d entries are lost, memory for them is full", len(entries) - room)
        self._unwritten += entries[:room]

    def _log_again(self) -> None:
        waiting, self._unwritten = self._unwritten, []
        self._log(waiting).addCallback(lambda _place: self._logged_again())

    def _logged_again(self) -> None:
        if not self._unwritten:
            self._trouble("")
            for sheet in list(self._records.values()):
                self._keep(sheet)

    def _keep(self, sheet: Sheet) -> None:
        kept = self._threads.write(self._write_down, sheet)
        kept.addCallbacks(lambda _none: self._kept(sheet), lambda failure: self._not_kept(sheet, failure))

    def _write_down(self, session: Session, sheet: Sheet) -> None:
        """On a database thread."""
        self._keep_record(session, record_of(sheet))
        transcripts.save(session, sheet.call, sheet.said)
        transfers.save(session, sheet.outside)
        evidence.save(session, sheet)

    def _kept(self, sheet: Sheet) -> None:
        if self._records.get(sheet.call) == sheet:
            del self._records[sheet.call]

    def _not_kept(self, sheet: Sheet, failure: Any) -> None:
        self._records[sheet.call] = sheet
        self._trouble(str(failure.value))
        if not self._unwritten:
            self._reactor.callLater(RETRY_SECONDS, self._logged_again)

    def _trouble(self, reason: str) -> None:
        if reason != self.log_trouble:
            self.log_trouble = reason
            log.log(logging.ERROR if reason else logging.INFO, "records: %s", reason or "written again")
            self._changed()


def record_of(sheet: Sheet) -> CallRecord:
    """The call record (话务工单) of a sheet; what is empty there is unknown here. What was said is kept apart."""
    names = [name for name in Sheet.__slots__ if name not in APART]
    values: dict[str, Any] = {name: getattr(sheet, name) or None for name in names}
    return CallRecord(sheet.call, **values)
