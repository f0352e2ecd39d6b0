"""A real console for tests: the site, a database, the real exchange and switchboard; workers are what the test says.

    python console_program.py      with HOTLINE_HOME and HOTLINE_WEB_PORT set

Reads facts as JSON lines (`{"fact": NAME, …fields}`), answers each with a line once it was acted on. Also
`{"accounts": true}` (the accounts changed), `{"speech": REASON}` and `{"log": REASON}` (what the board says of them),
`{"rosters": …}` (who is on shift, as in config/shifts.yaml) and `{"nudged": true}` (how often the outbox was nudged).
"""

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from twisted.internet import task
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.stdio import StandardIO
from twisted.protocols.basic import LineOnlyReceiver

from agent_console.bridge import DeskFact
from agent_console.site import site
from config.load import load_settings
from config.spans import DAY, Span
from hotline.callbacks.desk import CallbackDesk
from hotline.configured.hours import Times
from hotline.configured.parts import read_files
from hotline.desk.calls import CallDesk
from hotline.desk.closing import closure_of, messages, named
from ivr.closure import Doors
from ivr.facts import LineAsked, Requested
from ivr.lines.emergencies import Emergencies
from ivr.prompts import wanted
from ivr.scripts import SILENT, Script
from ivr.session import Session
from knowledge.intents import phrases
from records import accounts
from records.callback_entry import Callback
from records.engine import open_database
from records.threads import DatabaseThreads
from records.utterance import Utterance
from routing.facts import AgentKnown
from routing.router import Router, Rules
from routing.shifts import Rosters
from telephony.calls.board import board, said
from telephony.calls.switchboard import Switchboard
from telephony.control.moves import Calling
from telephony.control.rules import line_refusal
from telephony.core.exchange import Exchange
from telephony.core.journal import KINDS, frozen


class Desk:
    """agent_console.bridge.Desk over a real exchange."""

    def __init__(self, exchange: Exchange, times: Times, callbacks: CallbackDesk) -> None:
        self.exchange = exchange
        self.times = times
        self.callbacks = callbacks
        self.calls = CallDesk(exchange, callbacks._threads)
        self.speech = self.log = ""
        self.nudges = 0

    def tell(self, fact: DeskFact) -> Deferred[None]:
        return self.exchange.take(fact)

    def board(self) -> dict[str, Any]:
        state = board(self.exchange.switchboard, self.exchange.now())
        return {
            **state,
            "closure": named(state["closure"], self.times.opening.hours),
            "speech": {"on": not self.speech, "reason": self.speech},
            "log": {"ok": not self.log, "reason": self.log},
        }

    def ask_call(self, asked: Requested) -> Deferred[None]:
        return ensureDeferred(self.calls.ask(asked))

    def line_refusal(self, asked: LineAsked) -> str:
        return line_refusal(self.exchange.switchboard.calls.get(asked.call), asked)

    def said(self, call: str) -> tuple[Utterance, ...]:
        return said(self.exchange.switchboard, call)

    def watch(self, seen: Callable[[], None]) -> Callable[[], None]:
        return self.exchange.watch(seen)

    def off_shift(self, agent: str) -> tuple[str, bool]:
        said = self.times.shift_warning(agent, self.exchange.now())
        return said, bool(said) and self.times.refuses_off_shift

    def closings(self) -> list[dict[str, Any]]:
        return messages(self.times.opening.hours)

    def close(self, code: str, until: float | None, by: str) -> Deferred[None]:
        return self.tell(closure_of(self.times.opening.hours, code, until, by, self.exchange.now()))

    def callback_take(self, agent: str) -> Deferred[Callback | None]:
        return self.callbacks.take(agent, self.exchange.now())

    def callback_told(self, id: str, event: str, who: str, own: bool, note: str) -> Deferred[Callback]:
        return self.callbacks.tell(id, event, who, own, note, self.exchange.now())

    def callback_add(self, wanted: Mapping[str, Any], who: str) -> Deferred[Callback]:
        return self.callbacks.add(wanted, who, self.exchange.now())

    def callbacks_refresh(self) -> Deferred[None]:
        return self.callbacks.refresh(self.exchange.now())

    def outbox_nudge(self) -> None:
        self.nudges += 1


class Orders(LineOnlyReceiver):
    """The test's end of the wire."""

    delimiter = b"\n"
    MAX_LENGTH = 1 << 20

    def __init__(self, desk: Desk, threads: DatabaseThreads) -> None:
        self.desk, self.threads = desk, threads
        self.ended: Deferred[None] = Deferred()

    def lineReceived(self, line: bytes) -> None:
        done = ensureDeferred(self.obey(json.loads(line)))
        done.addErrback(lambda failure: {"error": failure.getTraceback()})
        done.addCallback(lambda answer: self.sendLine(json.dumps(answer).encode()))

    async def obey(self, order: dict[str, Any]) -> dict[str, Any]:
        if "fact" in order:
            kind = KINDS[order.pop("fact")]
            await self.desk.exchange.take(kind(**{name: frozen(value) for name, value in order.items()}))
            await self.threads.write(lambda session: None)  # records of this fact are in the database now
        elif "accounts" in order:
            for account in await self.threads.read(accounts.list_accounts, "agent"):
                skills = tuple(sorted(account.skills.items()))
                await self.desk.tell(AgentKnown(account.name, account.sip_user or "", skills))
        elif "nudged" in order:
            return {"nudges": self.desk.nudges}
        elif "rosters" in order:
            self.desk.times = replace(self.desk.times, rosters=Rosters.model_validate(order["rosters"]))
        for name in ("speech", "log"):
            if name in order:
                setattr(self.desk, name, order[name])
                self.desk.exchange._changed()
        return {"ok": True}

    def connectionLost(self, reason: Any = None) -> None:
        self.ended.callback(None)


def on_keys_only(emergencies: Emergencies) -> Emergencies:
    """The lines for agents' keys: callers of these tests reach agents whatever they say."""
    lines = {label: line.model_copy(update={"at_once": False}) for label, line in emergencies.settings.lines.items()}
    return replace(emergencies, settings=emergencies.settings.model_copy(update={"lines": lines}))


async def serve(reactor: Any) -> None:
    settings = load_settings()
    read = read_files(settings)
    texts = wanted(read.tree, read.labels) | read.times.opening.prompts()
    prompts = {name: (f"{name}.wav",) for name in texts}
    spoken = {phrase.strip(SILENT): f"{phrase}.wav" for phrase in phrases(read.intents)}
    doors = Doors(read.times.opening.reception, prompts)
    script = Script(
        read.tree,
        read.intents,
        prompts,
        spoken,
        music="music.wav",
        hours=doors.reception,
        emergencies=on_keys_only(read.emergencies),
        neighbour=read.neighbour,
    )
    routing = Rules(settings.agents.ring_seconds, settings.agents.wrap_up_seconds)
    database = open_database(settings)
    threads = DatabaseThreads(reactor, database)
    transcript = settings.speech.transcript
    calling = Calling(script.music, {"02087654321": "02012348"}.get)
    switchboard = Switchboard(
        Router(routing), lambda call: Session(call, script), transcript=transcript, doors=doors, calling=calling
    )
    rules = read.callbacks.model_copy(update={"windows": {"every": (Span(0, DAY),)}})  # at whatever hour tests run
    callbacks = CallbackDesk(threads, settings, rules, read.times)
    desk = Desk(Exchange(reactor, switchboard, threads, "test", lambda command: None), read.times, callbacks)
    port = reactor.listenTCP(settings.web.port, site(reactor, settings, database, desk), interface=settings.web.host)
    orders = Orders(desk, threads)
    StandardIO(orders, reactor=reactor)
    orders.sendLine(b'{"ready": true}')
    await orders.ended
    await port.stopListening()
    desk.exchange.stop()
    await threads.close()


if __name__ == "__main__":
    sys.exit(task.react(lambda reactor: ensureDeferred(serve(reactor))))
