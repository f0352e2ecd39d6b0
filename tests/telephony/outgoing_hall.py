"""Callbacks told to a real switchboard: a queue, agents, and a resident who may be reached. No sockets, no clock."""

from typing import Any

from ivr.commands import Command
from ivr.facts import (
    CALLER,
    Answered,
    CallbackDue,
    LegAnswered,
    LegRinging,
    Originated,
    PromptEnded,
)
from ivr.outgoing import Outgoing
from ivr.scripts import Script
from ivr.session import Session
from ivr.tree import SPOKEN, Tree
from routing.facts import AgentKnown, PhoneRegistered, ReadyAsked
from routing.router import Router, Rules
from telephony.calls.outgoing import Begins
from telephony.calls.switchboard import KeepRecord, Switchboard, Ticked
from tests.telephony.told import Told

NUMBER, SHOWN = "13800001234", "02012348"
WORDS = dict.fromkeys(SPOKEN, "话") | {"confirm": "{label}"}
TREE = Tree.model_validate({"keys": {"0": {"label": "agent"}}, "prompts": WORDS, "rating": False})
SCRIPT = Script(TREE, None, {name: (f"{name}.wav",) for name in ("callback.greeting", "reconnecting")})  # type: ignore[arg-type]
RULES = Rules(ring_seconds=20, wrap_up_seconds=60, reserved_seconds=15)


def switchboard() -> Switchboard:
    begins = Begins(lambda due: Outgoing(due, SCRIPT, 40.0), "10.0.0.9")
    return Switchboard(Router(RULES), lambda call: Session(call, SCRIPT), strict=True, begins=begins)


class Hall(Told):
    """Facts with their times, and the orders they led to."""

    def __init__(self) -> None:
        super().__init__(switchboard())
        self.records: dict[str, Any] = {}

    def wait(self, seconds: float) -> list[Command]:
        return self.take(Ticked(), after=seconds)

    def handle(self, fact: Any) -> list[Any]:
        orders = super().handle(fact)
        self.records |= {order.sheet.call: order.sheet for order in orders if isinstance(order, KeepRecord)}
        return orders

    def agent(self, name: str) -> list[Command]:
        return self.take(AgentKnown(name, name, (("*", 3),)), PhoneRegistered(name), ReadyAsked(name))

    def state(self, name: str) -> str:
        return self.board.router.agents[name].state.name

    def stage(self, call: str = "HB1-a") -> str:
        session = self.board.calls[call].session
        assert isinstance(session, Outgoing)
        return session.stage.name

    def dialling(self) -> None:
        """li waits on the line, the resident's phone rings."""
        self.take(due())
        self.agent("li")
        self.take(Originated("HB1-a"), LegRinging("HB1-a", "agent:li"), LegAnswered("HB1-a", "agent:li"))
        assert self.stage() == "DIALLING"

    def noticed(self) -> None:
        self.dialling()
        self.take(LegRinging("HB1-a", CALLER), Answered("HB1-a"))
        assert self.stage() == "NOTICE"

    def talking(self) -> None:
        self.noticed()
        self.take(PromptEnded("HB1-a", "callback.greeting", True))


def due(call: str = "HB1-a", callback: str = "HB1", number: str = NUMBER, since: float = 5000.0, **more: Any) -> Any:
    return CallbackDue(call, callback, number, SHOWN, "carrier", "agent", more.pop("priority", 0), since, **more)


def named(commands: list[Command]) -> list[str]:
    return [type(command).__name__ for command in commands]
