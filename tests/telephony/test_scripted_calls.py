"""Scripted calls: tests/calls/*.yaml through the real switchboard, session, router and intents. No sockets, no clock.

A line of a script is `at: fact` with its fields, or `expect:` with the commands since the last expectation (named,
with the fields that matter), or `record:` with fields of the call record, or `agents:` with states.
"""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.load import load_settings
from hotline.parts import read_files
from ivr.commands import Command
from ivr.prompts import wanted
from ivr.scripts import SILENT, Script
from ivr.session import Session
from knowledge.intents import phrases
from routing.router import Router, Rules
from telephony.journal import KINDS, frozen
from telephony.switchboard import Switchboard

CALLS = sorted((Path(__file__).parents[1] / "calls").glob("*.yaml"))
QUIET = {"StopListening", "Listen", "StartRecording", "PlayMusic"}


@pytest.fixture(scope="session")
def script(tmp_path_factory: pytest.TempPathFactory) -> Script:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOTLINE_HOME", str(tmp_path_factory.mktemp("home")))
        read = read_files(load_settings())
    prompts = {name: (f"{name}.wav",) for name in wanted(read.tree, read.labels)}
    parts = {phrase.strip(SILENT): f"{phrase}.wav" for phrase in phrases(read.intents)}
    return Script(read.tree, read.intents, prompts, parts, music="music.wav")


@pytest.mark.parametrize("file", CALLS, ids=lambda file: file.stem)
def test_scripted_call(file: Path, script: Script) -> None:
    switchboard = Switchboard(Router(Rules()), lambda call: Session(call, script), strict=True)
    given: list[Any] = []
    now = 1000.0
    for number, line in enumerate(yaml.safe_load(file.read_text(encoding="utf-8"))["script"], 1):
        where = f"{file.name}, step {number}: {line}"
        if "expect" in line:
            check_commands(given, line["expect"], where)
            given = []
        elif "record" in line:
            sheet = asdict(switchboard.calls[line.get("call", "c1")].sheet)
            assert {key: sheet[key] for key in line["record"]} == line["record"], where
        elif "agents" in line:
            states = {agent.name: agent.state.name for agent in switchboard.router.agents.values()}
            assert {key: states[key] for key in line["agents"]} == line["agents"], where
        elif "wait" in line:
            now, given = pass_time(switchboard, now, now + line["wait"], given)
        else:
            now += 0.1
            [(name, fields)] = line.items()
            given += switchboard.handle(make(name, fields or {}), now)


def pass_time(switchboard: Switchboard, now: float, until: float, given: list[Any]) -> tuple[float, list[Any]]:
    """Let every deadline up to `until` go off at its own time."""
    while (due := switchboard.next_deadline()) is not None and due <= until:
        now = max(now, due)
        given = given + switchboard.handle(KINDS["Ticked"](), now)
    return until, given


def make(name: str, fields: dict[str, Any]) -> Any:
    kind = KINDS[name]
    known = kind.__dataclass_fields__  # type: ignore[attr-defined]
    defaults: dict[str, Any] = {"call": "c1", "caller": "13800001234", "called": "12348", "trunk": "local"}
    defaults |= {"completed": True, "confidence": 0.9, "seconds": 1.0, "code": 200, "reason": ""}
    filled = {key: defaults[key] for key in known if key in defaults}
    return kind(**{**filled, **{key: frozen(value) for key, value in fields.items()}})


def check_commands(given: list[Any], expected: list[Any], where: str) -> None:
    """The commands in order; those of QUIET may be left out of the script."""
    named = {next(iter(entry)) if isinstance(entry, dict) else entry for entry in expected}
    commands = [order for order in given if isinstance(order, Command)]
    shown = [order for order in commands if type(order).__name__ not in QUIET - named]
    names = [type(order).__name__ for order in shown]
    assert names == [next(iter(entry)) if isinstance(entry, dict) else entry for entry in expected], (where, shown)
    for order, entry in zip(shown, expected, strict=True):
        if isinstance(entry, dict):
            [(_, fields)] = entry.items()
            assert {key: getattr(order, key) for key in fields} == {
                key: frozen(value) for key, value in fields.items()
            }, (where, order)
