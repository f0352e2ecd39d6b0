import json
import stat
import zipfile
from pathlib import Path

import pytest

from hotline.cli import main
from ivr.speech.store import ModelError, find, install, stored

GOOD = {"m/am/final.mdl": b"x", "m/graph/HCLG.fst": b"y", "m/conf/model.conf": b""}


def archive(folder: Path, entries: dict[str, bytes], name: str = "m.zip") -> Path:
    with zipfile.ZipFile(folder / name, "w") as opened:
        for path, content in entries.items():
            opened.writestr(path, content)
    return folder / name


def test_a_model_is_installed_listed_and_found(tmp_path: Path) -> None:
    model = install(archive(tmp_path, GOOD), tmp_path / "models")
    assert (model.name, model.size) == ("m", 2)
    assert find("m", tmp_path / "models") == tmp_path / "models/m"
    assert [one.name for one in stored(tmp_path / "models")] == ["default", "m"]


def test_files_without_a_folder_take_the_name_of_the_archive(tmp_path: Path) -> None:
    flat = {name.removeprefix("m/"): content for name, content in GOOD.items()}
    assert install(archive(tmp_path, flat, "small.zip"), tmp_path / "models").name == "small"


def test_installing_again_replaces_the_whole_model(tmp_path: Path) -> None:
    install(archive(tmp_path, {**GOOD, "m/old": b"1"}), tmp_path / "models")
    install(archive(tmp_path, GOOD), tmp_path / "models")
    assert not (tmp_path / "models/m/old").exists()
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["m"]


@pytest.mark.parametrize(
    ("entries", "complaint"),
    [
        ({**GOOD, "../evil": b""}, "leads out"),
        ({**GOOD, "m/../../evil": b""}, "leads out"),
        ({**GOOD, "/etc/evil": b""}, "leads out"),
        ({**GOOD, "m\\..\\..\\evil": b""}, "leads out"),
        ({"m/graph/HCLG.fst": b""}, "holds 0 files am/final.mdl"),
        ({**GOOD, "n/am/final.mdl": b""}, "holds 2 files am/final.mdl"),
        ({"m/am/final.mdl": b""}, "lacks graph"),
        ({".m/am/final.mdl": b"", ".m/graph/HCLG.fst": b""}, "plain name"),
    ],
)
def test_what_is_no_model_is_refused_and_leaves_nothing(
    tmp_path: Path, entries: dict[str, bytes], complaint: str
) -> None:
    with pytest.raises(ModelError, match=complaint):
        install(archive(tmp_path, entries), tmp_path / "models")
    assert [path.name for path in tmp_path.rglob("*") if path.name not in ("m.zip", "models")] == []


def test_links_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "m.zip", "w") as opened:
        for path, content in GOOD.items():
            opened.writestr(path, content)
        link = zipfile.ZipInfo("m/link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        opened.writestr(link, "/etc/passwd")
    with pytest.raises(ModelError, match="is a link"):
        install(tmp_path / "m.zip", tmp_path / "models")


def test_too_large_an_archive_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ivr.speech.store.LARGEST", 100)
    with pytest.raises(ModelError, match="must be 100 at most"):
        install(archive(tmp_path, {**GOOD, "m/big": b"0" * 200}), tmp_path / "models")


def test_garbage_and_missing_archives_are_refused(tmp_path: Path) -> None:
    (tmp_path / "garbage.zip").write_bytes(b"no zip at all")
    with pytest.raises(ModelError, match="not a zip file"):
        install(tmp_path / "garbage.zip", tmp_path / "models")
    with pytest.raises(ModelError, match="no such file"):
        install(tmp_path / "none.zip", tmp_path / "models")


@pytest.mark.parametrize("name", ["../m", "a/b", "", ".."])
def test_names_with_slashes_lead_nowhere(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelError, match=r"speech\.model"):
        find(name, tmp_path)


def test_a_model_that_is_not_there_or_not_whole(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no such model"):
        find("full", tmp_path)
    (tmp_path / "full/am").mkdir(parents=True)
    with pytest.raises(ModelError, match=r"lacks am/final\.mdl"):
        find("full", tmp_path)


def test_the_command_names_the_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOTLINE_HOME", str(tmp_path / "home"))
    packaged = find("default", tmp_path)
    entries = {
        f"vosk-own/{file.relative_to(packaged)}": file.read_bytes() for file in packaged.rglob("*") if file.is_file()
    }
    assert main(["model", "install", str(archive(tmp_path, entries))]) == 0
    out, err = capfd.readouterr()
    assert json.loads(out)["name"] == "vosk-own"
    assert "model: vosk-own" in err
    assert main(["model", "list"]) == 0
    rows = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert [(row["name"], row["used"]) for row in rows] == [("default", True), ("vosk-own", False)]


def test_the_command_refuses_with_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOTLINE_HOME", str(tmp_path))
    assert main(["model", "install", str(tmp_path / "none.zip")]) == 1
    assert capsys.readouterr().err.count("\n") == 1
