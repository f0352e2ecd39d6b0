"""A real edge process and its carriers: registered with digest, watched, gone and back; drained and not forgotten.

One carrier is SIPp, which checks our digest by itself, the other a second edge process with its registrar.
"""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.process.sipp import drive
from tests.telephony.edge_house import House, Peer, request

PATIENCE = 60.0


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., House]]:
    houses: list[House] = []

    def made(name: str, *trunks: dict[str, Any]) -> House:
        home = tmp_path / name
        home.mkdir()
        houses.append(House(home))
        if trunks:
            settings = json.loads(houses[-1].settings)
            settings["trunks"] = list(trunks)
            houses[-1].settings = json.dumps(settings)
        return houses[-1]

    yield made
    for house in houses:
        house.close()


def carrier(port: int, host: str = "127.0.0.1", **more: Any) -> dict[str, Any]:
    outbound = {"host": host, "port": port, "allow": ["1[3-9]xxxxxxxxx"], "caller_id": "02012348"}
    account = {"user": "1001", "password": "secret", "domain": "12348"}
    return {
        "name": "carrier",
        "addresses": [f"{host}/32"],
        "outbound": outbound,
        "account": account,
        "registration": {"seconds": 60, "retry_seconds": 0.2, "retry_cap_seconds": 1},
    } | more


def ask(house: House, question: str, **arguments: Any) -> Any:
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(10)
        link.connect(str(house.home / "run" / "edge.sock"))
        for message in ({"hello": "cli"}, {"ask": question, **arguments}):
            link.sendall(json.dumps(message).encode() + b"\n")
        with link.makefile("rb") as lines:
            return json.loads(lines.readline())["answer"]


def until(house: House, **wanted: Any) -> dict[str, Any]:
    """The trunk's row once it has these values."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        row: dict[str, Any] = ask(house, "trunks")[0]
        if wanted.items() <= row.items():
            return row
        time.sleep(0.05)
    raise AssertionError(f"{wanted} did not come; the last was {row}")


@pytest.mark.skipif(drive.sipp() is None, reason=drive.MISSING)
@pytest.mark.parametrize(("password", "registered", "status"), [("secret", True, 200), ("another", False, 403)])
def test_sipp_checks_our_registration(
    make: Callable[..., House], tmp_path: Path, password: str, registered: bool, status: int
) -> None:
    scenario = drive.filled("carrier_register", tmp_path, user="1001", password=password, expires="600")
    registrar = drive.Sipp(scenario, tmp_path, "127.0.0.7", "-m", "1")
    house = make("edge", carrier(registrar.port, "127.0.0.7", health={"seconds": 0}))
    try:
        house.start()
        row = until(house, answer=status)
        assert (row["registered"], row["usable"], row["line"]) == (registered, registered, "unchecked")
    finally:
        registrar.stop()


def test_a_carrier_that_goes_and_comes_back(make: Callable[..., House]) -> None:
    far = make("carrier")
    assert far.start() == []
    health = {"seconds": 0.2, "timeout_seconds": 0.5, "down_after": 2, "up_after": 2}
    near = make("edge", carrier(far.port, health=health))
    near.start()
    assert far.core.hear() == {"phone": "1001", "registered": True}
    until(near, line="up", registered=True, usable=True)
    assert far.process is not None and far.process.stderr is not None
    far.process.kill()
    far.process.wait()
    far.process.stderr.close()
    row = until(near, line="down")
    assert (row["usable"], row["registered"]) == (False, True), "what was promised holds until its time is over"
    (far.home / "registrations.json").unlink(missing_ok=True)
    assert far.start() == [], "the carrier has forgotten us"
    until(near, line="up", usable=True)
    assert far.core.hear() == {"phone": "1001", "registered": True}, "long before the refresh was due"
    assert ask(near, "state")["counts"]["trunk_down"] == 1


def hotline(house: House, *words: str) -> list[dict[str, Any]]:
    run = subprocess.run(
        [sys.executable, "-m", "hotline", *words],
        env=os.environ | {"HOTLINE_HOME": str(house.home)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return [json.loads(line) for line in run.stdout.splitlines()]


def test_an_edge_that_drains_is_still_draining_when_it_is_started_again(make: Callable[..., House]) -> None:
    house = make("edge")
    house.start()
    house.nursery.say({"workers": []})
    caller = house.peer("127.0.0.2")
    [drained, empty] = hotline(house, "drain", "--wait", "10s")
    assert (drained["draining"], empty["calls"]) == (True, 0)
    assert refused(house, caller, "one") == "60"
    assert house.stop() == 0
    house.start()
    house.nursery.say({"workers": []})
    assert refused(house, caller, "two") == "60"
    assert hotline(house, "drain", "--off")[0]["draining"] is False
    worker = house.peer()
    house.nursery.say({"workers": [{"worker": "w1", "pid": os.getpid(), "sip_port": worker.port, "state": "idle"}]})
    caller.send(request("INVITE", f"sip:12348@127.0.0.1:{house.port}", caller, "three", 1), house.port)
    assert worker.receive().startswith("INVITE ")
    assert hotline(house, "trunks") == [{"trunk": "carrier", "calls": 1, "outbound": False}]


def refused(house: House, caller: Peer, name: str) -> str:
    """The Retry-After a new call gets with its 503."""
    caller.send(request("INVITE", f"sip:12348@127.0.0.1:{house.port}", caller, name, 1), house.port)
    answer = caller.receive()
    assert answer.startswith("SIP/2.0 503 "), answer
    return next(line.split(": ")[1] for line in answer.splitlines() if line.startswith("Retry-After"))
