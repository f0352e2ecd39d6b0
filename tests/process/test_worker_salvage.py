"""A worker is killed in a talk: the record has a recording nevertheless, with both voices in it."""

import hashlib
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from hotline.demo.hearing import heard
from ivr.speech.sound import read_wav, write_wav
from ivr.speech.voice import speak
from records.audio.files import verify
from records.audio.keys import load_keyring
from telephony.softphone.remote import Softphone
from tests.process.house import wav_of
from tests.running import Hotline, Seat, until


def voices(tmp_path: Path) -> tuple[Path, Path]:
    said, answer = tmp_path / "said.wav", tmp_path / "answer.wav"
    write_wav(said, speak("房东不退押金，我想问问怎么办。").samples)
    write_wav(answer, speak("您好，请慢慢说，我来记录。").samples)
    return said, answer


def talk(hotline: Hotline, seat: Seat, phone: Softphone, caller: str, said: Path, answer: Path) -> str:
    """A talk in which both have spoken, one after the other; the call's id."""
    phone.dial(hotline.number)
    phone.wait("answered", 30)
    hotline.wait_state(caller, "ASKING")
    phone.press("0")
    hotline.wait_state(caller, "TALKING")
    phone.play(said)
    phone.wait("played", 30)
    seat.phone.play(answer)
    seat.phone.wait("played", 30)
    time.sleep(1)
    return str(next(each["call"] for each in hotline.board()["calls"] if each["caller"] == caller))


def check_recording(hotline: Hotline, caller: str, said: Path, answer: Path) -> None:
    """The record's recording is whole, and each voice is on its own side."""
    until(lambda: (hotline.record_of(caller) or {}).get("recording_sha256"), "the recording")
    record = hotline.record_of(caller)
    assert record is not None and record["recording_file"] == f"{record['call']}.rec"
    folder = hotline.settings.recordings
    file = folder / record["recording_file"]
    assert hashlib.sha256(file.read_bytes()).hexdigest() == record["recording_sha256"]
    verify(file, load_keyring(hotline.settings))
    with wav_of(file) as reader:
        assert reader.getnchannels() == 2
        assert abs(reader.getnframes() / 8000 - record["recording_seconds"]) < 0.01
        both = np.frombuffer(reader.readframes(reader.getnframes()), "<i2").reshape(-1, 2)
    assert heard(read_wav(said), both[:, 0]) > 0.5 > heard(read_wav(said), both[:, 1])
    assert heard(read_wav(answer), both[:, 1]) > 0.5 > heard(read_wav(answer), both[:, 0])
    until(lambda: not list(folder.glob(f".{record['call']}.*")) or None, "the tracks to be cleared away")


def test_a_killed_workers_recording_is_salvaged(hotline: Hotline, seat: Seat, tmp_path: Path) -> None:
    caller = "13911114001"
    said, answer = voices(tmp_path)
    with Softphone(caller, rtp_port=41620) as phone:
        call = talk(hotline, seat, phone, caller, said, answer)
        os.kill(hotline.worker_of(call), signal.SIGKILL)
        phone.wait("ended", 30)
    check_recording(hotline, caller, said, answer)


def test_what_died_with_the_whole_hotline_is_salvaged_at_the_next_start(
    make_hotline: Callable[..., Hotline], tmp_path: Path
) -> None:
    """Power lost: the worker and everything else are gone at once."""
    hotline = make_hotline("workers: {warm: 2}\n")
    hotline.start()
    seat = Seat(hotline, "li", tmp_path)
    caller = "13911114002"
    said, answer = voices(tmp_path)
    try:
        with Softphone(caller, rtp_port=41660) as phone:
            call = talk(hotline, seat, phone, caller, said, answer)
            pids = [hotline.process.pid] if hotline.process else []
            pids += [hotline.pid_of(process) for process in ("core", "edge", "workers")]
            pids += [int(each["pid"]) for each in hotline.workers("idle")] + [hotline.worker_of(call)]
            for pid in pids:
                os.kill(pid, signal.SIGKILL)
            assert hotline.process is not None
            hotline.process.wait(10)
        (hotline.home / "run.log").unlink()
        hotline.start()
        check_recording(hotline, caller, said, answer)
    finally:
        seat.close()
