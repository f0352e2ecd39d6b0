"""The lines into the core (core.sock): workers with their facts, the edge with its phones, the command line.

It knows who is on which line; what a fact means is the switchboard's business. The wire is telephony.link's.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from twisted.internet.defer import ensureDeferred

from ivr.commands import Command
from ivr.facts import Arrived, WorkerFailed, WorkerLost
from routing.facts import PhoneLost, PhoneRegistered
from telephony.exchange import Exchange
from telephony.link import LinkError, Message, decode_fact, encode_command
from telephony.link_twisted import Callbacks, Connection, listen

log = logging.getLogger(__name__)

Ask = Callable[[Message], Awaitable[Any]]


class AskError(Exception):
    """What was asked over the command line cannot be done; one line for the person who asked."""


class Lines:
    """Listens on `path`. `asks` are the questions the command line may put, by name."""

    def __init__(self, reactor: Any, path: Path, asks: Mapping[str, Ask]) -> None:
        self._asks = asks
        self._workers: dict[str, Connection] = {}  # by call
        self._calls: dict[Connection, str] = {}
        self._seen: dict[Connection, int] = {}
        self._phones: set[str] = set()  # SIP users registered at the edge
        self._exchange: Exchange | None = None
        self._port = listen(reactor, path, Callbacks(self._hello, self._message, self._lost))

    def serve(self, exchange: Exchange) -> None:
        """Take facts for `exchange` from now on."""
        self._exchange = exchange

    @property
    def exchange(self) -> Exchange:
        assert self._exchange is not None
        return self._exchange

    def send(self, command: Command) -> None:
        """Send an order to the worker of its call; when that is gone the order is moot."""
        worker = self._workers.get(command.call)
        if worker is not None:
            worker.send(encode_command(command))

    def announce_phones(self) -> None:
        """Tell the router about the phones of agents it has just come to know."""
        for agent in list(self.exchange.switchboard.router.agents.values()):
            if agent.sip_user in self._phones and not agent.phone:
                self.exchange.take(PhoneRegistered(agent.name))

    async def close(self) -> None:
        await self._port.stopListening()

    def _hello(self, peer: Connection) -> None:
        if peer.who not in ("worker", "edge", "cli"):
            raise LinkError(f"hello: {peer.who!r} is none of worker, edge, cli")

    def _message(self, peer: Connection, message: Message) -> None:
        if peer.who == "worker":
            self._worker_says(peer, message)
        elif peer.who == "edge":
            self._edge_says(message)
        else:
            ensureDeferred(self._answer(peer, message))

    def _lost(self, peer: Connection) -> None:
        call = self._calls.pop(peer, None)
        self._seen.pop(peer, None)
        if call is not None and self._workers.get(call) is peer:
            del self._workers[call]
            self.exchange.take(WorkerLost(call, "通话进程中断"))

    # --- workers

    def _worker_says(self, peer: Connection, message: Message) -> None:
        """Take a fact once; the acknowledgement follows when it is in the log."""
        seq = message.get("seq")
        if not isinstance(seq, int):
            raise LinkError("seq: must be a number")
        fact = decode_fact(message)
        if isinstance(fact, Arrived) or fact.call in self.exchange.switchboard.calls:
            self._workers[fact.call] = peer
            self._calls[peer] = fact.call
        if isinstance(fact, WorkerFailed):
            log.warning("call %s: the worker reports: %s", fact.call, fact.reason)
        if seq > self._seen.get(peer, 0):
            self._seen[peer] = seq
            self.exchange.take(fact).addCallback(lambda _none: peer.send({"ack": seq}))
        else:
            peer.send({"ack": seq})

    # --- the edge

    def _edge_says(self, message: Message) -> None:
        phones = message.get("phones")
        if isinstance(phones, list):
            self._phones_changed({str(phone) for phone in phones})
        elif isinstance(message.get("phone"), str):
            phone = {message["phone"]}
            self._phones_changed(self._phones | phone if message.get("registered") else self._phones - phone)
        else:
            raise LinkError("the edge speaks of phones only")

    def _phones_changed(self, phones: set[str]) -> None:
        changed, self._phones = self._phones ^ phones, phones
        for agent in list(self.exchange.switchboard.router.agents.values()):
            if agent.sip_user in changed:
                fact = PhoneRegistered if agent.sip_user in phones else PhoneLost
                self.exchange.take(fact(agent.name))

    # --- the command line

    async def _answer(self, peer: Connection, message: Message) -> None:
        name = message.get("ask")
        ask = self._asks.get(str(name))
        try:
            if ask is None:
                raise AskError(f"{name!r} is none of {', '.join(sorted(self._asks))}")
            peer.send({"answer": await ask(message)})
        except AskError as error:
            peer.send({"error": str(error)})
        except Exception as error:
            log.exception("asked for %s", name)
            peer.send({"error": f"{type(error).__name__}: see the core's log"})
