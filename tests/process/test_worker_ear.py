"""The ear on a real call: partial texts, the pause, grammars, echoes, many listenings one after another."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from benchmarks.lines import Line, dial, run
from ivr.speech.sound import write_wav
from ivr.speech.voice import speak
from telephony.softphone.remote import Softphone
from tests.ivr.channel import among, voice
from tests.process.house import House
from tests.running import until

PROMPT = "请直接说出您的问题或者按一法律咨询按二法律援助按三公证鉴定按零人工服务"


@pytest.fixture
def prompt(tmp_path: Path) -> str:
    write_wav(tmp_path / "prompt.wav", speak(PROMPT).samples)
    return str(tmp_path / "prompt.wav")


def said(text: str) -> np.ndarray:
    return among(voice(speak(text, "cmn+f4").samples), 0.5, 0.3).astype(np.int16)


def told(house: House, call: str) -> list[str]:
    return [str(fact["fact"]) for fact in house.core.facts if fact["call"] == call]


def test_partial_texts_come_before_the_utterance_they_are_of(house: House, caller: Softphone, tmp_path: Path) -> None:
    call = house.call(caller)
    house.core.order(call, "Listen", grammar=[], pause=0.8)
    house.settle(call)
    write_wav(tmp_path / "words.wav", said("我要申请法律援助房东不退押金"))
    caller.play(tmp_path / "words.wav")
    heard = house.core.wait("Heard", call=call)
    assert "法律援助" in heard["text"] and 2.0 < heard["seconds"] < 5.0
    mine = [fact for fact in house.core.facts if fact["call"] == call]
    kinds = [fact["fact"] for fact in mine if fact["fact"] in ("SpeechStarted", "HeardSoFar", "Heard")]
    assert kinds == ["SpeechStarted", *["HeardSoFar"] * (len(kinds) - 2), "Heard"] and len(kinds) > 3
    texts = [fact["text"] for fact in mine if fact["fact"] == "HeardSoFar"]
    assert all(one != other for one, other in pairwise(texts))
    house.finish(call, caller)


def test_a_grammar_hears_its_words_and_nothing_of_other_speech(house: House, caller: Softphone, tmp_path: Path) -> None:
    call = house.call(caller)
    house.core.order(call, "Listen", grammar=["是的", "不是"])
    house.settle(call)
    for number, (text, expected) in enumerate((("不是", "不是"), ("车子停在路边被人撞坏了", ""))):
        write_wav(tmp_path / f"{number}.wav", said(text))
        for _ in range(3):  # a packet that comes too late is sound that is missing: who was not heard says it again
            caller.play(tmp_path / f"{number}.wav")
            heard = house.core.wait("Heard", call=call)
            if heard["text"] == expected or expected == "":
                break
        assert heard["text"] == expected or (expected == "" and heard["confidence"] < 0.5)
    house.finish(call, caller)


@pytest.fixture
def line(house: House) -> Iterator[Line]:
    """An idle worker's line, ringing."""
    made = dial(("127.0.0.1", int(house.edge.idle()["sip_port"])))
    yield made
    made.caller.close()


def test_a_prompt_is_not_stopped_by_its_echo_but_by_the_caller_over_it(house: House, line: Line, prompt: str) -> None:
    call = str(house.core.wait("Arrived")["call"])
    house.core.order(call, "Answer")
    until(lambda: line.caller.take() or line.call.answer, "the answer")
    house.core.wait("Answered", call=call)
    run([line], 1.0)
    line.decibels, line.late = -12.0, 0.1
    house.core.order(call, "Listen", grammar=[])
    house.core.order(call, "Play", prompt="whole", files=[prompt], barge_in=True)
    run([line], 5.0)
    assert "SpeechStarted" not in told(house, call)
    line.say(said("人工服务"))
    run([line], 2.5)
    house.core.wait("SpeechStarted", call=call)
    assert house.core.wait("PromptEnded", call=call)["completed"] is False
    assert "人工" in house.core.wait("Heard", call=call)["text"]
    line.caller.hang_up(line.call)
    house.core.wait("LegEnded", call=call)
    house.core.order(call, "Dismiss")


def test_listening_begun_and_ended_many_times_leaves_the_worker_whole(
    house: House, caller: Softphone, tmp_path: Path
) -> None:
    call = house.call(caller)
    for number in range(60):
        house.core.order(call, "Listen", grammar=["是"] if number % 2 else [])
        if number % 3 == 0:
            house.core.order(call, "StopListening")
        if number % 10 == 0:
            house.settle(call)
    house.core.order(call, "Listen", grammar=[])
    house.settle(call)
    write_wav(tmp_path / "words.wav", said("我要离婚"))
    caller.play(tmp_path / "words.wav")
    assert "离婚" in house.core.wait("Heard", call=call)["text"]
    assert told(house, call).count("Heard") == 1
    house.finish(call, caller)
