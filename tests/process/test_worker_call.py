"""A worker on a real call: SIP and RTP from softphones, orders from a scripted core on a plain Unix socket.

The agent's phone sits at the address where the edge would be, so no edge is needed. Sound is measured, not assumed.
"""

import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ivr.speech.sound import write_wav
from ivr.speech.voice import speak
from telephony.softphone.remote import Softphone
from tests.process.house import NURSERY, Edge, House, ScriptedCore, free_port, samples_of, strongest, tone
from tests.running import until


def test_arrival_answer_prompt_digits_and_barge_in(house: House, caller: Softphone, tmp_path: Path) -> None:
    call = house.call(caller, answer=False)
    arrived = house.core.facts[-1]
    assert (arrived["caller"], arrived["called"], arrived["trunk"]) == ("13800001111", "12348", "carrier")
    house.core.order(call, "Answer")
    house.core.wait("Answered")
    caller.wait("answered")
    caller.record(tmp_path / "heard.wav")
    files = [str(tone(tmp_path / f"{hertz}.wav", hertz, 0.6)) for hertz in (440, 660)]
    house.core.order(call, "Play", prompt="greeting", files=files)
    assert house.core.wait("PromptEnded") == house.core.facts[-1] | {"prompt": "greeting", "completed": True}
    long = [str(tone(tmp_path / "long.wav", 880, 20))]
    for method in ("rfc4733", "dtmf-relay", "dtmf"):
        house.core.order(call, "Play", prompt=method, files=long, barge_in=True)
        house.settle(call)
        caller.press("5", method)
        assert house.core.wait("DigitPressed")["digit"] == "5"
        assert house.core.wait("PromptEnded", prompt=method)["completed"] is False
    house.core.order(call, "Play", prompt="deaf", files=long)
    house.settle(call)
    caller.press("#")
    assert house.core.wait("DigitPressed")["digit"] == "#"
    house.core.order(call, "StopPlaying")
    assert house.core.wait("PromptEnded", prompt="deaf")["completed"] is False
    house.core.order(call, "Play", prompt="gone", files=[str(tmp_path / "no.wav")])
    assert house.core.wait("PromptEnded", prompt="gone")["completed"] is False
    assert "no.wav" in house.core.wait("WorkerFailed")["reason"]
    caller.stop_recording()
    caller.wait("recorded")
    heard = samples_of(tmp_path / "heard.wav")[:, 0]
    assert strongest(heard, 440) > 6000 and strongest(heard, 660) > 6000
    house.finish(call, caller)


def test_bridge_both_ways_and_the_stereo_recording(house: House, caller: Softphone, agent: Softphone) -> None:
    folder = house.home / "recordings"
    call = house.call(caller)
    heard = house.home / "caller-hears.wav"
    caller.record(heard)
    music = tone(house.home / "music.wav", 440, 0.5)
    house.core.order(call, "PlayMusic", file=str(music))
    house.core.order(call, "StartRecording", file="day/call.wav")
    house.core.order(call, "Dial", leg="agent:a", uri=f"sip:1001@127.0.0.1:{house.inside}", caller="13800001111")
    house.core.wait("LegRinging", leg="agent:a")
    house.core.wait("LegAnswered", leg="agent:a")
    assert agent.wait("incoming")["caller"] == "13800001111"
    house.core.order(call, "Join", leg="agent:a")
    caller.play(tone(house.home / "caller-speaks.wav", 700, 1.5))
    caller.wait("played")
    house.core.order(call, "HangUp", leg="agent:a")
    assert house.core.wait("LegEnded", leg="agent:a")["code"] == 200
    agent.wait("recorded")
    # What the caller hears and says alone is in the recording too, on both tracks' clock.
    caller.play(tone(house.home / "caller-alone.wav", 500, 1.0))
    caller.wait("played")
    house.finish(call, caller)
    caller.wait("recorded")
    kept = house.core.wait("RecordingKept")
    file = folder / kept["file"]
    assert kept["file"] == "day/call.rec"
    assert hashlib.sha256(file.read_bytes()).hexdigest() == kept["sha256"]
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    until(lambda: [each.name for each in file.parent.iterdir()] == ["call.rec"] or None, "the hidden name to go")
    stereo = samples_of(file)
    assert stereo.shape[1] == 2 and len(stereo) / 8000 == pytest.approx(kept["seconds"])
    assert strongest(stereo[:, 0], 700) > 6000 and strongest(stereo[:, 0], 1000) < 500
    assert strongest(stereo[:, 1], 1000) > 6000 and strongest(stereo[:, 1], 700) < 500
    assert strongest(stereo[:, 0], 500) > 6000
    assert strongest(samples_of(house.home / "caller-hears.wav")[:, 0], 1000) > 6000
    # The music lasts only until the agent answers.
    assert strongest(samples_of(house.home / "caller-hears.wav")[:, 0], 440) > 2000
    assert strongest(samples_of(Path(str(agent.events[-1]["file"])))[:, 0], 700) > 6000


def test_a_leg_that_is_cancelled_and_one_that_cannot_be(house: House, caller: Softphone) -> None:
    call = house.call(caller)
    with Softphone("1002", sip_port=house.inside, rtp_port=free_port() & ~1) as slow:
        house.core.order(call, "Dial", leg="agent:b", uri="sip:1002@127.0.0.1", caller="1")
        house.core.wait("LegRinging", leg="agent:b")
        house.core.order(call, "HangUp", leg="agent:b")
        assert house.core.wait("LegEnded", leg="agent:b")["code"] == 487
        slow.wait("ended")
        house.core.order(call, "Dial", leg="agent:b", uri="sip:1002@127.0.0.1", caller="1")
        slow.wait("incoming")
        slow.answer(486)
        assert house.core.wait("LegEnded", leg="agent:b")["code"] == 486
    house.core.order(call, "Dial", leg="agent:c", uri="nonsense", caller="1")
    assert house.core.wait("LegEnded", leg="agent:c")["code"] >= 400
    house.core.order(call, "Join", leg="agent:c")
    house.core.wait("WorkerFailed")
    house.core.order(call, "HangUp", leg="nobody")
    house.finish(call, caller)


def test_a_refused_caller_and_one_who_gives_up(house: House, caller: Softphone) -> None:
    call = house.call(caller, answer=False)
    house.core.order(call, "Refuse", code=486, reason="Busy Here")
    assert caller.wait("ended")["code"] == 486
    house.core.wait("LegEnded", leg="caller", code=486)
    house.core.order(call, "Dismiss")
    call = house.call(caller, answer=False)
    caller.hang_up()
    house.core.wait("LegEnded", leg="caller", code=487)
    house.core.order(call, "Dismiss")


def test_a_worker_takes_one_call_only(house: House, caller: Softphone) -> None:
    call = house.call(caller)
    port = next(w["sip_port"] for w in house.edge.workers.values() if w["state"] == "busy")
    with Softphone("2", rtp_port=free_port() & ~1) as other:
        other.dial(f"sip:12348@127.0.0.1:{port}")
        assert other.wait("ended")["code"] == 486
    house.finish(call, caller)
    house.edge.until(lambda workers: not [w for w in workers.values() if w["state"] == "busy"])


def test_the_core_is_lost_and_comes_back(house: House, caller: Softphone, tmp_path: Path) -> None:
    call = house.call(caller)
    caller.wait("answered")
    house.core.order(call, "Play", prompt="long", files=[str(tone(tmp_path / "long.wav", 440, 20))], barge_in=True)
    house.settle(call)
    house.core.close()
    caller.press("7")
    caller.record(tmp_path / "heard.wav")
    house.core = ScriptedCore(house.run / "core.sock")
    assert house.core.wait("DigitPressed")["digit"] == "7"
    again = house.core.wait("PromptEnded", prompt="long")
    assert not again["completed"]
    assert call in [hello.get("call") for hello in house.core.hellos]
    assert [fact["seq"] for fact in house.core.facts] == sorted(fact["seq"] for fact in house.core.facts)
    house.finish(call, caller)


def test_a_worker_is_killed_and_replaced(house: House, caller: Softphone, tmp_path: Path) -> None:
    first = house.call(caller)
    with Softphone("3", rtp_port=free_port() & ~1) as other:
        second = house.call(other)
        busy = [name for name, worker in house.edge.workers.items() if worker["state"] == "busy"]
        assert len(busy) == 2
        pid = {hello["worker"]: hello["pid"] for hello in house.core.hellos}[busy[0]]
        os.kill(pid, signal.SIGKILL)
        house.edge.until(lambda workers: workers[busy[0]]["state"] == "gone")
        house.edge.until(lambda workers: sum(w["state"] == "idle" for w in workers.values()) >= 2)
        house.core.order(second, "Play", prompt="p", files=[str(tone(tmp_path / "a.wav", 440, 0.2))])
        assert house.core.wait("PromptEnded", call=second)["completed"]
        house.finish(second, other)
    assert first != second


def test_speech_is_heard_and_stops_the_prompt(house: House, caller: Softphone, tmp_path: Path) -> None:
    call = house.call(caller)
    music = str(tone(tmp_path / "long.wav", 440, 30))
    house.core.order(call, "Play", prompt="menu", files=[music], barge_in=True)
    house.core.order(call, "Listen", grammar=[])
    write_wav(tmp_path / "words.wav", speak("我要离婚").samples)
    caller.play(tmp_path / "words.wav")
    house.core.wait("SpeechStarted")
    assert house.core.wait("PromptEnded", prompt="menu")["completed"] is False
    heard = house.core.wait("Heard")
    assert "离婚" in heard["text"] and 0 < heard["confidence"] <= 1
    house.core.order(call, "StopListening")
    house.finish(call, caller)


def test_neither_a_full_disk_nor_missing_speech_costs_the_call(tmp_path_factory: pytest.TempPathFactory) -> None:
    house = House(tmp_path_factory.mktemp("f"), file_limit=40_000)
    try:
        with Softphone("4", rtp_port=free_port() & ~1) as caller:
            call = house.call(caller)
            house.core.order(call, "StartRecording", file="full.wav")
            house.core.order(call, "Listen", grammar=[])
            assert "speech.enabled" in house.core.wait("ListeningFailed")["reason"]
            assert house.core.wait("RecordingFailed", 15)["file"] == "full.rec"
            caller.press("1")
            house.core.wait("DigitPressed")
            house.finish(call, caller)
            kept = house.core.wait("RecordingKept", 15)
    finally:
        house.close()
    assert kept["partial"] and len(samples_of(house.home / "recordings" / "full.rec")) == kept["seconds"] * 8000 > 0


def test_without_a_core_the_caller_is_told_so(tmp_path_factory: pytest.TempPathFactory) -> None:
    house = House(tmp_path_factory.mktemp("c"))
    try:
        house.edge.until(lambda workers: sum(w["state"] == "idle" for w in workers.values()) == 2)
        house.core.close()
        with Softphone("6", rtp_port=free_port() & ~1) as caller:
            caller.dial(f"sip:12348@127.0.0.1:{house.edge.idle()['sip_port']}")
            assert caller.wait("ended", 15)["code"] == 503
            house.core = ScriptedCore(house.run / "core.sock")
            call = house.core.wait("Arrived")["call"]
            house.core.wait("LegEnded", leg="caller", code=503)
            house.core.order(call, "Dismiss")
            house.edge.until(lambda workers: "gone" in [w["state"] for w in workers.values()])
    finally:
        house.close()


def test_a_nursery_that_is_ended_leaves_busy_workers_to_their_calls(tmp_path_factory: pytest.TempPathFactory) -> None:
    house = House(tmp_path_factory.mktemp("t"))
    try:
        with Softphone("7", rtp_port=free_port() & ~1) as caller:
            call = house.call(caller)
            house.edge.until(lambda workers: sum(w["state"] == "idle" for w in workers.values()) == 2)
            house.nursery.terminate()
            assert house.nursery.wait(10) == 0
            caller.press("2")
            house.core.wait("DigitPressed")
            pid = {hello["worker"]: hello["pid"] for hello in house.core.hellos}
            alive = [worker for worker in pid if Path(f"/proc/{pid[worker]}").exists()]
            busy = [name for name, worker in house.edge.workers.items() if worker["state"] == "busy"]
            assert alive == busy
            house.finish(call, caller)
    finally:
        house.close()


def test_workers_outlive_the_nursery(tmp_path_factory: pytest.TempPathFactory) -> None:
    house = House(tmp_path_factory.mktemp("n"))
    try:
        with Softphone("5", rtp_port=free_port() & ~1) as caller:
            call = house.call(caller)
            house.nursery.kill()
            house.nursery.wait()
            house.edge.close()
            words = [sys.executable, "-c", NURSERY, str(house.home / "site.yaml")]
            house.nursery = subprocess.Popen(words, env=os.environ | {"HOTLINE_HOME": str(house.home)})
            house.edge = Edge(house.run / "nursery.sock")
            busy = house.edge.until(lambda workers: [w for w in workers.values() if w["state"] == "busy"])
            caller.press("9")
            house.core.wait("DigitPressed")
            house.finish(call, caller)
            house.edge.until(lambda workers: workers[busy[0]["worker"]]["state"] == "gone")
    finally:
        house.close()
