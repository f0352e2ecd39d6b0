"""A worker process that serves one call after another: each under a name of its own, with nothing left of the last."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from telephony.softphone.remote import Softphone
from tests.process.house import House, samples_of, strongest, tone
from tests.running import until


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path, workers="{warm: 1, most: 5, calls: 2}")
    yield made
    made.close()


def idle(house: House, pid: int = 0) -> Any:
    """An idle worker, of this process where one is named."""
    return house.edge.until(
        lambda workers: next((w for w in workers.values() if w["state"] == "idle" and pid in (0, w["pid"])), None)
    )


def gone(house: House, pid: int) -> None:
    """Wait until the process is no more."""
    house.edge.until(lambda workers: all(w["state"] == "gone" for w in workers.values() if w["pid"] == pid))
    until(lambda: not Path(f"/proc/{pid}").exists(), "the end of the process")


def talk(house: House, worker: Any, caller: Softphone, agent: Softphone, hertz: int) -> str:
    """A call with all that a usual one has: a prompt barged into, an ear, an agent, a recording, a transcript."""
    caller.dial(f"sip:12348@127.0.0.1:{worker['sip_port']}", {"X-Hotline-Trunk": "carrier"})
    call = str(house.core.wait("Arrived")["call"])
    house.core.order(call, "Answer")
    house.core.wait("Answered", call=call)
    house.core.order(call, "Play", prompt="p", files=[str(tone(house.home / "p.wav", 440, 5))], barge_in=True)
    house.core.order(call, "Listen")
    house.settle(call)
    caller.press("1")
    house.core.wait("PromptEnded", call=call)
    house.core.order(call, "StopListening")
    house.core.order(call, "Ringback", leg="caller")
    house.core.order(call, "SendDigits", leg="caller", digits="1")
    house.core.order(call, "RecordMessage", file=f"{call}.message.rec")
    house.core.order(call, "StartRecording", file=f"{call}.rec")
    house.core.order(call, "Dial", leg="agent:a", uri=f"sip:1001@127.0.0.1:{house.inside}", caller="13800001111")
    house.core.wait("LegAnswered", call=call)
    house.core.order(call, "Ringback", leg="")
    house.core.order(call, "KeepMessage")
    house.core.order(call, "Join", leg="agent:a")
    house.core.order(call, "Transcribe", legs=["caller", "agent:a"])
    caller.play(tone(house.home / f"{hertz}.wav", hertz, 1.0))
    caller.wait("played")
    house.core.order(call, "HangUp", leg="agent:a")
    agent.wait("ended")
    house.finish(call, caller)
    house.core.wait("RecordingKept", call=call)
    return call


def test_a_process_serves_again_under_another_name_and_keeps_nothing(
    house: House, caller: Softphone, agent: Softphone
) -> None:
    first = idle(house)
    calls = [talk(house, first, caller, agent, 700)]
    second = idle(house, first["pid"])
    assert second["worker"] != first["worker"] and second["sip_port"] == first["sip_port"]
    assert house.edge.workers[first["worker"]]["state"] == "gone"
    calls.append(talk(house, second, caller, agent, 1200))
    assert calls[0] != calls[1]
    heard = [samples_of(house.home / "recordings" / f"{call}.rec")[:, 0] for call in calls]
    assert [strongest(each, 700) > 6000 for each in heard] == [True, False]
    assert [strongest(each, 1200) > 6000 for each in heard] == [False, True]
    told = [{fact["call"] for fact in house.core.facts if fact["fact"] == name} for name in ("Arrived", "LegEnded")]
    assert told == [set(calls), set(calls)]
    gone(house, first["pid"])  # as many calls as workers.calls


def test_a_process_with_a_recording_that_could_not_be_kept_ends_and_lets_go_of_it(
    house: House, caller: Softphone
) -> None:
    worker = idle(house)
    call = house.call(caller)
    house.core.order(call, "StartRecording", file="x.rec")
    house.core.order(call, "Play", prompt="p", files=[str(tone(house.home / "p.wav", 440, 0.5))])
    house.core.wait("PromptEnded", call=call)
    (house.home / "recordings" / "x.rec").mkdir()  # in the place it is to have
    house.finish(call, caller)
    house.core.wait("RecordingFailed", call=call)
    gone(house, worker["pid"])
    assert [file.name for file in (house.home / "recordings").glob(".*")] == [".x.rec.part"], "it is there to salvage"


def test_a_process_that_is_told_to_end_in_its_call_serves_no_other(house: House, caller: Softphone) -> None:
    worker = idle(house)
    call = house.call(caller)
    house.nursery.terminate()
    house.nursery.wait(10)
    house.finish(call, caller)
    until(lambda: not Path(f"/proc/{worker['pid']}").exists(), "the end of the process", 20)


def test_a_process_that_has_referred_a_caller_serves_no_other(house: House, caller: Softphone) -> None:
    """PJSIP's subscription outlives the call, and would tell of it to whoever is there then."""
    worker = idle(house)
    call = house.call(caller)
    house.core.order(call, "Refer", leg="caller", uri="sip:13900001111@127.0.0.1")
    house.settle(call)
    house.finish(call, caller)
    gone(house, worker["pid"])
