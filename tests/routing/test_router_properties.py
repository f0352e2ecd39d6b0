"""Whatever happens in whatever order: no call lost or joined twice, no agent with two calls, no agent stuck."""

from typing import Any

from hypothesis import settings, strategies
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from routing.agent import HOLDING, RESTING, State
from routing.commands import JoinCall, Ring, RoutingCommand, StopRinging
from routing.facts import (
    AgentAnswered,
    AgentKnown,
    AgentLegEnded,
    CallGone,
    CallWaiting,
    PauseAsked,
    PhoneLost,
    PhoneRegistered,
    ReadyAsked,
    RoutingFact,
    WrapUpDone,
)
from routing.router import Router, Rules

RULES = Rules(ring_seconds=20, wrap_up_seconds=60, any_after_seconds=45)
LABELS = strategies.sampled_from(["law", "law.labour", "law.labour.injury", "notary", "agent"])
NAMES = [f"a{n}" for n in range(4)]
SKILLS: dict[str, tuple[tuple[str, int], ...]] = {
    "a0": (("*", 3),),
    "a1": (("law", 2),),
    "a2": (("law.labour", 5), ("notary", 1)),
    "a3": (),
}


class Floor(RuleBasedStateMachine):
    calls = Bundle("calls")

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.router = Router(RULES)
        self.number = 0
        self.alive: set[str] = set()  # calls that asked for a person and are still there
        self.legs: set[tuple[str, str]] = set()  # (call, agent) rung and neither stopped nor ended
        self.joined: dict[str, str] = {}
        for name in NAMES:
            self.tell(AgentKnown(name, name, SKILLS[name]))

    def tell(self, fact: RoutingFact) -> None:
        self.carry_out(self.router.handle(fact, self.now))

    def carry_out(self, commands: list[RoutingCommand]) -> None:
        for command in commands:
            leg = (command.call, command.agent)
            match command:
                case Ring():
                    assert command.call in self.alive, "rang for a call that is gone"
                    assert command.call not in self.joined, "rang for a call that talks already"
                    assert leg not in self.legs
                    self.legs.add(leg)
                case StopRinging():
                    self.legs.discard(leg)
                case JoinCall():
                    assert command.call in self.alive
                    assert command.call not in self.joined, "joined twice"
                    self.joined[command.call] = command.agent

    @rule(target=calls, label=LABELS, priority=strategies.sampled_from([0, 0, 0, 10]))
    def call_waits(self, label: str, priority: int) -> str:
        self.number += 1
        call = f"c{self.number}"
        self.alive.add(call)
        self.tell(CallWaiting(call, label, priority))
        return call

    @rule(call=consumes(calls))
    def call_goes(self, call: str) -> None:
        self.alive.discard(call)
        agent = self.joined.pop(call, None)
        self.tell(CallGone(call))
        if agent is not None:
            self.legs.discard((call, agent))
            self.tell(AgentLegEnded(agent, call, 200))

    @rule(name=strategies.sampled_from(NAMES), kind=strategies.sampled_from([PhoneRegistered, PhoneLost, ReadyAsked]))
    def agent_says(self, name: str, kind: Any) -> None:
        self.tell(kind(name))

    @rule(name=strategies.sampled_from(NAMES))
    def agent_pauses(self, name: str) -> None:
        self.tell(PauseAsked(name, "小休"))

    @rule(name=strategies.sampled_from(NAMES))
    def agent_saves(self, name: str) -> None:
        self.tell(WrapUpDone(name))

    @rule(name=strategies.sampled_from(NAMES), late=strategies.booleans())
    def agent_answers(self, name: str, late: bool) -> None:
        """Also for a call that is no longer there: the answer and the hang-up crossed."""
        call = self.router.agents[name].call or "c0"
        if (call, name) in self.legs or late:
            self.tell(AgentAnswered(name, call))

    @rule(name=strategies.sampled_from(NAMES), code=strategies.sampled_from([200, 408, 486]))
    def leg_ends(self, name: str, code: int) -> None:
        call = self.router.agents[name].call
        if call is not None and (call, name) in self.legs:
            self.legs.discard((call, name))
            if self.joined.get(call) == name:
                del self.joined[call]
                if code == 200:
                    self.alive.discard(call)  # the caller goes on to the rating, no longer to a person
            self.tell(AgentLegEnded(name, call, code))

    @rule(seconds=strategies.sampled_from([0.5, 5.0, 21.0, 46.0, 61.0]))
    def time_passes(self, seconds: float) -> None:
        until = self.now + seconds
        for _ in range(100):
            due = self.router.next_deadline()
            if due is None or due > until:
                break
            self.now = max(self.now, due)
            self.carry_out(self.router.tick(self.now))
        else:
            raise AssertionError("time stands still: a deadline comes again and again")
        self.now = until

    @invariant()
    def no_call_is_lost(self) -> None:
        waiting = {one.call for one in self.router.queue}
        held = [agent.call for agent in self.router.agents.values() if agent.state in HOLDING]
        assert len(held) == len(set(held)), "one call with two agents"
        assert waiting.isdisjoint(held)
        assert self.alive == waiting | {call for call in held if call is not None}

    @invariant()
    def order_is_kept(self) -> None:
        ranks = [one.rank for one in self.router.queue]
        assert ranks == sorted(ranks)

    @invariant()
    def nobody_idles_while_a_call_waits(self) -> None:
        for agent in self.router.agents.values():
            if agent.state is not State.READY:
                continue
            for waiting in self.router.queue:
                able = agent.generalist or agent.level(waiting.label) > 0
                assert not able, f"{agent.name} is free and {waiting.call} waits"

    @invariant()
    def every_busy_state_has_a_way_out(self) -> None:
        for agent in self.router.agents.values():
            if agent.state not in RESTING:
                assert self.router.next_deadline() is not None
            if agent.state in RESTING:
                assert agent.call is None


Floor.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestFloor = Floor.TestCase
