"""Who is preferred, who avoided and what is needed, from what is known and said; and what may be written for it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.load import PACKAGED, ConfigError
from config.settings import Settings
from ivr.facts import CallerKnown
from ivr.load_needs import load_needs
from ivr.needs.reasons import ABOUT, SOURCES, told
from ivr.needs.wanted import Told, wanted
from records.labels import load_labels, load_skills

NOW = 1_795_233_600.0
DAY = 86400.0
SETTINGS = Settings(home=Path("unused"), folder=PACKAGED)
LABELS = load_labels(SETTINGS)
RULES = load_needs(SETTINGS, LABELS)


def ask(said: tuple[str, ...] = (), missed: int = 0, **known: object) -> Told:
    return Told("", "", list(said), missed, CallerKnown("c1", **known))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("label", "known", "preferred", "source"),
    [
        ("law.labour", {"talks": (("li", "law.labour.injury", NOW - DAY),)}, "li", "last"),
        ("law.family", {"talks": (("li", "law.labour", NOW - DAY),)}, "", ""),
        ("agent", {"talks": (("li", "law.labour", NOW - DAY),)}, "li", "last"),
        ("law.family", {"talks": (("li", "agent", NOW - DAY),)}, "li", "last"),
        ("law.labour", {"talks": (("li", "law.labour", NOW - 31 * DAY),)}, "", ""),
        ("law.labour", {"talks": (("li", "law.labour", NOW), ("wu", "law.labour", NOW - DAY))}, "li", "last"),
        ("law.family", {"owners": (("wu", "law.labour", NOW - 90 * DAY),)}, "wu", "owner"),
        ("agent", {"owners": (("wu", "notary", NOW),), "talks": (("li", "agent", NOW),)}, "wu", "owner"),
        ("agent", {"owners": (("wu", "notary", NOW),), "complaints": (("wu", "rating", NOW),)}, "", ""),
        ("crisis", {"owners": (("wu", "notary", NOW),)}, "", ""),
        ("agent", {}, "", ""),
    ],
)
def test_who_is_preferred(label: str, known: dict[str, object], preferred: str, source: str) -> None:
    want = wanted(RULES, ask(**known), label, NOW)  # type: ignore[arg-type]
    assert want.preferred == preferred
    assert [why[2] for why in want.why if why[0] == "prefer"] == ([source] if source else [])


def test_an_owner_of_another_matter_can_be_left_out() -> None:
    told_ = ask(owners=(("wu", "law.labour", NOW),))
    strict = RULES.model_copy(update={"first_owner": "same_matter"})
    assert wanted(strict, told_, "law.family", NOW).preferred == ""
    assert wanted(strict, told_, "law.labour", NOW).preferred == "wu"
    assert wanted(RULES.model_copy(update={"first_owner": "off"}), told_, "law.labour", NOW).preferred == ""


@pytest.mark.parametrize(
    ("label", "days", "excluded"), [("agent", 1, ("li",)), ("agent", 181, ()), ("emergency.police", 1, ())]
)
def test_complaints_count_for_a_while_and_not_in_danger(label: str, days: int, excluded: tuple[str, ...]) -> None:
    told_ = ask(complaints=(("li", "complaint", NOW - days * DAY),))
    assert wanted(RULES, told_, label, NOW).excluded == excluded


def test_groups_noted_before_count_with_their_date() -> None:
    want = wanted(RULES, ask(noted=(("group.disabled", NOW - 2 * DAY), ("group.gone", NOW))), "agent", NOW)
    assert want.needs == (("group.disabled", 1),)
    assert want.why == (("need", "group.disabled", "noted", "2"),)
    assert told(want.why[0], load_skills(SETTINGS)) == "需要 残疾人：以往来电记录，2天前"


def test_a_dialect_counts_only_when_nothing_else_was_understood() -> None:
    assert wanted(RULES, ask(said=("阿拉",), missed=1), "agent", NOW).needs == ()
    assert wanted(RULES, ask(said=("阿拉",), missed=2), "agent", NOW).needs == (("lang.wu", 1),)
    both = ask(said=("阿拉", "会讲粤语的"), missed=2)
    assert wanted(RULES, both, "agent", NOW).needs == (("lang.yue", 1),)


NAMES = st.sampled_from(["li", "wang", "chen"])
TIMES = st.floats(NOW - 400 * DAY, NOW)
KNOWN = st.builds(
    CallerKnown,
    st.just("c1"),
    st.lists(st.tuples(NAMES, st.sampled_from(sorted(LABELS)), TIMES), max_size=4).map(tuple),
    st.lists(st.tuples(NAMES, st.sampled_from(sorted(LABELS)), TIMES), max_size=4).map(tuple),
    st.lists(st.tuples(st.sampled_from(sorted(RULES.groups)), TIMES), max_size=4).map(tuple),
    st.lists(st.tuples(NAMES, st.sampled_from(["complaint", "rating"]), TIMES), max_size=4).map(tuple),
)
WORDS = st.lists(st.sampled_from(["我今年十五岁", "会讲粤语的", "我在温岭", "我在杭州", "侬", "老板", ""]), max_size=4)


@given(KNOWN, WORDS, st.integers(0, 3), st.sampled_from(sorted(LABELS)))
def test_what_is_wanted_holds_together(known: CallerKnown, said: list[str], missed: int, label: str) -> None:
    want = wanted(RULES, Told("057612345678", "", said, missed, known), label, NOW)
    codes = [code for code, _ in want.needs]
    assert len(set(codes)) == len(codes)
    assert sum(code.startswith("region.") for code in codes) == 1
    assert want.preferred not in want.excluded
    by = {about: [why[1] for why in want.why if why[0] == about] for about in ABOUT}
    assert by["need"] == codes
    assert set(by["exclude"]) == set(want.excluded)
    assert by["prefer"] == ([want.preferred] if want.preferred else [])
    assert {why[2] for why in want.why} <= set(SOURCES)
    if label.startswith(("emergency", "crisis")):
        assert want.excluded == () and want.preferred == ""


def test_every_error_of_the_file_comes_at_once(tmp_path: Path) -> None:
    (tmp_path / "needs.yaml").write_text(
        "open_matter: [nothing]\nlanguages: {lang.xx: {names: [甲话]}, lang.wu: {names: [甲话]}}\n"
        "groups: {group.women: {}, region.3301: {words: [乙]}}\n"
        "regions: {region.3301: {prefixes: ['0571']}, region.3302: {prefixes: ['0571']}}\n",
        encoding="utf-8",
    )
    with pytest.raises(ConfigError) as refused:
        load_needs(Settings(home=tmp_path, folder=tmp_path), LABELS)
    for part in (
        "languages.lang.xx: is no code of routing.yaml",
        "groups.region.3301: must be a code below group.",
        "open_matter: 'nothing': is no code of labels.yaml",
        "languages.lang.wu.names: '甲话': belongs to lang.xx already",
        "groups.group.women: has neither words nor ages",
        "regions.region.3302.prefixes: '0571': belongs to region.3301 already",
    ):
        assert any(part in line for line in refused.value.errors), part


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("prefered: 1\n", "prefered: unknown key"),
        ("last_agent_days: -1\n", "last_agent_days: -1"),
        ("regions: {region.3301: {prefixes: [0571x]}}\n", "prefixes.0: '0571x'"),
        ("languages: {lang.wu: {markers: [侬]}}\n", "languages.lang.wu.names"),
        ("asking: {before: ['']}\n", "asking.before.0"),
    ],
)
def test_what_cannot_be_used_is_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "needs.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        load_needs(Settings(home=tmp_path, folder=tmp_path), LABELS)
    assert any(said in line for line in refused.value.errors), refused.value.errors
