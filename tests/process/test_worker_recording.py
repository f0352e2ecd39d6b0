"""A worker's recording: paused it holds silence of the same length, killed it leaves every piece that was written."""

import os
import signal
import time
from pathlib import Path

import numpy as np

from config.load import PACKAGED
from config.settings import Settings
from records.audio.files import SealedAudio, verify
from records.audio.form import FRAME, RATE
from records.audio.keys import Keyring, load_keyring
from telephony.recordings import salvage
from telephony.softphone.remote import Softphone
from tests.process.house import House, samples_of, strongest, tone
from tests.running import until


def keys_of(house: House) -> Keyring:
    return load_keyring(Settings(home=house.home, folder=PACKAGED))


def test_what_is_said_in_a_pause_is_not_in_the_file(house: House, caller: Softphone, agent: Softphone) -> None:
    call = house.call(caller)
    house.core.order(call, "StartRecording", file="paused.wav")
    house.core.order(call, "Dial", leg="agent:a", uri=f"sip:1001@127.0.0.1:{house.inside}", caller="1")
    house.core.wait("LegAnswered", leg="agent:a")
    house.core.order(call, "Join", leg="agent:a")
    for hertz, order in ((500, "PauseRecording"), (700, "ResumeRecording"), (900, "")):
        caller.play(tone(house.home / f"{hertz}.wav", hertz, 1.2))
        caller.wait("played")
        time.sleep(0.3)  # what is on its way is heard before the order
        if order:
            house.core.order(call, order, **({"seconds": 60.0} if order == "PauseRecording" else {}))
            house.settle(call)
    house.finish(call, caller)
    kept = house.core.wait("RecordingKept")
    measured = [fact for fact in house.core.facts if fact["fact"] == "LegMeasured" and fact["call"] == call]
    assert {fact["leg"] for fact in measured} == {"caller", "agent:a"}
    assert not kept["partial"] and len(kept["masked"]) == 1
    begin, end = kept["masked"][0]
    assert 1.3 < end - begin < 3.0
    both = samples_of(house.home / "recordings" / "paused.rec")
    assert len(both) / RATE == kept["seconds"] > 4
    caller_said = both[:, 0]
    assert strongest(caller_said, 500) > 6000 and strongest(caller_said, 900) > 6000
    assert strongest(caller_said, 700) < 100, "what was said in the pause"
    inside = both[int((begin + 0.3) * RATE) : int((end - 0.3) * RATE)]
    assert not inside.any(), "both sides are silent in a pause"
    assert strongest(both[: int(begin * RATE), 1], 1000) > 6000 < strongest(both[int((end + 0.3) * RATE) :, 1], 1000)
    whole = verify(house.home / "recordings" / "paused.rec", keys_of(house))
    assert (whole.sha256, list(map(list, whole.masked))) == (kept["sha256"], kept["masked"])
    for each in measured:
        assert each["codec"] == "PCMA" and not each["secure"] and each["received"] > 100
        assert each["lost"] == 0 and each["sent"] > 100


def test_a_pause_ends_by_itself(house: House, caller: Softphone) -> None:
    call = house.call(caller)
    house.core.order(call, "PauseRecording", seconds=5.0)
    house.core.order(call, "StartRecording", file="forgotten.wav")
    house.core.order(call, "PauseRecording", seconds=0.5)
    assert house.core.wait("RecordingResumed", call=call)["by"] == ""
    caller.play(tone(house.home / "after.wav", 600, 1.0))
    caller.wait("played")
    house.finish(call, caller)
    kept = house.core.wait("RecordingKept")
    assert len(kept["masked"]) == 1
    assert strongest(samples_of(house.home / "recordings" / "forgotten.rec")[:, 0], 600) > 6000


def test_a_killed_worker_leaves_what_was_recorded_and_nothing_in_the_clear(house: House, caller: Softphone) -> None:
    call = house.call(caller)
    house.core.order(call, "StartRecording", file=f"{call}.wav")
    caller.play(tone(house.home / "long.wav", 800, 3.0))
    caller.wait("played")
    folder = house.home / "recordings"
    hidden = folder / f".{call}.rec.part"
    size = until(lambda: hidden.stat().st_size > 60_000 and hidden.stat().st_size, "the pieces on disk")
    worker = next(each["worker"] for each in house.edge.workers.values() if each["state"] == "busy")
    os.kill(next(each["pid"] for each in house.core.hellos if each["worker"] == worker), signal.SIGKILL)
    house.edge.until(lambda workers: workers[worker]["state"] == "gone")
    assert hidden.stat().st_size >= size
    plain = np.fromfile(hidden, "u1")[: 2 * (hidden.stat().st_size // 2)].view("<i2").astype(float)
    assert strongest(plain, 800) < 3000, "the sound lies on the disk in the clear"
    kept = salvage(folder, f"{call}.rec", keys_of(house))
    assert kept is not None and kept.partial and kept.seconds >= 1.5
    assert verify(folder / kept.file, keys_of(house)).sha256 == kept.sha256
    audio = SealedAudio(folder / kept.file, keys_of(house))
    samples = np.frombuffer(audio.samples(0, audio.end.frames), "<i2").reshape(-1, FRAME // 2)
    audio.close()
    assert strongest(samples[:, 0].astype(float), 800) > 6000
    caller.hang_up()


def test_a_disk_without_room_costs_the_recording_and_not_the_call(tmp_path: Path) -> None:
    house = House(tmp_path, more="recording: {min_free_mb: 1.0e+12}\n")
    try:
        with Softphone("13900070001", rtp_port=41700) as caller:
            call = house.call(caller)
            house.core.order(call, "StartRecording", file="c.wav")
            assert "min_free_mb" in house.core.wait("RecordingFailed", file="c.rec")["reason"]
            house.core.order(call, "PauseRecording", seconds=1.0)
            caller.press("1")
            house.core.wait("DigitPressed")
            house.finish(call, caller)
            assert "LegMeasured" in [fact["fact"] for fact in house.core.facts]
    finally:
        house.close()
    assert not list((house.home / "recordings").glob("*"))
