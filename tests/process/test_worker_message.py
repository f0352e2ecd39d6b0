"""A worker's voicemail: sealed beside the recording of its call, played back from memory, left whole by a death."""

import os
import signal
import time
from pathlib import Path

import numpy as np

from config.load import PACKAGED
from config.settings import Settings
from records.audio.files import verify
from records.audio.keys import load_keyring
from telephony.recordings import salvage
from telephony.softphone.remote import Softphone
from tests.process.house import House, samples_of, strongest, tone
from tests.running import until


def in_the_clear(file: Path, hertz: int) -> float:
    return strongest(np.fromfile(file, "u1")[: file.stat().st_size // 2 * 2].view("<i2").astype(float), hertz)


def test_a_message_is_sealed_and_heard_again(house: House, caller: Softphone, tmp_path: Path) -> None:
    call = house.call(caller)
    folder = house.home / "recordings"
    house.core.order(call, "StartRecording", file=f"{call}.wav")
    house.core.order(call, "RecordMessage", file=f"{call}.message.wav")
    caller.play(tone(tmp_path / "said.wav", 750, 2.0))
    caller.wait("played")
    time.sleep(0.3)
    house.core.order(call, "KeepMessage")
    kept = house.core.wait("MessageKept", call=call)
    assert kept["file"] == f"{call}.message.rec" and kept["seconds"] > 1.9
    message = folder / kept["file"]
    keys = load_keyring(Settings(home=house.home, folder=PACKAGED))
    assert verify(message, keys).sha256 == kept["sha256"]
    assert in_the_clear(message, 750) < 3000, "the message lies on the disk in the clear"
    both = samples_of(message)
    assert strongest(both[:, 0], 750) > 6000 and not both[:, 1].any(), "the caller alone"

    caller.record(tmp_path / "heard.wav")
    house.core.order(call, "PlayMessage", prompt="voicemail.message")
    assert house.core.wait("PromptEnded", call=call, prompt="voicemail.message")["completed"]
    caller.stop_recording()
    caller.wait("recorded")
    assert strongest(samples_of(tmp_path / "heard.wav")[:, 0], 750) > 6000
    assert {each.suffix for each in folder.glob(f"*{call}*")} == {".rec", ".part"}, "and nothing plain beside it"

    house.finish(call, caller)
    assert house.core.wait("RecordingKept", call=call)["file"] == f"{call}.rec"
    assert strongest(samples_of(folder / f"{call}.rec")[:, 0], 750) > 6000, "the call is recorded all the same"


def test_a_message_taken_back_is_gone_and_another_one_takes_its_name(
    house: House, caller: Softphone, tmp_path: Path
) -> None:
    call = house.call(caller)
    for hertz in (500, 900):
        house.core.order(call, "RecordMessage", file=f"{call}.message.wav")
        caller.play(tone(tmp_path / f"{hertz}.wav", hertz, 1.0))
        caller.wait("played")
        time.sleep(0.3)
        house.core.order(call, "KeepMessage")
        house.core.wait("MessageKept", call=call)
    file = house.home / "recordings" / f"{call}.message.rec"
    left = samples_of(file)[:, 0]
    assert strongest(left, 900) > 6000 and strongest(left, 500) < 100
    house.core.order(call, "DropMessage")
    house.settle(call)
    assert not file.exists()
    house.finish(call, caller)


def test_a_killed_worker_leaves_its_message(house: House, caller: Softphone, tmp_path: Path) -> None:
    call = house.call(caller)
    folder = house.home / "recordings"
    house.core.order(call, "RecordMessage", file=f"{call}.message.wav")
    caller.play(tone(tmp_path / "said.wav", 650, 3.0))
    caller.wait("played")
    hidden = folder / f".{call}.message.rec.part"
    until(lambda: hidden.stat().st_size > 40_000 or None, "the pieces on disk")
    worker = next(each["worker"] for each in house.edge.workers.values() if each["state"] == "busy")
    os.kill(next(each["pid"] for each in house.core.hellos if each["worker"] == worker), signal.SIGKILL)
    house.edge.until(lambda workers: workers[worker]["state"] == "gone")
    kept = salvage(folder, f"{call}.message.rec", load_keyring(Settings(home=house.home, folder=PACKAGED)))
    assert kept is not None and (kept.file, kept.partial) == (f"{call}.message.rec", True)
    assert strongest(samples_of(folder / kept.file)[:, 0], 650) > 6000
    caller.hang_up()
