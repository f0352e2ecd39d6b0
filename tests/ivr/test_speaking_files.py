"""Sounds as files: rendered once, replaced by recordings, never a sentence with a hole."""

from datetime import date, time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from config.load import PACKAGED, ConfigError
from config.settings import Settings, Speech
from ivr.load import load_speaking, with_sound
from ivr.prompts import prepare, prepare_music, sources
from ivr.scripts import Script
from ivr.speaking.rendering import prune
from ivr.speaking.takes import faults, level, strays
from ivr.speaking.voices import Espeak, Piper, Sherpa, Speaking
from ivr.speaking.wording import Wording
from ivr.speech.recogniser import load_model, transcribe
from ivr.speech.sound import RATE, Samples, read_wav, write_wav
from ivr.speech.store import find
from telephony.worker.audio.media import joined

TEXTS = {
    "welcome": "您好。",
    "appointment": "您预约的是{day:day}{at:time}，地点在{where:choice}，对吗？",
    "number": "请记好您的工单号码{number:digits}。",
    "unsayable": "请按0转人工服务。",
}
WORDING = Wording(TEXTS, {"where": ("县法律援助中心", "高新区公证处")}, phrases=("还是",))


@pytest.fixture(scope="module")
def box() -> Speaking:
    return load_speaking(Settings(home=Path("unused"), folder=PACKAGED))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, box: Speaking) -> tuple[Settings, Script]:
    """A home with every sound of WORDING, and the script that says it."""
    settings = home(tmp_path_factory.mktemp("home"))
    return settings, with_sound(settings, Script(None, None, {}), box, WORDING)  # type: ignore[arg-type]


def home(folder: Path, voice: str = "cmn") -> Settings:
    return Settings(home=folder, folder=PACKAGED, speech=Speech(voice=voice))


def small(settings: Settings, box: Speaking, **texts: str) -> dict[str, str]:
    return prepare(settings, box, Wording(texts))


def tone(seconds: float = 0.5, rate: int = RATE, peak: float = 9000) -> Samples:
    wave: Samples = (peak * np.sin(np.arange(int(seconds * rate)) * 2 * np.pi * 440 / rate)).astype(np.int16)
    return wave


def test_every_sound_gets_a_file_and_is_made_once(house: tuple[Settings, Script], box: Speaking) -> None:
    settings, _ = house
    before = {file: file.stat().st_mtime_ns for file in settings.prompts.iterdir()}
    calls: list[tuple[int, int]] = []
    files = prepare(settings, box, WORDING, lambda done, total: calls.append((done, total)))
    assert set(files) == {*WORDING.sounds(), "pause.100", "pause.150", "pause.300"}
    assert {file: file.stat().st_mtime_ns for file in settings.prompts.iterdir()} == before
    assert calls == [(n, len(WORDING.sounds())) for n in range(1, len(WORDING.sounds()) + 1)]


def test_a_sentence_is_said_out_of_its_parts(house: tuple[Settings, Script]) -> None:
    _, script = house
    files = script.say("appointment", day=date(2026, 11, 26), at=time(15, 30), where="高新区公证处")
    names = [Path(file).name.rpartition("-")[0] or Path(file).stem for file in files]
    assert names == [
        *("part.您预约的是", "part.十一月", "part.二十六号.end", "pause.100", "part.星期四", "part.下午三点"),
        *("part.半.end", "pause.150", "part.地点在", "part.高新区公证处.end", "pause.150", "part.对吗.end"),
    ]
    assert script.say("welcome") == script.files("welcome") != ()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"number": "2026-1126"}, "二零二六幺幺二六"),
        ({"number": "13800561234"}, "幺三八零零五六幺二三四"),
        ({"number": "7-9-4"}, "七九四"),
    ],
)
def test_the_recogniser_hears_the_number_that_was_said(
    house: tuple[Settings, Script], values: dict[str, Any], words: str
) -> None:
    settings, script = house
    with joined(script.say("number", **values)) as file:
        said = read_wav(Path(file))
    line = np.concatenate([np.zeros(2000, np.int16), said, np.zeros(6000, np.int16)])
    heard = "".join(final.text for final in transcribe(load_model(find("default", settings.models)), line.tobytes()))
    assert heard.endswith(words)


def test_a_sentence_with_a_missing_part_leads_to_a_person(
    house: tuple[Settings, Script], caplog: pytest.LogCaptureFixture
) -> None:
    _, script = house
    fallback = script.files("unsayable")
    assert script.say("number", number="号码") == fallback
    assert script.say("number") == fallback
    assert script.say("no such prompt") == fallback
    lacking = Script(None, None, script.prompts, templates=script.templates, parts=dict(script.parts))  # type: ignore[arg-type]
    del lacking.parts["part.九"]  # type: ignore[attr-defined]
    assert lacking.say("number", number="95") == fallback
    assert lacking.say("number", number="9") == script.say("number", number="9") != fallback
    assert "号码" not in caplog.text.replace("工单号码", "")
    assert "number: digits: takes" in caplog.text
    assert "1 of its parts have no file" in caplog.text


def test_a_changed_text_is_rendered_anew_and_the_old_file_can_go(tmp_path: Path, box: Speaking) -> None:
    settings = home(tmp_path)
    old = Path(small(settings, box, bye="再见。")["bye"])
    new = Path(small(settings, box, bye="谢谢，再见。")["bye"])
    assert old != new
    assert old.exists()
    assert prune(settings.prompts, map(Path, small(settings, box, bye="谢谢，再见。").values())) == [old]
    assert new.exists()
    assert not old.exists()


def test_a_voice_that_cannot_speak_is_replaced_by_the_one_in_the_box(
    tmp_path: Path, box: Speaking, caplog: pytest.LogCaptureFixture
) -> None:
    silent = home(tmp_path, "huayan")
    files = small(silent, box, bye="再见。", hello="您好。")
    assert len(caplog.messages) == 1, "one line for the voice, not one for each sound"
    assert "zh_CN-huayan-medium.onnx" in caplog.text
    assert files == small(home(tmp_path), box, bye="再见。", hello="您好。")
    assert {source.kind for source in sources(silent, box, Wording({"bye": "再见。"}))} == {"rendered"}


def test_a_voice_nobody_knows_does_not_silence_the_house(
    tmp_path: Path, box: Speaking, caplog: pytest.LogCaptureFixture
) -> None:
    assert "bye" in small(home(tmp_path, "nobody"), box, bye="再见。")
    assert "speech.voice: 'nobody'" in caplog.text
    assert "bye" in small(home(tmp_path, "cmn+nobody"), box, bye="再见。")
    assert "cmn+nobody" in caplog.text


def test_force_renders_what_is_there(tmp_path: Path, box: Speaking) -> None:
    settings, words = home(tmp_path), Wording({"bye": "再见。"})
    file = Path(prepare(settings, box, words)["bye"])
    file.write_bytes(b"torn")
    prepare(settings, box, words)
    assert file.read_bytes() == b"torn"
    prepare(settings, box, words, force=True)
    assert read_wav(file).size > 2000


def test_recordings_win_as_they_are_for_prompts_parts_and_music(tmp_path: Path, box: Speaking) -> None:
    settings = home(tmp_path)
    recorded = tmp_path / "recorded"
    recorded.mkdir()
    for name in ("bye", "part.五.end", "music"):
        write_wav(recorded / f"{name}.wav", tone())
    files = prepare(settings, box, Wording({"bye": "再见。", "n": "{n:digits}"}))
    assert files["bye"] == str(recorded / "bye.wav")
    assert files["part.五.end"] == str(recorded / "part.五.end.wav")
    assert prepare_music(settings) == str(recorded / "music.wav")
    assert (read_wav(recorded / "bye.wav") == tone()).all()


def test_a_recording_of_another_rate_is_copied_at_8_khz(tmp_path: Path, box: Speaking) -> None:
    settings = home(tmp_path)
    (tmp_path / "recorded").mkdir()
    write_wav(tmp_path / "recorded" / "bye.wav", tone(0.5, 44100), 44100)
    copy = Path(small(settings, box, bye="再见。")["bye"])
    assert copy.parent == settings.prompts
    assert read_wav(copy).size == pytest.approx(RATE / 2, abs=2)
    assert level(copy) == pytest.approx(level(tmp_path / "recorded" / "bye.wav"), abs=0.1)
    assert small(settings, box, bye="再见。")["bye"] == str(copy)
    write_wav(tmp_path / "recorded" / "bye.wav", tone(0.7, 44100), 44100)
    assert read_wav(Path(small(settings, box, bye="再见。")["bye"])).size == pytest.approx(RATE * 0.7, abs=2)


@pytest.mark.parametrize("content", [b"", b"RIFF", b"ID3\x03 an mp3 by its name only" * 20])
def test_what_is_no_recording_is_named_and_the_voice_speaks(
    tmp_path: Path, box: Speaking, caplog: pytest.LogCaptureFixture, content: bytes
) -> None:
    (tmp_path / "recorded").mkdir()
    (tmp_path / "recorded" / "bye.wav").write_bytes(content)
    file = Path(small(home(tmp_path), box, bye="再见。")["bye"])
    assert file.parent.name == "prompts"
    assert "bye.wav" in caplog.text
    [line] = faults(tmp_path / "recorded")
    assert line.startswith(str(tmp_path / "recorded" / "bye.wav"))
    assert "16-bit PCM WAV" in line


def test_recordings_that_nothing_uses_are_named_with_what_may_be_meant(tmp_path: Path) -> None:
    for name in ("notise", "xyz", "number"):
        write_wav(tmp_path / f"{name}.wav", tone())
    found = strays(tmp_path, {"notice", "part.五"}, {"number"})
    assert set(found) == {"notise", "xyz", "number"}
    assert "is notice meant?" in found["notise"]
    assert "record its parts" in found["number"]
    assert "meant" not in found["xyz"]


def test_sounds_that_cannot_be_written_are_left_out_not_died_of(tmp_path: Path, box: Speaking) -> None:
    (tmp_path / "prompts").write_text("in the way")
    assert small(home(tmp_path), box, bye="再见。") == {}
    assert prepare_music(home(tmp_path)) == ""


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"unsayable": ""}, "unsayable: ''"),
        ({"voices": {"a": {"engine": "festival"}}}, "voices.a: "),
        ({"voices": {"a": {"engine": "espeak", "speed": 20}}}, "voices.a.espeak.speed: 20"),
        ({"voices": {"a": {"engine": "piper"}}}, "voices.a.piper.model"),
        ({"voice": {}}, "voice: unknown key"),
        ({"voices": {"a": {"engine": "espeak"}}}, "speech.voice: 'slow': is no voice"),
    ],
)
def test_faults_of_the_catalogue_are_named(tmp_path: Path, change: dict[str, Any], fault: str) -> None:
    values = yaml.safe_load((PACKAGED / "prompts.yaml").read_text(encoding="utf-8")) | change
    (tmp_path / "prompts.yaml").write_text(yaml.safe_dump(values, allow_unicode=True), encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        load_speaking(Settings(home=tmp_path, folder=tmp_path, speech=Speech(voice="slow")))
    assert fault in str(refused.value)


def test_voices_by_name(box: Speaking) -> None:
    assert box.voice("cmn") == Espeak()
    assert box.voice("cmn+f2") == Espeak(voice="cmn+f2")
    assert isinstance(box.voice("huayan"), Piper)
    assert box.voice("nobody") is None
    matcha = Sherpa(engine="sherpa-onnx", folder="m", vocoder="v.onnx", rules=("date.fst",))
    assert matcha.files == ("m/model.onnx", "m/tokens.txt", "m/lexicon.txt", "m/v.onnx", "m/date.fst")
    assert len({voice.fingerprint for voice in box.voices.values()}) == len(box.voices)


def test_texts_with_faulty_places_are_named() -> None:
    faulty = Wording({"a": "{n:nombre}", "b": "{where:choice}", "c": "好。", "d": "{n}"})
    assert [line.partition(":")[0] for line in faulty.faults()] == ["a", "b", "d"]
    assert set(faulty.sounds()) == {"c"}
