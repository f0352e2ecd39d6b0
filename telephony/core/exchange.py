"""The exchange: takes facts, has them logged, asks the switchboard, carries its orders out, arms the alarm.

It keeps the order of facts and decides nothing else. How they are written is telephony.core.writing's business.
"""

import logging
from collections.abc import Callable, Iterable
from typing import Any

from twisted.internet.defer import Deferred, ensureDeferred, succeed

from ivr.commands import Command, DeskRequest, Play, PlayMusic, RecordMessage, Refer, SendDigits
from ivr.facts import Fact, RecordingKept, WorkerLost
from records import callrecords
from records.calllog import Entry
from records.threads import DatabaseThreads
from telephony.calls.sheet import Sheet
from telephony.calls.switchboard import KeepRecord, Order, Switchboard, Ticked
from telephony.core.alarm import Alarm
from telephony.core.journal import AnyFact, command_entry, fact_entry
from telephony.core.sides import Desk, Keep, Keeping, Salvage
from telephony.core.writing import Writing

log = logging.getLogger(__name__)

ONCE = {kind.__name__ for kind in (Play, PlayMusic, RecordMessage, SendDigits, Refer)}
"""Orders that do harm when given again: a core that is killed before they are logged leaves them to its successor."""


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
        keep: Keep = callrecords.save,
    ) -> None:
        self.switchboard = switchboard
        self.boot = boot
        self._reactor = reactor
        self._writing = Writing(reactor, threads, keep, self._changed)
        self._send = send
        self._salvage = salvage
        self.desk: Desk | None = None  # set by who has the database's business wired
        self.snapshots: Keeping | None = None  # set by who keeps them
        self._alarm = Alarm(reactor, self._due)
        self._inbox: list[tuple[AnyFact, float, int, Deferred[None]]] = []
        self._running = False
        self._stopped = False
        self._rest: Deferred[None] = Deferred()  # fires when nothing runs any more
        self._watchers: list[Callable[[], None]] = []

    @property
    def log_trouble(self) -> str:
        """Why the call log cannot be written now; empty when it can."""
        return self._writing.trouble

    @property
    def records_lacking(self) -> bool:
        """Whether the database refused a record and lacks it still."""
        return self._writing.lacking

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
            self._writing.keep(sheet)

    def start(self) -> None:
        """Arm the alarm for what a switchboard that was recovered has due."""
        self._changed()

    def stop(self) -> Deferred[None]:
        """Take nothing more; fires once what was taken has been logged and acted on."""
        self._stopped = True
        self._alarm.set(None)
        rest = self._rest if self._running else succeed(None)
        return rest.addCallback(lambda _none: self.flush())

    def flush(self) -> None:
        """Have every record that waits written."""
        self._writing.flush()

    async def _run(self) -> None:
        try:
            while self._inbox:
                batch, self._inbox = self._inbox, []
                upto = await self._writing.append([fact_entry(self.boot, at, fact, seq) for fact, at, seq, _ in batch])
                commands: list[Entry] = []
                for fact, at, _, done in batch:
                    for order in self._orders(fact, at):
                        if isinstance(order, Command):
                            commands.append(command_entry(self.boot, at, order))
                    done.callback(None)
                lazily = not any(entry.name in ONCE for entry in commands)
                written = self._writing.append(commands, lazily) if commands else succeed(upto)
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
                self._writing.keep(order.sheet)
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
