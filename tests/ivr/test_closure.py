"""The doors: what a closure does to callers, until when, and when its words are configured no more."""

from pathlib import Path

import pytest
import yaml

from config.load import PACKAGED, ConfigError, load_settings
from hotline.configured.hours import load_times
from ivr.closure import ClosureLifted, ClosureSet, Doors, prompt_of
from ivr.facts import Answered, Arrived, PromptEnded
from ivr.opening import OPEN, Reception, Then
from ivr.scripts import Script
from ivr.session import Session
from ivr.tree import SPOKEN, Tree
from routing.router import Router, Rules
from telephony.calls.switchboard import Switchboard
from telephony.core.journal import fact_entry, fact_of

NIGHT = Reception("night")
ORDER = ClosureSet("failure", "to_12345", 100.0, 200.0, "wang")


def test_a_closure_goes_before_the_hours_until_its_time() -> None:
    doors = Doors(lambda _now: NIGHT)
    assert doors.reception(100.0) == NIGHT
    doors.handle(ORDER)
    assert doors.reception(199.9) == Reception("shut.failure", Then.LEAVE)
    assert doors.closure(199.9) == ORDER
    assert doors.reception(200.0) == NIGHT
    assert doors.closure(200.0) is None


def test_one_without_a_time_stands_until_it_is_lifted() -> None:
    doors = Doors()
    doors.handle(ClosureSet("disaster", "person", 0.0, None, "wang"))
    assert doors.reception(1e9) == Reception("shut.disaster", Then.GO_ON)
    doors.handle(ClosureLifted("li"))
    assert doors.reception(1e9) == OPEN


def test_the_newest_order_counts() -> None:
    doors = Doors()
    doors.handle(ORDER)
    doors.handle(ClosureSet("disaster", "person", 120.0, 150.0, "li"))
    assert doors.reception(130.0).prompt == "shut.disaster"
    assert doors.reception(160.0) == OPEN


@pytest.mark.parametrize(("then", "prompt"), [("person", "closed"), ("to_12345", "closed_12345")])
def test_words_that_are_configured_no_more_are_those_of_the_hours(then: str, prompt: str) -> None:
    doors = Doors(prompts={"closed", "closed_12345"})
    doors.handle(ClosureSet("gone", then, 0.0, None, "wang"))
    assert doors.reception(1.0).prompt == prompt


def called(switchboard: Switchboard, call: str, now: float) -> str:
    switchboard.handle(Arrived(call, "13800001234", "12348", "local"), now)
    switchboard.handle(Answered(call), now)
    switchboard.handle(PromptEnded(call, "notice", True), now)
    return switchboard.calls[call].session.state.name


def test_it_is_a_fact_of_the_log_and_closes_calls_that_come_after_it() -> None:
    tree = Tree.model_validate(
        {"keys": {"0": {"label": "agent"}}, "prompts": dict.fromkeys(SPOKEN, "话") | {"confirm": "{label}"}}
    )
    doors = Doors()
    script = Script(tree, None, prompts={}, hours=doors.reception)  # type: ignore[arg-type]
    switchboard = Switchboard(Router(Rules()), lambda call: Session(call, script), strict=True, doors=doors)
    assert called(switchboard, "before", 99.0) == "ASKING"
    entry = fact_entry("b1", 100.0, ORDER)
    assert entry.call is None
    switchboard.handle(fact_of(entry), entry.at)
    assert called(switchboard, "during", 101.0) == "CLOSED"
    assert switchboard.calls["before"].session.state.name == "ASKING"
    lift = fact_of(fact_entry("b1", 110.0, ClosureLifted("wang")))
    assert switchboard.handle(lift, 110.0) == []
    assert called(switchboard, "after", 111.0) == "ASKING"


def test_the_configured_messages_are_prompts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_HOME", str(tmp_path))
    opening = load_times(load_settings()).opening
    assert opening.hours.closing
    assert {prompt_of(code) for code in opening.hours.closing} <= set(opening.prompts())


def test_a_message_to_12345_must_name_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_HOME", str(tmp_path / "home"))
    values = yaml.safe_load((PACKAGED / "shifts.yaml").read_text(encoding="utf-8"))
    values["closing"]["failure"]["message"] = "今天不受理。"
    values["closing"]["Bad Code"] = {"name": "某", "message": "某", "then": "person"}
    (tmp_path / "shifts.yaml").write_text(yaml.safe_dump(values, allow_unicode=True), encoding="utf-8")
    (tmp_path / "site.yaml").write_text("", encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        load_times(load_settings(tmp_path / "site.yaml"))
    assert "Bad Code" in str(refused.value)
    del values["closing"]["Bad Code"]
    (tmp_path / "shifts.yaml").write_text(yaml.safe_dump(values, allow_unicode=True), encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        load_times(load_settings(tmp_path / "site.yaml"))
    assert "closing.failure.message: must name 12345" in str(refused.value)
