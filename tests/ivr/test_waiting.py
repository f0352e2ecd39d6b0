"""What waiting callers are told: when, in which words, never better than it is."""

from math import ceil
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from config.load import PACKAGED, ConfigError
from config.settings import Settings
from hotline.waiting import load_waiting
from ivr.facts import Placed
from ivr.scripts import Script
from ivr.waiting import Announcements, amount, minutes, numeral, said, texts

BOX = load_waiting(Settings(home=Path("unused"), folder=PACKAGED))


def policy(**change: Any) -> Announcements:
    return Announcements.model_validate(BOX.announcements.model_dump() | change)


def words(names: tuple[str, ...]) -> str:
    made = texts(BOX.announcements)
    return "".join(made[name] for name in names)


@pytest.mark.parametrize(
    ("position", "low", "high", "text"),
    [
        (1, 0, 0, "您排在第一位。"),
        (3, 100, 250, "您排在第三位。预计等候大约两到五分钟。"),
        (12, 61, 119, "您排在第十二位。预计等候大约两分钟。"),
        (2, 3, 60, "您排在第二位。预计一分钟以内接通。"),
        (2, 3, 60.1, "您排在第二位。预计等候大约一到两分钟。"),
        (30, 1799, 1800, "您排在第三十位。预计等候大约三十分钟。"),
        (31, 1000, 1801, "预计等候十七分钟以上。"),
        (21, 4000, 9000, "您排在第二十一位。预计等候三十分钟以上。"),
        (0, 0, 0, ""),
    ],
)
def test_the_words(position: int, low: float, high: float, text: str) -> None:
    assert words(said(BOX.announcements, 1, position, low, high)) == text


@given(st.floats(0, 5000), st.floats(0.001, 5000))
def test_minutes_are_never_rounded_to_the_better(low: float, more: float) -> None:
    high = low + more
    names = minutes(low, high, 30)
    assert texts(BOX.announcements).keys() >= set(names)
    numbers = [int(name.rpartition(".")[2]) for name in names if name != "waiting.soon"]
    if names == ("waiting.soon",):
        assert high <= 60
    elif names[0].startswith("waiting.over"):
        assert numbers == [min(max(1, ceil(low / 60)), 30)]
        assert high > 30 * 60
    else:
        assert numbers[-1] * 60 >= high
        assert numbers[0] * 60 >= low


def test_the_estimate_comes_at_every_second_announcement() -> None:
    told = ["about" in "".join(said(BOX.announcements, n, 1, 61, 119)) for n in range(1, 6)]
    assert told == [True, False, True, False, True]


def test_the_policy_decides_when() -> None:
    late = policy(position={"first": 3, "every": 2}, estimate={"say": False})
    assert [len(said(late, n, 1, 61, 119)) for n in range(1, 7)] == [0, 0, 1, 0, 1, 0]


def test_numbers_in_characters() -> None:
    assert "".join(numeral(n) for n in (1, 2, 9, 10)) == "一二九十"
    assert [numeral(n) for n in (11, 20, 30, 99)] == ["十一", "二十", "三十", "九十九"]
    assert [amount(n) for n in (1, 2, 12, 22)] == ["一", "两", "十二", "二十二"]


def test_every_number_has_its_prompt() -> None:
    made = texts(policy(position={"up_to": 7}, estimate={"up_to": 5}))
    assert len(made) == 1 + 7 + 4 * 5
    assert made["waiting.position.7"] == "您排在第七位。"


def test_a_part_that_was_not_rendered_silences_the_rest() -> None:
    files = {name: (f"{name}.wav",) for name in texts(BOX.announcements)}
    placed = Placed("c", 3, 100, 250)
    full = Script(None, None, files, announcements=BOX.announcements)  # type: ignore[arg-type]
    assert full.place(1, placed) == ("waiting.position.3.wav", "waiting.from.2.wav", "waiting.to.5.wav")
    assert full.place(2, placed) == ("waiting.position.3.wav",)
    del files["waiting.to.5"]
    assert full.place(1, placed) == ()


@pytest.mark.parametrize(
    ("section", "change", "wrong"),
    [
        ("announcements", {"prompts": {}}, "announcements.prompts.position: has no words"),
        ("announcements", {"position": {"up_to": 100}}, "announcements.position.up_to: 100"),
        ("announcements", {"position": {"evry": 1}}, "announcements.position.evry: unknown key"),
        ("estimate", {"share": 1.0}, "estimate.share: 1.0"),
        ("estimate", {"least_calls": 0}, "estimate.least_calls: 0"),
        ("abandons", {"short_seconds": -1}, "abandons.short_seconds: -1"),
    ],
)
def test_what_cannot_be_is_refused_by_name(tmp_path: Path, section: str, change: dict[str, Any], wrong: str) -> None:
    values = yaml.safe_load((PACKAGED / "waiting.yaml").read_text(encoding="utf-8"))
    values[section] |= change
    (tmp_path / "waiting.yaml").write_text(yaml.safe_dump(values, allow_unicode=True), encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        load_waiting(Settings(home=tmp_path, folder=tmp_path))
    assert wrong in str(refused.value)


@pytest.mark.parametrize(("name", "words"), [("position", "您在排队"), ("soon", "{n}"), ("later", "以后")])
def test_words_without_their_number_are_refused(tmp_path: Path, name: str, words: str) -> None:
    values = yaml.safe_load((PACKAGED / "waiting.yaml").read_text(encoding="utf-8"))
    values["announcements"]["prompts"][name] = words
    (tmp_path / "waiting.yaml").write_text(yaml.safe_dump(values, allow_unicode=True), encoding="utf-8")
    with pytest.raises(ConfigError, match=f"announcements.prompts.{name}: "):
        load_waiting(Settings(home=tmp_path, folder=tmp_path))
