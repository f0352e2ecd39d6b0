"""One call in the hands of agents where emergency lines and 12345 can be had: for tests of lines in talks."""

from typing import Any

from ivr.commands import Command, Dial, HangUp, Mix
from ivr.facts import Answered, Arrived, DigitPressed, Fact, LegAnswered, LegEnded, LineAsked, PromptEnded
from ivr.scripts import Script
from ivr.session import Session
from routing.facts import ReadyAsked
from routing.router import Router
from telephony.calls.conversation import Conversation
from telephony.calls.switchboard import Switchboard
from telephony.control import moves
from telephony.control.moves import Calling
from telephony.control.steps import Occasion
from telephony.control.talk import Request, State
from tests.telephony.control_hall import LI, RULES, WAY, Hall

C = "c1"
POLICE, TO_12345 = "line:110", "line:12345"
TICKET = "GD20261121-000001"
ASK_110 = LineAsked(C, "emergency", "110", "li")
ASK_119 = LineAsked(C, "emergency", "119", "li")
ASK_12345 = LineAsked(C, "12345", "12345", "li", TICKET)


def board_of(script: Script, strict: bool = True) -> Switchboard:
    calling = Calling("hold.wav", WAY.get, "10.0.0.9")
    return Switchboard(Router(RULES), lambda call: Session(call, script), strict=strict, calling=calling)


class LinesHall(Hall):
    """Begins on a working day, c1 with li; wu and zhou are ready."""

    def __init__(self, script: Script, strict: bool = True) -> None:
        self.script = script
        super().__init__(board_of(script, strict))

    def talking(self, *, others: bool = True) -> None:
        self.take(
            ReadyAsked("li"), Arrived(C, "13800001234", "12348", "t"), Answered(C), PromptEnded(C, "notice", True)
        )
        self.take(PromptEnded(C, "notice", True), DigitPressed(C, "0"), LegAnswered(C, LI))
        assert self.state is State.TALK
        if others:
            self.take(ReadyAsked("wu"), ReadyAsked("zhou"))

    def moved(self, request: Request, kind: str = "", target: str = "") -> list[Command]:
        """The request done though the rules refuse it now: the table must stand it all the same."""
        about = Occasion(by="li", kind=kind, target=target, now=self.now, limits=self.board.calling.limits)
        orders = moves.happen(self.board, self.call, request, about)
        self.heard(None, orders)
        return [order for order in orders if isinstance(order, Command)]

    @property
    def call(self) -> Conversation:
        return self.board.calls[C]

    @property
    def known(self) -> bool:
        """Whether the router has a place or an agent for the caller."""
        router = self.board.router
        return router.queue.get(C) is not None or C in router.held

    def ended(self, leg: str, code: int = 200) -> list[Command]:
        return self.take(LegEnded(C, leg, code, ""))

    def wait(self, seconds: float) -> None:
        """Let every deadline go off at its own time."""
        self.take(Nothing(C), after=seconds)

    def handle(self, fact: Any) -> list[Any]:
        return [] if isinstance(fact, Nothing) else super().handle(fact)


class Nothing(Fact):
    """Only time passes."""

    def __init__(self, call: str) -> None:
        object.__setattr__(self, "call", call)


def dialled(orders: list[Any]) -> list[str]:
    return [order.leg for order in orders if isinstance(order, Dial)]


def hung_up(orders: list[Any]) -> list[str]:
    return [order.leg for order in orders if isinstance(order, HangUp)]


def mixes(orders: list[Any]) -> list[set[tuple[str, str]]]:
    return [set(order.pairs) for order in orders if isinstance(order, Mix)]
