"""One call in the hands of agents: what the tests of call control tell and see."""

from typing import Any

from ivr.commands import (
    Command,
    HangUp,
    Join,
    Mix,
)
from ivr.facts import (
    CALLER,
    Answered,
    Arrived,
    LegAnswered,
    LegEnded,
    LegRinging,
    PromptEnded,
    Requested,
)
from ivr.scripts import Script
from ivr.session import Session
from ivr.session import State as SessionState
from ivr.tree import SPOKEN, Tree
from routing.facts import AgentKnown, PhoneRegistered, ReadyAsked
from routing.router import Router, Rules
from telephony.calls.switchboard import Switchboard
from telephony.control.moves import Calling
from telephony.control.rules import refusal
from telephony.control.talk import State
from tests.telephony.told import Told

WORDS = dict.fromkeys(SPOKEN, "话") | {"confirm": "{label}"}
TREE = Tree.model_validate({"enabled": False, "keys": {"0": {"label": "agent"}}, "prompts": WORDS})
SCRIPT = Script(TREE, None, {name: (f"{name}.wav",) for name in SPOKEN}, music="music.wav")  # type: ignore[arg-type]
RULES = Rules(ring_seconds=20, wrap_up_seconds=60, reserved_seconds=15)
NUMBER, SHOWN = "02087654321", "02012348"
WAY = {NUMBER: SHOWN}
LI, WU, ZHOU = "agent:li", "agent:wu", "agent:zhou"
OUT = "outside:1"
PLAIN = ((LI, CALLER), (CALLER, LI))


def switchboard() -> Switchboard:
    calling = Calling("hold.wav", WAY.get, "10.0.0.9")
    return Switchboard(Router(RULES), lambda call: Session(call, SCRIPT), strict=True, calling=calling)


class Hall(Told):
    """One call from c1 with li, and wu and zhou ready; facts with their times, and the orders they led to."""

    def __init__(self, board: Switchboard | None = None) -> None:
        super().__init__(board or switchboard())
        self.pairs: set[tuple[str, str]] = set()
        for name, skills in (("li", (("*", 3),)), ("wu", (("notary", 4),)), ("zhou", (("*", 1),))):
            self.take(AgentKnown(name, f"{name}1", skills), PhoneRegistered(name))

    def handle(self, fact: Any) -> list[Any]:
        orders = super().handle(fact)
        self.heard(fact, orders)
        return orders

    def talking(self) -> None:
        self.take(ReadyAsked("li"), Arrived("c1", "13800001234", "12348", "t"), Answered("c1"))
        self.take(PromptEnded("c1", "notice", True), LegAnswered("c1", LI))
        assert self.state is State.TALK
        self.take(ReadyAsked("wu"), ReadyAsked("zhou"))

    def ask(self, request: str, kind: str = "", target: str = "", by: str = "li") -> list[Command]:
        asked = Requested("c1", request, by, kind, target)
        assert refusal(self.board, self.board.calls.get("c1"), asked) == ""
        return self.take(asked)

    def refused(self, request: str, kind: str = "", target: str = "", by: str = "li") -> str:
        asked = Requested("c1", request, by, kind, target)
        why = refusal(self.board, self.board.calls.get("c1"), asked)
        assert why
        assert self.take(asked) == [], "what is refused does nothing"
        return why

    @property
    def state(self) -> State:
        return self.board.calls["c1"].control.state

    @property
    def session(self) -> SessionState:
        return self.board.calls["c1"].session.state

    def agents(self) -> dict[str, str]:
        return {agent.name: agent.state.name for agent in self.board.router.agents.values()}

    def mixed(self) -> set[tuple[str, str]]:
        """Who hears whom, as the worker has it: what it was told, without the legs that have ended since."""
        return self.pairs

    def heard(self, fact: Any, orders: list[Any]) -> None:
        if isinstance(fact, LegEnded):
            self.pairs = {pair for pair in self.pairs if fact.leg not in pair}
        for order in orders:
            match order:
                case HangUp(leg=leg):
                    self.pairs = {pair for pair in self.pairs if leg not in pair}
                case Join(leg=leg):
                    self.pairs = self.pairs | {(CALLER, leg), (leg, CALLER)}
                case Mix(pairs=all_of_them):
                    self.pairs = set(all_of_them)

    def consulting(self, leg: str = WU, **asked: str) -> None:
        self.talking()
        self.ask("consult", **(asked or {"kind": "agent", "target": "wu"}))
        self.take(LegRinging("c1", leg), LegAnswered("c1", leg))
        assert self.state is State.CONSULT

    def outside(self) -> None:
        self.talking()
        self.ask("transfer", "number", NUMBER)
        self.take(LegEnded("c1", LI, 200, ""), LegAnswered("c1", OUT))
        assert self.state is State.OUTSIDE


def mutual(*legs: str) -> set[tuple[str, str]]:
    return {(one, other) for one in legs for other in legs if one != other}


def names(commands: list[Command]) -> list[str]:
    return [type(command).__name__ for command in commands]
