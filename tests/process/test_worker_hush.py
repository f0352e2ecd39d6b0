"""Barge-in on a real call: a prompt falls silent at the first sign of a voice, goes on at the very sample when there
was none, and stops for good when somebody speaks. What the caller's phone hears is looked at, never when."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from benchmarks.lines import Line, dial, run
from ivr.speech.sound import write_wav
from ivr.speech.voice import speak
from tests.ivr.channel import RATE, companded, voice
from tests.process.house import House
from tests.process.sipp.media import FRAME
from tests.running import until

SECONDS = 5
STEPS = np.repeat(
    np.arange(400, 400 + 40 * 5 * SECONDS, 40), RATE // 5
)  # Hz: each 0.2 s of the prompt is like no other
PROMPT = (8000 * np.sin(2 * np.pi * np.cumsum(STEPS) / RATE)).astype(np.int16)


def cough() -> np.ndarray:
    """40 ms of something voiced: a sign of a voice, wherever packets cut it, and too short for an utterance."""
    at = np.arange(RATE // 25)
    wave = sum(np.sin(2 * np.pi * 150 * line * at / RATE + line * line) for line in range(2, 16))
    return voice(wave * np.minimum(1, np.minimum(at, at[::-1]) / 40), 3000)


def silent(wave: np.ndarray) -> np.ndarray:
    """Which packets of what was heard had no sound at all."""
    return np.abs(wave.reshape(-1, FRAME)).max(axis=1) <= 8


@pytest.fixture
def line(house: House) -> Iterator[Line]:
    made = dial(("127.0.0.1", int(house.edge.idle()["sip_port"])))
    yield made
    made.caller.close()


@pytest.fixture
def call(house: House, line: Line) -> Iterator[str]:
    """An answered call on which somebody listens."""
    number = str(house.core.wait("Arrived")["call"])
    house.core.order(number, "Answer")
    until(lambda: line.caller.take() or line.call.answer, "the answer")
    house.core.wait("Answered", call=number)
    run([line], 1.0)
    house.core.order(number, "Listen", grammar=[])
    house.settle(number)
    yield number
    line.caller.hang_up(line.call)
    house.core.wait("LegEnded", call=number)
    house.core.order(number, "Dismiss")


@pytest.fixture
def play(house: House, line: Line, call: str, tmp_path: Path) -> Callable[..., None]:
    write_wav(tmp_path / "prompt.wav", PROMPT)

    def begin(prompt: str, barge_in: bool = True) -> None:
        line.attend()
        house.core.order(call, "Play", prompt=prompt, files=[str(tmp_path / "prompt.wav")], barge_in=barge_in)
        run([line], 1.0)

    return begin


def gone_on(wave: np.ndarray) -> np.ndarray:
    """What was heard, without the packets in which the prompt was hushed."""
    return wave.reshape(-1, FRAME)[~silent(wave)].ravel()


def is_prompt(wave: np.ndarray, size: int = PROMPT.size) -> bool:
    """Whether it is the first `size` samples of the prompt; PJSIP rounds some of them to the next step of G.711."""
    return wave.size == size and np.allclose(wave, companded(PROMPT)[:size], rtol=0.07, atol=16)


def told(house: House, call: str) -> list[str]:
    return [str(fact["fact"]) for fact in house.core.facts if fact["call"] == call]


def test_a_cough_hushes_the_prompt_and_costs_not_a_sample_of_it(house: House, line: Line, call: str, play) -> None:
    play("whole")
    line.say(cough())
    run([line], SECONDS)
    assert house.core.wait("PromptEnded", call=call)["completed"] is True
    heard = line.heard()
    assert silent(heard).sum() >= 2
    assert is_prompt(gone_on(heard))
    assert "SpeechStarted" not in told(house, call)


def test_a_voice_after_a_cough_stops_it_for_good(house: House, line: Line, call: str, play) -> None:
    play("stopped")
    line.say(cough())
    run([line], 1.0)
    line.say(voice(speak("我要离婚", "cmn+f4").samples))
    run([line], SECONDS)
    house.core.wait("SpeechStarted", call=call)
    assert house.core.wait("PromptEnded", call=call)["completed"] is False
    before = gone_on(line.heard())
    assert RATE < before.size < PROMPT.size
    assert is_prompt(before, before.size)


@pytest.mark.parametrize("order", [("StopListening", {}), ("Listen", {"grammar": ["是"]})])
def test_who_stops_listening_while_it_is_hushed_lets_it_go_on(
    house: House, line: Line, call: str, play, order: tuple[str, dict]
) -> None:
    play("left")
    line.say(cough())
    ordered: list[bool] = []

    def once_it_is_hushed() -> None:
        if not ordered and silent(line.heard_lately(1)).all():
            house.core.order(call, order[0], **order[1])
            ordered.append(True)

    run([line], SECONDS, once_it_is_hushed)
    assert ordered
    assert house.core.wait("PromptEnded", call=call)["completed"] is True
    assert is_prompt(gone_on(line.heard()))


def test_a_new_prompt_is_heard_from_its_beginning_though_the_one_before_was_hushed(
    house: House, line: Line, call: str, play, tmp_path: Path
) -> None:
    play("first")
    line.say(cough())
    ordered: list[bool] = []

    def once_it_is_hushed() -> None:
        if not ordered and silent(line.heard_lately(1)).all():
            line.attend()
            files = [str(tmp_path / "prompt.wav")]
            house.core.order(call, "Play", prompt="second", files=files, barge_in=True)
            ordered.append(True)

    run([line], SECONDS + 1.0, once_it_is_hushed)
    assert house.core.wait("PromptEnded", call=call, prompt="first")["completed"] is False
    assert house.core.wait("PromptEnded", call=call, prompt="second")["completed"] is True
    assert is_prompt(line.heard())


def test_what_must_be_heard_whole_is_not_hushed(house: House, line: Line, call: str, play) -> None:
    play("whole", barge_in=False)
    line.say(cough())
    run([line], SECONDS)
    assert house.core.wait("PromptEnded", call=call)["completed"] is True
    assert is_prompt(line.heard())
