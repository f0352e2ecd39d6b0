"""The ways agents and callers are known to get stuck, each told as a story."""

from routing.agent import State
from routing.commands import JoinCall, Ring, RoutingCommand, StopRinging
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
    PhoneLost,
    PhoneRegistered,
    ReadyAsked,
    WrapUpDone,
)
from routing.router import Router, Rules


def work(router: Router, name: str, now: float, *skills: str) -> list[RoutingCommand]:
    router.handle(AgentKnown(name, name, tuple((skill, 3) for skill in skills or ("*",))), now)
    router.handle(PhoneRegistered(name), now)
    return router.handle(ReadyAsked(name), now)


def ringing(rules: Rules | None = None) -> Router:
    """li's phone rings for c, which waited first; d waits."""
    router = Router(rules or Rules())
    work(router, "li", 0)
    assert router.handle(CallWaiting("c", "law", 0), 0) == [Ring("c", "li")]
    router.handle(CallWaiting("d", "law", 0), 1)
    router.handle(AgentRinging("li", "c"), 1)
    return router


def talking() -> Router:
    router = ringing()
    assert router.handle(AgentAnswered("li", "c"), 2) == [JoinCall("c", "li")]
    return router


def state(router: Router, name: str = "li") -> State:
    return router.agents[name].state


def queue(router: Router) -> list[str]:
    return [waiting.call for waiting in router.queue]


def test_a_phone_that_unregisters_while_it_rings_frees_the_agent_and_the_caller() -> None:
    router = ringing()
    assert router.handle(PhoneLost("li"), 3) == [StopRinging("c", "li")]
    assert (state(router), queue(router)) == (State.LOST, ["c", "d"])
    assert router.handle(AgentLegEnded("li", "c", 480), 3.1) == []
    assert queue(router) == ["c", "d"]
    router.handle(PhoneRegistered("li"), 10)
    assert state(router) is State.PAUSED
    assert router.handle(ReadyAsked("li"), 11) == [Ring("c", "li")]


def test_a_lost_phone_that_stays_away_is_off() -> None:
    router = ringing(Rules(lost_seconds=60))
    router.handle(PhoneLost("li"), 3)
    assert router.next_deadline() == 63
    router.tick(63)
    assert (state(router), router.next_deadline()) == (State.OFFLINE, None)


def test_a_phone_that_vanishes_in_a_talk_and_is_not_registered_is_lost() -> None:
    router = talking()
    router.handle(PhoneLost("li"), 5)
    assert state(router) is State.TALKING
    router.handle(AgentLegEnded("li", "c", 408), 20)
    assert (state(router), router.agents["li"].reason, queue(router)) == (State.LOST, "话机中断", ["c", "d"])


def test_the_caller_hangs_up_at_the_moment_of_answer() -> None:
    """Hang-up first: the answer finds nobody. Answer first: the agent has wrap-up, once."""
    router = ringing()
    assert router.handle(CallGone("c"), 2) == [StopRinging("c", "li"), Ring("d", "li")]
    assert router.handle(AgentAnswered("li", "c"), 2) == [StopRinging("c", "li")]
    assert (state(router), router.agents["li"].call) == (State.RESERVED, "d")
    router = talking()
    assert router.handle(CallGone("c"), 2) == []
    assert router.handle(AgentLegEnded("li", "c", 200), 2) == []
    assert (state(router), queue(router)) == (State.WRAP_UP, ["d"])


def test_an_answer_after_the_time_out_is_hung_up_and_the_caller_is_with_the_next() -> None:
    router = ringing(Rules(ring_seconds=20))
    work(router, "wu", 15, "notary")
    assert router.tick(21) == [StopRinging("c", "li")]
    assert state(router) is State.PAUSED
    assert router.handle(ReadyAsked("wu"), 50) == [Ring("c", "wu")]
    assert router.handle(AgentAnswered("li", "c"), 51) == [StopRinging("c", "li")]
    assert router.agents["wu"].call == "c"


def test_an_answer_told_twice_does_not_end_the_talk() -> None:
    router = talking()
    assert router.handle(AgentAnswered("li", "c"), 3) == []
    assert state(router) is State.TALKING


def test_a_phone_that_never_rings_is_given_up() -> None:
    router = Router(Rules(reserved_seconds=5, ring_seconds=20))
    work(router, "li", 0)
    router.handle(CallWaiting("c", "law", 0), 0)
    assert router.tick(5) == [StopRinging("c", "li")]
    assert (state(router), router.agents["li"].reason) == (State.PAUSED, "未接通")


def test_wrap_up_is_one_clock_for_an_agent_of_two_queues() -> None:
    """Both queues hold calls, both ends of the old call are told, and still one wrap-up and then one call."""
    router = Router(Rules(wrap_up_seconds=60))
    work(router, "li", 0, "law", "notary")
    router.handle(CallWaiting("c", "law", 0), 0)
    router.handle(AgentAnswered("li", "c"), 1)
    router.handle(CallWaiting("d", "notary", 0), 2)
    router.handle(CallWaiting("e", "law", 0), 3)
    router.handle(CallGone("c"), 10)
    router.handle(AgentLegEnded("li", "c", 200), 40)
    assert router.next_deadline() == 70
    assert router.tick(70) == [Ring("d", "li")]
    assert router.handle(WrapUpDone("li"), 70) == []
    assert queue(router) == ["e"]


def test_a_supervisor_forces_an_agent_during_a_reservation() -> None:
    router = ringing()
    work(router, "wu", 2, "notary")
    assert router.handle(ForceAsked("li", "paused", "wang"), 3) == [StopRinging("c", "li")]
    assert (state(router), queue(router)) == (State.PAUSED, ["c", "d"])
    assert "wang" in router.agents["li"].reason
    assert router.handle(AgentLegEnded("li", "c", 487), 3.1) == []
    assert router.handle(AgentAnswered("li", "c"), 3.2) == [StopRinging("c", "li")]


def test_who_is_forced_to_ready_gets_the_next_call_and_not_the_same() -> None:
    router = ringing()
    assert router.handle(ForceAsked("li", "ready", "wang"), 3) == [StopRinging("c", "li"), Ring("d", "li")]
    assert queue(router) == ["c"]
    assert work(router, "wu", 4) == [Ring("c", "wu")]


def test_a_supervisor_can_force_any_state() -> None:
    router = talking()
    assert router.handle(ForceAsked("li", "wrap-up", "wang"), 3) == [StopRinging("c", "li")]
    assert (state(router), queue(router)) == (State.WRAP_UP, ["c", "d"])
    for wanted, then in (("offline", State.OFFLINE), ("paused", State.PAUSED), ("ready", State.RESERVED)):
        router.handle(ForceAsked("li", wanted, "wang"), 4)
        assert state(router) is then
    assert router.handle(ForceAsked("li", "talking", "wang"), 5) == []
    assert state(router) is State.RESERVED


def test_who_is_forced_off_comes_back_by_pressing_ready() -> None:
    router = Router(Rules())
    work(router, "li", 0)
    router.handle(ForceAsked("li", "offline", "wang"), 1)
    assert (state(router), router.handle(CallWaiting("c", "law", 0), 2)) == (State.OFFLINE, [])
    assert router.handle(ReadyAsked("li"), 3) == [Ring("c", "li")]


def test_a_talk_that_never_ends_does() -> None:
    router = talking()
    assert router.next_deadline() == 2 + Rules().talk_seconds
    assert router.tick(2 + Rules().talk_seconds) == [StopRinging("c", "li")]
    assert (state(router), router.agents["li"].reason) == (State.PAUSED, "通话超时")
    assert queue(router) == ["c", "d"]


def test_the_clock_set_back_leaves_nobody_ringing_for_an_hour() -> None:
    router = ringing(Rules(ring_seconds=20))
    router.handle(LoadChanged("li", 0), 5)
    router.tick(5 - 3600)
    assert router.next_deadline() == 21 - 3600
    assert [waiting.since for waiting in router.queue] == [1 - 3600]
    assert router.tick(21 - 3600) == [StopRinging("c", "li")]
    assert queue(router) == ["c", "d"]


def test_the_clock_set_forward_takes_no_call_from_anybody() -> None:
    """A day in a second: neither is the ringing agent paused nor the talk ended."""
    router = ringing(Rules(ring_seconds=20))
    assert router.tick(86400) == []
    assert (state(router), router.next_deadline()) == (State.RINGING, 86400 + 20)
    router = talking()
    assert router.tick(86400) == []
    assert state(router) is State.TALKING


def test_an_account_removed_in_a_talk_stays_until_the_talk_is_over() -> None:
    router = talking()
    router.handle(AgentForgotten("li"), 5)
    router.handle(AgentLegEnded("li", "c", 408), 9)
    assert (list(router.agents), queue(router)) == ([], ["c", "d"])


def test_a_call_told_twice_waits_once() -> None:
    router = ringing()
    assert router.handle(CallWaiting("c", "law", 0), 2) == []
    router.handle(CallWaiting("d", "law", 0), 2)
    assert queue(router) == ["d"]
