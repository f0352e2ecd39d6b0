"""Whatever happens in a talk, the caller is with a person or waits for one; its log replays. No sockets, no clock."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.commands import (
    Command,
    Dial,
)
from ivr.facts import (
    CALLER,
    EarlyAudio,
    LegAnswered,
    LegEnded,
    LegRinging,
    ReferTold,
    Requested,
)
from ivr.session import State as SessionState
from routing.facts import ForceAsked, ReadyAsked
from telephony.calls.switchboard import Ticked
from telephony.control.table import TABLE, printed
from telephony.control.talk import ALONE, Request, State
from telephony.core.journal import replay
from tests.telephony.control_hall import LI, NUMBER, WU, ZHOU, Hall, switchboard

# --- whatever happens


REQUESTS = st.sampled_from(
    [
        *(Requested("c1", request.value, "li") for request in Request),
        *(Requested("c1", request.value, by) for by in ("wu", "zhou") for request in Request),
        *(
            Requested("c1", request, by, kind, target)
            for request in ("consult", "conference", "transfer", "refer")
            for kind, target in (("agent", "wu"), ("agent", "zhou"), ("skill", "notary"), ("number", NUMBER))
            for by in ("li", "wu")
        ),
        *(Requested("c1", watch, "z", "phone", "9001") for watch in ("listen", "whisper", "barge")),
    ]
)
LEGS = st.sampled_from([LI, WU, ZHOU, "supervisor:z", "outside:1", "outside:2", "outside:3"])
HAPPENINGS = st.one_of(
    REQUESTS,
    REQUESTS,
    st.builds(LegRinging, st.just("c1"), LEGS),
    st.builds(LegAnswered, st.just("c1"), LEGS),
    st.builds(LegAnswered, st.just("c1"), LEGS),
    st.builds(LegEnded, st.just("c1"), LEGS, st.sampled_from([200, 408, 486]), st.just("")),
    st.builds(EarlyAudio, st.just("c1"), LEGS),
    st.builds(ReferTold, st.just("c1"), st.just(CALLER), st.sampled_from([100, 200, 603]), st.booleans()),
    st.builds(ReadyAsked, st.sampled_from(["li", "wu", "zhou"])),
    st.builds(ForceAsked, st.sampled_from(["li", "wu"]), st.sampled_from(["ready", "paused", "offline"]), st.just("z")),
    st.just(Ticked()),
)


class Legs:
    """Which legs there are, from the orders: only those that were dialled can say anything."""

    def __init__(self) -> None:
        self.there = {LI}

    def possible(self, fact: Any) -> bool:
        return not isinstance(fact, LegRinging | LegAnswered | LegEnded | EarlyAudio) or fact.leg in self.there

    def seen(self, fact: Any, given: list[Command]) -> None:
        self.there |= {order.leg for order in given if isinstance(order, Dial)}
        if isinstance(fact, LegEnded):
            self.there.discard(fact.leg)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(HAPPENINGS, st.sampled_from([0.1, 1.0, 25.0, 130.0])), max_size=40))
def test_whatever_happens_the_caller_is_with_a_person_or_waits_for_one(happenings: list[tuple[Any, float]]) -> None:
    hall, legs = Hall(), Legs()
    hall.talking()
    for fact, after in happenings:
        if not legs.possible(fact):
            continue
        legs.seen(fact, hall.take(fact, after=after))
        conversation = hall.board.calls.get("c1")
        if conversation is None or conversation.session.state is SessionState.ENDED:
            break
        control, router = conversation.control, hall.board.router
        if conversation.session.state is SessionState.TALKING:
            assert control.state is not State.IDLE
            assert bool(conversation.agent) == (control.state not in ALONE)
            assert control.agent == (f"agent:{conversation.agent}" if conversation.agent else "")
            if control.agent:
                assert router.agents[conversation.agent].call == "c1", "the router knows who has the call"
            else:
                assert control.deadline is not None or control.guests, "nobody waits for ever"
        else:
            assert control.state is State.IDLE
        if conversation.session.state is SessionState.WAITING:
            held = router.floor.by_call.get("c1")
            assert held is not None or router.queue.get("c1") is not None, "who waits is known to the router"
        wanted = {line.split("/")[0] for line in hall.queue()}
        assert wanted <= {"c1"}
        lines = [line for line in hall.queue() if "/" in line]
        assert lines == ([control.line] if lines else []), "nobody is sought for a talk that does not want them"
        assert len(control.legs) <= 3
        if control.state is not State.IDLE:
            told = {pair for pair in conversation.mixed if pair[0] != "music"}
            assert told == hall.mixed() == {pair for pair in control.mixed() if pair[0] != "music"}
        for source, listener in conversation.mixed:
            assert {source, listener} <= {"music", CALLER, *control.legs}
    again = [order for _, orders in replay(hall.entries, switchboard()) for order in orders]
    assert again == hall.orders, "a replay of the log gives the same commands"


def test_every_state_but_idle_can_be_left() -> None:
    for state in set(State) - {State.IDLE}:
        assert any(at is state for at, _ in TABLE), state
    assert all(f"| {state.value} |" in printed() for state in State)
