"""Voice activity: no speech is lost on a telephone line, and what is no voice is none."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.music import compose
from ivr.speech.training.voices import HELD_OUT
from ivr.speech.vad import FRAME, FRAMES_PER_SECOND, Activity, Turn
from ivr.speech.voice import speak
from tests.ivr.channel import RATE, among, companded, line, voice

TIME = np.arange(12 * RATE) / RATE
NOISE = np.random.default_rng(1).standard_normal(TIME.size)
SAID = (
    "是",
    "四",
    "人工",
    "不要",
    "老板欠我半年工资不给",
    "我想问一下抚养费",
    "委托书要做公证",
    "喂",
    "他在网上骂我怎么办",
)


Told = tuple[Turn, float, float, float]
UTTERANCE = (Turn.STARTED, Turn.ENDED)


def all_turns(samples: np.ndarray, pause: float = 0.6) -> list[Told]:
    """(turn, when it was told, onset, end of the last voice), in seconds."""
    activity, told = Activity(pause), []
    for at in range(0, samples.size - FRAME + 1, FRAME):
        turn = activity.take(samples[at : at + FRAME].astype(np.int16))
        if turn is not None:
            frames = (activity.taken, activity.onset, activity.last + 1)
            told.append((turn, *(count / FRAMES_PER_SECOND for count in frames)))
    return told


def turns(samples: np.ndarray, pause: float = 0.6) -> list[Told]:
    return [each for each in all_turns(samples, pause) if each[0] in UTTERANCE]


def hushed(told: list[Told]) -> float:
    """Seconds for which a voice was noticed that was none."""
    return sum(later[1] - each[1] for each, later in pairwise(told) if later[0] is Turn.MISTAKEN)


@pytest.mark.parametrize("snr", [None, 30, 20, 14, 8])
@pytest.mark.parametrize("said", SAID)
def test_no_speech_is_lost(said: str, snr: float | None) -> None:
    name = HELD_OUT[SAID.index(said) % len(HELD_OUT)]
    spoken = voice(speak(said, name).samples)
    told = turns(line(among(spoken, 1.5, 1.5), snr, seed=3))
    assert [each[0] for each in told] == [Turn.STARTED, Turn.ENDED]
    (_, confirmed, onset, _), (_, ended, _, last) = told
    end = 1.5 + spoken.size / RATE
    # 300 ms of pre-roll before the onset reach the first sound even where noise hides how it begins.
    assert 1.5 - 0.15 <= onset <= 1.5 + 0.36
    assert confirmed <= 1.5 + 0.45
    assert end - 0.25 <= last <= end + 0.1
    assert ended == pytest.approx(last + 0.6)


NO_VOICES = {
    "zeros": 0 * TIME,
    "hiss": NOISE * 300,
    "loud hiss": NOISE * 4000,
    "hum": 2000 * np.sin(2 * np.pi * 50 * TIME) + 800 * np.sin(2 * np.pi * 150 * TIME),
    "rumble": np.convolve(NOISE * 5000, np.ones(60) / 60, "same"),
    "dial tone": 6000 * np.sin(2 * np.pi * 450 * TIME),
    "ringing": 6000 * np.sin(2 * np.pi * 450 * TIME) * ((TIME % 5) < 1) + NOISE * 5,
    "busy": 6000 * np.sin(2 * np.pi * 450 * TIME) * ((TIME % 0.7) < 0.35) + NOISE * 5,
    "a digit": 4000 * (np.sin(2 * np.pi * 770 * TIME) + np.sin(2 * np.pi * 1336 * TIME)) * ((TIME % 0.3) < 0.1),
    "digits": 4000
    * (
        np.sin(2 * np.pi * np.array([697, 770, 852, 941])[(TIME / 0.2).astype(int) % 4] * TIME)
        + np.sin(2 * np.pi * np.array([1209, 1336, 1477])[(TIME / 0.2).astype(int) % 3] * TIME)
    )
    * ((TIME % 0.2) < 0.1)
    + NOISE * 20,
    "clicks": 20000 * ((np.arange(TIME.size) % 1600) < 20) + NOISE * 10,
    "coughs": NOISE * 6000 * ((TIME % 1) < 0.25) * np.exp(-(TIME % 1) * 8) + NOISE * 10,
    "a step of noise": NOISE * np.where((TIME % 6) < 3, 50, 2000),
}


@pytest.mark.parametrize("kind", NO_VOICES)
def test_what_is_no_voice_is_none(kind: str) -> None:
    assert turns(companded(NO_VOICES[kind])) == []


@pytest.mark.parametrize("snr", [None, 20, 14])
@pytest.mark.parametrize("said", SAID)
def test_a_voice_is_noticed_before_it_is_certain(said: str, snr: float | None) -> None:
    name = HELD_OUT[SAID.index(said) % len(HELD_OUT)]
    told = all_turns(line(among(voice(speak(said, name).samples), 1.5, 1.5), snr, seed=3))
    assert [each[0] for each in told] == [Turn.NOTICED, *UTTERANCE]
    (_, noticed, _, _), (_, confirmed, _, _), _ = told
    assert 1.5 < noticed <= 1.5 + 0.2
    assert round((confirmed - noticed) * FRAMES_PER_SECOND) >= 2


@pytest.mark.parametrize("kind", [kind for kind in NO_VOICES if not {*kind.split()} & {"tone", "ringing", "busy"}])
def test_what_is_no_voice_is_hardly_ever_noticed(kind: str) -> None:
    """Tones are, as they set in: they are periodic, and what is steady shows at their second frame only."""
    told = all_turns(companded(NO_VOICES[kind]))
    limit = 1.5 if "digit" in kind else 0.25  # of 12 s
    assert {each[0] for each in told} <= {Turn.NOTICED, Turn.MISTAKEN} and hushed(told) <= limit


def test_what_may_be_an_echo_is_a_voice_but_no_sign_of_one() -> None:
    samples = line(among(voice(speak("我要申请法律援助", "cmn+f4").samples), 0.5, 1.0), 30, 1)
    activity = Activity()
    frames = [samples[at : at + FRAME] for at in range(0, samples.size - FRAME, FRAME)]
    assert [turn for turn in (activity.take(frame, echoed=lambda: True) for frame in frames) if turn] == list(UTTERANCE)


def test_the_music_on_hold_is_hardly_ever_a_voice() -> None:
    """A plucked string that dies away is not as steady as a tone; most of the tune is."""
    told = turns(compose())
    assert len([each for each in told if each[0] is Turn.STARTED]) <= 2


@pytest.mark.parametrize("pause", [0.5, 0.6, 0.8])
def test_the_pause_ends_an_utterance_also_when_noise_sets_in(pause: float) -> None:
    spoken = voice(speak("我要申请法律援助", "cmn+f4").samples)
    wave = among(spoken, 1.0, 3.0)
    wave[8000 + spoken.size :] += NOISE[: 3 * RATE] * 500
    told = turns(companded(wave), pause)
    assert [each[0] for each in told] == [Turn.STARTED, Turn.ENDED]
    assert told[1][1] == pytest.approx(1.0 + spoken.size / RATE + pause, abs=0.2)


def test_a_shorter_pause_within_is_none_that_ends() -> None:
    one = voice(speak("房东不退押金", "cmn+m5").samples)
    wave = among(np.concatenate([one, np.zeros(int(0.4 * RATE)), one]), 0.5, 1.0)
    assert len(turns(line(wave, 20, 1), 0.6)) == 2
    assert len(turns(line(among(np.concatenate([one, np.zeros(RATE), one]), 0.5, 1.0), 20, 1), 0.6)) == 4


def test_what_is_under_the_mask_is_no_voice() -> None:
    samples = line(among(voice(speak("我要申请法律援助", "cmn+f4").samples), 0.5, 1.0), 30, 1)
    activity = Activity()
    frames = [samples[at : at + FRAME] for at in range(0, samples.size - FRAME, FRAME)]
    assert not any(activity.take(frame, masked=90.0) for frame in frames)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(["voice", "hiss", "zeros", "full", "click"]), min_size=1, max_size=40),
    st.sampled_from([0.5, 0.6, 0.8]),
)
def test_turns_alternate_and_an_end_comes_its_pause_after_the_last_voice(pieces: list[str], pause: float) -> None:
    rng = np.random.default_rng(len(pieces))
    spoken = voice(speak("抚养费", "cmn+f4").samples)
    sounds = {
        "voice": spoken,
        "hiss": rng.standard_normal(1600) * 200,
        "zeros": np.zeros(3200),
        "full": np.where(np.arange(800) % 2, 32767, -32768),
        "click": np.r_[np.full(10, 30000), np.zeros(150)],
    }
    everything = all_turns(np.concatenate([sounds[piece] for piece in pieces]), pause)
    for each, later in pairwise(everything):
        assert (later[0] is Turn.MISTAKEN) <= (each[0] is Turn.NOTICED)
        assert each[0] is not Turn.NOTICED or later[0] in (Turn.MISTAKEN, Turn.STARTED)
    told = [each for each in everything if each[0] in UTTERANCE]
    kinds = [each[0] for each in told]
    assert kinds == [Turn.STARTED, Turn.ENDED] * (len(kinds) // 2) + [Turn.STARTED] * (len(kinds) % 2)
    for turn, at, onset, last in told:
        assert 0 <= onset < last <= at
        if turn is Turn.ENDED:
            assert at - last == pytest.approx(pause)
