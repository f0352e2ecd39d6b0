"""The core is killed under thirty calls of every kind: all are up after it, no sound stops, no record lacks."""

import os
import signal
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from benchmarks.site import agents as make_agents
from benchmarks.site import ready
from benchmarks.town import Talk, Town
from config.load import PACKAGED
from hotline.asking import ask
from hotline.configured.parts import load_parts, switchboard_of
from ivr.commands import Command
from records import calllog
from records.engine import open_database
from telephony.core.journal import command_entry, replay
from tests.running import Hotline, until

IN_TREE, TALKS, WAITING, RINGING, CALLBACKS, WRITING = 8, 10, 8, 2, 2, 2
AT_WORK = TALKS + RINGING + CALLBACKS + WRITING
SETTINGS = """
workers: {{warm: 6, most: 60}}
speech: {{transcript: off}}
agents: {{ring_seconds: 300, wrap_up_seconds: 600}}
media: {{first_port: 46000, silence_seconds: 60}}
trunks:
  - name: carrier
    addresses: [127.0.0.0/8]
    outbound: {{host: 127.0.0.3, port: {port}, allow: ["1[3-9]xxxxxxxxx"], caller_id: "02012348"}}
"""
ALL = {"TALKING": TALKS, "WAITING": WAITING + RINGING, "DIALLING": CALLBACKS}


@pytest.fixture
def place(make_hotline: Callable[..., Hotline]) -> Any:
    """A hotline and its town: callers press keys at once, callbacks are dialled over the town's own phones."""
    hotline = make_hotline()
    town = Town(("127.0.0.1", hotline.sip_port))
    with hotline.config.open("a", encoding="utf-8") as settings:
        settings.write(SETTINGS.format(port=town.agents_address[1]))
    change(hotline, "callbacks.yaml", windows={"every": "00:00-24:00"}, ring_seconds=300)
    change(hotline, "shifts.yaml", outside={"action": "person"}, rosters=[])
    tree = yaml.safe_load((hotline.home / "ivr.yaml").read_text(encoding="utf-8")) | {"silences": 1000}
    (hotline.home / "ivr.yaml").write_text(yaml.safe_dump(tree, allow_unicode=True), encoding="utf-8")
    hotline.start()
    yield hotline, town
    town.close()


def change(hotline: Hotline, name: str, **values: Any) -> None:
    kept = yaml.safe_load((PACKAGED / name).read_text(encoding="utf-8")) | values
    (hotline.home / name).write_text(yaml.safe_dump(kept, allow_unicode=True), encoding="utf-8")


def test_thirty_calls_outlive_the_core(place: tuple[Hotline, Town]) -> None:
    hotline, town = place
    people = make_agents(hotline, AT_WORK)
    names = list(people)
    quick, slow = names[: TALKS + CALLBACKS + WRITING], names[TALKS + CALLBACKS + WRITING :]
    town.register([people[name] for name in quick])
    town.register([people[name] for name in slow], answers=False)
    ready(hotline, quick)
    for number in range(CALLBACKS):
        hotline.cli("callbacks", "add", f"1391112{number:04}")
    until(lambda: states(hotline)["DIALLING"] == CALLBACKS or None, "the callbacks dialled")
    talks = [dial(hotline, town, f"1391113{number:04}") for number in range(TALKS + WRITING)]
    until(lambda: states(hotline)["TALKING"] == TALKS + WRITING or None, "the talks")
    for talk in talks[TALKS:]:
        town.hang_up(talk)
    until(lambda: agents_in(hotline)["WRAP_UP"] == WRITING or None, "agents who write")
    ready(hotline, slow)
    waiting = [dial(hotline, town, f"1391114{number:04}") for number in range(WAITING + RINGING)]
    until(lambda: agents_in(hotline)["RINGING"] == RINGING or None, "phones that ring")
    until(lambda: states(hotline)["WAITING"] == WAITING + RINGING or None, "callers who wait")
    tree = [dial(hotline, town, f"1391115{number:04}", "", quiet=True) for number in range(IN_TREE)]
    until(lambda: states(hotline)["ASKING"] == IN_TREE or None, "callers at the question")
    before = picture(hotline)
    assert {state: before[0][state] for state in ALL} == ALL
    assert sum(before[0].values()) == 30

    town.reset()
    dead = hotline.pid_of("core")
    os.kill(dead, signal.SIGKILL)
    callers = [*talks[:TALKS], *waiting, *tree]
    until(lambda: min(each.end.heard.packets for each in callers) >= 100 or None, "two seconds of sound for everybody")
    until(lambda: reborn(hotline, dead) or None, "another core", 300)
    assert picture(hotline) == before
    assert [each.number for each in callers if each.state != "up"] == []
    assert {each.number: each.end.heard.lost for each in callers if each.end.heard.lost} == {}
    for talk in town.talks.values():
        if talk.agent and talk.state == "up":
            assert talk.end.heard.packets >= 100 and talk.end.heard.lost == 0

    # What was in the making goes on: residents and agents pick up, callers press keys, those who wait are served.
    for talk in [each for each in town.talks.values() if each.agent and each.state == "ringing"]:
        town.pick_up(talk)
    until(lambda: states(hotline)["TALKING"] == TALKS + RINGING + CALLBACKS or None, "all who rang in a talk")
    for talk in tree:
        town.press(talk, "0")
    until(lambda: states(hotline)["WAITING"] == WAITING + IN_TREE or None, "those of the tree in the queue")
    for name in [name for name in quick if agent_state(hotline, name) == "WRAP_UP"]:
        ask(hotline.settings, "agent.ready", name=name)
    until(lambda: states(hotline)["TALKING"] == TALKS + RINGING + CALLBACKS + WRITING or None, "the next two served")
    for talk in town.up():
        if not talk.agent or talk.number.startswith("139"):
            town.hang_up(talk)
    until(lambda: not left(hotline) or None, "the end of all calls", 300)
    check_records(hotline)


def dial(hotline: Hotline, town: Town, number: str, keys: str = "0", quiet: bool = False) -> Talk:
    """A caller who presses `keys` once answered."""
    talk = town.call(number, quiet)
    until(lambda: talk.state == "up" or None, f"{number} answered")
    if keys:
        until(lambda: hotline.state_of(number) in ("NOTICE", "ASKING") or None, f"{number} in the tree")
        town.press(talk, keys)
    return talk


def states(hotline: Hotline) -> Counter[str]:
    return Counter(call["state"] for call in hotline.board()["calls"] if call["state"] != "ENDED")


def left(hotline: Hotline) -> list[tuple[str, str]]:
    """Calls that are not over, their workers included; who hung up in the queue is to be called back, and is none."""
    return [(each["call"], each["state"]) for each in hotline.board()["calls"] if each["state"] != "QUEUED"]


def agents_in(hotline: Hotline) -> Counter[str]:
    return Counter(agent["stage"] for agent in hotline.board()["agents"])


def agent_state(hotline: Hotline, name: str) -> str:
    return next(str(agent["stage"]) for agent in hotline.board()["agents"] if agent["name"] == name)


def picture(hotline: Hotline) -> tuple[Counter[str], Any, Any]:
    """Who stands where: states of calls, each call's own facts, each agent's."""
    board = hotline.board()
    up = [call for call in board["calls"] if call["state"] != "ENDED"]
    calls = {each["call"]: (each["state"], each["agent"], each["queued_at"], each["joined_at"]) for each in up}
    agents = {each["name"]: (each["stage"], each["call"], each["since"], each["phone"]) for each in board["agents"]}
    return Counter(call["state"] for call in up), calls, agents


def reborn(hotline: Hotline, dead: int) -> bool:
    try:
        return hotline.pid_of("core") != dead and bool(hotline.board())
    except Exception:
        return False


def check_records(hotline: Hotline) -> None:
    """Thirty calls and the two before: each with one closed record and its recording; the log replays to the letter."""
    expected = IN_TREE + TALKS + WAITING + RINGING + CALLBACKS + WRITING

    def whole() -> list[dict[str, Any]] | None:
        found = [each for each in hotline.records() if each["outcome"] != "open"]
        recorded = [each for each in found if each.get("recording_sha256")]
        return found if len(found) == len(recorded) == expected else None

    outcomes = Counter(each["outcome"] for each in until(whole, "all records with their recordings"))
    assert outcomes == {
        "answered": TALKS + RINGING + CALLBACKS + WRITING + WRITING,
        "abandoned_queue": WAITING + IN_TREE - WRITING,
    }
    database = open_database(hotline.settings)
    try:
        boot = database.read(calllog.last_boot)
        assert boot is not None
        entries = database.read(calllog.of_boot, boot)
    finally:
        database.close()
    given = Counter((e.call, e.name, repr(sorted(e.fields.items()))) for e in entries if e.kind == "command")
    again: Counter[Any] = Counter()
    for entry, orders in replay(entries, switchboard_of(hotline.settings, load_parts(hotline.settings))):
        for order in orders:
            if isinstance(order, Command):
                made = command_entry(boot, entry.at, order)
                again[made.call, made.name, repr(sorted(made.fields.items()))] += 1
    assert again == given
