"""What clerks may write, what is told them when it is wrong, and that a kept model is the trained one."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from config.load import PACKAGED, ConfigError
from knowledge.kept import MODEL
from knowledge.loading import kept_model, load_intents
from knowledge.phrasebook import Line, choices


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "intents"
    copy.mkdir()
    for name in ("_rules.txt", "_concepts.txt", "notary.txt", "unclear.txt", "agent.txt"):
        shutil.copy(PACKAGED / "intents" / name, copy / name)
    return copy


def test_all_errors_at_once_with_file_and_line(folder: Path) -> None:
    (folder / "law.moon.txt").write_text("[examples]\n月亮\n", encoding="utf-8")
    (folder / "mediation.txt").write_text("先写\n[cue 3]\n调解\n[cues 3]\n调*\n[examples]\n(甲|乙\n", encoding="utf-8")
    (folder / "guide.txt").write_bytes(b"[examples]\n\xff\n")
    with pytest.raises(ConfigError) as caught:
        load_intents(folder)
    told = "\n".join(caught.value.errors)
    for part in ("law.moon", "mediation.txt:1:", "mediation.txt:2: [cue 3]", "mediation.txt:5:", "mediation.txt:7:"):
        assert part in told
    assert "guide.txt: is not UTF-8 (byte 11)" in told


def test_missing_lists_are_named(folder: Path) -> None:
    (folder / "_rules.txt").write_text("[fillers]\n嗯\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"\[abuse\]: this section is missing"):
        load_intents(folder)


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="holds no label files"):
        load_intents(tmp_path)


def test_a_regions_own_label(folder: Path, tmp_path: Path) -> None:
    labels = tmp_path / "labels.yaml"
    packaged = (PACKAGED / "labels.yaml").read_text(encoding="utf-8")
    labels.write_text(f"{packaged}law.sea: 海事\n", encoding="utf-8")
    (folder / "law.sea.txt").write_text(
        "[cues 5]\n渔船\n[examples]\n(渔船|货船)相撞(怎么赔|谁负责)\n", encoding="utf-8"
    )
    own = load_intents(folder, labels)
    assert own.understand("我的渔船让人撞坏了谁赔").code == "law.sea"


def test_a_kept_model_answers_as_the_fresh_one(folder: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    fresh = load_intents(folder, kept=kept)
    again = load_intents(folder, kept=kept)
    assert (kept / MODEL).exists()
    assert np.array_equal(fresh.model.weights, again.model.weights)
    assert fresh.understand("想办公证") == again.understand("想办公证")


def test_a_damaged_or_outdated_kept_model_is_trained_anew(folder: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / MODEL).write_bytes(b"PK nonsense")
    before = load_intents(folder, kept=kept)
    with (folder / "notary.txt").open("a", encoding="utf-8") as file:
        file.write("\n海牙认证要几天\n海牙认证要几天\n海牙认证在哪\n")
    after = load_intents(folder, kept=kept)
    assert after.model.weights.shape != before.model.weights.shape


def test_a_changed_file_is_told_and_learned(folder: Path) -> None:
    told: list[str] = []
    load_intents(folder, kept=folder, progress=told.append)
    assert told[-1].startswith("training: pass")
    assert kept_model(folder) is not None
    told.clear()
    load_intents(folder, progress=told.append)
    assert told == []
    rules = (folder / "_rules.txt").read_text(encoding="utf-8")
    rules = rules.replace("[emergency.fire alarm]\n", "[emergency.fire alarm]\n冒青烟了 ")
    (folder / "_rules.txt").write_text(rules, encoding="utf-8")
    assert kept_model(folder) is None
    changed = load_intents(folder, progress=told.append)
    assert "older than the sentences" in told[0]
    assert changed.alarm("灶台冒青烟了") == "emergency.fire"


def test_the_packaged_model_is_up_to_date() -> None:
    """Fails after an edit of config/intents until `hotline classify --keep` has been run."""
    assert kept_model(PACKAGED / "intents") is not None


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("(甲|乙)丙", ["甲丙", "乙丙"]),
        ("甲乙?", ["甲乙", "甲"]),
        ("(甲|乙)?丙", ["甲丙", "乙丙", "丙"]),
        ("(甲(乙|丙)|丁)", ["甲乙", "丁", "甲丙"]),
    ],
)
def test_choices(text: str, phrases: list[str]) -> None:
    problems: list[str] = []
    assert choices(Line("f:1", text), problems) == phrases
    assert not problems


def test_too_many_choices_are_refused() -> None:
    problems: list[str] = []
    assert choices(Line("f:1", "(一|二|三|四|五|六|七)" * 6), problems) == []
    assert "more than" in problems[0]
