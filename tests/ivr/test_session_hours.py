"""A caller outside the hours: what is said first, who still reaches a person, and how the call goes on."""

from collections.abc import Callable

import pytest

from ivr.commands import Command, Dismiss, Enqueue, Listen, Play
from ivr.facts import Answered, Arrived, DigitPressed, Fact, Heard, LegEnded, PromptEnded
from ivr.opening import OPEN, Reception, Then
from ivr.scripts import Script
from ivr.session import AFTER_HOURS, PROMPT_SECONDS, Session, State
from ivr.tree import SPOKEN, Tree

WORDS = dict.fromkeys(SPOKEN, "话") | {"confirm": "{label}"}
TREE = Tree.model_validate({"keys": {"0": {"label": "agent"}, "1": {"label": "law"}}, "prompts": WORDS})
GO_ON = Reception("closed", Then.GO_ON)
LEAVE = Reception("closed_12345", Then.LEAVE)


def called(hours: Callable[[float], Reception], *facts: Fact) -> tuple[Session, list[Command]]:
    """A session that took `facts` after the notice began, at 10, 11, …; and what the last of them led to."""
    script = Script(TREE, None, prompts={"closed": ("closed.wav",)}, hours=hours)  # type: ignore[arg-type]
    session = Session("c", script)
    session.handle(Arrived("c", "1", "12348", "local"), 0)
    session.handle(Answered("c"), 1)
    commands: list[Command] = []
    for at, fact in enumerate(facts, 10):
        commands = session.handle(fact, at)
    return session, commands


def heard(prompt: str) -> Fact:
    return PromptEnded("c", prompt, True)


def test_the_hours_are_asked_with_the_time_the_notice_ends() -> None:
    asked: list[float] = []

    def hours(now: float) -> Reception:
        asked.append(now)
        return OPEN

    session, commands = called(hours, heard("notice"))
    assert asked == [10]
    assert session.state is State.ASKING
    assert Listen("c") in commands


def test_the_message_is_heard_whole_and_then_the_question() -> None:
    session, commands = called(lambda _now: GO_ON, heard("notice"))
    assert commands[0] == Play("c", "closed", ("closed.wav",), False)
    assert session.state is State.CLOSED
    assert session.handle(heard("notice"), 11) == []
    assert session.handle(Heard("c", "救命", 0.9, 1.0), 12) == []
    assert Listen("c") in session.handle(heard("closed"), 13)
    assert session.state is State.ASKING


def test_a_message_that_never_ends_holds_nobody() -> None:
    session, _ = called(lambda _now: GO_ON, heard("notice"))
    assert session.next_deadline() == 10 + PROMPT_SECONDS
    assert Listen("c") in session.tick(10 + PROMPT_SECONDS)


def test_who_is_sent_to_12345_hears_it_and_the_call_ends() -> None:
    session, commands = called(lambda _now: LEAVE, heard("notice"), heard("closed_12345"))
    assert [type(each) for each in commands] == [Play]
    assert session.state is State.LEAVING
    assert session.handle(heard("thanks"), 20) == [Dismiss("c")]


@pytest.mark.parametrize("reception", [GO_ON, LEAVE], ids=["go on", "leave"])
@pytest.mark.parametrize("early", [True, False], ids=["in the notice", "in the message"])
def test_zero_reaches_a_person_whatever_the_hours(reception: Reception, early: bool) -> None:
    zero = DigitPressed("c", "0")
    facts = (zero, heard("notice")) if early else (heard("notice"), zero)
    session, commands = called(lambda _now: reception, *facts)
    assert session.state is State.WAITING
    assert Enqueue("c", "agent", 0) in commands


def test_another_key_is_acted_on_after_the_message() -> None:
    session, commands = called(lambda _now: GO_ON, DigitPressed("c", "1"), heard("notice"), heard("closed"))
    assert session.state is State.WAITING
    assert Enqueue("c", "law", 0) in commands


def test_another_key_holds_nobody_on_the_line() -> None:
    session, _ = called(lambda _now: LEAVE, heard("notice"), DigitPressed("c", "1"), heard("closed_12345"))
    assert session.state is State.LEAVING


def test_a_caller_may_hang_up_in_the_message() -> None:
    session, commands = called(lambda _now: GO_ON, heard("notice"), LegEnded("c", "caller", 200, ""))
    assert session.state is State.ENDED
    assert commands == [Dismiss("c")]


def test_when_the_switchboard_is_at_a_loss_the_caller_gets_a_person() -> None:
    session, _ = called(lambda _now: LEAVE, heard("notice"))
    assert any(isinstance(each, Enqueue) for each in session.to_person(12))


@pytest.mark.parametrize("then", Then)
def test_every_way_on_is_in_the_table(then: Then) -> None:
    assert then in AFTER_HOURS
