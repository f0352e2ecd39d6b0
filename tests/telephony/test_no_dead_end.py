"""No caller meets a dead end: every state a caller can stand in × everything that can fail there.

Each state is reached by facts, the failure is told, and then only time passes. The caller must get a person, a place
in the queue, or last words and a clear end; nobody may stand somewhere that nothing leads out of.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ivr.commands import Dial, Dismiss
from ivr.facts import (
    CALLER,
    Answered,
    Arrived,
    Booked,
    DigitPressed,
    Fact,
    Heard,
    LegAnswered,
    LegEnded,
    LineAsked,
    ListeningFailed,
    MessageKept,
    MessageTaken,
    ProgressFound,
    PromptEnded,
    SpeechStarted,
    TicketFound,
    WorkerFailed,
    WorkerLost,
)
from ivr.opening import MESSAGES
from ivr.scripts import Script
from ivr.session import State
from routing.facts import AgentKnown, PhoneRegistered, ReadyAsked
from tests.telephony.scripted import START, Telling

C = "c1"
NUMBER = "13800001234"
ARRIVED = Arrived(C, NUMBER, "12348", "local")
NOTICE: tuple[Any, ...] = (ARRIVED, Answered(C), PromptEnded(C, "notice", True))
CLOSED = (*NOTICE, PromptEnded(C, "closed_voicemail", True))
MESSAGE = (*CLOSED, PromptEnded(C, "voicemail.greeting", True), SpeechStarted(C), Heard(C, "请回电话", 0.9, 1.0))
KEPT = MessageKept(C, "c1.message.wav", 5.0, "ab")
LI = (AgentKnown("li", "1001", (("*", 3),)), PhoneRegistered("li"), ReadyAsked("li"))
TALK = (*LI, *NOTICE, DigitPressed(C, "0"), LegAnswered(C, "agent:li"))
HELP = Heard(C, "他正在打我快来人", 0.9, 1.5)
AGENT_GONE = LegEnded(C, "agent:li", 200, "")
TO_12345 = LineAsked(C, "12345", "12345", "li", "GD20261121-000001")
PLACES: dict[str, tuple[State, tuple[Any, ...]]] = {
    "arriving": (State.ARRIVING, (ARRIVED,)),
    "notice": (State.NOTICE, NOTICE[:2]),
    "closed": (State.CLOSED, NOTICE),
    "asking": (State.ASKING, (*NOTICE, "open")),
    "confirming": (State.CONFIRMING, (*NOTICE, "open", Heard(C, "家里着火了房东不赔", 0.9, 2.0))),
    "filling": (State.FILLING, (*NOTICE, "open", DigitPressed(C, "6"))),
    "looking up": (
        State.LOOKING_UP,
        (
            *NOTICE,
            "open",
            DigitPressed(C, "6"),
            DigitPressed(C, "2"),
            *(DigitPressed(C, n) for n in "20261121000001#1"),
        ),
    ),
    "waiting": (State.WAITING, (*NOTICE, "open", DigitPressed(C, "0"))),
    "waiting for a callback's number": (
        State.CHECKING,
        (*NOTICE, "open", DigitPressed(C, "0"), DigitPressed(C, "9")),
    ),
    "talking": (State.TALKING, ("open", *TALK)),
    "rating": (State.RATING, ("open", *TALK, AGENT_GONE)),
    "tone": (State.MESSAGE_TONE, CLOSED),
    "message": (State.MESSAGE, MESSAGE),
    "keeping": (State.MESSAGE_KEEPING, (*MESSAGE, DigitPressed(C, "#"))),
    "review": (State.MESSAGE_REVIEW, (*MESSAGE, DigitPressed(C, "#"), KEPT)),
    "sending": (State.MESSAGE_SENDING, (*MESSAGE, DigitPressed(C, "#"), KEPT, DigitPressed(C, "1"))),
    "leaving": (State.LEAVING, (*MESSAGE, DigitPressed(C, "*"))),
    "message from the queue": (
        State.MESSAGE,
        (*NOTICE, "open", DigitPressed(C, "0"), DigitPressed(C, "8"), PromptEnded(C, "voicemail.greeting", True)),
    ),
    "bridging": (State.CALLING_OUT, (*NOTICE, "open", HELP)),
    "outside": (State.OUTSIDE, (*NOTICE, "open", HELP, LegAnswered(C, "line:110"))),
    "to 12345, the agent has gone": (State.CALLING_OUT, ("open", *TALK, TO_12345, AGENT_GONE)),
    "with 12345": (State.TALKING, ("open", *TALK, TO_12345, LegAnswered(C, "line:12345"), AGENT_GONE)),
    "from 12345": (
        State.WAITING,
        ("open", replace(ARRIVED, reference="X1"), Answered(C), TicketFound(C, ""), PromptEnded(C, "notice", True)),
    ),
}
FAILURES: dict[str, Callable[[Telling], Fact | None]] = {
    "nothing is heard any more": lambda _told: None,
    "the prompt has no sound": lambda told: PromptEnded(C, told.board.calls[C].session._playing, False),
    "an order fails": lambda _told: WorkerFailed(C, "RecordMessage: the disk is full"),
    "speech fails": lambda _told: ListeningFailed(C, "no model"),
    "the database has no answer": lambda _told: MessageTaken(C, ""),
    "no ticket": lambda _told: Booked(C, ""),
    "no progress": lambda _told: ProgressFound(C, "GD20261121-000001", "failed"),
    "nothing was recorded": lambda _told: MessageKept(C, "", 0.0, ""),
    "110 is busy": lambda _told: LegEnded(C, "line:110", 486, "Busy Here"),
    "110 breaks off": lambda _told: LegEnded(C, "line:110", 408, "no audio"),
    "the trunk is down": lambda _told: LegEnded(C, "line:12345", 503, "Service Unavailable"),
    "12345 breaks off": lambda _told: LegEnded(C, "line:12345", 408, "no audio"),
    "the agent's phone vanishes": lambda _told: LegEnded(C, "agent:li", 408, "no audio"),
    "the caller hangs up": lambda _told: LegEnded(C, CALLER, 200, ""),
    "the worker dies": lambda _told: WorkerLost(C, "通话进程中断"),
}
LONG = 1800.0


@pytest.fixture
def told(whole: Script, request: pytest.FixtureRequest) -> Telling:
    """A call at the place of the parameter; nobody is at work unless the place says so."""
    state, facts = PLACES[request.param]
    opened = "open" in facts
    telling = Telling(whole if opened else replace(whole, hours=lambda _now: MESSAGES["voicemail"]), START)
    for fact in facts:
        if fact != "open":
            telling.take(fact, telling.now + 0.1)
    assert telling.board.calls[C].session.state is state
    return telling


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("told", PLACES, indirect=True)
def test_the_caller_gets_somewhere(told: Telling, failure: str) -> None:
    fact = FAILURES[failure](told)
    if fact is not None:
        told.take(fact, told.now + 0.1)
    told.wait(LONG)
    if C not in told.board.calls or told.board.calls[C].session.state is State.ENDED:
        over = [order for order in told.orders if isinstance(order, Dismiss)]
        assert over or isinstance(fact, WorkerLost), "the call is over, and its worker is told"
        return
    conversation = told.board.calls[C]
    waits = told.board.router.queue.get(C) is not None or C in told.board.router.held
    talks = conversation.agent != "" or conversation.session.state is State.OUTSIDE or conversation.control.guests != ()
    assert waits or talks, f"the caller stands in {conversation.session.state.name} and nobody comes"
    if not talks:  # and somebody who comes to work gets the call
        for each in (AgentKnown("wu", "1002", (("*", 3),)), PhoneRegistered("wu"), ReadyAsked("wu")):
            told.take(each, told.now + 1)
        told.wait(60)
        rung = [order.leg for order in told.orders if isinstance(order, Dial)]
        assert "agent:wu" in rung or rung.count("agent:li") > 1


def test_every_state_is_walked() -> None:
    walked = {state for state, _ in PLACES.values()}
    assert set(State) - walked == {State.MORE, State.ENDED}, "MORE is as ASKING is"
