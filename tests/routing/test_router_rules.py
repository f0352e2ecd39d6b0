"""The rules of routing, one by one."""

import pytest

from routing.agent import TABLE, Event, State
from routing.commands import JoinCall, Ring, RoutingCommand, StopRinging
from routing.facts import (
    AgentAnswered,
    AgentKnown,
    AgentLegEnded,
    CallGone,
    CallWaiting,
    PhoneLost,
    PhoneRegistered,
    ReadyAsked,
)
from routing.router import Router, Rules


def ready(router: Router, name: str, now: float, **skills: int) -> list[RoutingCommand]:
    pairs = tuple((code.replace("__", ".").replace("any", "*"), level) for code, level in skills.items())
    router.handle(AgentKnown(name, name, pairs), now)
    router.handle(PhoneRegistered(name), now)
    return router.handle(ReadyAsked(name), now)


def test_a_skilled_agent_comes_before_a_generalist() -> None:
    router = Router(Rules())
    ready(router, "generalist", 1, any=5)
    ready(router, "labour", 2, law__labour=1)
    assert router.handle(CallWaiting("c", "law.labour.injury", 0), 3) == [Ring("c", "labour")]


def test_without_the_skill_a_generalist_answers() -> None:
    router = Router(Rules())
    ready(router, "labour", 1, law__labour=5)
    ready(router, "generalist", 2, any=1)
    assert router.handle(CallWaiting("c", "notary", 0), 3) == [Ring("c", "generalist")]


def test_of_equals_the_one_idle_longest_answers() -> None:
    router = Router(Rules())
    for at, name in enumerate(("late", "early"), 1):
        ready(router, name, 10 - at, any=1)
    assert router.handle(CallWaiting("c", "agent", 0), 20) == [Ring("c", "early")]


def test_after_a_while_anybody_will_do() -> None:
    router = Router(Rules(any_after_seconds=45))
    ready(router, "notary", 0, notary=3)
    assert router.handle(CallWaiting("c", "law", 0), 0) == []
    assert router.next_deadline() == 45
    assert router.tick(44.9) == []
    assert router.tick(45) == [Ring("c", "notary")]


def test_priority_then_arrival_then_call_id() -> None:
    router = Router(Rules())
    for call, priority, at in (("b", 0, 1), ("a", 0, 1), ("late", 0, 2), ("urgent", 10, 3)):
        router.handle(CallWaiting(call, "agent", priority), at)
    assert [waiting.call for waiting in router.queue] == ["urgent", "a", "b", "late"]
    assert router.queue.position("late") == 4


def test_the_answer_that_comes_too_late_is_hung_up() -> None:
    router = Router(Rules(ring_seconds=20))
    ready(router, "li", 0, any=1)
    router.handle(CallWaiting("c", "agent", 0), 0)
    assert router.tick(20) == [StopRinging("c", "li")]
    assert router.handle(AgentAnswered("li", "c"), 20.1) == [StopRinging("c", "li")]
    assert [waiting.call for waiting in router.queue] == ["c"]


def test_a_caller_who_leaves_while_it_rings_frees_the_agent_with_their_place() -> None:
    router = Router(Rules())
    ready(router, "li", 0, any=1)
    ready(router, "wu", 5, any=1)
    assert router.handle(CallWaiting("c", "agent", 0), 6) == [Ring("c", "li")]
    assert router.handle(CallGone("c"), 7) == [StopRinging("c", "li")]
    assert router.handle(CallWaiting("d", "agent", 0), 8) == [Ring("d", "li")]


def test_a_phone_lost_while_talking_ends_nothing_but_the_readiness() -> None:
    router = Router(Rules(wrap_up_seconds=60))
    ready(router, "li", 0, any=1)
    router.handle(CallWaiting("c", "agent", 0), 0)
    assert router.handle(AgentAnswered("li", "c"), 1) == [JoinCall("c", "li")]
    router.handle(PhoneLost("li"), 2)
    assert router.agents["li"].state is State.TALKING
    router.handle(CallGone("c"), 3)
    router.tick(63)
    assert router.agents["li"].state is State.OFFLINE
    router.handle(PhoneRegistered("li"), 70)
    assert router.agents["li"].state is State.READY


def test_a_phone_that_vanishes_in_a_talk_puts_the_caller_back_at_the_head() -> None:
    router = Router(Rules())
    ready(router, "li", 0, any=1)
    router.handle(CallWaiting("c", "agent", 0), 0)
    router.handle(AgentAnswered("li", "c"), 1)
    router.handle(CallWaiting("d", "agent", 0), 2)
    assert router.handle(AgentLegEnded("li", "c", 408), 30) == []
    assert router.agents["li"].state is State.PAUSED
    assert [waiting.call for waiting in router.queue] == ["c", "d"]
    assert ready(router, "wu", 31, any=1) == [Ring("c", "wu")]


@pytest.mark.parametrize("state", State)
def test_every_state_can_be_left(state: State) -> None:
    assert any(target is not state for (origin, _), target in TABLE.items() if origin is state)


@pytest.mark.parametrize("event", Event)
def test_every_event_is_used(event: Event) -> None:
    assert any(each is event for _, each in TABLE)
