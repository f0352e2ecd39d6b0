"""Waiting callers through the real switchboard: place and range are said when known, and a replay says the same."""

from typing import Any

from ivr.commands import Command, Play
from ivr.facts import Answered, Arrived, DigitPressed, LegAnswered, LegEnded, LegRinging, PromptEnded
from ivr.scripts import Script
from ivr.session import Session
from ivr.tree import SPOKEN, Tree
from ivr.waiting import Announcements, wording
from routing.facts import AgentKnown, PhoneRegistered, ReadyAsked, WrapUpDone
from routing.router import Router, Rules
from telephony.calls.switchboard import Switchboard, Ticked
from telephony.core.journal import fact_entry, replay

WORDS = dict.fromkeys(SPOKEN, "话") | {"confirm": "{label}"}
TREE = Tree.model_validate({"keys": {"0": {"label": "agent"}}, "prompts": WORDS, "announce_every_seconds": 30})
SPOKEN_PLACE = {"position": "{n:position}", "range": "{low:count}到{high:count}分钟", "about": "约{n:count}分钟"}
ANNOUNCEMENTS = Announcements.model_validate({"prompts": SPOKEN_PLACE | {"over": "逾{n:count}分钟", "soon": "soon"}})
RULES = Rules()
WORDING = wording(ANNOUNCEMENTS)
PARTS = {name: name for name in WORDING.sounds()}


def switchboard(rules: Rules = RULES) -> Switchboard:
    prompts = {name: (name,) for name in ("still_waiting", "waiting.soon")}
    templates = WORDING.templates()
    script = Script(TREE, None, prompts, announcements=ANNOUNCEMENTS, templates=templates, parts=PARTS)  # type: ignore[arg-type]
    return Switchboard(Router(rules), lambda call: Session(call, script), strict=True)


class Day:
    """Facts with the time they came, and what was played in the queue."""

    def __init__(self, rules: Rules) -> None:
        self.board = switchboard(rules)
        self.now = 1000.0
        self.entries: list[Any] = []
        self.orders: list[Any] = []

    def take(self, fact: Any, after: float = 1.0) -> None:
        until = self.now + after
        while (due := self.board.next_deadline()) is not None and due <= until:
            self._take(Ticked(), max(due, self.now))
        self._take(fact, until)

    def _take(self, fact: Any, at: float) -> None:
        self.now = at
        self.entries.append(fact_entry("b", at, fact))
        self.orders += self.board.handle(fact, at)

    def wants_person(self, call: str) -> None:
        self.take(Arrived(call, "1", "12348", "local"))
        self.take(Answered(call))
        self.take(DigitPressed(call, "0"))
        self.take(PromptEnded(call, "notice", True))
        self.take(PromptEnded(call, "to_person", True))

    def served(self, call: str, seconds: float) -> None:
        self.wants_person(call)
        self.take(LegAnswered(call, "agent:li"))
        self.take(LegEnded(call, "caller", 200, ""), seconds)
        self.take(LegEnded(call, "agent:li", 200, ""), 0)
        self.take(WrapUpDone("li"), 0)

    def told(self, call: str) -> list[tuple[str, ...]]:
        played = [order for order in self.orders if isinstance(order, Play) and order.call == call]
        return [each.files for each in played if each.prompt == "still_waiting"]


def commands(orders: list[Any]) -> list[Command]:
    return [order for order in orders if isinstance(order, Command)]


def ready(rules: Rules = RULES) -> Day:
    day = Day(rules)
    for fact in (AgentKnown("li", "1001", (("*", 3),)), PhoneRegistered("li"), ReadyAsked("li")):
        day.take(fact)
    return day


def test_while_little_is_known_the_place_alone_is_said() -> None:
    day = ready()
    for call in ("talks", "a", "b"):
        day.wants_person(call)
    day.take(LegAnswered("talks", "agent:li"))
    day.take(PromptEnded("b", "still_waiting", True), 31)
    assert day.told("b") == [("still_waiting", "part.第二位.end")]
    day.take(LegEnded("a", "caller", 200, ""))
    day.take(PromptEnded("b", "still_waiting", True), 31)
    assert day.told("b")[1:] == [("still_waiting", "part.第一位.end")]


def test_with_enough_calls_the_range_is_said_at_every_second_announcement_and_a_replay_agrees() -> None:
    day = ready()
    for n in range(10):
        day.served(f"done{n}", 239.0)
    assert day.board.pace.mean == 239
    for call in ("talks", "a", "b"):
        day.wants_person(call)
    day.take(LegAnswered("talks", "agent:li"))
    for _ in range(3):
        day.take(PromptEnded("b", "still_waiting", True), 31)
    # Two ends of calls away at 239 s each: eight of ten such waits lie within 2.1 and 15.5 minutes.
    place, minutes = "part.第二位.end", ("part.三", "part.到", "part.十六", "part.分钟.end")
    both, alone = ("still_waiting", place, *minutes), ("still_waiting", place)
    assert day.told("b") == [both, alone, both]
    again = [order for _, orders in replay(day.entries, switchboard()) for order in orders]
    assert commands(again) == commands(day.orders)


def test_while_a_phone_rings_no_place_is_said() -> None:
    day = ready(Rules(ring_seconds=100))
    day.wants_person("a")
    day.take(LegRinging("a", "agent:li"), 0)
    day.take(PromptEnded("a", "still_waiting", True), 31)
    assert day.told("a") == [("still_waiting",)]


def test_handling_ends_with_the_wrap_up_however_it_ends() -> None:
    """By the agent, by the clock, and by a phone that vanished in the talk."""
    day = ready(Rules(wrap_up_seconds=60))
    day.served("a", 100.0)
    assert (day.board.pace.calls, day.board.pace.mean) == (1, 100.0)
    day.wants_person("b")
    day.take(LegAnswered("b", "agent:li"))
    day.take(LegEnded("b", "caller", 200, ""), 100.0)
    day.take(LegEnded("b", "agent:li", 200, ""), 0)
    day.take(PhoneRegistered("li"), 70)
    assert (day.board.pace.calls, day.board.pace.mean) == (2, (100 + 160) / 2)
    day.wants_person("c")
    day.take(LegAnswered("c", "agent:li"))
    day.take(LegEnded("c", "agent:li", 408, ""), 10)
    assert day.board.pace.busy == {}
    assert day.board.pace.calls == 3
