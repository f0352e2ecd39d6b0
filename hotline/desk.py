"""The live desk: what the console and the command line may ask of the running core, on the reactor's thread."""

from collections.abc import Callable, Iterable
from typing import Any

from twisted.internet.defer import Deferred

from config.settings import Settings
from hotline.hours import Times
from ivr.facts import TranscriptSwitched
from ivr.speech.store import trouble
from records import accounts, audit
from records.accounts import Account
from records.threads import DatabaseThreads
from records.utterance import Utterance
from routing.facts import AgentForgotten, AgentKnown, RoutingFact
from telephony.board import board, said
from telephony.exchange import Exchange
from telephony.lines import Lines
from tickets.outbox import Outbox


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
    ) -> None:
        self._exchange = exchange
        self._outbox = outbox
        self._lines = lines
        self._threads = threads
        self._settings = settings
        self._times = times

    def tell(self, fact: RoutingFact | TranscriptSwitched) -> Deferred[None]:
        """Log the fact and act on it."""
        return self._exchange.take(fact)

    def board(self) -> dict[str, Any]:
        """Live state for pages; see telephony.board."""
        speech, records = trouble(self._settings), self._exchange.log_trouble
        return {
            **board(self._exchange.switchboard, self._exchange.now()),
            "speech": {"on": not speech, "reason": speech},
            "log": {"ok": not records, "reason": records},
        }

    def said(self, call: str) -> tuple[Utterance, ...]:
        """What was said in the talk of a call that is up; see telephony.board."""
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
