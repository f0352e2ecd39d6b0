"""A resident leaves the queue and is called back over a trunk: real SIP and RTP; a phone stands for the carrier."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.load import PACKAGED
from telephony.softphone.remote import Softphone
from tests.process.house import free_port, samples_of, strongest, tone
from tests.running import Hotline, Seat, until

RESIDENT = "13911110088"
SHOWN = "02012348"
TRUNK = """
trunks:
  - name: carrier
    addresses: [127.0.0.0/8]
    outbound: {{host: 127.0.0.1, port: {port}, allow: ["1[3-9]xxxxxxxxx"], caller_id: "02012348", prefix: "9"}}
"""


@pytest.fixture
def resident() -> Iterator[Softphone]:
    with Softphone(RESIDENT, rtp_port=free_port() & ~1) as phone:
        yield phone


@pytest.fixture
def calling(make_hotline: Callable[..., Hotline], resident: Softphone) -> Hotline:
    """A hotline with a trunk to the resident's phone; each try rings for twelve seconds."""
    hotline = make_hotline(TRUNK.format(port=resident.sip_port))
    always = {"every": "00:00-24:00"}
    change(hotline, "callbacks.yaml", windows=always, ring_seconds=12, gaps_seconds=[30, 3600])
    change(hotline, "services.yaml", enabled=False)
    change(hotline, "shifts.yaml", outside={"action": "person"}, rosters=[])
    hotline.start()
    return hotline


def change(hotline: Hotline, name: str, **values: Any) -> None:
    kept = yaml.safe_load((PACKAGED / name).read_text(encoding="utf-8")) | values
    (hotline.home / name).write_text(yaml.safe_dump(kept, allow_unicode=True), encoding="utf-8")


def ask_for_callback(hotline: Hotline, phone: Softphone) -> str:
    """The resident calls, wants a person, presses 9 and hears that it is noted; the callback's id."""
    phone.dial(hotline.number)
    phone.wait("answered", 30)
    until(lambda: hotline.state_of(RESIDENT) in ("CLOSED", "ASKING") or None, "the question")
    phone.press("0")
    hotline.wait_state(RESIDENT, "WAITING")
    phone.press("9")
    phone.wait("ended", 40)
    [callback] = until(lambda: hotline.cli("callbacks"), "the callback")
    assert (callback["state"], callback["source"]) == ("WAITING", "queue")
    return str(callback["id"])


def callback_of(hotline: Hotline, id: str) -> dict[str, Any]:
    return next(each for each in hotline.cli("callbacks", "--all") if each["id"] == id)


def going_out(hotline: Hotline) -> list[dict[str, Any]]:
    """The closed records of calls that went out, the oldest first."""
    found = [each for each in hotline.records() if each["direction"] == "outbound" and each["outcome"] != "open"]
    return sorted(found, key=lambda each: str(each["arrived_at"]))


def test_called_back_until_reached(calling: Hotline, resident: Softphone, tmp_path: Path) -> None:
    id = ask_for_callback(calling, resident)
    until(lambda: [each for each in calling.board()["queue"] if each["call"].startswith(id)], "its place in the queue")
    seat = Seat(calling, "dials-li", tmp_path)
    try:
        incoming = resident.wait("incoming", 30)
        assert (incoming["caller"], incoming["called"]) == (SHOWN, "9" + RESIDENT)
        assert seat.state() == "TALKING", "the agent waits on the line"
        assert callback_of(calling, id)["state"] == "OFFERED"
        resident.wait("ended", 30)
        [missed] = until(lambda: going_out(calling), "the record of the try")
        assert (missed["outcome"], missed["end_reason"], missed["callback"]) == ("unreached", "无人接听", id)
        again = callback_of(calling, id)
        assert (again["state"], again["attempts"], again["result"]) == ("WAITING", 1, "missed")
        until(lambda: seat.state() == "READY" or None, "the agent, free without wrap-up")

        resident.wait("incoming", 60)
        heard = tmp_path / "heard.wav"
        resident.answer()
        resident.wait("answered", 30)
        resident.record(heard)
        calling.wait_state(RESIDENT, "TALKING")
        resident.play(tone(tmp_path / "resident.wav", 700, 2))
        seat.phone.play(tone(tmp_path / "agent.wav", 1100, 2))
        resident.wait("played", 30)
        seat.phone.wait("played", 30)
        resident.hang_up()
        resident.wait("recorded", 30)
        until(lambda: seat.state() == "WRAP_UP" or None, "wrap-up after a talk")
        _, reached = until(lambda: (found := going_out(calling))[1:] and found, "the record of the talk")
        assert (reached["outcome"], reached["agent"], reached["ended_by"]) == ("answered", seat.name, "caller")
        done = callback_of(calling, id)
        assert (done["state"], done["attempts"], done["agent"]) == ("DONE", 2, seat.name)
        until(lambda: going_out(calling)[1].get("recording_sha256"), "the recording")
        assert strongest(samples_of(heard)[:, 0], 1100) > 3000
        kept = samples_of(calling.settings.recordings / f"{reached['call']}.rec")
        assert strongest(kept[:, 0], 700) > 3000 and strongest(kept[:, 1], 1100) > 3000
        for each in (missed, reached):
            replayed = calling.cli("replay", each["call"])
            assert replayed and all(row.get("same", True) for row in replayed)
        assert len([each for each in calling.records() if each["direction"] == "inbound"]) == 1
    finally:
        seat.close()


def test_a_core_that_is_killed_while_the_resident_is_dialled_goes_on(
    calling: Hotline, resident: Softphone, tmp_path: Path
) -> None:
    id = ask_for_callback(calling, resident)
    seat = Seat(calling, "dials-wu", tmp_path)
    try:
        resident.wait("incoming", 30)
        os.kill(calling.pid_of("core"), signal.SIGKILL)
        resident.answer()
        resident.wait("answered", 30)
        until(lambda: talks(calling), "the talk")
        resident.hang_up()
        [reached] = until(lambda: going_out(calling), "the record")
        assert (reached["outcome"], reached["callback"]) == ("answered", id)
        assert callback_of(calling, id)["state"] == "DONE"
    finally:
        seat.close()


def talks(hotline: Hotline) -> bool:
    """Whether the resident talks, by a core that may just be starting."""
    try:
        return hotline.state_of(RESIDENT) == "TALKING"
    except Exception:
        return False
