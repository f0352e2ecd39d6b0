"""A caller asks for a ticket's progress by keys: exchange, session, desk and database are real, only legs are missing.

What the desk answers is a fact of the log, so the call replays without a database.
"""

from pathlib import Path
from typing import Any

import pytest
import yaml
from twisted.internet.defer import ensureDeferred
from twisted.internet.selectreactor import SelectReactor

from config.load import PACKAGED
from config.settings import Settings
from hotline.callbacks.following import load_callbacks
from hotline.services.desk import ServiceDesk
from ivr.commands import Command, Play
from ivr.facts import Answered, Arrived, DigitPressed, Fact, LegEnded, PromptEnded
from ivr.load_hours import ZONE, load_calendar
from ivr.scripts import Script
from ivr.session import Session, State
from ivr.slots.offering import Offering
from ivr.slots.services import ServiceSettings
from ivr.tree import SPOKEN, Tree
from records import calllog, callrecords
from records.engine import Database
from records.threads import DatabaseThreads
from routing.router import Router, Rules
from telephony.calls.switchboard import Switchboard
from telephony.core.exchange import Exchange
from telephony.core.journal import command_entry, replay
from tickets.writing import Draft, open_ticket

CALLING = "13800001234"
SERVICES = ServiceSettings.model_validate(yaml.safe_load((PACKAGED / "services.yaml").read_text(encoding="utf-8")))
KEYS = {"0": {"label": "agent"}, "6": {"label": "appointment", "service": "choose"}}
TREE = Tree.model_validate({"keys": KEYS, "prompts": dict.fromkeys(SPOKEN, "话") | {"confirm": "{label}"}})


def switchboard() -> Switchboard:
    """Nobody is understood here: keys alone lead through."""
    calendar = load_calendar(Settings(home=Path("unused"), folder=PACKAGED))
    script = Script(TREE, None, prompts={}, services=Offering(SERVICES, calendar, ZONE))  # type: ignore[arg-type]
    return Switchboard(Router(Rules()), lambda call: Session(call, script), strict=True)


class Core:
    """The exchange with the desk, on a reactor of its own."""

    def __init__(self, database: Database) -> None:
        self.reactor: Any = SelectReactor()
        self.reactor.startRunning(installSignalHandlers=False)
        self.threads = DatabaseThreads(self.reactor, database)
        self.board = switchboard()
        self.sent: list[Command] = []
        self.exchange = Exchange(self.reactor, self.board, self.threads, "b1", self.sent.append)
        rules = load_callbacks(Settings(home=Path("unused"), folder=PACKAGED))
        self.exchange.desk = ServiceDesk(self.threads, rules, lambda _label: 0, lambda: None)

    def take(self, *facts: Fact) -> None:
        for fact in facts:
            self.wait_for(self.exchange.take(fact))

    def wait_for(self, deferred: Any) -> None:
        done: list[Any] = []
        deferred.addCallback(done.append)
        while not done:
            self.reactor.iterate(0.01)

    def until(self, state: State) -> None:
        """The desk's answer comes in its own time."""
        while self.board.calls["c1"].session.state is State.LOOKING_UP:
            self.reactor.iterate(0.01)
        assert self.board.calls["c1"].session.state is state

    def close(self) -> None:
        self.exchange.stop()
        self.wait_for(ensureDeferred(self.threads.close()))


def called(core: Core, caller: str, keys: str) -> None:
    core.take(Arrived("c1", caller, "12348", "local"), Answered("c1"), PromptEnded("c1", "notice", True))
    core.take(*(DigitPressed("c1", key) for key in keys))


@pytest.mark.parametrize(
    ("caller", "proof", "state", "outcome"),
    [
        (CALLING, "", State.MORE, "self_served"),
        ("13900000000", "1234", State.MORE, "self_served"),
        ("13900000000", "9999", State.FILLING, "abandoned_ivr"),
    ],
    ids=["own number", "proven", "not proven"],
)
def test_the_desk_is_asked_and_its_answer_is_a_fact(
    database: Database, caller: str, proof: str, state: State, outcome: str
) -> None:
    draft = Draft("law.labour", "欠薪", "内容", "li", calling_number=CALLING, contact_number=CALLING)
    ticket = database.do(open_ticket, draft, 1_795_233_600.0)
    core = Core(database)
    called(core, caller, "62" + "".join(char for char in ticket.number if char.isdigit()))
    core.until(State.FILLING if proof else state)
    core.take(*(DigitPressed("c1", key) for key in proof))
    core.until(state)
    core.take(LegEnded("c1", "caller", 200, ""))
    core.close()
    record = database.read(callrecords.get, "c1")
    assert record is not None
    assert record.outcome == outcome
    logged = database.read(calllog.of_call, "c1")
    asked = [entry for entry in logged if entry.name == "AskProgress"]
    answered = [entry for entry in logged if entry.name == "ProgressFound"]
    assert [entry.kind for entry in asked] == ["command"] * len(answered)
    assert [entry.kind for entry in answered] == ["fact"] * (2 if proof else 1)
    assert not any(type(command).__name__ == "AskProgress" for command in core.sent)
    again = [order for _, orders in replay(logged, switchboard()) for order in orders if isinstance(order, Command)]
    given = [(entry.name, entry.fields) for entry in logged if entry.kind == "command"]
    assert [(each.name, each.fields) for each in (command_entry("b1", 0, order) for order in again)] == given


def test_without_a_desk_the_caller_does_not_wait_for_ever(database: Database) -> None:
    core = Core(database)
    core.exchange.desk = None
    called(core, CALLING, "6220261121000001")
    session = core.board.calls["c1"].session
    assert session.state is State.LOOKING_UP
    due = session.next_deadline()
    assert due is not None
    plays = [each.prompt for each in session.tick(due) if isinstance(each, Play)]
    assert plays == ["to_person"]
    core.close()
