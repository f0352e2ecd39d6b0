"""The files of lines outside, messages and overload: what is sound, what is refused and how that reads."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from config.load import PACKAGED, ConfigError, load_settings
from config.numbers import reaches
from config.settings import Outbound, Settings, Trunk
from hotline.callbacks.following import goes_out
from ivr.lines.neighbour import read_user_to_user, user_to_user
from ivr.lines.overload import OverloadSettings, crowding
from ivr.load_lines import load_emergencies, load_neighbour, load_overload, load_voicemail
from records.labels import load_labels

CARRIER = {"host": "10.0.0.1", "allow": ["110", "119", "120", "122", "12356", "12345"], "caller_id": "057112348"}


def site(tmp_path: Path, name: str, **changes: Any) -> Settings:
    values = yaml.safe_load((PACKAGED / name).read_text(encoding="utf-8")) | changes
    (tmp_path / name).write_text(yaml.safe_dump(values, allow_unicode=True), encoding="utf-8")
    return load_settings(None, {"HOTLINE_HOME": str(tmp_path)}).model_copy(update={"folder": tmp_path})


def carrier(name: str = "carrier", **changes: Any) -> Trunk:
    return Trunk(name=name, addresses=("10.0.0.1/32",), outbound=Outbound(**(CARRIER | changes)))  # type: ignore[arg-type]


def test_as_it_comes_everything_goes_to_stand_ins_on_loopback(tmp_path: Path) -> None:
    settings = load_settings(None, {"HOTLINE_HOME": str(tmp_path)})
    labels = load_labels(settings)
    emergencies = load_emergencies(settings, labels)
    assert emergencies.settings.trunk == "stand-ins"
    for _, line in emergencies.offered():
        way = settings.way_to(line.number)
        assert way is not None and way.outbound is not None and way.outbound.host.is_loopback
    assert [line.number for _, line in emergencies.offered()] == ["110", "119", "120", "122", "12356"]
    assert emergencies.line("crisis") is None, "a person first"
    assert load_neighbour(settings).reached
    assert not goes_out(settings), "to stand-ins no resident is called back"


def test_stand_ins_never_leave_the_machine() -> None:
    with pytest.raises(ValidationError, match="must be on loopback"):
        carrier("stand-ins")


def test_without_the_stand_ins_nobody_is_bridged_until_a_trunk_is_named(tmp_path: Path) -> None:
    settings = load_settings(None, {"HOTLINE_HOME": str(tmp_path)}).model_copy(update={"trunks": (carrier(),)})
    assert list(load_emergencies(settings, load_labels(settings)).offered()) == []
    assert not load_neighbour(settings).reached
    named = site(tmp_path, "emergencies.yaml", trunk="carrier").model_copy(update={"trunks": (carrier(),)})
    found = load_emergencies(named, load_labels(named))
    assert (found.shown, len(list(found.offered()))) == ("057112348", 5)


@pytest.mark.parametrize(
    ("trunks", "said"),
    [
        ((), "trunk: 'carrier': is no trunk"),
        ((carrier(allow=["110"]),), "119: trunk carrier does not allow it"),
        ((carrier("first"), carrier()), "110: trunk first stands first and allows it"),
    ],
)
def test_a_trunk_that_is_named_must_take_the_numbers(tmp_path: Path, trunks: tuple[Trunk, ...], said: str) -> None:
    settings = site(tmp_path, "emergencies.yaml", trunk="carrier").model_copy(update={"trunks": trunks})
    with pytest.raises(ConfigError) as refused:
        load_emergencies(settings, load_labels(settings))
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("emergencies.yaml", {"lines": {"law": {"number": "110", "name": "x"}}}, "lines.law: is no danger"),
        ("emergencies.yaml", {"lines": {"emergency.x": {"number": "110", "name": "x"}}}, "emergency.x: is no label"),
        ("emergencies.yaml", {"ring": 1}, "ring: unknown key"),
        ("emergencies.yaml", {"prompts": {"bridging": "x", "after": "x", "unreachable": "x"}}, "must hold {number}"),
        ("to_12345.yaml", {"from_trunks": ["none"]}, "from_trunks: 'none': is no trunk"),
        ("to_12345.yaml", {"prompts": {}}, "prompts.bridging: has no words"),
        ("voicemail.yaml", {"key": "9"}, "key: '9': asks for a callback already"),
        ("voicemail.yaml", {"least_seconds": 500}, "least_seconds: 500: must be less"),
        ("voicemail.yaml", {"urgency": "快"}, "urgency: '快': must be one of"),
        ("overload.yaml", {"prompts": {}}, "prompts.full: has no words"),
        ("overload.yaml", {"nobody": "sleep"}, "nobody: 'sleep'"),
    ],
)
def test_what_cannot_be_is_refused_by_name(tmp_path: Path, name: str, change: dict[str, Any], said: str) -> None:
    settings = site(tmp_path, name, **change)
    labels = load_labels(settings)
    loads = {
        "emergencies.yaml": lambda: load_emergencies(settings, labels),
        "to_12345.yaml": lambda: load_neighbour(settings),
        "voicemail.yaml": lambda: load_voicemail(settings, "9"),
        "overload.yaml": lambda: load_overload(settings, True),
    }
    with pytest.raises(ConfigError) as refused:
        loads[name]()
    assert said in str(refused.value)


def test_voicemail_as_a_path_needs_voicemail(tmp_path: Path) -> None:
    settings = site(tmp_path, "overload.yaml", nobody="voicemail")
    assert load_overload(settings, True).path("nobody") == "voicemail"
    with pytest.raises(ConfigError, match="nobody: voicemail: is switched off"):
        load_overload(settings, False)


@pytest.mark.parametrize(
    ("waiting", "agents", "why"), [(0, 0, "nobody"), (29, 1, None), (30, 1, "full"), (400, 0, "nobody"), (0, 5, None)]
)
def test_when_a_queue_is_crowded(waiting: int, agents: int, why: str | None) -> None:
    assert crowding(OverloadSettings(prompts={}), waiting, agents) == why


def test_a_queue_without_a_limit_is_never_full() -> None:
    assert crowding(OverloadSettings(full_at=0, prompts={}), 10_000, 1) is None


@pytest.mark.parametrize("text", ["GD20261121-000001", "GD20261121-000001 楼下烧烤太吵", "话" * 100])
def test_user_to_user_information_there_and_back(text: str) -> None:
    value = user_to_user(text)
    assert value.endswith(";encoding=hex") and len(value) <= 2 * 128 + len(";encoding=hex")
    assert text.startswith(read_user_to_user(value)) and read_user_to_user(value)


@pytest.mark.parametrize("value", ["", "zz;encoding=hex", "4744;encoding=jwt", "ff;encoding=hex", "0a0d;encoding=hex"])
def test_user_to_user_information_that_cannot_be_read_is_none(value: str) -> None:
    assert read_user_to_user(value) == ""


@pytest.mark.parametrize(
    ("pattern", "there"), [("110", False), ("1[3-9]xxxxxxxxx", True), ("0xx…", True), ("12345", False)]
)
def test_patterns_that_reach_residents(pattern: str, there: bool) -> None:
    assert reaches(pattern, 7) is there
