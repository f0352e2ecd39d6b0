"""The packaged model against voices its training never heard. Sentences here are not those of the figures."""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from hotline.cli import main
from ivr.speech.recogniser import Final, Model, Partial, Recogniser, load_model, transcribe
from ivr.speech.store import PACKAGED, ModelError
from ivr.speech.training.voices import HELD_OUT, training_voices
from ivr.speech.voice import speak, write_wav

RATE = 8000
PAUSE = np.zeros(RATE, np.int16)


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model(PACKAGED)


def said(text: str, voice: str) -> bytes:
    """With pauses before and after, and the hiss no telephone line is without."""
    wave = np.concatenate([PAUSE[:4000], speak(text, voice).samples, PAUSE])
    return (wave + np.random.default_rng(7).standard_normal(wave.size) * 30).astype(np.int16).tobytes()


def heard(model: Model, pcm: bytes, grammar: tuple[str, ...] = ()) -> str:
    return "".join(final.text for final in transcribe(model, pcm, grammar))


def test_the_voices_here_were_held_out() -> None:
    assert not set(HELD_OUT) & set(training_voices())
    assert len(training_voices()) > 60


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("老板欠我半年工资不给", ("工资", "不给")),
        ("我想离婚孩子归谁", ("离婚", "孩子")),
        ("怎么申请法律援助", ("申请", "法律援助")),
        ("我要转人工", ("人工",)),
        ("家里着火了快来人", ("着火",)),
        ("房东不退押金", ("房东", "押金")),
        ("我不想活了", ("不想活",)),
    ],
)
@pytest.mark.parametrize("voice", ["cmn+f4", "cmn+m5"])
def test_sentences_are_understood(model: Model, voice: str, text: str, words: tuple[str, ...]) -> None:
    got = heard(model, said(text, voice))
    assert all(word in got for word in words), got


@pytest.mark.parametrize("listed", [("一", "二", "三", "四", "五", "六", "零", "人工"), ("是的", "不是", "对", "不要")])
def test_closed_lists(model: Model, listed: tuple[str, ...]) -> None:
    """espeak-ng's jitter may cost a short word now and then; one may be missed in ten, and hardly one be mistaken."""
    pairs = [(word, heard(model, said(word, voice), listed)) for word in listed for voice in HELD_OUT]
    right = sum(word == got for word, got in pairs)
    assert right >= 0.9 * len(pairs), [pair for pair in pairs if pair[0] != pair[1]]
    assert sum(got not in (word, "") for word, got in pairs) <= 0.05 * len(pairs), pairs


def test_a_phrase_that_is_no_word_of_the_vocabulary_is_cut_into_those_that_are(model: Model) -> None:
    recogniser = Recogniser(model, ("著作权", "会计师"))
    assert recogniser.unknown == ()
    assert heard(model, said("著作权", "cmn+f4"), ("著作权", "会计师")) == "著作权"


def test_phrases_beyond_the_vocabulary_are_named(model: Model) -> None:
    assert Recogniser(model, ("是", "kubernetes", "龘")).unknown == ("kubernetes", "龘")


@pytest.mark.parametrize("grammar", [(), ("是", "不是"), ("一", "二", "三", "四", "五")])
@pytest.mark.parametrize("kind", ["zeros", "hiss", "rumble", "hum"])
def test_silence_and_noise_are_not_words(model: Model, kind: str, grammar: tuple[str, ...]) -> None:
    rng = np.random.default_rng(5)
    time = np.arange(4 * RATE)
    sounds = {
        "zeros": np.zeros(time.size),
        "hiss": rng.standard_normal(time.size) * 300,
        "rumble": np.convolve(rng.standard_normal(time.size) * 3000, np.ones(60) / 60, "same"),
        "hum": 2000 * np.sin(2 * np.pi * 50 * time / RATE),
    }
    assert heard(model, sounds[kind].astype(np.int16).tobytes(), grammar) == ""


def test_partials_come_first_and_change_each_time(model: Model) -> None:
    recogniser, pcm = Recogniser(model), said("我要申请法律援助", "cmn+f4")
    events = [event for at in range(0, len(pcm), 320) for event in recogniser.feed(pcm[at : at + 320])]
    events += recogniser.finish()
    partials = [event.text for event in events if isinstance(event, Partial)]
    finals = [event for event in events if isinstance(event, Final)]
    assert partials
    assert all(one != other for one, other in pairwise(partials))
    assert len(finals) == 1
    assert 0.5 < finals[0].confidence <= 1
    assert 0.5 < finals[0].seconds < 4


def test_two_utterances_are_two_finals(model: Model) -> None:
    pcm = said("法律援助", "cmn+f4") + PAUSE.tobytes() + said("人工服务", "cmn+f4")
    assert [final.text for final in transcribe(model, pcm)] == ["法律援助", "人工服务"]


def test_what_is_no_model_does_not_load(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"lacks am/final\.mdl"):
        load_model(tmp_path)
    for name in ("am/final.mdl", "graph/HCLG.fst", "conf/model.conf"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"garbage")
    with pytest.raises(ModelError, match="cannot load"):
        load_model(tmp_path)


def test_the_command_transcribes_and_refuses_file_by_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOTLINE_HOME", str(tmp_path))
    write_wav(tmp_path / "good.wav", speak("法律援助", "cmn+f4").samples)
    (tmp_path / "bad.wav").write_bytes(b"")
    assert main(["transcribe", str(tmp_path / "bad.wav"), str(tmp_path / "good.wav")]) == 1
    out, err = capsys.readouterr()
    row = json.loads(out)
    assert (row["text"], set(row)) == ("法律援助", {"file", "text", "seconds", "rtf"})
    assert len([line for line in err.splitlines() if "bad.wav" in line]) == 1


def test_the_command_without_a_model_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOTLINE_HOME", str(tmp_path))
    assert main(["transcribe", "--model", "full", "a.wav"]) == 1
    assert "no such model" in capsys.readouterr().err
