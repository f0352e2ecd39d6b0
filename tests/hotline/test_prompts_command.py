"""`hotline prompts` and `hotline say` as an operator uses them, in a home of its own."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from config.load import PACKAGED
from hotline.cli import main
from ivr.speech.sound import RATE, Samples, read_wav, write_wav

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which everything was rendered by the command."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOTLINE_HOME", str(home))
        assert main(["prompts", "render"]) == 0
    return home


@pytest.fixture
def home(rendered: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of this test's own, with links to what was rendered."""
    (tmp_path / "prompts").mkdir()
    for file in (rendered / "prompts").iterdir():
        (tmp_path / "prompts" / file.name).hardlink_to(file)
    if (rendered / "understanding").exists():  # trained here, because the packaged ones are out of date
        (tmp_path / "understanding").symlink_to(rendered / "understanding")
    (tmp_path / "recorded").mkdir()
    monkeypatch.setenv("HOTLINE_HOME", str(tmp_path))
    return tmp_path


def lines(capsys: Capture) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def tone(peak: float) -> Samples:
    wave: Samples = (peak * np.sin(np.arange(RATE) * 0.35)).astype(np.int16)
    return wave


def test_rendering_counts_on_stderr_and_sums_up(home: Path, capsys: Capture) -> None:
    assert main(["prompts", "render"]) == 0
    said = capsys.readouterr()
    [row] = [json.loads(line) for line in said.out.splitlines()]
    assert row["rendered"] > 150
    assert (row["voice"], row["recorded"], row["missing"], row["removed"]) == ("cmn", 0, 0, 0)
    assert f"prompts {row['rendered']}/{row['rendered']}" in said.err


def test_every_prompt_is_listed_with_its_sound(home: Path, capsys: Capture) -> None:
    assert main(["prompts", "list", "--json"]) == 0
    rows = {row["name"]: row for row in lines(capsys)}
    notice = rows["notice"]
    assert notice["source"] == "rendered"
    assert notice["text"].startswith("您好")
    assert notice["seconds"] == pytest.approx(read_wav(Path(notice["file"])).size / RATE, abs=0.01)
    assert rows["waiting.position"]["source"] == "assembled"
    assert rows["waiting.position"]["parts"]["rendered"] == 1 + 30
    assert rows["part.第三十位.end"]["source"] == "rendered"
    assert main(["prompts", "list", "--missing", "--json"]) == 0
    assert lines(capsys) == []


def test_what_is_missing_is_listed_and_rendered_again(home: Path, capsys: Capture) -> None:
    for file in (*home.glob("prompts/notice-*"), *home.glob("prompts/part.第三位.end-*")):
        file.unlink()
    assert main(["prompts", "list", "--missing", "--json"]) == 0
    assert {row["name"] for row in lines(capsys)} == {"notice", "part.第三位.end", "waiting.position"}
    assert main(["prompts", "render"]) == 0
    capsys.readouterr()
    assert main(["prompts", "list", "--missing", "--json"]) == 0
    assert lines(capsys) == []


def test_recordings_are_shown_with_what_is_wrong_with_them(home: Path, capsys: Capture) -> None:
    write_wav(home / "recorded" / "thanks.wav", tone(3600))
    write_wav(home / "recorded" / "rating.wav", tone(200))
    write_wav(home / "recorded" / "notise.wav", tone(3600))
    assert main(["prompts", "list", "--json"]) == 0
    rows = {row["name"]: row for row in lines(capsys)}
    assert (rows["thanks"]["source"], rows["thanks"].get("note")) == ("recorded", None)
    assert rows["rating"]["note"].endswith("dB softer than the rendered voice; record it again or level it")
    assert rows["notise"]["source"] == "unused"
    assert "is notice meant?" in rows["notise"]["note"]
    assert main(["prompts", "list"]) == 0
    table = capsys.readouterr()
    assert "recorded    1.0s  thanks  感谢您的来电，再见。" in table.out.splitlines()
    assert "1 unused" in table.err


def test_stale_files_go_when_they_are_pruned(home: Path, capsys: Capture) -> None:
    stale = home / "prompts" / "notice-0123456789.wav"
    write_wav(stale, tone(1000))
    there = len(list((home / "prompts").iterdir()))
    assert main(["prompts", "render", "--prune"]) == 0
    assert lines(capsys)[0]["removed"] == 1
    assert not stale.exists()
    assert len(list((home / "prompts").iterdir())) == there - 1


def test_voices_and_what_keeps_them_from_speaking(home: Path, capsys: Capture) -> None:
    assert main(["prompts", "voices", "--json"]) == 0
    rows = {row["name"]: row for row in lines(capsys)}
    assert (rows["cmn"]["usable"], rows["cmn"]["used"], rows["cmn"]["missing"]) == (True, True, [])
    assert not rows["huayan"]["usable"]
    assert f"{home / 'voices'} lacks zh_CN-huayan-medium.onnx" in "; ".join(rows["huayan"]["missing"])
    assert main(["prompts", "render", "--voice", "melo"]) == 1
    assert "voice melo: " in capsys.readouterr().err
    assert main(["prompts", "render", "--voice", "nobody"]) == 1
    assert "'nobody': is no voice" in capsys.readouterr().err


def test_check_names_voices_and_recordings_that_cannot_be_played(home: Path, capsys: Capture) -> None:
    (home / "recorded" / "notice.wav").write_bytes(b"no sound")
    site = home / "site.yaml"
    site.write_text("speech: {voice: huayan}\n")
    assert main(["check", "--config", str(site)]) == 1
    said = capsys.readouterr().err
    assert "speech.voice: huayan: " in said
    assert "recorded/notice.wav: is not a WAV file" in said
    assert said.count("\n") <= 3
    assert main(["check"]) == 1
    assert "huayan" not in capsys.readouterr().err


def test_check_names_a_sentence_that_cannot_be_assembled(home: Path, capsys: Capture) -> None:
    waiting = (PACKAGED / "waiting.yaml").read_text(encoding="utf-8")
    tree = (PACKAGED / "ivr.yaml").read_text(encoding="utf-8")
    (home / "waiting.yaml").write_text(waiting.replace("{low:count}", "{low:number}"), encoding="utf-8")
    (home / "ivr.yaml").write_text(tree.replace("感谢您的来电", "感谢{who}的来电"), encoding="utf-8")
    (home / "site.yaml").write_text("")
    assert main(["check", "--config", str(home / "site.yaml")]) == 1
    assert "prompts.range: must hold {low:count} and {high:count}" in capsys.readouterr().err
    (home / "waiting.yaml").write_text(waiting, encoding="utf-8")
    assert main(["check", "--config", str(home / "site.yaml")]) == 1
    assert "prompts.thanks: '感谢{who}的来电，再见': a place is written {name:kind}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--voice", "cmn-slow"], 0, ""),
        (["--voice", "cmn+f2", "--speed", "200", "--pitch", "70"], 0, ""),
        (["--voice", "nobody"], 1, "voice: 'nobody': no such voice; there are cmn, cmn-woman"),
        (["--voice", "huayan"], 1, "voice huayan: "),
        (["--voice", "huayan", "--speed", "100"], 2, "--speed and --pitch are for espeak-ng"),
        (["--speed", "20"], 1, "speed: 20: must be 80 to 450"),
    ],
)
def test_say_with_a_voice(home: Path, capsys: Capture, words: list[str], code: int, said: str) -> None:
    file = home / "said.wav"
    assert main(["say", "您好。请稍候。", str(file), *words]) == code
    assert said in capsys.readouterr().err
    assert file.exists() is (code == 0)


def test_slower_is_longer(home: Path) -> None:
    for speed in ("140", "200"):
        assert main(["say", "请稍候", str(home / f"{speed}.wav"), "--speed", speed]) == 0
    assert read_wav(home / "140.wav").size > 1.2 * read_wav(home / "200.wav").size
