"""Callbacks brought to the queue every few seconds, and what the core needs around them: workers, records, faults.

It looks and tells; which callbacks those are is hotline.callbacks.due's, what becomes of a try is told by its record
(hotline.callbacks.following). Where the database is away nobody is called.
"""

import logging
import secrets
from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session
from twisted.internet.defer import ensureDeferred

from config.settings import Settings
from hotline.callbacks.due import look, plan, runs_of
from hotline.callbacks.following import CallbackSettings
from hotline.configured.hours import Times
from ivr.commands import Command, Originate
from ivr.facts import NoWorker
from records.callback_entry import Callback
from records.callrecords import CallRecord
from records.errors import DatabaseError
from records.threads import DatabaseThreads
from routing.callbacks import standing
from telephony.calls.sheet import LINE_FAULT
from telephony.core.exchange import Exchange
from telephony.core.originating import Originating
from telephony.core.sides import Keep
from telephony.link.wire import socket_path

log = logging.getLogger(__name__)

LOOK_SECONDS = 5.0


class Dialling:
    """Looks every few seconds, and at once when nudged; does nothing where agents dial by hand."""

    def __init__(
        self, reactor: Any, settings: Settings, rules: CallbackSettings, times: Times, threads: DatabaseThreads
    ) -> None:
        self._reactor = reactor
        self._settings = settings
        self._rules = rules
        self._times = times
        self._threads = threads
        self._originating = Originating(reactor, socket_path(settings, "nursery"), self._refused)
        self._exchange: Exchange | None = None
        self._timer: Any = None
        self._looking = False
        self._again = False
        self._held_until = 0.0
        self.draining: Callable[[], bool] = lambda: False
        """Whether no new call is to begin: then no callback stands in the queue."""

    def sending(self, send: Callable[[Command], None]) -> Callable[[Command], None]:
        """`send` for orders to workers, with those for the nursery going there."""
        return lambda order: self._originating.ask(order) if isinstance(order, Originate) else send(order)

    def keeping(self, keep: Keep) -> Keep:
        """`keep` for records, with a look after each call that is over: it may have led to a callback."""

        def kept(session: Session, record: CallRecord, before: CallRecord | None = None) -> None:
            """On a database thread; the look is written behind this."""
            keep(session, record, before)
            if record.ended_at is not None and record != before:
                fault = (record.end_reason or "").startswith(LINE_FAULT)
                self._reactor.callFromThread(self.hold if fault else self.nudge)

        return kept

    def start(self, exchange: Exchange) -> None:
        if self._rules.dials(self._settings):
            self._exchange = exchange
            self._originating.start()
            self.nudge()

    def stop(self) -> None:
        self._exchange = None
        self._originating.stop()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def nudge(self) -> None:
        """Something may have changed: look now, or again after the look under way."""
        if self._exchange is None:
            return
        if self._looking:
            self._again = True
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._looking = True
        ensureDeferred(self._look()).addErrback(lambda failure: log.error("callbacks: %s", failure.getTraceback()))

    def hold(self) -> None:
        """A fault that the next callback would meet as well (no worker, no line): nobody is called for a while."""
        if self._exchange is not None:
            self._held_until = self._exchange.now() + self._rules.retry_seconds
            self.nudge()

    def _refused(self, fact: NoWorker) -> None:
        if self._exchange is not None:
            self._exchange.take(fact)
            self.hold()

    async def _look(self) -> None:
        try:
            if self._exchange is not None:
                await self._compare(self._exchange)
        except DatabaseError as error:
            log.error("callbacks: cannot be read: %s", error)
        finally:
            self._looking = False
            if self._exchange is not None:
                pause = 0.0 if self._again else LOOK_SECONDS
                self._again = False
                self._timer = self._reactor.callLater(pause, self._due)

    def _due(self) -> None:
        self._timer = None
        self.nudge()

    async def _compare(self, exchange: Exchange) -> None:
        """The look is written behind every record that was to be written before it, so it knows what they led to."""
        if exchange.log_trouble:
            return
        before, now = runs_of(exchange.switchboard), exchange.now()
        there = await self._threads.write(look, self._rules, before.calls, now)
        wanted: list[Callback] = []
        if now >= self._held_until and not self.draining():
            opening = self._times.opening
            wanted = standing(self._rules, there, (now, opening.local(now)), opening.calendar.names)
        for fact in plan(self._settings, self._rules, wanted, before, runs_of(exchange.switchboard), call_id):
            await exchange.take(fact)


def call_id(callback: Callback) -> str:
    """A call for this try: the callback's id and what makes it the only one."""
    return f"{callback.id}-{secrets.token_hex(3)}"
