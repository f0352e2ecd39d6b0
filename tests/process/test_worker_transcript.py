"""Both ends of a real talk speak at once, and each is written down as what they said: SIP, RTP, Vosk."""

from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ivr.speech.sound import write_wav
from ivr.speech.voice import speak
from telephony.softphone.remote import Softphone
from tests.process.house import NURSERY, House, free_port, samples_of, strongest, tone

CALLER = "老板欠我三个月工资不给怎么办"
AGENT = "申请法律援助要带身份证"
LEG = "agent:a"

# A nursery whose recognisers have the fault {fault} on the first sound they get.
FAULTY = """
import time
import telephony.nursery.parent

class Words:
    def feed(self, pcm):
        {fault}
        return []

    def finish(self):
        return []

telephony.nursery.parent.load_speech = lambda settings: (lambda grammar: Words(), "")
"""


def spoken(file: Path, text: str, voice: str, times: int) -> Path:
    """A WAV in which `text` is said `times` times, with a second of silence after each."""
    said = speak(text, voice).samples
    write_wav(file, np.concatenate([np.concatenate([said, np.zeros(8000, np.int16)])] * times))
    return file


def alike(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other).ratio()


def talk(house: House, caller: Softphone, agent: Softphone, legs: list[str]) -> str:
    """A talk in which `legs` are written down."""
    call = house.call(caller)
    house.core.order(call, "Dial", leg=LEG, uri=f"sip:1001@127.0.0.1:{house.inside}", caller="13800001111")
    house.core.wait("LegAnswered", leg=LEG)
    house.core.order(call, "Join", leg=LEG)
    house.core.order(call, "Transcribe", legs=legs)
    house.settle(call)
    agent.wait("incoming")
    return call


def finish(house: House, call: str, caller: Softphone) -> None:
    """Hang up, and wait until the worker has told everything and is gone."""
    [worker] = [name for name, each in house.edge.workers.items() if each["state"] == "busy"]
    house.finish(call, caller)
    house.edge.until(lambda workers: workers[worker]["state"] == "gone")


@pytest.fixture
def other(house: House) -> Any:
    with Softphone("1001", sip_port=house.inside, rtp_port=free_port() & ~1, answer_after=0.1) as phone:
        yield phone


def test_two_who_speak_at_once_are_told_apart(
    house: House, caller: Softphone, other: Softphone, tmp_path: Path
) -> None:
    call = talk(house, caller, other, ["caller", LEG])
    begun = len(house.core.facts)
    caller.play(spoken(tmp_path / "caller.wav", CALLER, "cmn+f2", 3))
    other.play(spoken(tmp_path / "agent.wav", AGENT, "cmn+m3", 3))
    caller.wait("played", 30)
    other.wait("played", 30)
    # The last words are told although the caller has hung up before their pause was over.
    finish(house, call, caller)
    told = [fact for fact in house.core.facts[begun:] if fact["fact"] == "Said"]
    for leg, own, foreign in (("caller", CALLER, AGENT), (LEG, AGENT, CALLER)):
        mine = [fact for fact in told if fact["leg"] == leg]
        assert len(mine) == 3
        for fact in mine:
            assert alike(fact["text"], own) > alike(fact["text"], foreign) + 0.2, fact
        assert max(alike(fact["text"], own) for fact in mine) > 0.7, mine
        began = [fact["began"] for fact in mine]
        assert began == sorted(began)
        assert began[1] - began[0] > mine[0]["seconds"] > 1
    # They began to speak within a moment of each other: both are on one clock.
    first = [next(fact["began"] for fact in told if fact["leg"] == leg) for leg in ("caller", LEG)]
    assert abs(first[0] - first[1]) < 1.5
    assert not [fact for fact in house.core.facts[begun:] if fact["fact"] in ("Heard", "TranscriptFailed")]


def test_only_the_caller_and_only_while_it_is_ordered(
    house: House, caller: Softphone, other: Softphone, tmp_path: Path
) -> None:
    call = talk(house, caller, other, ["caller"])
    begun = len(house.core.facts)
    said = spoken(tmp_path / "caller.wav", CALLER, "cmn+f2", 1)
    other.play(spoken(tmp_path / "agent.wav", AGENT, "cmn+m3", 1))
    caller.play(said)
    assert house.core.wait("Said")["leg"] == "caller"
    other.wait("played", 30)
    caller.wait("played", 30)
    house.core.order(call, "Transcribe", legs=[])
    house.settle(call)
    caller.play(said)
    caller.wait("played", 30)
    house.core.order(call, "Transcribe", legs=["caller", "agent:nobody"])
    house.settle(call)
    caller.play(said)
    again = house.core.wait("Said")
    assert again["began"] < 3  # counted from the order anew
    finish(house, call, caller)
    assert [fact["leg"] for fact in house.core.facts[begun:] if fact["fact"] == "Said"] == ["caller", "caller"]


def test_without_speech_it_is_said_once_a_leg_and_the_talk_goes_on(tmp_path_factory: pytest.TempPathFactory) -> None:
    house = House(tmp_path_factory.mktemp("s"), file_limit=40_000_000)
    try:
        with (
            Softphone("4", rtp_port=free_port() & ~1) as caller,
            Softphone("1001", sip_port=house.inside, rtp_port=free_port() & ~1, answer_after=0.1) as agent,
        ):
            call = talk(house, caller, agent, ["caller", LEG])
            failed = [fact for fact in house.core.facts if fact["fact"] == "TranscriptFailed"]
            assert [(fact["leg"], fact["kind"]) for fact in failed] == [("caller", "off"), (LEG, "off")]
            assert "speech.enabled" in failed[0]["reason"]
            caller.press("1")
            house.core.wait("DigitPressed")
            house.finish(call, caller)
    finally:
        house.close()


@pytest.mark.parametrize(("fault", "kind"), [("time.sleep(3)", "lagging"), ("raise MemoryError", "failed")])
def test_a_recogniser_that_stands_still_or_breaks_costs_words_and_not_the_talk(
    fault: str, kind: str, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("l")
    monkeypatch.setattr("tests.process.house.NURSERY", FAULTY.format(fault=fault) + NURSERY)
    house = House(folder)
    try:
        with (
            Softphone("4", rtp_port=free_port() & ~1) as caller,
            Softphone(
                "1001",
                sip_port=house.inside,
                rtp_port=free_port() & ~1,
                answer_after=0.1,
                record=folder / "agent.wav",
            ) as agent,
        ):
            call = talk(house, caller, agent, ["caller"])
            begun = len(house.core.facts)
            caller.play(spoken(folder / "caller.wav", CALLER, "cmn+f2", 3))
            assert house.core.wait("TranscriptFailed", 20, kind=kind)["leg"] == "caller"
            caller.wait("played", 30)
            caller.play(tone(folder / "tone.wav", 700, 1.0))
            caller.wait("played", 30)
            caller.press("1")
            house.core.wait("DigitPressed")
            finish(house, call, caller)
            agent.wait("recorded")
            told = [fact for fact in house.core.facts[begun:] if fact["fact"] == "TranscriptFailed"]
            assert [fact["kind"] for fact in told] == [kind]
    finally:
        house.close()
    assert strongest(samples_of(folder / "agent.wav")[:, 0], 700) > 6000
