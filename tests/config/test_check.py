"""`hotline check` names the errors of every file in one run."""

from pathlib import Path

import pytest

from hotline.cli import main


def test_errors_of_settings_and_tree_come_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOTLINE_HOME", str(tmp_path / "home"))
    (tmp_path / "site.yaml").write_text("sip: {prot: 1}\n")
    (tmp_path / "ivr.yaml").write_text("keys: {'1': {label: lawn}}\nprompts: {}\n")
    (tmp_path / "labels.yaml").write_text("agent: 人工\nlaw: 3\n")
    assert main(["check", "--config", str(tmp_path / "site.yaml")]) == 1
    said = capsys.readouterr().err
    assert "sip.prot: unknown key" in said
    assert "law: 3: must be a name" in said


def test_a_certificate_that_is_not_there_is_named_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOTLINE_HOME", str(tmp_path / "home"))
    (tmp_path / "site.yaml").write_text("sip: {tls: {certificate: a.crt, key: a.key, trusted: b.crt}}\n")
    assert main(["check", "--config", str(tmp_path / "site.yaml")]) == 1
    said = capsys.readouterr().err
    assert f"sip.tls.certificate: {tmp_path / 'a.crt'}: cannot be read" in said
    assert f"sip.tls.trusted: {tmp_path / 'b.crt'}: cannot be read" in said


def test_the_packaged_configuration_is_sound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_HOME", str(tmp_path))
    assert main(["check", "--draw", str(tmp_path / "drawn")]) == 0
    assert "1" in (tmp_path / "drawn" / "tree.md").read_text(encoding="utf-8")
