"""A working day told to a switchboard: callers press a key, agents pick up, talk, hang up and write their records.

It invents facts in the order and number of real calls; what is measured or tested with them is others' business.
"""

import heapq
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from ivr.commands import Dial, Dismiss, Play
from ivr.facts import (
    Answered,
    Arrived,
    CallerKnown,
    DigitPressed,
    Heard,
    HeardSoFar,
    LegAnswered,
    LegEnded,
    LegRinging,
    PromptEnded,
    RecordingKept,
    Said,
    SpeechStarted,
    WorkerLost,
)
from routing.facts import AgentKnown, PhoneRegistered, ReadyAsked, WrapUpDone
from telephony.calls.switchboard import Order, Ticked
from telephony.core.journal import AnyFact

SENTENCE = "老板欠我三个月工资不给怎么办"
TALK = ("您好请慢慢说", "我在工地干了三个月", "有没有签合同", "没有签", "可以申请劳动仲裁", "谢谢")


@dataclass
class Day:
    """`agents` people answer `calls` calls, one every `every` seconds on average. Times are UTC epoch seconds."""

    calls: int
    agents: int = 20
    every: float = 6.0
    talk: float = 90.0
    now: float = 1_790_000_000.0
    seed: int = 12348
    _events: list[tuple[float, int, AnyFact]] = field(default_factory=list)
    _number: int = 0
    _told: Counter[str] = field(default_factory=Counter)
    _with: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._chance = Random(self.seed)
        for number in range(self.agents):
            name = f"agent{number:03}"
            for fact in (AgentKnown(name, f"1{number:03}", (("*", 3),)), PhoneRegistered(name), ReadyAsked(name)):
                self._at(0.0, fact)
        at = 1.0
        for number in range(self.calls):
            self._at(at, Arrived(f"c{number:06}", f"138{number:08}", "12348", "carrier"))
            at += self._chance.expovariate(1 / self.every)

    def facts(self, board: Any) -> Iterator[tuple[AnyFact, float, int, list[Order]]]:
        """Each fact with its time, its number at its worker (0 for none), and what `board` orders on it."""
        while self._events:
            due = board.next_deadline()
            if due is not None and due < self._events[0][0]:
                self.now, fact = max(due, self.now), Ticked()
            else:
                self.now, _, fact = heapq.heappop(self._events)
            call = getattr(fact, "call", None)
            if call is not None:
                self._told[call] += 1
            orders = board.handle(fact, self.now)
            yield fact, self.now, self._told[call] if call is not None else 0, orders
            self._react(fact, orders)

    def _at(self, seconds: float, fact: AnyFact) -> None:
        self._number += 1
        heapq.heappush(self._events, (self.now + seconds, self._number, fact))

    def _react(self, fact: AnyFact, orders: list[Order]) -> None:
        if isinstance(fact, Arrived):
            self._at(0.05, Answered(fact.call))
            self._at(0.1, CallerKnown(fact.call))
        for order in orders:
            match order:
                case Play(call=call, prompt="notice"):
                    self._at(5.0, PromptEnded(call, "notice", True))
                case Play(call=call, prompt="question") if int(call[1:]) % 3 == 0:
                    self._speak(call)
                case Play(call=call, prompt="question"):
                    self._at(2.0, DigitPressed(call, "0"))
                case Play(call=call, prompt=prompt):
                    self._at(2.0, PromptEnded(call, prompt, True))
                case Dial(call=call, leg=leg):
                    self._with[call] = leg
                    self._at(0.1, LegRinging(call, leg))
                    self._at(3.0, LegAnswered(call, leg))
                    self._talk(call, leg)
                case Dismiss(call=call):
                    self._at(0.2, RecordingKept(call, f"{call}.wav", self.talk, "0" * 64))
                    self._at(0.3, WorkerLost(call, "通话已结束"))

    def _speak(self, call: str) -> None:
        self._at(1.0, SpeechStarted(call))
        for end in range(3, len(SENTENCE), 3):
            self._at(1.0 + end / 5, HeardSoFar(call, SENTENCE[:end]))
        self._at(4.5, Heard(call, SENTENCE, 0.9, 3.0))

    def _talk(self, call: str, leg: str) -> None:
        length = self._chance.uniform(0.3, 1.7) * self.talk
        for number, text in enumerate(TALK):
            said = 4.0 + (length - 5.0) * number / len(TALK)
            self._at(said, Said(call, "caller" if number % 2 else leg, text, said, 2.0))
        self._at(length, LegEnded(call, "caller", 200, ""))
        self._at(length + 0.2, LegEnded(call, leg, 200, ""))
        self._at(length + 10.0, WrapUpDone(leg.removeprefix("agent:")))
