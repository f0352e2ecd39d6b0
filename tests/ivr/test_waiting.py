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
from hotline.configured.waiting import load_waiting
from ivr.facts import Placed
from ivr.scripts import Script
from ivr.speaking.pieces import Part
from ivr.speaking.template import assemble
from ivr.waiting import Announcements, Sentence, minutes, said, wording

BOX = load_waiting(Settings(home=Path("unused"), folder=PACKAGED))
WORDING = wording(BOX.announcements)


def policy(**change: Any) -> Announcements:
    return Announcements.model_validate(BOX.announcements.model_dump() | change)


def words(sentences: list[Sentence]) -> str:
    made = ""
    for name, values in sentences:
        template = WORDING.template(name)
        if template is None:
            made += WORDING.texts[name]
        else:
            made += "".join(piece.text for piece in assemble(template, values) if isinstance(piece, Part)) + "。"
    return made


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
    name, values = minutes(low, high, 30)
    if name == "waiting.soon":
        assert high <= 60
    elif name == "waiting.over":
        assert values == {"n": min(max(1, ceil(low / 60)), 30)}
        assert high > 30 * 60
    else:
        assert values.get("high", values.get("n", 0)) * 60 >= high
        assert values.get("low", values.get("n", 0)) * 60 >= low
    assert words([(name, values)])


def test_the_estimate_comes_at_every_second_announcement() -> None:
    told = ["waiting.about" in dict(said(BOX.announcements, n, 1, 61, 119)) for n in range(1, 6)]
    assert told == [True, False, True, False, True]


def test_the_policy_decides_when() -> None:
    late = policy(position={"first": 3, "every": 2}, estimate={"say": False})
    assert [len(said(late, n, 1, 61, 119)) for n in range(1, 7)] == [0, 0, 1, 0, 1, 0]


def test_every_number_has_its_part_and_none_is_made_in_vain() -> None:
    made = wording(policy(position={"up_to": 7}, estimate={"up_to": 5})).sounds()
    assert {name for name in made if "第" in name} == {f"part.第{n}位.end" for n in "一二三四五六七"}
    assert {name for name in made if len(name) == len("part.五")} >= {f"part.{n}" for n in "一两三四五"}
    assert "part.六" not in made


def test_a_part_that_was_not_rendered_silences_the_rest() -> None:
    parts = {name: name for name in WORDING.sounds()} | {"pause.300": "pause"}
    full = Script(None, None, {}, announcements=BOX.announcements, templates=WORDING.templates(), parts=parts)  # type: ignore[arg-type]
    placed = Placed("c", 3, 100, 250)
    place = ("pause", "part.您排在", "part.第三位.end")
    wait = ("part.预计等候大约", "part.两", "part.到", "part.五", "part.分钟.end")
    assert full.place(1, placed) == (*place, "pause", *wait)
    assert full.place(2, placed) == place
    del parts["part.五"]
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


@pytest.mark.parametrize(
    ("name", "words"), [("position", "您在排队"), ("soon", "{n:count}"), ("later", "以后"), ("over", "{n}")]
)
def test_words_without_their_number_are_refused(tmp_path: Path, name: str, words: str) -> None:
    values = yaml.safe_load((PACKAGED / "waiting.yaml").read_text(encoding="utf-8"))
    values["announcements"]["prompts"][name] = words
    (tmp_path / "waiting.yaml").write_text(yaml.safe_dump(values, allow_unicode=True), encoding="utf-8")
    with pytest.raises(ConfigError, match=f"announcements.prompts.{name}: "):
        load_waiting(Settings(home=tmp_path, folder=tmp_path))
