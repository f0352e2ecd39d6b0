"""A call that begins at the hotline: the nursery forks a worker for it that no edge can have given a call."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from telephony.link.wire import to_line
from telephony.softphone.remote import Softphone
from tests.process.house import House


class Asking:
    """The core's end of nursery.sock."""

    def __init__(self, path: Path) -> None:
        self._link = socket.socket(socket.AF_UNIX)
        self._link.settimeout(15)
        self._link.connect(str(path))
        self._lines = self._link.makefile("rb")
        self.say({"hello": "core"})

    def say(self, message: dict[str, Any]) -> None:
        self._link.sendall(to_line(message))

    def hear(self) -> dict[str, Any]:
        return dict(json.loads(self._lines.readline()))

    def close(self) -> None:
        self._lines.close()
        self._link.close()


@pytest.fixture
def asking(house: House) -> Iterator[Asking]:
    house.edge.idle()
    made = Asking(house.run / "nursery.sock")
    yield made
    made.close()


def test_a_call_without_an_invite_gets_a_worker_and_dials(house: House, asking: Asking, agent: Softphone) -> None:
    idle = {name for name, each in house.edge.workers.items() if each["state"] == "idle"}
    asking.say({"take": "HB000001-a"})
    assert house.core.wait("Originated")["call"] == "HB000001-a"
    [worker] = house.edge.until(lambda all: [w for w in all.values() if w["state"] == "busy"])
    assert worker["worker"] not in idle, "an idle worker may be given an INVITE at this very moment"
    dial = {"leg": "agent:1001", "uri": "sip:1001@12348", "caller": "13800001234"}
    house.core.order("HB000001-a", "Dial", **dial)
    assert house.core.wait("LegAnswered", leg="agent:1001")
    asked = {"leg": "caller", "uri": "sip:13800001234@12348;user=phone", "caller": "02012348", "host": "10.0.0.9"}
    house.core.order("HB000001-a", "Overhear", leg="agent:1001")
    house.core.order("HB000001-a", "Dial", **asked)
    # The one phone here stands where the edge would be, and is in a call: the resident's line is busy.
    ended = house.core.wait("LegEnded", leg="caller")
    assert ended["code"] == 486
    house.core.order("HB000001-a", "Dismiss")
    assert house.core.wait("LegEnded", leg="agent:1001")["code"] == 200
    house.edge.until(lambda all: worker["worker"] in all and all[worker["worker"]]["state"] == "gone")


def test_more_than_there_may_be_is_refused(house: House, asking: Asking) -> None:
    """Five workers at most, two of them warm: three calls begin, the fourth is told so at once.

    Those that have served before and wait beside the two make room.
    """
    house.edge.until(lambda all: sum(each["state"] == "idle" for each in all.values()) >= 2)
    for number in range(4):
        asking.say({"take": f"HB00000{number}-b"})
        if number < 3:
            house.core.wait("Originated")
    refused = asking.hear()
    assert refused["refused"] == "HB000003-b"
    for number in range(3):
        house.core.order(f"HB00000{number}-b", "Dismiss")
