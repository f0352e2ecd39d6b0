"""Settings: defaults, the site's file over them, the environment over both; every error at once."""

from pathlib import Path

import pytest

from config.load import ConfigError, find, load_settings, merge


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_HOME", str(tmp_path / "home"))
    for name in ("HOTLINE_SIP_PORT", "HOTLINE_WEB_PORT", "HOTLINE_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)


def site(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "site.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def errors(file: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_settings(file)
    return caught.value.errors


def test_defaults_are_sound() -> None:
    settings = load_settings()
    assert (settings.sip.port, settings.web.port, settings.numbers) == (5060, 8348, ("12348",))
    assert settings.sip.inside == ("127.0.0.1", 15060)


def test_the_sites_file_changes_what_it_names_only(tmp_path: Path) -> None:
    settings = load_settings(site(tmp_path, "sip: {port: 5070}\nworkers: {warm: 2}\n"))
    assert (settings.sip.port, settings.sip.realm, settings.workers.warm, settings.workers.most) == (
        5070,
        "12348",
        2,
        200,
    )


def test_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_SIP_PORT", "60000")
    monkeypatch.setenv("HOTLINE_DATABASE_URL", "sqlite:////x.db")
    settings = load_settings(site(tmp_path, "sip: {port: 5070}\n"))
    assert settings.sip.port == 60000
    assert settings.sip.inside == ("127.0.0.1", 50000)
    assert settings.database_url == "sqlite:////x.db"


def test_every_error_comes_at_once_with_its_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_WEB_PORT", "eighty")
    file = site(tmp_path, "sip: {port: 99999}\nworkerz: {warm: 1}\nagents: {ring_seconds: soon}\n")
    lines = errors(file)
    assert len(lines) == 4
    assert lines[0] == "HOTLINE_WEB_PORT=eighty: must be a port number, 1 to 65535"
    assert any(f"{file}: sip.port: 99999" in line for line in lines)
    assert any(f"{file}: workerz: unknown key" in line for line in lines)
    assert any("agents.ring_seconds: 'soon'" in line for line in lines)


@pytest.mark.parametrize(
    ("text", "said"),
    [("- a list", "must hold keys and values, not a list"), ("sip: {port: [", "is not YAML"), ("\x00", "is not YAML")],
)
def test_what_is_no_settings_file_is_said(tmp_path: Path, text: str, said: str) -> None:
    assert said in errors(site(tmp_path, text))[0]


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    assert errors(tmp_path / "nowhere.yaml") == [
        f"{tmp_path / 'nowhere.yaml'}: cannot be read: No such file or directory"
    ]


def test_further_files_are_looked_up_beside_the_sites_first(tmp_path: Path) -> None:
    settings = load_settings(site(tmp_path, ""))
    assert find(settings, "ivr.yaml").parent != tmp_path
    (tmp_path / "ivr.yaml").write_text("enabled: false\n")
    assert find(settings, "ivr.yaml") == tmp_path / "ivr.yaml"


def test_lists_are_replaced_whole() -> None:
    assert merge({"a": {"b": [1, 2], "c": 3}}, {"a": {"b": [9]}}) == {"a": {"b": [9], "c": 3}}
