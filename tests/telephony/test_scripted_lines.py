"""Scripted calls with lines outside, messages and a crowded queue: tests/calls/lines/*.yaml, told as the others are.

`closed: true` tells a call outside the hours, with a message to be left.
"""

from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.load import load_settings
from hotline.configured.parts import Read, read_files
from ivr.opening import MESSAGES
from ivr.scripts import SILENT, Script
from ivr.session import State
from knowledge.intents import phrases
from tests.telephony.test_scripted_calls import START, Telling, check_commands, make, needs_of

FOLDER = Path(__file__).parents[1] / "calls" / "lines"


def scripts() -> Iterator[Any]:
    for file in sorted(FOLDER.glob("*.yaml")):
        for number, call in enumerate(yaml.safe_load(file.read_text(encoding="utf-8"))["calls"], 1):
            yield pytest.param(call, id=f"{file.stem}-{number}")


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Script, Read]:
    """All that a call can meet, as it is configured."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOTLINE_HOME", str(tmp_path_factory.mktemp("home")))
        read = read_files(load_settings())
    sounds = {name: f"{name}.wav" for name in read.wording.sounds()}
    script = Script(
        read.tree,
        read.intents,
        {name: (sounds[name],) for name in read.wording.texts if name in sounds},
        {phrase.strip(SILENT): f"{phrase}.wav" for phrase in phrases(read.intents)},
        music="music.wav",
        callback_key=read.callbacks.key,
        callable=read.callbacks.callable,
        services=read.offering,
        templates=read.wording.templates(),
        parts=sounds,
        needs=read.needs,
        beep="beep.wav",
        voicemail=read.voicemail,
        overload=read.overload,
        emergencies=read.emergencies,
        neighbour=read.neighbour,
    )
    return script, read


@pytest.mark.parametrize("told", list(scripts()))
def test_scripted_line(told: dict[str, Any], whole: tuple[Script, Read]) -> None:
    script, read = whole
    if told.get("closed"):
        script = replace(script, hours=lambda _now: MESSAGES["voicemail"])
    telling = Telling(script, START)
    for number, line in enumerate(told["script"], 1):
        where = f"step {number}: {line}"
        call = line.get("call", "c1")
        if "expect" in line:
            check_commands(telling.given, line["expect"], where, read)
            telling.given = []
        elif "record" in line:
            sheet = asdict(telling.board.calls[call].sheet)
            assert {key: sheet[key] for key in line["record"]} == line["record"], where
        elif "agents" in line:
            states = {agent.name: agent.state.name for agent in telling.board.router.agents.values()}
            assert {key: states[key] for key in line["agents"]} == line["agents"], where
        elif "queued" in line:
            held = telling.board.router.queue.get(call) or telling.board.router.held[call]
            found = {"needs": sorted(needs_of(held)), "preferred": held.preferred, "priority": held.priority}
            assert {key: found[key] for key in line["queued"]} == line["queued"], where
        elif "state" in line:
            assert telling.board.calls[call].session.state is State[line["state"]], where
        elif "wait" in line:
            telling.wait(line["wait"])
        elif "asks" in line:
            for name, fields in (("Arrived", {}), ("Answered", {}), ("PromptEnded", {"prompt": "notice"})):
                telling.take(make(name, fields), telling.now + 0.1)
            telling.given = []
            telling.hear(line["asks"], "c1")
        else:
            [(name, fields)] = line.items()
            telling.take(make(name, fields or {}), telling.now + 0.1)
    assert telling.replayed() == telling.orders
