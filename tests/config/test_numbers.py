"""Numbers a trunk may be asked for: what patterns mean, what is refused, and errors that name the field."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.load import ConfigError, load_settings
from config.numbers import compiled, fits, rewritten

SITE = """
trunks:
  - name: carrier
    addresses: [10.0.0.0/30]
    outbound:
      host: {host}
      allow: {allow}
      caller_id: {caller_id}
"""


@pytest.mark.parametrize(
    ("pattern", "number", "good"),
    [
        ("1[3-9]xxxxxxxxx", "13800001234", True),
        ("1[3-9]xxxxxxxxx", "12800001234", False),
        ("1[3-9]xxxxxxxxx", "1380000123", False),
        ("1[3-9]xxxxxxxxx", "138000012345", False),
        ("0xx…", "0571", True),
        ("0xx…", "057", False),
        ("0xx...", "057187654321", True),
        ("0[135-7]x", "046", False),
        ("0[135-7]x", "066", True),
        ("0xx…", "0571;phone-context=1", False),
        ("0xx…", "０５７１", False),
        ("0xx…", "0" + "1" * 32, False),
        ("110", "110", True),
    ],
)
def test_a_pattern_fits_whole_numbers(pattern: str, number: str, good: bool) -> None:
    assert fits(pattern, number) is good


@pytest.mark.parametrize("pattern", ["", "…", "1[", "1[9-3]", "1[]", "1…2", "+86", "1*", "1 2", ".*", "1(2)", "1\n"])
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="must be digits"):
        compiled(pattern)


@given(st.text(max_size=12), st.text(max_size=12))
def test_nothing_but_digits_ever_fits(pattern: str, number: str) -> None:
    try:
        fitting = fits(pattern, number)
    except ValueError:
        return
    assert not fitting or (number.isascii() and number.isdigit())


@pytest.mark.parametrize(
    ("number", "strip", "prefix", "dialled"),
    [
        ("057187654321", "0571", "", "87654321"),
        ("02187654321", "0571", "9", "902187654321"),
        ("13800001234", "", "0", "013800001234"),
    ],
)
def test_a_number_is_rewritten_as_the_trunk_wants_it(number: str, strip: str, prefix: str, dialled: str) -> None:
    assert rewritten(number, strip, prefix) == dialled


def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **values: str) -> list[str]:
    monkeypatch.setenv("HOTLINE_HOME", str(tmp_path))
    file = tmp_path / "site.yaml"
    given = {"host": "10.0.0.1", "allow": '["1[3-9]xxxxxxxxx"]', "caller_id": '"02012348"'} | values
    file.write_text(SITE.format(**given), encoding="utf-8")
    try:
        settings = load_settings(file)
    except ConfigError as error:
        return error.errors
    trunk = settings.way_to("13800001234")
    assert trunk is not None and trunk.name == "carrier"
    assert settings.way_to("12800001234") is None
    return []


def test_a_trunk_with_a_target_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(tmp_path, monkeypatch) == []


def test_every_fault_is_named_with_its_field_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = load(tmp_path, monkeypatch, host="carrier.example", allow='["1[", "0xx…", "x+"]', caller_id='"+86 20"')
    fields = ["host", "allow.0: '1['", "allow.2: 'x+'", "caller_id: '+86 20'"]
    for field in fields:
        assert any(f"trunks.0.outbound.{field}" in line for line in found), (field, found)


def test_a_target_that_is_none_of_the_trunks_addresses_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [found] = load(tmp_path, monkeypatch, host="10.0.0.9")
    assert "outbound.host 10.0.0.9 must be one of the trunk's addresses" in found
