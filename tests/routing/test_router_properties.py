"""Whatever happens in whatever order: no call lost or joined twice, no agent with two calls, no agent stuck, the order
as defined, nobody idle while a call waits that they may take, and a restart from the log gives the same state.
"""

from collections.abc import Callable
from dataclasses import asdict
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import settings, strategies
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from routing.agent import FORCED, HOLDING, RESTING, Agent, State
from routing.commands import JoinCall, Ring, RoutingCommand, StopRinging
from routing.explain import explain
from routing.facts import (
    AgentAnswered,
    AgentForgotten,
    AgentKnown,
    AgentLegEnded,
    AgentRinging,
    CallGone,
    CallWaiting,
    ForceAsked,
    LoadChanged,
    PauseAsked,
    PhoneLost,
    PhoneRegistered,
    ReadyAsked,
    RoutingFact,
    WrapUpDone,
)
from routing.needs import Tier, tier_of
from routing.queue import Waiting
from routing.router import BACK, Router, Rules
from routing.rules import Waits
from telephony.calls.switchboard import Switchboard
from telephony.core.snapshot import freeze, thaw

RULES = Rules(
    ring_seconds=20,
    wrap_up_seconds=60,
    any_after_seconds=45,
    reserved_seconds=15,
    talk_seconds=300,
    lost_seconds=30,
    waits={"notary": Waits(0, 5, 10, 30, 40)},
    levels={"law.labour": 3},
    groups={"group.minor": 2},
)
LIMITS = {State.RESERVED: 15, State.RINGING: 20, State.TALKING: 300, State.WRAP_UP: 60, State.LOST: 30}
LABELS = strategies.sampled_from(["law", "law.labour", "law.labour.injury", "notary", "agent"])
NEEDS = strategies.sets(
    strategies.sampled_from([("lang.wu", 2), ("group.minor", 1), ("region.01", 1), ("region.02", 1)]), max_size=2
)
NAMES = [f"a{n}" for n in range(5)]
SKILLS: list[tuple[tuple[str, int], ...]] = [
    (("*", 3), ("region.01", 1)),
    (("law", 2), ("lang.wu", 3)),
    (("law.labour", 5), ("notary", 1), ("group.minor", 1)),
    (("law.family", 3), ("region.02", 1)),
    (),
]
ANYBODY = strategies.sampled_from(NAMES)


class Floor(RuleBasedStateMachine):
    calls = Bundle("calls")

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0
        self.router = Router(RULES)
        self.router.witness = self.decided
        self.log: list[tuple[RoutingFact | None, float]] = []
        self.number = 0
        self.alive: set[str] = set()  # calls that asked for a person and are still there
        self.legs: set[tuple[str, str]] = set()  # (call, agent) rung and neither stopped nor ended
        self.joined: dict[str, str] = {}
        for name, skills in zip(NAMES, SKILLS, strict=True):
            self.tell(AgentKnown(name, name, skills))

    def tell(self, fact: RoutingFact | None) -> None:
        """A fact, or None for the alarm."""
        self.log.append((fact, self.now))
        self.carry_out(self.router.tick(self.now) if fact is None else self.router.handle(fact, self.now))

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
                    if self.joined.get(command.call) == command.agent:
                        del self.joined[command.call]
                case JoinCall():
                    assert command.call in self.alive
                    assert command.call not in self.joined, "joined twice"
                    self.joined[command.call] = command.agent

    # --- calls

    @rule(
        target=calls,
        label=LABELS,
        priority=strategies.sampled_from([0, 0, 0, 1, 10]),
        needs=NEEDS,
        preferred=strategies.sampled_from(["", "", *NAMES]),
        excluded=strategies.sampled_from([(), (), ("a0",), ("a1", "a2")]),
    )
    def call_waits(
        self, label: str, priority: int, needs: set[tuple[str, int]], preferred: str, excluded: tuple[str, ...]
    ) -> str:
        self.number += 1
        call = f"c{self.number}"
        self.alive.add(call)
        self.tell(CallWaiting(call, label, priority, tuple(sorted(needs)), preferred, excluded))
        return call

    @rule(
        target=calls,
        label=LABELS,
        priority=strategies.sampled_from([0, 0, 2, 10]),
        ago=strategies.sampled_from([1.0, 100.0, 5000.0]),
        preferred=strategies.sampled_from(["", "", *NAMES]),
        kept=strategies.sampled_from([5.0, 50.0]),
    )
    def callback_waits(self, label: str, priority: int, ago: float, preferred: str, kept: float) -> str:
        """A call with an older place, kept for one agent for its own time."""
        self.number += 1
        call = f"c{self.number}"
        self.alive.add(call)
        place = {"preferred": preferred, "since": self.now - ago, "kept_until": self.now + kept}
        self.tell(CallWaiting(call, label, priority, **place))  # type: ignore[arg-type]
        return call

    @rule(call=consumes(calls), talked=strategies.booleans())
    def call_goes(self, call: str, talked: bool = True) -> None:
        self.alive.discard(call)
        agent = self.joined.pop(call, None)
        self.tell(CallGone(call, talked))
        if agent is not None:
            self.legs.discard((call, agent))
            self.tell(AgentLegEnded(agent, call, 200))

    # --- agents

    @rule(name=ANYBODY, kind=strategies.sampled_from([PhoneRegistered, PhoneLost, ReadyAsked, ReadyAsked, WrapUpDone]))
    def agent_says(self, name: str, kind: Any) -> None:
        self.tell(kind(name))

    @rule(name=ANYBODY)
    def agent_comes_to_work(self, name: str) -> None:
        self.tell(PhoneRegistered(name))
        self.tell(ReadyAsked(name))

    @rule(name=ANYBODY)
    def agent_pauses(self, name: str) -> None:
        self.tell(PauseAsked(name, "小休"))

    @rule(name=ANYBODY, state=strategies.sampled_from(sorted(FORCED)))
    def supervisor_forces(self, name: str, state: str) -> None:
        self.tell(ForceAsked(name, state, "wang"))

    @rule(name=ANYBODY, load=strategies.sampled_from([0.0, 0.5, 0.8, 1.0]))
    def other_work(self, name: str, load: float) -> None:
        self.tell(LoadChanged(name, load))

    @rule(name=ANYBODY, skills=strategies.sampled_from(SKILLS))
    def account_changes(self, name: str, skills: tuple[tuple[str, int], ...]) -> None:
        self.tell(AgentForgotten(name))
        self.tell(AgentKnown(name, name, skills))

    # --- legs

    @rule(name=ANYBODY)
    def agent_rings(self, name: str) -> None:
        self.tell(AgentRinging(name, self.router.agents[name].call or "c0"))

    @rule(name=ANYBODY, late=strategies.booleans())
    def agent_answers(self, name: str, late: bool) -> None:
        """Also for a call that is no longer there: the answer and the hang-up crossed."""
        call = self.router.agents[name].call or "c0"
        if (call, name) in self.legs or late:
            self.tell(AgentAnswered(name, call))

    @rule(name=ANYBODY, code=strategies.sampled_from([200, 408, 486]))
    def leg_ends(self, name: str, code: int) -> None:
        call = self.router.agents[name].call
        if call is not None and (call, name) in self.legs:
            self.legs.discard((call, name))
            if self.joined.get(call) == name:
                del self.joined[call]
                if code == 200:
                    self.alive.discard(call)  # the caller goes on to the rating, no longer to a person
            self.tell(AgentLegEnded(name, call, code))

    # --- time

    @rule(seconds=strategies.sampled_from([0.5, 5.0, 21.0, 46.0, 61.0, 301.0]))
    def time_passes(self, seconds: float) -> None:
        until = self.now + seconds
        for _ in range(200):
            due = self.router.next_deadline()
            if due is None or due > until:
                break
            self.now = max(self.now, due)
            self.tell(None)
        else:
            raise AssertionError("time stands still: a deadline comes again and again")
        self.now = until

    @rule(seconds=strategies.sampled_from([-7200.0, -30.0, -2.0, 90.0, 86400.0]))
    def clock_leaps(self, seconds: float) -> None:
        self.now += seconds
        self.tell(None)

    @rule()
    def the_core_restarts_from_a_snapshot(self) -> None:
        self.router.witness = None
        before = Switchboard(self.router, no_session)
        after = Switchboard(Router(RULES), no_session)
        thaw(freeze(before), after)
        assert whole(after.router) == whole(self.router)
        self.router = after.router
        self.router.witness = self.decided

    # --- what must hold

    def free(self) -> list[Agent]:
        return [each for each in self.router.agents.values() if each.state is State.READY and each.load < 0.8]

    def may(self, agent: Agent, waiting: Waiting) -> bool:
        """The rules again, agent by agent and without an index."""
        if agent.name in waiting.excluded or agent.name == waiting.preferred:
            return agent.name not in waiting.excluded
        wanted = self.router.agents.get(waiting.preferred)
        waited_for = waiting.priority < 10 and waiting.preferred not in waiting.excluded
        if waiting.kept_until and waited_for and self.now < waiting.kept_until:
            return False
        if (
            waiting.kept_until == 0
            and waited_for
            and wanted is not None
            and self.now < waiting.since + RULES.preferred_seconds
        ):
            at_work = wanted.state not in (State.OFFLINE, State.PAUSED, State.LOST)
            if at_work and wanted.willing and wanted.load < 0.8:
                return False
        opened = waiting.since if waiting.opened is None else waiting.opened
        return self.now >= opened + waiting.needs.wait_for(tier_of(agent.skills, waiting.needs))

    def decided(self, waiting: Waiting, agent: str, now: float) -> None:
        """Just before a decision: it is the one the rules give, and the explanation says so."""
        free = self.free()
        if agent:
            for earlier in self.router.queue:
                if earlier is waiting:
                    break
                assert not any(self.may(each, earlier) for each in free), f"{earlier.call} was before {waiting.call}"
        able = [each for each in free if self.may(each, waiting)]
        order = sorted(able, key=lambda each: (self.tier(each, waiting), each.load, each.idle_since, each.name))
        assert (order[0].name if order else "") == agent
        found = explain(self.router, waiting, now)
        assert [one.agent for one in found.candidates] == [each.name for each in order]
        assert {one.agent for one in found.refused} == set(self.router.agents) - {each.name for each in order}

    @staticmethod
    def tier(agent: Agent, waiting: Waiting) -> Tier:
        return Tier.PREFERRED if agent.name == waiting.preferred else tier_of(agent.skills, waiting.needs)

    @invariant()
    def no_call_is_lost(self) -> None:
        waiting = {one.call for one in self.router.queue}
        held = [agent.call for agent in self.router.agents.values() if agent.state in HOLDING]
        assert len(held) == len(set(held)), "one call with two agents"
        assert waiting.isdisjoint(held)
        assert self.alive == waiting | {call for call in held if call is not None}
        assert set(self.router.held) == set(held)

    @invariant()
    def order_is_kept(self) -> None:
        """Emergencies by priority and age; then by age, a step of priority worth a minute; then by call id."""
        found = list(self.router.queue)
        urgent = sorted((w for w in found if w.priority >= 10), key=lambda w: (-w.priority, w.since, w.call))
        others = [w for w in found if w.priority < 10]
        others.sort(key=lambda w: (w.since - 60 * w.priority, w.since, w.call))
        assert found == urgent + others
        assert all(waiting.since <= self.now + BACK for waiting in found), "came in the future"

    @invariant()
    def nobody_idles_while_a_call_waits_for_them(self) -> None:
        for agent in self.free():
            for waiting in self.router.queue:
                assert not self.may(agent, waiting), f"{agent.name} is free and {waiting.call} waits"

    @invariant()
    def nobody_is_stuck(self) -> None:
        """Every state but those of rest ends by itself, in no more than its time from now."""
        due = self.router.next_deadline()
        for agent in self.router.agents.values():
            deadline = agent.deadline(RULES)
            if agent.state in RESTING:
                assert agent.call is None
                assert deadline is None
            else:
                assert deadline is not None
                assert due is not None
                assert due <= deadline <= self.now + LIMITS[agent.state] + BACK

    def teardown(self) -> None:
        """A router that is told the same facts again stands where this one stands."""
        again = Router(RULES)
        for fact, now in self.log:
            if fact is None:
                again.tick(now)
            else:
                again.handle(fact, now)
        assert whole(again) == whole(self.router)


def no_session(_call: str) -> Any:
    return SimpleNamespace(script=None)


def whole(router: Router) -> dict[str, Any]:
    """Everything a router will decide by."""
    return {
        "agents": {name: asdict(agent) for name, agent in router.agents.items()},
        "queue": [asdict(waiting) for waiting in router.queue],
        "held": {call: asdict(waiting) for call, waiting in router.held.items()},
        "by call": {call: agent.name for call, agent in router.floor.by_call.items()},
        "free": router.floor.free,
        "decisions": list(router.decisions),
        "deadline": router.next_deadline(),
    }


def walk(floor: Floor, chance: Random, steps: int, agents_wait: bool) -> None:
    """A day as it may go: mostly calls that are answered, and everything else that may happen now and then.

    With `agents_wait` there are fewer calls than agents can take.
    """

    def leave() -> None:
        if floor.alive:
            floor.call_goes(chance.choice(sorted(floor.alive)))

    def come() -> None:
        needs = chance.sample(
            [("lang.wu", 2), ("group.minor", 1), ("region.01", 1), ("region.02", 1)], chance.randint(0, 2)
        )
        label = chance.choice(["law", "law.labour", "law.labour.injury", "law.family", "notary", "agent"])
        excluded = chance.choice([(), (), (), ("a0",), ("a1", "a2")])
        preferred = chance.choice(["", "", "", *NAMES])
        floor.call_waits(label, chance.choice([0, 0, 0, 0, 1, 2, 10]), set(needs), preferred, excluded)

    def name() -> str:
        return chance.choice(NAMES)

    often: list[Callable[[], Any]] = [
        come,
        lambda: floor.agent_comes_to_work(name()),
        lambda: floor.agent_answers(name(), False),
        lambda: floor.agent_rings(name()),
        lambda: floor.leg_ends(name(), 200),
        lambda: floor.agent_says(name(), WrapUpDone),
        lambda: floor.time_passes(chance.choice([0.5, 2.0, 7.0, 12.0])),
    ]
    seldom: list[Callable[[], Any]] = [
        leave,
        lambda: floor.agent_says(name(), chance.choice([PhoneLost, PhoneLost, PhoneRegistered])),
        lambda: floor.agent_pauses(name()),
        lambda: floor.supervisor_forces(name(), chance.choice(sorted(FORCED))),
        lambda: floor.other_work(name(), chance.choice([0.0, 0.0, 0.5, 0.9])),
        lambda: floor.account_changes(name(), chance.choice(SKILLS)),
        lambda: floor.agent_answers(name(), True),
        lambda: floor.leg_ends(name(), chance.choice([408, 486])),
        lambda: floor.time_passes(chance.choice([46.0, 301.0])),
        lambda: floor.clock_leaps(chance.choice([-7200.0, -30.0, -2.0, 90.0, 86400.0])),
    ]
    if agents_wait:
        often += [lambda: floor.agent_says(name(), WrapUpDone), lambda: floor.leg_ends(name(), 200)] * 4
        often += [lambda: floor.agent_comes_to_work(name()), lambda: floor.time_passes(3.0)] * 4
    for _ in range(steps):
        chance.choice(seldom if chance.random() < 0.2 else often)()
        floor.no_call_is_lost()
        floor.order_is_kept()
        floor.nobody_idles_while_a_call_waits_for_them()
        floor.nobody_is_stuck()
        if len(floor.alive) > 12:
            leave()


@pytest.mark.parametrize("seed", range(20))
def test_long_days(seed: int) -> None:
    floor = Floor()
    walk(floor, Random(seed), 500, agents_wait=seed % 2 == 0)
    assert len(floor.router.decisions) > 20, "a day on which nothing happens shows nothing"
    floor.teardown()


Floor.TestCase.settings = settings(max_examples=60, stateful_step_count=50, deadline=None)
TestFloor = Floor.TestCase
