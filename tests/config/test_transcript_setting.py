"""Whose words are written down: three words, of which YAML takes one for a truth value."""

from pathlib import Path

import pytest

from config.load import ConfigError, load_settings


@pytest.mark.parametrize(
    ("given", "wanted"), [("off", "off"), ('"off"', "off"), ("caller", "caller"), ("both", "both")]
)
def test_the_words_as_people_write_them(tmp_path: Path, given: str, wanted: str) -> None:
    file = tmp_path / "my.yaml"
    file.write_text(f"speech: {{transcript: {given}}}\n")
    assert load_settings(file, {}).speech.transcript == wanted


def test_only_the_caller_where_nothing_is_said() -> None:
    assert load_settings(None, {}).speech.transcript == "caller"


@pytest.mark.parametrize("given", ["on", "agent", "0"])
def test_anything_else_is_refused_by_name(tmp_path: Path, given: str) -> None:
    file = tmp_path / "my.yaml"
    file.write_text(f"speech: {{transcript: {given}}}\n")
    with pytest.raises(ConfigError, match=r"speech\.transcript: .*'off', 'caller' or 'both'"):
        load_settings(file, {})
