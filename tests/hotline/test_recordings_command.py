"""`hotline recordings`: what there is, whether it is whole, holds, and a WAV in the clear for who may have one."""

import json
import wave
from pathlib import Path

import pytest

from config.load import PACKAGED
from config.settings import Settings
from hotline.cli import main
from records import recordings
from records.audio.files import verify
from records.audio.form import FRAME, PIECE, End, Piece, Seal, new_header
from records.audio.keys import load_keyring
from records.audit import trail
from records.engine import open_database
from records.recordings import Recording
from records.upgrade import upgrade

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A home with one recording of half a second, noted long ago."""
    monkeypatch.setenv("HOTLINE_HOME", str(tmp_path))
    settings = Settings(home=tmp_path, folder=PACKAGED)
    settings.recordings.mkdir()
    upgrade(settings)
    keyring = load_keyring(settings)
    header = new_header(keyring.newest.id)
    seal = Seal(keyring.newest.master, header)
    file = settings.recordings / "c1.rec"
    file.write_bytes(header.raw + seal.piece(0, Piece(b"\1" * FRAME * PIECE)) + seal.end(1, End(PIECE)))
    database = open_database(settings)
    database.do(recordings.keep, Recording("c1.rec", "c1", 1_600_000_000.0, 0.5, verify(file, keyring).sha256))
    database.close()
    return settings


def rows(capsys: Capture) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_it_is_listed_verified_and_a_changed_one_is_found(home: Settings, capsys: Capture) -> None:
    assert main(["recordings", "list"]) == 0
    assert [(row["file"], row["held"], row["seconds"]) for row in rows(capsys)] == [("c1.rec", False, 0.5)]
    assert main(["recordings", "verify"]) == 0
    assert rows(capsys) == [{"call": "c1", "file": "c1.rec", "whole": True}]
    file = home.recordings / "c1.rec"
    file.write_bytes(file.read_bytes()[:-1])
    assert main(["recordings", "verify", "c1"]) == 1
    assert [row["whole"] for row in rows(capsys)] == [False]
    assert main(["recordings", "verify", "nobody"]) == 1


def test_a_hold_stops_the_purge(home: Settings, capsys: Capture) -> None:
    assert main(["recordings", "hold", "c1", "--reason", "复核", "--by", "chen"]) == 0
    assert main(["recordings", "purge"]) == 0
    assert (home.recordings / "c1.rec").exists()
    assert main(["recordings", "hold", "nobody", "--reason", "x"]) == 1
    assert main(["recordings", "release", "c1", "--by", "chen"]) == 0
    capsys.readouterr()
    assert main(["recordings", "purge", "--dry-run"]) == 0
    assert [row["file"] for row in rows(capsys)] == ["c1.rec"]
    assert (home.recordings / "c1.rec").exists()
    assert main(["recordings", "purge", "--by", "chen"]) == 0
    assert not (home.recordings / "c1.rec").exists()
    database = open_database(home)
    actions = [(entry.who, entry.action) for entry in database.read(trail, object="call:c1")]
    database.close()
    assert actions == [("chen", f"recording.{each}") for each in ("purge", "release", "hold")]


def test_a_wav_in_the_clear_is_written_once_and_audited(home: Settings, capsys: Capture) -> None:
    out = home.home / "out.wav"
    assert main(["recordings", "export", "c1", str(out)]) == 0
    with wave.open(str(out), "rb") as reader:
        assert (reader.getnchannels(), reader.getnframes()) == (2, PIECE)
        assert reader.readframes(PIECE) == b"\1" * FRAME * PIECE
    assert out.stat().st_mode & 0o777 == 0o600
    assert main(["recordings", "export", "c1", str(out)]) == 2
    assert main(["recordings", "export", "nobody", str(home.home / "b.wav")]) == 1
    database = open_database(home)
    assert [entry.action for entry in database.read(trail, object="call:c1")] == ["recording.export"]
    database.close()
