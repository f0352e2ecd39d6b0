"""The live desk: what the console and the command line may ask of the running core, on the reactor's thread."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from twisted.internet.defer import Deferred, ensureDeferred

from agent_console.bridge import DeskFact
from config.settings import Settings
from hotline.callbacks.desk import CallbackDesk
from hotline.configured.hours import Times
from hotline.desk.calls import CallDesk
from hotline.desk.closing import closure_of, messages, named
from ivr.closure import ClosureSet
from ivr.facts import LineAsked, Requested
from ivr.speech.store import trouble
from records import accounts, audit
from records.accounts import Account
from records.callback_entry import Callback
from records.threads import DatabaseThreads
from records.utterance import Utterance
from routing.facts import AgentForgotten, AgentKnown, PauseAsked
from telephony.calls.board import board, said
from telephony.control.rules import line_refusal
from telephony.core.exchange import Exchange
from telephony.core.lines import Lines
from tickets.outbox import Outbox

DIALS = "回拨"  # why an agent who takes a callback by hand is paused


class LiveDesk:
    """Implements agent_console.bridge.Desk."""

    def __init__(
        self,
        exchange: Exchange,
        outbox: Outbox,
        lines: Lines,
        settings: Settings,
        threads: DatabaseThreads,
        times: Times,
        callbacks: CallbackDesk,
    ) -> None:
        self._exchange = exchange
        self._outbox = outbox
        self._lines = lines
        self._threads = threads
        self._settings = settings
        self._times = times
        self._callbacks = callbacks
        self._calls = CallDesk(exchange, threads)

    def tell(self, fact: DeskFact) -> Deferred[None]:
        """Log the fact and act on it."""
        return self._exchange.take(fact)

    def board(self) -> dict[str, Any]:
        """Live state for pages; see telephony.calls.board."""
        speech, records = trouble(self._settings), self._exchange.log_trouble
        live = board(self._exchange.switchboard, self._exchange.now())
        return {
            **live,
            "closure": named(live["closure"], self._times.opening.hours),
            "speech": {"on": not speech, "reason": speech},
            "log": {"ok": not records, "reason": records},
        }

    def ask_call(self, asked: Requested) -> Deferred[None]:
        """Hold, transfer, listen …: what somebody asks for a call that is up. Fails with RefusedError."""
        return ensureDeferred(self._calls.ask(asked))

    def line_refusal(self, asked: LineAsked) -> str:
        """Why a key to a line outside cannot be met now; see telephony.control.rules."""
        return line_refusal(self._exchange.switchboard.calls.get(asked.call), asked)

    def said(self, call: str) -> tuple[Utterance, ...]:
        """What was said in the talk of a call that is up; see telephony.calls.board."""
        return said(self._exchange.switchboard, call)

    def watch(self, seen: Callable[[], None]) -> Callable[[], None]:
        """Have `seen` called after every change; returns what ends it."""
        return self._exchange.watch(seen)

    def off_shift(self, agent: str) -> tuple[str, bool]:
        """What the agent who wants calls is told about their shift, and whether that refuses them."""
        said = self._times.shift_warning(agent, self._exchange.now())
        return said, bool(said) and self._times.refuses_off_shift

    async def audit(self, who: str, action: str, what: str, detail: dict[str, Any]) -> None:
        """Write into the audit trail. Raises DatabaseError."""
        await self._threads.write(audit.append, self._exchange.now(), who, action, what, detail)

    def closings(self) -> list[dict[str, Any]]:
        """The messages with which the hotline can be closed at once."""
        return messages(self._times.opening.hours)

    def closure(self, code: str, until: float | None, by: str) -> ClosureSet:
        """The order to close the hotline, to be told. Raises RefusedError."""
        return closure_of(self._times.opening.hours, code, until, by, self._exchange.now())

    def close(self, code: str, until: float | None, by: str) -> Deferred[None]:
        """Close the hotline. Raises RefusedError."""
        return self.tell(self.closure(code, until, by))

    def callback_take(self, agent: str) -> Deferred[Callback | None]:
        """The next callback for the agent, who is paused for it."""
        return self._callbacks.take(agent, self._exchange.now()).addCallback(self._taken)

    def _taken(self, taken: Callback | None) -> Any:
        if taken is None:
            return None
        return self.tell(PauseAsked(taken.agent, DIALS)).addCallback(lambda _none: taken)

    def callback_told(self, id: str, event: str, who: str, own: bool, note: str) -> Deferred[Callback]:
        """What came of a callback."""
        return self._callbacks.tell(id, event, who, own, note, self._exchange.now())

    def callback_add(self, wanted: Mapping[str, Any], who: str) -> Deferred[Callback]:
        """A new callback."""
        return self._callbacks.add(wanted, who, self._exchange.now())

    def callbacks_refresh(self) -> Deferred[None]:
        """Bring callbacks up to date."""
        return self._callbacks.refresh(self._exchange.now())

    def outbox_nudge(self) -> None:
        """A ticket was opened or changed: deliver now."""
        self._outbox.nudge()

    async def accounts_changed(self) -> None:
        """Tell the router which agents there are now."""
        await self.know_agents(await self._threads.read(accounts.list_accounts, "agent"))

    async def know_agents(self, known: Iterable[Account]) -> None:
        """Make the router's agents those of `known`, whose phones may be registered already."""
        names = set()
        for account in known:
            names.add(account.name)
            skills = tuple(sorted(account.skills.items()))
            await self.tell(AgentKnown(account.name, account.sip_user or "", skills))
        for name in set(self._exchange.switchboard.router.agents) - names:
            await self.tell(AgentForgotten(name))
        self._lines.announce_phones()
