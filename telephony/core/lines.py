"""The lines into the core (core.sock): workers with their facts, the edge with its phones, the command line.

It knows who is on which line; what a fact means is the switchboard's business. The wire is telephony.link.wire's.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from twisted.internet.defer import ensureDeferred

from ivr.commands import Answer, Command, Dismiss
from ivr.facts import Arrived, Originated, WorkerFailed, WorkerLost
from routing.facts import PhoneLost, PhoneRegistered
from telephony.core.exchange import Exchange
from telephony.link.ends import Callbacks, Connection, listen
from telephony.link.wire import STANDING, LinkError, Message, decode_fact, encode_command

log = logging.getLogger(__name__)

RETURN_SECONDS = 10.0  # for workers to come back to a core that was started again
STRANGER_SECONDS = 2.0

ANSWERED_AT_ONCE: Message = {STANDING: Answer.__name__}
"""What ivr.dialogue.arrival orders of every call that arrives, said beforehand: no caller rings while it is logged."""

Ask = Callable[[Message], Awaitable[Any]]


class AskError(Exception):
    """What was asked over the command line cannot be done; one line for the person who asked."""


class Lines:
    """Listens on `path`. `asks` are the questions the command line may put, by name."""

    def __init__(self, reactor: Any, path: Path, asks: Mapping[str, Ask]) -> None:
        self._asks = asks
        self._reactor = reactor
        self._path = path
        self._peers: set[Connection] = set()  # workers, with a call or without
        self._workers: dict[str, Connection] = {}  # by call
        self._calls: dict[Connection, str] = {}
        self._seen: dict[str, int] = {}  # by call: the number of the last fact taken
        self._unsent: dict[str, list[Command]] = {}
        self._phones: set[str] = set()  # SIP users registered at the edge
        self._exchange: Exchange | None = None
        self._port: Any = None

    def serve(self, exchange: Exchange, seen: Mapping[str, int], unsent: Mapping[str, list[Command]]) -> None:
        """Listen, and take facts for `exchange`. Calls it already has wait for their workers a while.

        `seen` and `unsent` are what is known of those calls, see hotline.surviving.recovery. Raises LinkError.
        """
        self._exchange = exchange
        self._seen, self._unsent = dict(seen), dict(unsent)
        self._phones = {agent.sip_user for agent in exchange.switchboard.router.agents.values() if agent.phone}
        self._port = listen(self._reactor, self._path, Callbacks(self._hello, self._message, self._lost))
        if seen:
            self._reactor.callLater(RETURN_SECONDS, self._give_up, list(seen))

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
        """Listen no more; who arrives from now on is the next core's to answer."""
        for peer in self._peers:
            peer.send({STANDING: ""})
        if self._port is not None:
            await self._port.stopListening()

    def _hello(self, peer: Connection) -> None:
        if peer.who not in ("worker", "edge", "cli"):
            raise LinkError(f"hello: {peer.who!r} is none of worker, edge, cli")
        call = peer.hello.get("call")
        if peer.who == "worker":
            self._peers.add(peer)
            peer.send(ANSWERED_AT_ONCE)
            if isinstance(call, str):
                self._came_back(peer, call)

    def _message(self, peer: Connection, message: Message) -> None:
        if peer.who == "worker":
            self._worker_says(peer, message)
        elif peer.who == "edge":
            self._edge_says(message)
        else:
            ensureDeferred(self._answer(peer, message))

    def _lost(self, peer: Connection) -> None:
        self._peers.discard(peer)
        call = self._calls.pop(peer, None)
        if call is not None and self._workers.get(call) is peer:
            del self._workers[call]
            self._seen.pop(call, None)
            conversation = self.exchange.switchboard.calls.get(call)
            over = conversation is not None and conversation.sheet.ended_at is not None
            self.exchange.take(WorkerLost(call, "通话已结束" if over else "通话进程中断"))

    # --- workers

    def _worker_says(self, peer: Connection, message: Message) -> None:
        """Take a fact once; the acknowledgement follows when it is in the log."""
        seq = message.get("seq")
        if not isinstance(seq, int):
            raise LinkError("seq: must be a number")
        fact = decode_fact(message)
        if isinstance(fact, Arrived | Originated):
            self._connect(peer, fact.call)
        if isinstance(fact, WorkerFailed):
            log.warning("call %s: the worker reports: %s", fact.call, fact.reason)
        if seq > self._seen.get(fact.call, 0):
            self._seen[fact.call] = seq
            taken = self.exchange.take(fact, seq)
            if isinstance(fact, Originated):
                taken.addCallback(lambda _none: self._dismiss_stranger(peer, fact.call))
            taken.addCallback(lambda _none: self._acknowledge(peer, seq))
        else:
            self._acknowledge(peer, seq)

    def _acknowledge(self, peer: Connection, seq: int) -> None:
        """Acknowledgements are cumulative; while the log cannot be written the worker keeps what it told."""
        if not self.exchange.log_trouble:
            peer.send({"ack": seq})

    def _connect(self, peer: Connection, call: str) -> None:
        self._workers[call] = peer
        self._calls[peer] = call

    def _came_back(self, peer: Connection, call: str) -> None:
        """A worker with a call of the core before this one; a call nobody knows is ended after a moment."""
        if call in self.exchange.switchboard.calls:
            self._connect(peer, call)
            for command in self._unsent.pop(call, []):
                peer.send(encode_command(command))
        else:
            self._reactor.callLater(STRANGER_SECONDS, self._dismiss_stranger, peer, call)

    def _dismiss_stranger(self, peer: Connection, call: str) -> None:
        # Its Arrived may have followed the hello, from the worker's memory, and the call may be over since.
        if peer.connected and call not in self.exchange.switchboard.calls:
            log.error("call %s: nothing is known of it; it is ended", call)
            peer.send(encode_command(Dismiss(call)))

    def _give_up(self, calls: list[str]) -> None:
        for call in calls:
            if call not in self._workers and call in self.exchange.switchboard.calls:
                self.exchange.take(WorkerLost(call, "核心重启后通话进程未回来"))

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
