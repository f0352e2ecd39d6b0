"""The edge's front desk: a message and where it came from, a change of the workers, the time; actions come back. Pure.

Parses, sends each kind of message to its rules, and keeps the one deadline. Knows no sockets, files or clocks.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

from config.settings import Settings
from records.credentials import Credentials
from telephony.edge.calls import forking, setup
from telephony.edge.calls.capacity import Capacity
from telephony.edge.calls.farewells import strays
from telephony.edge.calls.workers import Worker
from telephony.edge.guard.gate import Gate
from telephony.edge.guard.offences import Offence
from telephony.edge.guard.watching import judged, lets_in, offend, sees
from telephony.edge.proxy import inside, outside, responses
from telephony.edge.proxy.actions import Action, Place, Send
from telephony.edge.proxy.answers import answer
from telephony.edge.proxy.state import State
from telephony.edge.proxy.tokens import Tokens, transaction
from telephony.edge.registrar import access
from telephony.edge.registrar.register import Binding, Registrar
from telephony.edge.sip.digest import Digest
from telephony.edge.sip.flows import DIALLED, PORTS, Flow, note_source
from telephony.edge.sip.message import Request, Response
from telephony.edge.sip.parsing import ParseError, parse
from telephony.edge.sip.uri import FormError
from telephony.edge.transactions import relaying
from telephony.edge.transactions.own import resend_own
from telephony.edge.trunks import carrying, divert
from telephony.edge.trunks.carriers import Carriers
from telephony.edge.trunks.known import Guard

SWEEP = 1.0
"""Seconds between two looks at what has run out."""


class Proxy:
    """All decisions of the edge. Methods take the time in seconds since the epoch and return actions in order."""

    def __init__(self, settings: Settings, key: bytes, salt: Callable[[], str], bindings: list[Binding]) -> None:
        counts: Counter[str] = Counter()
        place = Place.of(settings)
        self.state = State(
            place=place,
            guard=Guard(settings.trunks),
            tokens=Tokens(key),
            digest=Digest(settings.sip.realm, key, settings.sip.digest, salt()[:8]),
            registrar=Registrar(bindings, settings.sip.registrations),
            salt=salt,
            gate=Gate(settings.sip.guard, settings.trunks, counts),
            capacity=Capacity(settings.sip.limits, settings.trunks),
            carriers=Carriers(settings.trunks, place, salt()),
            counts=counts,
        )
        self._sweep_at = 0.0

    def received(self, data: bytes, source: Flow, now: float) -> list[Action]:
        """One message. What cannot be read is answered 400 where it can be answered, and dropped where it cannot."""
        state = self.state
        if not data.strip(b"\r\n\0 ") or not lets_in(state, source, now):
            return []
        try:
            message = parse(data, source.transport in ("tcp", "tls"))
            if not isinstance(message, Request):
                return responses.received(state, message, source, now)
            if not sees(state, message, source, now):
                return []
            rules = inside.received if source.transport == "inside" else outside.received
            back = note_source(message, source)
            return judged(state, message, source, rules(state, message, source, back, now), now)
        except ParseError as error:
            offend(state, source, Offence.MALFORMED, now)
            return self._malformed(error, source)
        except FormError as error:
            offend(state, source, Offence.MALFORMED, now)
            return self._malformed(ParseError(str(error)), source)

    def _malformed(self, error: ParseError, source: Flow) -> list[Action]:
        if error.request is None:
            return []
        try:
            back = note_source(error.request, source)
        except FormError:
            return []
        reason = f"Bad Request - {error.reason}" if error.status == 400 else ""
        return [Send(back, answer(error.request, error.status, self.state.tokens, reason=reason))]

    def credentials(self, job: str, credentials: Credentials | None, now: float) -> list[Action]:
        """The answer to Fetch(job, …); None when there is no such user."""
        return access.credentials_known(self.state, job, credentials, now)

    def credentials_failed(self, job: str) -> list[Action]:
        """Fetch(job, …) could not be carried out."""
        return access.credentials_failed(self.state, job)

    def workers_listed(self, entries: list[dict[str, Any]], now: float) -> list[Action]:
        """The nursery's whole list. Raises ValueError naming the field."""
        self.state.workers.listed(entries, now)
        return setup.worker_free(self.state, now)

    def worker_said(self, entry: dict[str, Any], now: float) -> list[Action]:
        """One change the nursery reports. Raises ValueError naming the field."""
        gone = self.state.workers.said(entry, now)
        return setup.worker_gone(self.state, gone, now) if gone else setup.worker_free(self.state, now)

    def nursery_lost(self) -> None:
        """There is no connection to a nursery until it lists its workers again."""
        self.state.workers.unlisted()

    def worker_dead(self, worker: Worker, now: float) -> list[Action]:
        """A worker that no nursery names any more, and whose process is gone."""
        self.state.workers.lost(worker.name)
        return setup.worker_gone(self.state, worker.name, now)

    def connected(self, flow: Flow) -> None:
        self.state.connections.add(flow)

    def disconnected(self, flow: Flow, now: float) -> list[Action]:
        """A stream is closed: what was registered over it is not any more."""
        self.state.connections.discard(flow)
        return access.changed(self.state.registrar.lost(flow)) + forking.lost(self.state, flow, now)

    def undelivered(self, send: Send, now: float) -> list[Action]:
        """`send` found no connection and could make none."""
        state = self.state
        if isinstance(send.message, Request) and send.message.method == "INVITE":
            asked = send.message.copy()
            asked.headers = asked.headers[1:]
            invite = state.invites.get(transaction(asked)) if asked.get("Via") else None
            fork = state.forks.get(invite.key) if invite is not None else None
            if invite is not None and fork is not None:
                return forking.undelivered(state, invite, fork, send.message, now)
            if invite is not None and invite.to == send.flow and invite.sent is send.message:
                return setup.undelivered(state, invite, now)
        if isinstance(send.message, Response):
            return self._undelivered_answer(send, send.message, now)
        return relaying.undelivered(state, send, now)

    def _undelivered_answer(self, send: Send, answer: Response, now: float) -> list[Action]:
        """Once more over a connection of our own to where its Via says (§18.2.2), at the same host, if we know that."""
        flow = send.flow
        known = self.state.trunk_at(flow.host) or self.state.registrar.is_phone_host(flow.host, now)
        if send.connect or flow.transport not in DIALLED or not known:
            return []
        port = answer.via.port or PORTS[flow.transport]
        return [Send(Flow(flow.transport, flow.host, port), answer, connect=True)]

    def tick(self, now: float) -> list[Action]:
        """Everything that is due."""
        state = self.state
        actions = resend_own(state, now) + carrying.due(state, now)
        for invite in state.invites.due(now):
            actions += setup.overdue(state, invite, now)
        for relay in state.relays.due(now):
            actions += relaying.overdue(state, relay, now)
        if now >= self._sweep_at:
            self._sweep_at = now + SWEEP
            actions += access.sweep(state, now) + strays(state, now)
            if state.workers.unused(now):
                actions += setup.worker_free(state, now)
            state.gate.sweep(now)
            divert.sweep(state)
            forking.sweep(state)
        return actions

    def next_deadline(self) -> float:
        """When `tick` is due at the latest."""
        state = self.state
        times = [self._sweep_at]
        if state.timers:
            times.append(state.timers[0][0])
        due = (state.invites.next_deadline(), state.relays.next_deadline(), state.carriers.next_deadline())
        return min([*times, *(each for each in due if each is not None)])

    def start(self, now: float) -> None:
        """Carriers are asked from now on."""
        self.state.since = now
        self.state.carriers.start(now)

    def phones(self, now: float) -> list[str]:
        """All registered SIP users."""
        return self.state.registrar.phones(now)
