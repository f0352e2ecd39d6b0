"""Scripts of calls, told to the real switchboard, session, router and intents. No sockets, no clock.

A line of a script is `at: fact` with its fields, or `expect:` with the commands since the last expectation (named,
with the fields that matter; `says` is a part of the words played), or `record:` with fields of the call record, or
`agents:` with states, or `queued:` with what the router holds of a call, or `wait:` seconds, or `hears:`,
short for an utterance after its prompt. A file holds one `script` or several `calls`, and may `start` at a local
time. Every call is replayed from its facts alone.
"""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from hotline.configured.parts import Read
from ivr.commands import Command, Play
from ivr.facts import Heard, PromptEnded, SpeechStarted
from ivr.load_hours import ZONE
from ivr.scripts import SILENT, Script
from ivr.session import Session, State
from routing.queue import Waiting
from routing.router import Router, Rules
from telephony.calls.switchboard import Switchboard
from telephony.core.journal import KINDS, fact_entry, frozen, replay

CALLS = sorted((Path(__file__).parents[1] / "calls").glob("*.yaml"))
QUIET = {"StopListening", "Listen", "StartRecording", "PlayMusic", "NoteMatter", "AskCaller"}
START = "2026-11-21 10:00"  # a Saturday


def scripts() -> Iterator[Any]:
    for file in CALLS:
        read = yaml.safe_load(file.read_text(encoding="utf-8"))
        if "sentences" in read:
            continue
        for number, call in enumerate(read.get("calls") or [read], 1):
            name = f"{file.stem}-{number}" if "calls" in read else file.stem
            yield pytest.param({"start": read.get("start", START), **call}, id=name)


class Telling:
    """A script being told: the switchboard, the time, and what was given since the last expectation."""

    def __init__(self, script: Script, start: str) -> None:
        self.script = script
        self.board = Switchboard(Router(Rules()), lambda call: Session(call, script), strict=True)
        self.now = datetime.fromisoformat(start).replace(tzinfo=ZONE).timestamp()
        self.given: list[Any] = []
        self.entries: list[Any] = []
        self.orders: list[Any] = []

    def take(self, fact: Any, at: float) -> None:
        self.now = at
        self.entries.append(fact_entry("b", at, fact))
        orders = self.board.handle(fact, at)
        self.given, self.orders = self.given + orders, self.orders + orders

    def wait(self, seconds: float) -> None:
        """Let every deadline go off at its own time."""
        until = self.now + seconds
        while (due := self.board.next_deadline()) is not None and due <= until:
            self.take(KINDS["Ticked"](), max(self.now, due))
        self.now = until

    def hear(self, text: str, call: str) -> None:
        """The prompt that plays ends, the caller speaks."""
        plays = [order for order in self.orders if isinstance(order, Play) and order.call == call]
        self.take(PromptEnded(call, plays[-1].prompt, True), self.now + 2)
        self.take(SpeechStarted(call), self.now + 1)
        self.take(Heard(call, text, 0.9, 1.0), self.now + 1.5)

    def replayed(self) -> list[Any]:
        again = Switchboard(Router(Rules()), lambda call: Session(call, self.script), strict=True)
        return [order for _, orders in replay(self.entries, again) for order in orders]


def tell(told: dict[str, Any], script: Script, read: Read) -> None:
    """Tell a script line by line, check what it expects, and replay it."""
    telling = Telling(script, str(told["start"]))
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
            found = {"needs": sorted(needs_of(held)), "preferred": held.preferred, "excluded": list(held.excluded)}
            found |= {"priority": held.priority, "why": [list(why) for why in telling.board.calls[call].sheet.why]}
            assert {key: found[key] for key in line["queued"]} == line["queued"], where
        elif "state" in line:
            assert telling.board.calls[call].session.state is State[line["state"]], where
        elif "wait" in line:
            telling.wait(line["wait"])
        elif "hears" in line:
            telling.hear(line["hears"], call)
        elif "asks" in line:
            telling.take(make("Arrived", {}), telling.now + 0.1)
            telling.take(make("Answered", {}), telling.now + 0.1)
            telling.take(make("PromptEnded", {"prompt": "notice"}), telling.now + 1)
            telling.given = []
            telling.hear(line["asks"], "c1")
        else:
            [(name, fields)] = line.items()
            telling.take(make(name, fields or {}), telling.now + 0.1)
    assert telling.replayed() == telling.orders


def needs_of(waiting: Waiting) -> list[str]:
    needs = waiting.needs
    return [code for code, _ in (*needs.languages, *needs.groups, *needs.regions)]


def make(name: str, fields: dict[str, Any]) -> Any:
    kind = KINDS[name]
    known = kind.__dataclass_fields__  # type: ignore[attr-defined]
    defaults: dict[str, Any] = {"call": "c1", "caller": "13800001234", "called": "12348", "trunk": "local"}
    defaults |= {"completed": True, "confidence": 0.9, "seconds": 1.0, "code": 200, "reason": ""}
    filled = {key: defaults[key] for key in known if key in defaults}
    return kind(**{**filled, **{key: frozen(value) for key, value in fields.items()}})


def check_commands(given: list[Any], expected: list[Any], where: str, read: Read) -> None:
    """The commands in order; those of QUIET may be left out of the script."""
    named = {next(iter(entry)) if isinstance(entry, dict) else entry for entry in expected}
    commands = [order for order in given if isinstance(order, Command)]
    shown = [order for order in commands if type(order).__name__ not in QUIET - named]
    names = [type(order).__name__ for order in shown]
    assert names == [next(iter(entry)) if isinstance(entry, dict) else entry for entry in expected], (where, shown)
    for order, entry in zip(shown, expected, strict=True):
        if isinstance(entry, dict):
            [(_, fields)] = entry.items()
            words = fields.pop("says", "")
            assert {key: getattr(order, key) for key in fields} == {
                key: frozen(value) for key, value in fields.items()
            }, (where, order)
            assert words in said(order, read), (where, said(order, read))


def said(order: Any, read: Read) -> str:
    """The words of a Play, without punctuation."""
    texts = {f"{name}.wav": sound.text for name, sound in read.wording.sounds().items()}
    words = "".join(texts.get(file, "") for file in getattr(order, "files", ()))
    return "".join(char for char in words if char not in SILENT)
