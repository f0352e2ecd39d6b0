"""A phone that is killed: nobody is left in silence or rung for nobody, and the record names who really served."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from hotline.demo.hearing import heard
from ivr.speech.sound import read_wav, write_wav
from ivr.speech.voice import speak
from telephony.softphone.remote import Softphone
from tests.process.house import arrive, ask_for_person
from tests.running import Hotline, Seat, until

SILENCE = 7  # seconds; a phone that has nothing to say sends RTCP every 5

NO_AUDIO = "线路无声音，自动结束"


@pytest.fixture(scope="module")
def quiet() -> Iterator[Hotline]:
    """A hotline that ends silent legs early."""
    with TemporaryDirectory(prefix="hl-") as home:
        settings = f"media: {{first_port: 33000, silence_seconds: {SILENCE}}}\nworkers: {{warm: 2}}\n"
        running = Hotline(Path(home), settings)
        try:
            running.start()
            yield running
        finally:
            running.stop()


def talk(hotline: Hotline, phone: Softphone, caller: str) -> None:
    ask_for_person(hotline, phone, caller)


def leave(*seats: Seat) -> None:
    for seat in seats:
        seat.hotline.cli("agent", "pause", seat.name)
        seat.close()


def test_an_agents_phone_is_killed_and_the_next_agent_serves(quiet: Hotline, tmp_path: Path) -> None:
    caller, said = "13911113001", tmp_path / "said.wav"
    write_wav(said, speak("您好，我来继续为您服务，请讲。").samples)
    first = Seat(quiet, "gone", tmp_path)
    with Softphone(caller, rtp_port=41500) as phone:
        talk(quiet, phone, caller)
        second = Seat(quiet, "next", tmp_path, answer_after=8)  # the prompt is 7 s long
        try:
            at_caller = tmp_path / "at_caller.wav"
            phone.record(at_caller)
            os.kill(first.phone.pid, signal.SIGKILL)
            until(lambda: second.state() == "TALKING" or None, "the second agent in the talk")
            second.phone.wait("answered", 30)
            second.phone.play(said)
            second.phone.wait("played", 30)
            assert first.state() == "PAUSED"
            assert "ended" not in [event["event"] for event in phone.events]
            phone.hang_up()
            phone.wait("recorded", 30)
        finally:
            leave(first, second)
    prompt = next((quiet.settings.prompts).rglob("*reconnecting*.wav"))
    assert heard(read_wav(prompt), read_wav(at_caller)) > 0.5
    assert heard(read_wav(said), read_wav(at_caller)) > 0.5
    record = until(lambda: quiet.record_of(caller), "the record")
    assert (record["outcome"], record["agent"], record["ended_by"]) == ("answered", "next", "caller")


def test_a_callers_phone_is_killed_and_the_agent_is_free(quiet: Hotline, tmp_path: Path) -> None:
    caller = "13911113002"
    seat = Seat(quiet, "freed", tmp_path)
    phone = Softphone(caller, rtp_port=41540)
    try:
        talk(quiet, phone, caller)
        os.kill(phone.pid, signal.SIGKILL)
        until(lambda: seat.state() == "WRAP_UP" or None, "the agent in wrap-up")
        assert seat.phone.wait("ended", 10)["code"] == 200
        record = until(lambda: quiet.record_of(caller), "the record")
        assert (record["outcome"], record["ended_by"], record["agent"]) == ("answered", "caller", "freed")
        assert record["end_reason"] == NO_AUDIO
        until(lambda: (quiet.record_of(caller) or {}).get("recording_sha256"), "the recording")
    finally:
        phone.close()
        leave(seat)


def test_who_is_mute_or_on_hold_is_still_there(quiet: Hotline, tmp_path: Path) -> None:
    """A phone that suppresses silence has none to say; the agent's holds and is killed: nothing is owed on hold."""
    caller = "13911113003"
    seat = Seat(quiet, "mute", tmp_path)
    with Softphone(caller, rtp_port=41580, vad=True) as phone:
        try:
            talk(quiet, phone, caller)
            seat.phone.hold()
            time.sleep(1)
            os.kill(seat.phone.pid, signal.SIGKILL)
            time.sleep(SILENCE + 3)
            assert quiet.state_of(caller) == "TALKING"
            assert seat.state() == "TALKING"
            phone.hang_up()
            phone.wait("ended", 10)
        finally:
            leave(seat)
    assert until(lambda: quiet.record_of(caller), "the record")["ended_by"] == "caller"


def test_a_caller_who_is_killed_in_the_queue_leaves_it(quiet: Hotline) -> None:
    """Nobody is ready, so nobody is joined: the caller hears music until the phone is killed."""
    caller = "13911113004"
    phone = Softphone(caller, rtp_port=41660)
    try:
        ask_for_person(quiet, phone, caller, state="WAITING")
        os.kill(phone.pid, signal.SIGKILL)
        record = until(lambda: quiet.record_of(caller), "the record", 30)
    finally:
        phone.close()
    assert (record["outcome"], record["ended_by"], record["end_reason"]) == ("abandoned_queue", "caller", NO_AUDIO)


def test_a_mute_caller_waits_as_long_as_others(quiet: Hotline) -> None:
    """A phone that suppresses silence hears the music and says so by RTCP."""
    caller = "13911113005"
    with Softphone(caller, rtp_port=41700, vad=True) as phone:
        ask_for_person(quiet, phone, caller, state="WAITING")
        time.sleep(2 * SILENCE)
        assert quiet.state_of(caller) == "WAITING"
        phone.hang_up()
        phone.wait("ended", 10)
    record = until(lambda: quiet.record_of(caller), "the record")
    assert (record["outcome"], record["ended_by"]) == ("abandoned_queue", "caller")
    assert record["end_reason"] != NO_AUDIO


def test_a_worker_left_behind_with_a_dead_call_obeys(make_hotline: Callable[..., Hotline]) -> None:
    """The hotline is stopped, the phone dead, its worker told to end: it is gone, the next start finds all."""
    hotline = make_hotline("media: {first_port: 34000, silence_seconds: 0}\nworkers: {warm: 1}\n")
    hotline.start()
    caller = "13911113006"
    phone = Softphone(caller, rtp_port=41740)
    try:
        arrive(hotline, phone, caller)
        call = next(each["call"] for each in hotline.board()["calls"] if each["caller"] == caller)
        worker = until(lambda: hotline.worker_of(call), "the worker")
        hotline.stop()
        os.kill(phone.pid, signal.SIGKILL)
        os.kill(worker, signal.SIGTERM)
        until(lambda: not runs(worker) or None, "the end of the worker", 25)
    finally:
        phone.close()
    folder = hotline.settings.recordings
    assert (folder / f"{call}.rec").stat().st_size > 100
    (hotline.home / "run.log").unlink()
    hotline.start()
    record = until(lambda: hotline.record_of(caller), "the record")
    assert record["call"] == call
    until(lambda: (hotline.record_of(caller) or {}).get("recording_sha256"), "the recording's note in the record")
    until(lambda: not list(folder.glob(".*")) or None, "the tracks to be cleared away")


def runs(pid: int) -> bool:
    """Whether the process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
