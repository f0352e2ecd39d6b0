"""Outside the hours and in the queue, on a real call: a message is heard, 9 asks for a callback, a person takes it."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from config.load import PACKAGED
from hotline.demo.hearing import loudness
from telephony.softphone.remote import Softphone
from tests.running import Hotline, Seat, until

CALLER = "13911110077"
AGENT = "callback-li"


@pytest.fixture
def closed(make_hotline: Callable[..., Hotline]) -> Hotline:
    """A hotline that has never been open, with callbacks at any hour and a new announcement every two seconds."""
    hotline = make_hotline()
    values = yaml.safe_load((PACKAGED / "shifts.yaml").read_text(encoding="utf-8"))
    values["offices"]["hotline"]["open"] = {"2020-01-02": "09:00-10:00"}
    values["outside"] = {"action": "message", "then": "person"}
    values["rosters"] = [{"shift": "day", "days": ["2020-01-02"], "agents": [AGENT]}]
    write(hotline.home / "shifts.yaml", values)
    values = yaml.safe_load((PACKAGED / "callbacks.yaml").read_text(encoding="utf-8"))
    write(hotline.home / "callbacks.yaml", values | {"windows": {"every": "00:00-24:00"}})
    values = yaml.safe_load((PACKAGED / "ivr.yaml").read_text(encoding="utf-8"))
    write(hotline.home / "ivr.yaml", values | {"announce_every_seconds": 2})
    hotline.start()
    return hotline


def write(file: Path, values: object) -> None:
    file.write_text(yaml.safe_dump(values, allow_unicode=True), encoding="utf-8")


def test_closed_then_queued_then_called_back(closed: Hotline, tmp_path: Path) -> None:
    heard = tmp_path / "heard.wav"
    with Softphone(CALLER) as phone:
        phone.dial(closed.number)
        phone.wait("answered", 30)
        closed.wait_state(CALLER, "CLOSED")
        phone.record(heard)
        closed.wait_state(CALLER, "ASKING")
        phone.press("0")
        closed.wait_state(CALLER, "WAITING")
        call = next(each["call"] for each in closed.board()["calls"] if each["caller"] == CALLER)
        until(lambda: told_place(closed, call), "the announcement with the place")
        phone.press("9")
        closed.wait_state(CALLER, "CHECKING")
        phone.press("1")  # yes, the number that is shown
        phone.wait("ended", 40)
    assert loudness(heard) > 300
    record = until(lambda: closed.record_of(CALLER), "the record")
    assert (record["outcome"], record["end_reason"]) == ("abandoned_queue", "要求回拨")
    [promised] = closed.cli("callbacks", "--unmask")
    assert (promised["number"], promised["source"], promised["call"]) == (CALLER, "queue", call)
    replayed = closed.cli("replay", call)
    assert replayed and all(row.get("same", True) for row in replayed)

    seat = Seat(closed, AGENT, tmp_path)
    try:
        [taken] = closed.cli("callbacks", "take", seat.name)
        assert (taken["number"], taken["agent"]) == (CALLER, seat.name)
        assert seat.state() == "PAUSED"
        assert closed.cli("callbacks", "result", taken["id"], "reached")[0]["state"] == "DONE"
        [ready] = closed.cli("agent", "ready", seat.name)
        assert ready["state"] == "READY"
        assert "您现在不在班" in ready["warning"]
    finally:
        seat.close()


def told_place(hotline: Hotline, call: str) -> list[str]:
    """The files of an announcement that named the caller's place and offered the callback."""
    for entry in hotline.cli("calls", call):
        names = [Path(file).name for file in entry["fields"].get("files", ())]
        if any(name.startswith("part.第一位.end-") for name in names):
            assert any(name.startswith("callback.offer-") for name in names)
            return names
    return []
