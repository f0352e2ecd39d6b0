"""Settings of trunks, guard and limits: what is refused, naming the field and the way out; what the defaults are."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from config.load import ConfigError, load_settings
from config.settings import Settings, way_to

CARRIER = {
    "name": "carrier",
    "addresses": ["10.0.0.0/30"],
    "outbound": {"host": "10.0.0.1", "allow": ["1[3-9]xxxxxxxxx"], "caller_id": "02012348"},
}


def load(tmp_path: Path, values: dict[str, Any]) -> Settings:
    file = tmp_path / "site.yaml"
    file.write_text(yaml.safe_dump(values, allow_unicode=True), encoding="utf-8")
    return load_settings(file, {"HOTLINE_HOME": str(tmp_path)})


@pytest.mark.parametrize(
    ("values", "field", "what"),
    [
        ({"trunks": [{"name": "a"}]}, "trunks.0", "give it a login"),
        ({"trunks": [CARRIER, CARRIER]}, "trunks", "the same name"),
        ({"trunks": [CARRIER | {"registration": {}}]}, "trunks.0", "needs an account"),
        ({"trunks": [CARRIER | {"login": {"user": "a b", "password": "x"}}]}, "login.user", "match"),
        ({"trunks": [CARRIER | {"login": {"user": "a", "password": ""}}]}, "login.password", ""),
        ({"trunks": [CARRIER | {"health": {"down_after": 0}}]}, "health.down_after", "greater than 0"),
        ({"trunks": [CARRIER | {"area_code": "05x"}]}, "area_code", "digits"),
        ({"trunks": [CARRIER | {"limits": {"call": 3}}]}, "limits.call", "unknown key"),
        ({"sip": {"guard": {"ban_seconds": 100, "longest_ban_seconds": 10}}}, "sip.guard", "below ban_seconds"),
        ({"sip": {"guard": {"scanners": ["a"]}}}, "sip.guard", "honest phones"),
        ({"sip": {"guard": {"allow": ["office"]}}}, "sip.guard.allow", "network"),
        ({"trunks": [CARRIER | {"addresses": ["10.0.0.1/30"]}]}, "trunks.0.addresses.0", "write 10.0.0.0/30"),
        ({"sip": {"registrations": {"least_seconds": 7200}}}, "sip.registrations", "must not decrease"),
        ({"sip": {"limits": {"calls": -1}}}, "sip.limits.calls", "greater than or equal to 0"),
    ],
)
def test_what_is_refused_names_the_field_and_the_way_out(
    tmp_path: Path, values: dict[str, Any], field: str, what: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, values)
    lines = [line for line in refused.value.errors if field in line]
    assert lines and any(what in line for line in lines)


@pytest.mark.parametrize(
    ("trunk", "field"),
    [
        ({"addresses": ["sip.carrier.example"]}, "trunks.0.addresses.0"),
        ({"outbound": CARRIER["outbound"] | {"host": "sip.carrier.example"}}, "trunks.0.outbound.host"),  # type: ignore[operator]
    ],
)
def test_a_name_in_place_of_an_address_is_one_line_with_the_way_out(
    tmp_path: Path, trunk: dict[str, Any], field: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, {"trunks": [CARRIER | trunk]})
    [line] = refused.value.errors
    assert f"{field}: 'sip.carrier.example'" in line
    assert "write the IP address of it" in line


def test_the_same_login_for_two_trunks_is_refused_without_its_password(tmp_path: Path) -> None:
    login = {"login": {"user": "peer", "password": "geheim"}}
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, {"trunks": [{"name": "a"} | login, {"name": "b"} | login]})
    [line] = refused.value.errors
    assert "the same login.user" in line and "geheim" not in line


def test_passwords_do_not_show(tmp_path: Path) -> None:
    bad = {"trunks": [CARRIER | {"account": {"user": "u", "password": ["geheim"]}, "registration": {"seconds": 1}}]}
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, bad)
    assert len(refused.value.errors) == 2 and "geheim" not in str(refused.value)
    account = {"account": {"user": "u", "password": "geheim"}, "login": {"user": "v", "password": "geheim"}}
    assert "geheim" not in repr(load(tmp_path, {"trunks": [CARRIER | account]}))


def test_the_trunk_of_the_lowest_priority_is_the_first() -> None:
    settings = Settings.model_validate(
        {
            "home": "/x",
            "folder": "/x",
            "trunks": [
                CARRIER | {"name": "late", "outbound": CARRIER["outbound"] | {"priority": 2}},  # type: ignore[operator]
                CARRIER | {"name": "soon"},
                CARRIER | {"name": "as soon"},
            ],
        }
    )
    found = way_to(settings.trunks, "13900001111")
    assert found is not None and found.name == "soon"
    assert way_to(settings.trunks, "110") is None
    assert settings.way_to("13900001111") is found


def test_exceptions_to_the_caller_id() -> None:
    shows = [{"to": ["0571…"], "number": "057112348"}, {"to": ["0xx…"], "number": "12348"}]
    settings = Settings.model_validate(
        {"home": "/x", "folder": "/x", "trunks": [CARRIER | {"outbound": CARRIER["outbound"] | {"shows": shows}}]}  # type: ignore[operator]
    )
    out = settings.trunks[0].outbound
    assert out is not None
    assert [out.shown(each) for each in ("057188886666", "01088886666", "13900001111")] == [
        "057112348",
        "12348",
        "02012348",
    ]
