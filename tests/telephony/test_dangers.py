"""Which numbers are emergency lines, and what an agent is told who calls one by hand. No sockets, no clock."""

from dataclasses import replace
from typing import Any

import pytest

from ivr.facts import Answered, Arrived, LegAnswered, PromptEnded, Requested
from ivr.lines.emergencies import Emergencies, EmergencySettings, faults
from ivr.scripts import Script
from ivr.session import Session
from ivr.tree import SPOKEN, Tree
from routing.facts import AgentKnown, PhoneRegistered, ReadyAsked
from routing.router import Router, Rules
from telephony.calls.dangers import line_for, line_of
from telephony.calls.switchboard import Switchboard
from telephony.control.moves import Calling
from telephony.control.rules import refusal

LABEL = "emergency.police"
WORDS = {name: f"{name}{{number}}" for name in ("bridging", "unreachable", "after")}
POLICE = {"number": "110", "name": "110", "also": ["0571110"]}
TREE = Tree.model_validate(
    {
        "enabled": False,
        "keys": {"0": {"label": "agent"}},
        "prompts": dict.fromkeys(SPOKEN, "话") | {"confirm": "{label}"},
    }
)


def lines(enabled: bool = True, **more: Any) -> EmergencySettings:
    return EmergencySettings.model_validate(
        {"enabled": enabled, "lines": {LABEL: POLICE, **more}, "prompts": WORDS},
    )


def talking(reached: bool, way: dict[str, str] | None = None) -> Switchboard:
    """A call of c1 with li; the line is within reach or not, ordinary numbers go by `way`."""
    emergencies = Emergencies(lines(), "12348" if reached else "", frozenset({LABEL} if reached else ()))
    prompts = {name: (f"{name}.wav",) for name in SPOKEN}
    script = replace(Script(TREE, None, prompts), emergencies=emergencies)  # type: ignore[arg-type]
    board = Switchboard(Router(Rules()), lambda call: Session(call, script), calling=Calling(way=(way or {}).get))
    facts = [AgentKnown("li", "li1", (("*", 3),)), PhoneRegistered("li"), ReadyAsked("li")]
    facts += [Arrived("c1", "13800001234", "12348", "t"), Answered("c1"), PromptEnded("c1", "notice", True)]
    for at, fact in enumerate([*facts, LegAnswered("c1", "agent:li")]):
        board.handle(fact, 100.0 + at)
    return board


def asked(request: str, number: str) -> Requested:
    return Requested("c1", request, "li", "number", number)


@pytest.mark.parametrize("request_", ["transfer", "consult", "conference", "refer"])
@pytest.mark.parametrize("number", ["110", "0571110"])
def test_no_allow_list_refuses_an_emergency_line(request_: str, number: str) -> None:
    board = talking(reached=True)
    assert refusal(board, board.calls["c1"], asked(request_, number)) == ""
    line = line_for(board, asked(request_, number))
    assert line is not None and line.number == "110", "the long form is called by the short one"


@pytest.mark.parametrize("number", ["1100", "0571", "", "119"])
def test_other_numbers_go_by_the_allow_list(number: str) -> None:
    board = talking(reached=True)
    assert line_of(board, number) is None
    assert refusal(board, board.calls["c1"], asked("transfer", number or "7")).startswith("该号码不在允许呼出的范围内")


def test_a_line_nobody_reaches_is_called_as_any_number_or_its_number_is_said() -> None:
    board = talking(reached=False)
    why = refusal(board, board.calls["c1"], asked("consult", "0571110"))
    assert why == "没有接通110的外线，请告诉来电人直接拨打110。"
    board = talking(reached=False, way={"110": "12348"})
    assert refusal(board, board.calls["c1"], asked("consult", "110")) == ""


def test_only_the_agent_who_has_the_call_calls_it() -> None:
    board = talking(reached=True)
    other = Requested("c1", "transfer", "wu", "number", "110")
    assert "其他坐席" in refusal(board, board.calls["c1"], other)


def test_one_number_has_one_line() -> None:
    labels = {LABEL, "emergency.fire"}
    fire = {"number": "119", "name": "119", "also": ["0571110"]}
    assert faults(lines(), labels) == []
    [fault] = faults(lines(**{"emergency.fire": fire}), labels)
    assert fault == f"lines.emergency.fire: 0571110 is the number of {LABEL} already"


def test_a_table_that_is_switched_off_names_nothing() -> None:
    assert lines(enabled=False).named("110") is None
