"""A prompt's own echo is no speech; a caller over it is."""

import numpy as np
import pytest

from ivr.speech.echo import Echo, Played
from ivr.speech.vad import FRAME, Activity, Turn
from ivr.speech.voice import speak
from tests.ivr.channel import RATE, companded, echo_of, voice

PROMPT = voice(speak("请直接说出您的问题或者按一法律咨询按二法律援助按三公证鉴定按零人工服务").samples, 2500).astype(
    np.int16
)
SECONDS = PROMPT.size / RATE + 0.5


def turns(near: np.ndarray, played: Played | None) -> list[tuple[Turn, float]]:
    """What is told, and when, in seconds."""
    echo, activity, told = Echo(), Activity(), []
    for at in range(0, near.size - FRAME + 1, FRAME):
        cleaned = echo.take(near[at : at + FRAME].astype(np.int16), played.next() if played else None)
        if turn := activity.take(*cleaned, echo.likely):
            told.append((turn, activity.taken * FRAME / RATE))
    return told


def starts(near: np.ndarray, played: Played | None) -> list[float]:
    """When somebody is said to begin to speak, in seconds."""
    return [at for turn, at in turns(near, played) if turn is Turn.STARTED]


@pytest.mark.parametrize("late", [0.02, 0.07, 0.13, 0.2, 0.45])
@pytest.mark.parametrize("decibels", [-6, -12, -20, -30, -40])
def test_echo_alone_is_no_speech_and_no_sign_of_it(decibels: float, late: float) -> None:
    assert turns(companded(echo_of(PROMPT, decibels, late, SECONDS)), Played(PROMPT)) == []


def test_without_knowing_what_is_played_the_same_echo_is_speech() -> None:
    assert starts(companded(echo_of(PROMPT, -6, 0.1, SECONDS)), None)


@pytest.mark.parametrize("step", [-80, 160, 320, -400])
def test_an_echo_whose_delay_changes_is_followed(step: int) -> None:
    near = echo_of(PROMPT, -12, 0.15, SECONDS)
    half = near.size // 2
    moved = np.concatenate([near[:half], near[half + step :], np.zeros(max(0, step))])
    assert starts(companded(moved), Played(PROMPT)) == []


@pytest.mark.parametrize("decibels", [-6, -20, -40])
@pytest.mark.parametrize(
    ("said", "name"), [("我要离婚", "cmn+f4"), ("人工服务", "cmn+pablo"), ("老板欠我工资", "cmn+m5")]
)
def test_a_caller_over_the_echo_is_heard(said: str, name: str, decibels: float) -> None:
    near = echo_of(PROMPT, decibels, 0.1, SECONDS)
    spoken = voice(speak(said, name).samples, 1500)
    begin = 3 * RATE
    near[begin : begin + spoken.size] += spoken
    told = turns(companded(near), Played(PROMPT))
    assert [turn for turn, _ in told[:2]] == [Turn.NOTICED, Turn.STARTED]
    assert 3.0 < told[0][1] <= 3.25 and told[1][1] < 3.5


@pytest.mark.parametrize("said", ["我要离婚", "房东不退押金", "不要"])
def test_a_caller_on_a_line_without_echo_is_heard_as_soon_as_ever(said: str) -> None:
    spoken = np.concatenate([np.zeros(RATE), voice(speak(said, "cmn+f4").samples), np.zeros(RATE)])
    near = companded(spoken + np.random.default_rng(1).standard_normal(spoken.size) * 5)
    alone, with_prompt = starts(near, None), starts(near, Played(PROMPT))
    assert alone[0] <= with_prompt[0] <= alone[0] + 0.06


def test_what_was_learnt_is_kept_for_the_next_time() -> None:
    near = companded(echo_of(PROMPT, -12, 0.1, SECONDS)).astype(np.int16)
    echo, played = Echo(), Played(PROMPT)
    for at in range(0, near.size - FRAME + 1, FRAME):
        echo.take(near[at : at + FRAME], played.next())
    assert echo.path is not None
    again, played = Echo(echo.path), Played(PROMPT)
    cleaned = [again.take(near[at : at + FRAME], played.next())[0] for at in range(0, 2 * RATE, FRAME)]
    before = float((near[RATE : 2 * RATE].astype(float) ** 2).mean())
    after = float((np.concatenate(cleaned)[RATE:].astype(float) ** 2).mean())
    assert after < before / 10


def test_where_nothing_is_played_frames_pass_as_they_are() -> None:
    near = np.arange(FRAME, dtype=np.int16)
    cleaned, masked = Echo().take(near, None)
    assert (cleaned == near).all() and masked == 0


@pytest.mark.parametrize("size", [1, 159, 160, 161, 1000])
@pytest.mark.parametrize("skip", [0, 5, 160, 1001])
def test_played_frames_are_the_samples_in_order(size: int, skip: int) -> None:
    samples = np.arange(1, size + 1, dtype=np.int16)
    once, over = Played(samples, skip=skip), Played(samples, loop=True, skip=skip)
    frames = []
    while (frame := once.next()) is not None:
        frames.append(frame)
    played = np.concatenate([np.zeros(0, np.int16), *frames])
    assert (played[: max(0, size - skip)] == samples[skip:]).all() and not played[max(0, size - skip) :].any()
    looped = np.concatenate([over.next() for _ in range(12)])
    assert (looped == np.take(samples, np.arange(skip, skip + looped.size), mode="wrap")).all()
