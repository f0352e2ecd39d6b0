"""Whose words of a talk are asked for, kept and put in order; the talk itself goes on whatever becomes of them."""

from typing import Any

import pytest

from ivr.commands import Command, Join, Transcribe
from ivr.facts import (
    Answered,
    Arrived,
    LegAnswered,
    LegEnded,
    PromptEnded,
    Said,
    TranscriptFailed,
    TranscriptSwitched,
    WorkerLost,
)
from ivr.scripts import Script
from ivr.session import Session
from ivr.tree import SPOKEN, Tree
from records.utterance import Utterance
from routing.facts import AgentKnown, ForceAsked, PhoneRegistered, ReadyAsked
from routing.router import Router, Rules
from telephony.calls.board import board, said
from telephony.calls.switchboard import KeepRecord, Order, Switchboard
from telephony.calls.transcript import Wanted

LI, WU = "agent:li", "agent:wu"


def talking(wanted: Wanted) -> tuple[Switchboard, list[Order]]:
    """A call that agent li has just answered, at 100.0; and the orders of that moment."""
    words = dict.fromkeys(SPOKEN, "话") | {"confirm": "{label}"}
    tree = Tree.model_validate({"enabled": False, "keys": {"0": {"label": "agent"}}, "prompts": words})
    script = Script(tree, None, prompts={})  # type: ignore[arg-type]
    made = Switchboard(Router(Rules()), lambda call: Session(call, script), strict=True, transcript=wanted)
    for agent, user in (("li", "1001"), ("wu", "1002")):
        made.handle(AgentKnown(agent, user, (("*", 3),)), 1.0)
    for fact in (
        PhoneRegistered("li"),
        ReadyAsked("li"),
        Arrived("c1", "13800001234", "12348", "local"),
        Answered("c1"),
        PromptEnded("c1", "notice", True),
    ):
        made.handle(fact, 2.0)
    return made, made.handle(LegAnswered("c1", LI), 100.0)


def given(orders: list[Order], kind: type[Command] = Transcribe) -> list[Any]:
    return [order for order in orders if isinstance(order, kind)]


def kept(orders: list[Order]) -> Any:
    """The record that was ordered last."""
    return [order.sheet for order in orders if isinstance(order, KeepRecord)][-1]


@pytest.mark.parametrize(("wanted", "legs"), [("caller", ("caller",)), ("both", ("caller", LI))])
def test_a_talk_is_listened_to_as_configured_once_it_is_joined(wanted: Wanted, legs: tuple[str, ...]) -> None:
    _, orders = talking(wanted)
    assert orders[:2] == [Join("c1", LI), Transcribe("c1", legs)]


def test_off_listens_to_nobody() -> None:
    made, orders = talking("off")
    assert given(orders) == []
    orders = made.handle(TranscriptSwitched("c1", True, "li"), 101.0)
    orders += made.handle(LegEnded("c1", LI, 200, ""), 102.0)
    assert given(orders) == []


def test_the_record_has_the_words_in_the_order_they_began_and_only_at_the_end() -> None:
    made, _ = talking("both")
    orders = made.handle(Said("c1", "caller", "老板欠我工资", 3.0, 2.0), 106.0)
    orders += made.handle(Said("c1", LI, "您好", 0.5, 1.0), 106.5)  # its recogniser was later
    assert [order for order in orders if isinstance(order, KeepRecord)] == []
    assert [line.text for line in said(made, "c1")] == ["老板欠我工资", "您好"]
    orders = made.handle(LegEnded("c1", "caller", 200, ""), 107.0)
    assert kept(orders).said == (Utterance(LI, 100.5, 1.0, "您好"), Utterance("caller", 103.0, 2.0, "老板欠我工资"))


def test_the_last_words_come_after_the_end_and_are_kept_too() -> None:
    made, _ = talking("caller")
    made.handle(LegEnded("c1", "caller", 200, ""), 107.0)
    orders = made.handle(Said("c1", "caller", "再见", 6.0, 0.5), 107.1)
    assert [line.text for line in kept(orders).said] == ["再见"]
    made.handle(WorkerLost("c1", ""), 108.0)
    assert made.handle(Said("c1", "caller", "喂", 7.0, 0.5), 108.1) == []
    assert said(made, "c1") == ()


def test_a_lost_worker_leaves_what_was_said() -> None:
    made, _ = talking("caller")
    made.handle(Said("c1", "caller", "我想问一下", 1.0, 1.0), 103.0)
    assert [line.text for line in kept(made.handle(WorkerLost("c1", "通话进程中断"), 104.0)).said] == ["我想问一下"]


def test_nothing_is_heard_between_two_agents_and_the_second_counts_anew() -> None:
    made, _ = talking("both")
    made.handle(PhoneRegistered("wu"), 110.0)
    orders = made.handle(ForceAsked("li", "offline", "wang"), 120.0)
    assert given(orders) == [Transcribe("c1", ())]
    made.handle(ReadyAsked("wu"), 121.0)
    orders = made.handle(LegAnswered("c1", WU), 130.0)
    assert given(orders) == [Transcribe("c1", ("caller", WU))]
    made.handle(Said("c1", WU, "我是另一位坐席", 2.0, 1.5), 134.0)
    made.handle(Said("c1", LI, "早先的话", 25.0, 1.0), 134.5)  # counted from the Transcribe before
    assert [line.at for line in said(made, "c1")] == [132.0, 134.5]


def test_the_agent_who_hangs_up_ends_it_before_the_rating() -> None:
    made, _ = talking("caller")
    orders = made.handle(LegEnded("c1", LI, 200, ""), 110.0)
    assert orders[0] == Transcribe("c1", ())


def test_switched_off_stays_off_for_the_call_until_it_is_switched_on() -> None:
    made, _ = talking("caller")
    made.handle(Said("c1", "caller", "先说一句", 1.0, 1.0), 103.0)
    assert given(made.handle(TranscriptSwitched("c1", False, "li"), 104.0)) == [Transcribe("c1", ())]
    assert given(made.handle(TranscriptSwitched("c1", False, "li"), 105.0)) == []
    [call] = board(made, 105.0)["calls"]
    assert (call["talk"]["off_by"], call["talk"]["legs"]) == ("li", [])
    made.handle(PhoneRegistered("wu"), 105.0)
    made.handle(ForceAsked("li", "offline", "wang"), 106.0)
    made.handle(ReadyAsked("wu"), 107.0)
    assert given(made.handle(LegAnswered("c1", WU), 110.0)) == []
    assert given(made.handle(TranscriptSwitched("c1", True, "wu"), 111.0)) == [Transcribe("c1", ("caller",))]
    made.handle(Said("c1", "caller", "再说一句", 1.0, 1.0), 114.0)
    made.handle(LegEnded("c1", "caller", 200, ""), 120.0)
    assert [(line.text, line.at) for line in said(made, "c1")] == [("先说一句", 101.0), ("再说一句", 112.0)]


def test_a_failure_is_on_the_board_once_and_empty_words_are_none() -> None:
    made, _ = talking("caller")
    for _ in range(2):
        made.handle(TranscriptFailed("c1", "caller", "off", "no model"), 101.0)
    made.handle(Said("c1", "caller", "", 1.0, 0.2), 102.0)
    [call] = board(made, 103.0)["calls"]
    assert call["talk"]["failed"] == [{"leg": "caller", "kind": "off", "reason": "no model"}]
    assert call["state"] == "TALKING"
    made.handle(TranscriptSwitched("c1", False, "li"), 104.0)
    made.handle(TranscriptSwitched("c1", True, "li"), 105.0)
    assert board(made, 106.0)["calls"][0]["talk"]["failed"] == []  # the worker tells it anew where it still is so
    assert said(made, "c1") == ()


def test_the_board_has_no_word_of_it() -> None:
    made, _ = talking("caller")
    made.handle(Said("c1", "caller", "身份证号码", 1.0, 1.0), 103.0)
    assert "身份证" not in str(board(made, 104.0))
