"""One running edge: sockets, links and files around telephony.edge.proxy.front.

Carries out actions and keeps one alarm; decides nothing about SIP. The reactor and the clock are parameters.
"""

import os
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Any

from twisted.internet.defer import Deferred, DeferredList, ensureDeferred
from twisted.logger import Logger

from config.settings import Settings
from records.credentials import Credentials
from telephony.edge.desk import Desk
from telephony.edge.kept import registrations, remembered, standing
from telephony.edge.kept.keeping import Keeper
from telephony.edge.keys import load_key
from telephony.edge.proxy.actions import Action, Fetch, Keep, Phone, Retire, Send, Unanswered
from telephony.edge.proxy.front import Proxy
from telephony.edge.sip.flows import Flow
from telephony.edge.transports.certificates import believed
from telephony.edge.transports.listening import listening
from telephony.edge.transports.sockets import Transports, fault
from telephony.edge.trunks.pulse import Line
from telephony.link.ends import Callbacks, connect
from telephony.link.wire import Message, socket_path

Lookup = Callable[[str], Awaitable[Credentials | None]]
"""From a SIP user to their hashed passwords; None when there is no such user."""

log = Logger()


class Edge:
    """One running edge. `start` opens the sockets, `stop` closes the links and keeps the bindings."""

    def __init__(
        self, reactor: Any, settings: Settings, lookup: Lookup, clock: Callable[[], float] = time.time
    ) -> None:
        self._reactor = reactor
        self._settings = settings
        self._lookup = lookup
        self._clock = clock
        key = load_key(settings)
        phones, dialogs = registrations.registrations_file(settings), standing.dialogs_file(settings)
        self.proxy = Proxy(settings, key, lambda: secrets.token_hex(8), registrations.load(phones, clock()))
        state = self.proxy.state
        state.ledger.restore(standing.load(dialogs, key))
        self._phones = Keeper(reactor, phones, lambda: registrations.dump(state.registrar.bindings()))
        self._dialogs = Keeper(reactor, dialogs, lambda: standing.seal(state.ledger.dialogs(), key))
        self._dialogs_kept = 0
        bans = remembered.bans_file(settings)
        state.gate.bans.restore(remembered.load_bans(bans, clock()))
        state.capacity.draining = remembered.is_draining(settings)
        self._bans = Keeper(reactor, bans, lambda: remembered.dump_bans(state.gate.bans.kept()))
        self._bans_kept = state.gate.bans.changes
        self._desk = Desk(reactor, settings, state, clock, self._keep)
        told = (self._received, self.proxy.connected, self._disconnected, self._undelivered)
        trust = believed(settings)
        self._transports = Transports(reactor, *told, trust, lambda host: state.gate.keeps_out(host, clock()))
        self._lines: dict[str, Line] = {}
        self._alarm: Any = None
        self._alarm_at = 0.0
        self._links: list[Any] = []

    def start(self) -> None:
        """Raises CannotListenError, CertificateError and LinkError."""
        self._transports.listen(listening(self._settings))
        core = Callbacks(hello=lambda link: link.send({"phones": self.proxy.phones(self._clock())}))
        nursery = Callbacks(
            message=lambda _, message: self._nursery_said(message), lost=lambda _: self.proxy.nursery_lost()
        )
        hello = {"hello": "edge"}
        self._core = connect(self._reactor, socket_path(self._settings, "core"), hello, core)
        self._nursery = connect(self._reactor, socket_path(self._settings, "nursery"), hello, nursery)
        self._links = [self._core, self._nursery]
        self._desk.start()
        self.proxy.start(self._clock())
        self._arm()

    def stop(self) -> Deferred[Any]:
        """Fires when everything is on disk."""
        for link in self._links:
            link.stop()
        self._desk.stop()
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        return DeferredList(
            [done for keeper in (self._phones, self._dialogs, self._bans) if (done := keeper.stop()) is not None]
        )

    def _received(self, data: bytes, flow: Flow) -> None:
        self._carry_out(lambda now: self.proxy.received(data, flow, now))

    def _disconnected(self, flow: Flow) -> None:
        self._carry_out(lambda now: self.proxy.disconnected(flow, now))

    def _undelivered(self, send: Send) -> None:
        self._carry_out(lambda now: self.proxy.undelivered(send, now))

    def _nursery_said(self, message: Message) -> None:
        def heard(now: float) -> list[Action]:
            try:
                if "workers" in message:
                    return self.proxy.workers_listed(message["workers"], now)
                return self.proxy.worker_said(message, now) if "worker" in message else []
            except ValueError as error:
                log.warn("edge: {error}", error=str(error))
                return []

        self._carry_out(heard)

    def _tick(self) -> None:
        self._alarm = None

        def due(now: float) -> list[Action]:
            actions = self.proxy.tick(now)
            for worker in self.proxy.state.workers.overdue(now):
                if not _alive(worker.pid):
                    actions += self.proxy.worker_dead(worker, now)
            return actions

        self._carry_out(due)
        self._notice_lines()

    def _notice_lines(self) -> None:
        """Log what became of trunks."""
        for name in self.proxy.state.carriers.names():
            pulse = self.proxy.state.carriers.pulse(name)
            if pulse is not None and pulse.line is not self._lines.get(name, Line.UNCHECKED):
                self._lines[name] = pulse.line
                log.warn("edge: trunk {name} is {line}", name=name, line=pulse.line.value)

    def _carry_out(self, decide: Callable[[float], list[Action]]) -> None:
        """Whatever goes wrong with one message is logged without its content, and the service goes on."""
        try:
            actions = decide(self._clock())
        except Exception as error:
            log.error("edge: a message was dropped: {fault}", fault=fault(error))
            actions = []
        for action in actions:
            try:
                self._do(action)
            except Exception as error:
                log.error("edge: an action failed: {fault}", fault=fault(error))
        self._keep()
        self._arm()

    def _keep(self) -> None:
        """Have what has changed written."""
        state = self.proxy.state
        if state.ledger.changes != self._dialogs_kept:
            self._dialogs_kept = state.ledger.changes
            self._dialogs.soon()
        if state.gate.bans.changes != self._bans_kept:
            self._bans_kept = state.gate.bans.changes
            self._bans.soon()
            self._transports.put_out()
            standing = len(state.gate.bans.standing(self._clock()))
            log.warn("edge: {standing} addresses are banned now; see hotline bans", standing=standing)

    def _do(self, action: Action) -> None:
        match action:
            case Send():
                self._transports.send(action)
            case Fetch(job, user):
                ensureDeferred(self._fetch(job, user))
            case Phone(user, registered):
                self._core.send({"phone": user, "registered": registered})
            case Keep():
                self._phones.soon()
            case Retire(worker, hung):
                log.warn("edge: worker {worker} does not answer; the nursery is to end it", worker=worker)
                self._nursery.send({"retire": worker} | ({"hung": True} if hung else {}))
            case Unanswered(worker):
                log.warn("edge: worker {worker} has not answered a BYE", worker=worker)

    async def _fetch(self, job: str, user: str) -> None:
        try:
            found = await self._lookup(user)
        except Exception as error:
            log.error("edge: credentials cannot be looked up: {fault}", fault=fault(error))
            self._carry_out(lambda _: self.proxy.credentials_failed(job))
            return
        self._carry_out(lambda now: self.proxy.credentials(job, found, now))

    def _arm(self) -> None:
        """One alarm at the next deadline; moved only when the deadline has come nearer."""
        at = self.proxy.next_deadline()
        if self._alarm is not None:
            if at >= self._alarm_at:
                return
            self._alarm.cancel()
        self._alarm_at = at
        self._alarm = self._reactor.callLater(max(0.0, at - self._clock()), self._tick)


def _alive(pid: int) -> bool:
    """Whether a process runs; one without a pid counts as gone, since a living one would have been named again."""
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
