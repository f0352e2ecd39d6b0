"""Telephones at a keyboard: what is typed, which files can be played, how errors read. Nothing is dialled here."""

import wave
from pathlib import Path

import pytest

from config.load import load_settings
from hotline.cli import main
from hotline.commands import CommandError, UsageError
from hotline.phones.desk import numbered
from hotline.phones.keys import KeysError, Step, steps
from hotline.phones.server import address, answers
from hotline.phones.sounds import Spoken, check, check_record, sounds
from telephony.softphone.level import LOUD, PAUSE, Level


def wav(file: Path, rate: int = 8000, channels: int = 1, width: int = 2, frames: int = 800) -> Path:
    with wave.open(str(file), "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(width)
        out.setframerate(rate)
        out.writeframes(bytes(frames * channels * width))
    return file


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", (Step("1"),)),
        ("1,w2,34#", (Step("1"), Step(seconds=2.0), Step("34#"))),
        (" *0 , w0.5 ", (Step("*0"), Step(seconds=0.5))),
    ],
)
def test_keys(text: str, expected: tuple[Step, ...]) -> None:
    assert steps(text) == expected


@pytest.mark.parametrize("text", ["", "1,", "x", "1,w", "w2s", "12 34", "w9999", "１"])
def test_keys_that_are_none(text: str) -> None:
    with pytest.raises(KeysError, match="--keys"):
        steps(text)


def test_only_what_a_phone_plays_is_played(tmp_path: Path) -> None:
    for rate in (8000, 16000):
        check(wav(tmp_path / "good.wav", rate))
    for faulty, said in (
        (wav(tmp_path / "fast.wav", rate=44100), "has 44100 Hz, 1 channel, 16 bits"),
        (wav(tmp_path / "stereo.wav", channels=2), "2 channels"),
        (wav(tmp_path / "eight.wav", width=1), "8 bits"),
        (wav(tmp_path / "empty.wav", frames=0), "holds no sound"),
        (tmp_path / "none.wav", "there is no such file"),
        (tmp_path, "cannot be read"),
        (Path(__file__), "is no WAV file"),
    ):
        with pytest.raises(CommandError, match=said) as refused:
            check(faulty)
        assert str(faulty) in str(refused.value)


def test_texts_are_said_in_the_built_in_voice(tmp_path: Path) -> None:
    file = wav(tmp_path / "own.wav")
    said, own = sounds(tmp_path, [Spoken("您好"), Spoken(file=file)], "cmn")
    check(said)
    assert own == file
    with pytest.raises(CommandError, match="--say"):
        sounds(tmp_path, [Spoken("……")], "cmn")


def test_a_recording_needs_its_folder(tmp_path: Path) -> None:
    check_record(None)
    check_record(tmp_path / "heard.wav")
    for wrong in (tmp_path, tmp_path / "nowhere" / "heard.wav"):
        with pytest.raises(CommandError, match="--record"):
            check_record(wrong)
    assert numbered(tmp_path / "a.wav", 1) == tmp_path / "a.wav"
    assert numbered(tmp_path / "a.wav", 3) == tmp_path / "a-3.wav"


def test_the_server_is_the_configured_one_or_the_named_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_HOME", str(tmp_path))
    monkeypatch.setenv("HOTLINE_SIP_PORT", "5070")
    settings = load_settings()
    assert address(None, settings) == ("127.0.0.1", 5070)
    assert address("10.0.0.1:5080", settings) == ("10.0.0.1", 5080)
    assert address("10.0.0.1", settings) == ("10.0.0.1", 5060)
    for wrong in ("host:", ":5060", "host:port", "host:70000"):
        with pytest.raises(UsageError, match="--server"):
            address(wrong, settings)
    assert not answers(("127.0.0.1", 9))


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["call", "--keys", "1,x"], 2, "neither keys nor a wait"),
        (["call", "a b"], 2, "NUMBER"),
        (["call", "--for", "0"], 2, "--for"),
        (["call", "--play", "/nowhere.wav"], 1, "no such file"),
        (["call", "--server", "127.0.0.1:9"], 1, "nobody answers SIP there"),
        (["phone", "1001", "--say", "a", "--say", "b"], 2, "one of them"),
        (["phone", "1001", "--server", "127.0.0.1:9"], 1, "nobody answers SIP there"),
    ],
)
def test_errors_are_one_line_and_an_exit_code(
    words: list[str],
    code: int,
    said: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOTLINE_HOME", str(tmp_path))
    assert main(words) == code
    told = capsys.readouterr().err.strip()
    assert said in told
    assert "\n" not in told


def test_who_speaks_is_heard_and_who_pauses_for_breath_still_speaks() -> None:
    level, told = Level(), []
    for fifth in range(50):
        now = fifth / 5
        loud = 1.0 <= now < 2.0 or 2.0 + PAUSE / 2 <= now < 4.0
        assert level.due(now)
        if change := level.look(LOUD if loud else LOUD - 1, now):
            told.append((change, now))
        assert not level.due(now + 0.05)
    assert [each for each, _ in told] == ["speaks", "silent"]
    assert told[0][1] == 1.0
    assert told[1][1] == pytest.approx(3.8 + PAUSE, abs=0.21)
