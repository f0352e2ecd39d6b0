"""The rules a tree must keep; each broken one is named with its place."""

from pathlib import Path
from typing import Any

import pytest

from config.load import ConfigError, load_settings
from ivr.load import load_tree
from ivr.tree import SPOKEN, Tree, faults

LABELS = {"law": "法律咨询", "agent": "人工", "emergency.police": "警情"}
WORDS = dict.fromkeys(SPOKEN, "话") | {"confirm": "是{label}吗"}


def tree(**changes: Any) -> Tree:
    values: dict[str, Any] = {"keys": {"0": {"label": "agent"}, "1": {"label": "law"}}, "prompts": WORDS}
    return Tree.model_validate(values | changes)


def test_a_sound_tree_has_no_faults() -> None:
    assert faults(tree(priorities={"emergency": 10}), LABELS) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"keys": {"1": {"label": "law"}}}, "keys.0: must lead to 'agent'"),
        ({"keys": {"0": {"label": "law"}}}, "keys.0: must lead to 'agent'"),
        ({"keys": {"0": {"label": "agent"}, "10": {"label": "law"}}}, "keys.10: is no telephone key"),
        ({"keys": {"0": {"label": "agent"}, "1": {"label": "lawn"}}}, "keys.1.label: 'lawn' is no label"),
        ({"priorities": {"urgent": 1}}, "priorities.urgent: is no label"),
        ({"prompts": WORDS | {"notice": " "}}, "prompts.notice: has no words"),
        ({"prompts": WORDS | {"extra": "x"}}, "prompts.extra: is played nowhere"),
        ({"prompts": WORDS | {"confirm": "对吗"}}, "prompts.confirm: must hold {label}"),
    ],
)
def test_each_broken_rule_is_named(changes: dict[str, Any], said: str) -> None:
    [found] = faults(tree(**changes), LABELS)
    assert found.startswith(said)


def test_priority_is_inherited_from_above() -> None:
    priorities = tree(priorities={"emergency": 10, "emergency.police": 20})
    assert [priorities.priority(label) for label in ("emergency.police", "emergency.fire", "law")] == [20, 10, 0]


def test_a_wrong_key_in_the_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_HOME", str(tmp_path))
    (tmp_path / "site.yaml").write_text("")
    (tmp_path / "ivr.yaml").write_text("silence_second: 5\nkeys: {'1': {label: lawn}}\nprompts: {}\n")
    with pytest.raises(ConfigError) as caught:
        load_tree(load_settings(tmp_path / "site.yaml"), LABELS)
    found = "\n".join(caught.value.errors)
    assert "silence_second: unknown key" in found
    assert "keys.1.label: 'lawn' is no label" in found
    assert "prompts.notice: has no words" in found
