"""A process of the hotline dies while people talk: they talk on, and the record is whole."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hotline.demo.hearing import heard
from ivr.speech.sound import read_wav, write_wav
from ivr.speech.voice import speak
from telephony.softphone.remote import Softphone
from tests.process.house import ask_for_person
from tests.running import Hotline, Seat, until


@pytest.mark.parametrize("process", ["core", "edge", "workers"])
def test_a_call_outlives(process: str, make_hotline: Callable[..., Hotline], tmp_path: Path) -> None:
    hotline = make_hotline("workers: {warm: 2}\n")
    hotline.start()
    caller, said = "13911112001", tmp_path / "said.wav"
    write_wav(said, speak("您好，请问这件事该怎么办呢。").samples)
    seat = Seat(hotline, "li", tmp_path)
    try:
        with Softphone(caller) as phone:
            ask_for_person(hotline, phone, caller)
            dead = hotline.pid_of(process)
            os.kill(dead, signal.SIGKILL)
            phone.play(said)  # spoken while the process is gone
            phone.wait("played", 30)
            until(lambda: reborn(hotline, process, dead) or None, f"another {process}")
            hotline.wait_state(caller, "TALKING")
            assert seat.state() == "TALKING"
            phone.hang_up()
            phone.wait("ended", 30)
            seat.phone.wait("recorded", 30)
        assert heard(read_wav(said), read_wav(seat.recorded)) > 0.5
        record = until(lambda: hotline.record_of(caller), "the record")
        assert (record["outcome"], record["ended_by"]) == ("answered", "caller")
        until(lambda: (hotline.record_of(caller) or {}).get("recording_sha256"), "the recording")
        replayed = hotline.cli("replay", record["call"])
        assert all(row.get("same", True) for row in replayed)
        # And the next call is served as if nothing had been.
        until(lambda: seat.state() == "WRAP_UP" or None, "wrap-up")
        seat.page.save_record(record["call"], "law", "咨询", "已答复")
        time.sleep(0.5)
        with Softphone("13911112002") as phone:
            ask_for_person(hotline, phone, "13911112002")
            phone.hang_up()
            phone.wait("ended", 30)
    finally:
        seat.close()


def test_a_core_killed_while_nobody_calls_costs_no_agent_their_place(
    make_hotline: Callable[..., Hotline], tmp_path: Path
) -> None:
    """Who was ready is ready, who wrote a record writes on, and the next caller is served."""
    hotline = make_hotline("workers: {warm: 2}\nmedia: {first_port: 36500}\n")
    hotline.start()
    caller = "13911112003"
    ready, writes = Seat(hotline, "ready", tmp_path), None
    try:
        hotline.cli("agent", "pause", ready.name)
        writes = Seat(hotline, "writes", tmp_path)
        with Softphone(caller) as phone:
            ask_for_person(hotline, phone, caller)
            phone.hang_up()
            phone.wait("ended", 30)
        until(lambda: hotline.record_of(caller), "the record")
        hotline.cli("agent", "ready", ready.name)
        until(lambda: not hotline.board()["calls"] or None, "the end of the call")
        stood = {each["name"]: (each["stage"], each["since"]) for each in hotline.board()["agents"]}
        assert (stood["ready"][0], stood["writes"][0]) == ("READY", "WRAP_UP")
        dead = hotline.pid_of("core")
        os.kill(dead, signal.SIGKILL)
        until(lambda: reborn(hotline, "core", dead) or None, "another core")
        assert {each["name"]: (each["stage"], each["since"]) for each in hotline.board()["agents"]} == stood
        with Softphone("13911112004") as phone:
            ask_for_person(hotline, phone, "13911112004")
            assert ready.state() == "TALKING"
            phone.hang_up()
            phone.wait("ended", 30)
    finally:
        for seat in (ready, writes):
            if seat is not None:
                seat.close()


def reborn(hotline: Hotline, process: str, dead: int) -> bool:
    try:
        return hotline.pid_of(process) != dead and bool(hotline.board())
    except Exception:
        return False
