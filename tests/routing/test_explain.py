"""How a decision is explained: from the router itself, and from the log of a run."""

import json
from typing import Any

import pytest

from config.load import load_settings
from hotline.cli import main
from hotline.replay.explaining import decisions
from ivr.facts import Answered, Arrived, DigitPressed, LegAnswered, LegEnded, LegRinging, PromptEnded
from ivr.scripts import Script
from ivr.session import Session
from ivr.tree import SPOKEN, Tree
from records import calllog
from records.calllog import Entry
from records.engine import open_database
from records.upgrade import upgrade
from routing.explain import explain, row
from routing.facts import AgentKnown, CallWaiting, LoadChanged, PauseAsked, PhoneRegistered, ReadyAsked
from routing.router import Router, Rules
from telephony.calls.switchboard import Switchboard, Ticked
from telephony.core.journal import fact_entry, fact_of


def switchboard() -> Switchboard:
    tree = Tree.model_validate(
        {"keys": {"0": {"label": "agent"}}, "prompts": dict.fromkeys(SPOKEN, "话") | {"confirm": "{label}"}}
    )
    script = Script(tree, None, prompts={})  # type: ignore[arg-type]
    return Switchboard(Router(Rules()), lambda call: Session(call, script), strict=True)


def day() -> list[Entry]:
    """c1 asks for a person; li is paused, xu busy otherwise, wu skilled in something else; then zhao comes."""
    facts: list[tuple[float, Any]] = []
    for name, skills in (("li", (("*", 3),)), ("wu", (("notary", 3),)), ("xu", (("*", 3),))):
        facts += [(0, AgentKnown(name, name, skills)), (0, PhoneRegistered(name)), (0, ReadyAsked(name))]
    facts += [(1, PauseAsked("li", "用餐")), (1, LoadChanged("xu", 0.9))]
    facts += [(2, Arrived("c1", "13800001234", "12348", "local")), (2, Answered("c1"))]
    facts += [(3, PromptEnded("c1", "notice", True)), (4, DigitPressed("c1", "0"))]
    facts += [(20, AgentKnown("zhao", "zhao", (("*", 1),))), (20, PhoneRegistered("zhao")), (21, ReadyAsked("zhao"))]
    facts += [(22, LegRinging("c1", "agent:zhao")), (30, LegEnded("c1", "agent:zhao", 486, "busy")), (49, Ticked())]
    facts += [(50, LegAnswered("c1", "agent:wu"))]
    return [fact_entry("b1", at, fact) for at, fact in facts]


def test_each_decision_of_a_call_from_the_log() -> None:
    rows = decisions(switchboard(), day(), "c1")
    assert [(each["after"], each["decision"], each["agent"]) for each in rows] == [
        ("DigitPressed", "wait", None),
        ("ReadyAsked", "ring", "zhao"),
        ("LegEnded", "wait", None),
        ("Ticked", "ring", "wu"),
    ]
    first, ring, again, last = rows
    refused = {one["agent"]: one["code"] for one in first["refused"]}
    assert refused == {"li": "PAUSED", "wu": "NOT_YET", "xu": "LOADED"}
    texts = {one["agent"]: one["text"] for one in first["refused"]}
    assert texts["li"] == "示忙：用餐"
    assert texts["wu"] == "再等 45 秒才放宽到任何坐席"
    assert (ring["tier"], ring["candidates"][0]["agent"], ring["position"]) == ("GENERALIST", "zhao", 1)
    assert {one["agent"]: one["code"] for one in again["refused"]}["zhao"] == "PAUSED"
    assert (last["tier"], last["waited"]) == ("OVERFLOW", 45)


def test_a_call_that_waits_is_explained_as_it_stands() -> None:
    entries = [entry for entry in day() if entry.at <= 20]
    rows = decisions(switchboard(), entries, "c1")
    assert rows[-1]["after"] is None
    assert {one["agent"]: one["code"] for one in rows[-1]["refused"]}["zhao"] == "PAUSED"


def test_explaining_changes_nothing() -> None:
    router = Router(Rules())
    for name in ("li", "wu"):
        router.handle(AgentKnown(name, name, (("*", 3),)), 0)
    router.handle(CallWaiting("c", "law", 0, preferred="li", excluded=("wu",)), 0)
    [waiting] = router.queue
    assert explain(router, waiting, 5) == explain(router, waiting, 5)
    assert json.loads(json.dumps(row(explain(router, waiting, 5), ""))) == row(explain(router, waiting, 5), "")
    assert {one.code for one in explain(router, waiting, 5).refused} == {"OFFLINE", "EXCLUDED"}


def test_the_command_line(tmp_path: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("HOTLINE_HOME", str(tmp_path))
    monkeypatch.delenv("HOTLINE_DATABASE_URL", raising=False)
    upgrade(load_settings())
    database = open_database(load_settings())
    database.do(calllog.append, day())
    database.close()
    assert main(["route", "explain", "c1"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [each["agent"] for each in rows] == [None, "zhao", None, "wu"]
    assert main(["route", "explain", "c9"]) == 1
    assert "there is no such call" in capsys.readouterr().err


def test_facts_of_an_older_log_are_understood() -> None:
    """Entries from before calls had needs."""
    entry = Entry("fact", "b", 1.0, "c1", "CallWaiting", {"label": "law", "priority": 10})
    assert fact_of(entry) == CallWaiting("c1", "law", 10, (), "", ())
    full = CallWaiting("c1", "law", 0, (("lang.wu", 3),), "li", ("wu",))
    written = json.loads(json.dumps(fact_entry("b", 1.0, full).fields))
    assert fact_of(Entry("fact", "b", 1.0, "c1", "CallWaiting", written)) == full
