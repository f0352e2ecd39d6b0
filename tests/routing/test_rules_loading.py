"""config/routing.yaml: the packaged rules hold together, and every error of a site's own comes at once."""

from math import inf
from pathlib import Path

import pytest

from config.load import PACKAGED, ConfigError
from config.settings import Agents, Settings
from records.labels import load_labels, load_skills
from routing.load import load_rules
from routing.rules import Rules


def settings(tmp_path: Path, text: str | None = None) -> Settings:
    if text is not None:
        (tmp_path / "routing.yaml").write_text(text, encoding="utf-8")
    return Settings(home=tmp_path, folder=tmp_path, agents=Agents(ring_seconds=7, wrap_up_seconds=9))


def load(tmp_path: Path, text: str | None = None) -> Rules:
    given = settings(tmp_path, text)
    return load_rules(given, load_labels(given))


def test_the_packaged_rules_are_sound(tmp_path: Path) -> None:
    rules = load(tmp_path)
    assert (rules.ring_seconds, rules.wrap_up_seconds, rules.any_after_seconds) == (7, 9, 45)
    assert rules.waits_of("law.labour.injury").overflow == 45
    assert rules.waits_of("emergency.fire").overflow == 0
    assert rules.level_of("crisis") == 3
    assert rules.neighbours_of("notary") == ("notary", "appraisal", "arbitration")
    assert load_skills(settings(tmp_path))["lang.wu"] == "吴语"


def test_every_error_comes_at_once_with_its_way_out(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(
            tmp_path,
            "skills: {wu: 吴语}\nwaits:\n  default: {specialist: 5, neighbour: 3}\n  lore: {}\n"
            "levels: {nowhere: 3}\nneighbours: {notary: [law.labour, moon]}\ngroups: {group.minor: 1}\n",
        )
    text = "\n".join(caught.value.errors)
    assert all(line.startswith(f"{tmp_path / 'routing.yaml'}: ") for line in caught.value.errors)
    for said in (
        "skills.wu: must be a code below lang.",
        "waits.default.neighbour: 3: must not be less than specialist (5)",
        "waits.lore: is no code",
        "levels.nowhere: is no code",
        "neighbours.notary: 'law.labour'",
        "neighbours.notary: 'moon'",
        "groups.group.minor: is no group. code",
    ):
        assert said in text, text
    # neighbour 3 leaves generalist 0 behind as well
    assert len(caught.value.errors) == 8


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("wait: {}\n", "wait: unknown key"),
        ("waits: {default: {spezialist: 3}}\n", "waits.default.spezialist: unknown key"),
        ("waits: {default: {specialist: -1}}\n", "waits.default.specialist"),
        ("waits: {default: {overflow: .nan}}\n", "waits.default.overflow"),
        ("levels: {law: 6}\n", "levels.law: 6"),
        ("load_limit: 0\n", "load_limit: 0"),
        ("talk_seconds: soon\n", "talk_seconds: 'soon'"),
        ("waits: {law: {}}\n", "waits: has no 'default'"),
    ],
)
def test_what_cannot_be_used_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)
    assert said in "\n".join(caught.value.errors)


def test_null_is_never(tmp_path: Path) -> None:
    rules = load(tmp_path, "waits: {default: {any_region: null, overflow: null}}\n")
    assert rules.waits_of("law").any_region == rules.waits_of("law").overflow == inf


def test_a_code_has_what_the_nearest_above_it_has(tmp_path: Path) -> None:
    rules = load(tmp_path, "waits: {default: {overflow: 30}, law: {overflow: 60}}\nlevels: {law.labour: 2}\n")
    assert [rules.waits_of(code).overflow for code in ("law.tort", "law", "notary")] == [60, 60, 30]
    assert [rules.level_of(code) for code in ("law.labour.injury", "law")] == [2, 1]


def test_the_file_is_packaged() -> None:
    assert (PACKAGED / "routing.yaml").exists()
