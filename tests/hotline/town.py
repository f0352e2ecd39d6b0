"""A town whose residents are to be called back: its switchboard, its database, and a clock moved by hand."""

from datetime import UTC, datetime, timedelta, timezone
from itertools import count
from pathlib import Path
from typing import Any

from config.load import PACKAGED
from config.settings import Settings
from hotline.callbacks.due import look, plan, runs_of
from hotline.callbacks.following import keeping, wish
from ivr.commands import Dial, Originate
from ivr.facts import (
    CALLER,
    LegAnswered,
    LegEnded,
    Originated,
    WorkerLost,
)
from ivr.outgoing import Outgoing
from ivr.scripts import Script
from ivr.session import Session
from ivr.tree import SPOKEN, Tree
from records import callbacks
from records.callback_entry import Callback
from records.callrecords import CallRecord
from records.engine import Database, open_database
from records.upgrade import upgrade
from routing.callbacks import CallbackRules, standing
from routing.estimate import Abandons
from routing.facts import AgentKnown, PhoneRegistered, ReadyAsked
from routing.router import Router, Rules
from telephony.calls.outgoing import Begins
from telephony.calls.switchboard import KeepRecord, Switchboard, Ticked
from telephony.core.writing import record_of

ZONE = timezone(timedelta(hours=8))
NOON = datetime(2026, 11, 23, 12, tzinfo=ZONE).timestamp()
TRUNK = {
    "name": "carrier",
    "addresses": ["10.0.0.1/32"],
    "outbound": {"host": "10.0.0.1", "allow": ["1[3-9]xxxxxxxxx"], "caller_id": "02012348"},
}
RULES = CallbackRules.model_validate(
    {"windows": {"every": "00:00-24:00"}, "gaps_seconds": [900, 3600], "retry_seconds": 60, "keep_seconds": 86400}
)
WORDS = dict.fromkeys(SPOKEN, "话") | {"confirm": "{label}"}
TREE = Tree.model_validate({"keys": {"0": {"label": "agent"}}, "prompts": WORDS, "rating": False})
SCRIPT = Script(TREE, None, {})  # type: ignore[arg-type]
NUMBERS = ("13800000001", "13800000002", "13800000003")


def site(home: Path, *trunks: dict[str, Any]) -> Settings:
    return Settings.model_validate({"home": home, "folder": PACKAGED, "trunks": trunks})


def names(_day: Any) -> tuple[str, ...]:
    return ("every",)


class Town:
    """A switchboard, and a database that keeps its records as the core does; `now` moves by hand."""

    def __init__(self, home: Path) -> None:
        self.settings = site(home, TRUNK)
        upgrade(self.settings)
        self.database: Database = open_database(self.settings)
        begins = Begins(lambda due: Outgoing(due, SCRIPT, 40.0))
        self.board = Switchboard(Router(Rules()), lambda call: Session(call, SCRIPT), strict=True, begins=begins)
        self.keep = keeping(RULES, Abandons(), TREE.priority)
        self.now = NOON
        self.names = count(1)
        self.asked: list[str] = []  # calls that wait for a worker
        self.ringing: set[str] = set()  # calls in which a resident is dialled or talks
        self.dials: list[str] = []
        self.late: list[CallRecord] = []  # records the database has not been given yet

    def tell(self, fact: Any) -> None:
        for order in self.board.handle(fact, self.now):
            match order:
                case KeepRecord():
                    self.late.append(record_of(order.sheet))
                case Originate():
                    self.asked.append(order.call)
                case Dial() if order.leg == CALLER:
                    self.dials.append(order.call)
                    self.ringing.add(order.call)
        if isinstance(fact, LegEnded) and fact.leg == CALLER:
            self.ringing.discard(fact.call)
        if isinstance(fact, WorkerLost):
            self.ringing.discard(fact.call)

    def pass_time(self, seconds: float) -> None:
        until = self.now + seconds
        while (due := self.board.next_deadline()) is not None and due <= until:
            self.now = max(due, self.now)
            self.tell(Ticked())
        self.now = until

    def write(self) -> None:
        """The writer thread comes to the records it was given."""
        late, self.late = self.late, []
        for record in late:
            self.database.do(self.keep, record)

    def look(self) -> None:
        """As hotline.callbacks.dialling looks: behind every record given before."""
        before = runs_of(self.board)
        self.write()
        there = self.database.do(look, RULES, before.calls, self.now)
        local = datetime.fromtimestamp(self.now, UTC).astimezone(ZONE)
        wanted = standing(RULES, there, (self.now, local), names)
        for fact in plan(self.settings, RULES, wanted, before, runs_of(self.board), self.name):
            self.tell(fact)

    def name(self, callback: Callback) -> str:
        return f"{callback.id}-{next(self.names)}"

    def wish(self, number: str, **more: Any) -> Callback:
        wanted = Callback("", number, "missed", self.now, self.now, self.now, **more)
        return self.database.do(wish, RULES, wanted)

    def callback(self, id: str) -> Callback:
        found = self.database.read(callbacks.get, id)
        assert found is not None
        return found

    def agent(self, name: str) -> None:
        for fact in (AgentKnown(name, name, (("*", 3),)), PhoneRegistered(name), ReadyAsked(name)):
            self.tell(fact)

    def dial(self, call: str) -> None:
        """The worker comes, the agent answers, the resident's number is dialled."""
        self.tell(Originated(call))
        agent = self.board.router.floor.by_call[call].name
        self.tell(LegAnswered(call, f"agent:{agent}"))
