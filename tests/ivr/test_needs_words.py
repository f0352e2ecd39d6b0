"""What words say of the needs of a caller, by the packaged tables."""

from pathlib import Path

import pytest

from config.load import PACKAGED
from config.settings import Settings
from ivr.load_needs import load_needs
from ivr.needs import words
from ivr.needs.settings import NeedsSettings
from records.labels import load_labels


@pytest.fixture(scope="module")
def rules() -> NeedsSettings:
    settings = Settings(home=Path("unused"), folder=PACKAGED)
    return load_needs(settings, load_labels(settings))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("有没有讲广东话的人", "lang.yue"),
        ("我只会说温州话", "lang.wu"),
        ("你们会不会讲闽南话", "lang.min"),
        ("普通话我不会说只会说宁波话", "lang.wu"),
        ("换个广东话的律师", "lang.yue"),
        ("可以用粤语吗", "lang.yue"),
        ("会说闽南语或粤语的", "lang.min"),
        ("会说粤语或者闽南语的", "lang.yue"),
        ("我不会说温州话", ""),
        ("不用讲广东话", ""),
        ("我的老板是广东的", ""),
        ("温州话培训班不退钱", ""),
        ("", ""),
    ],
)
def test_languages_asked_for(rules: NeedsSettings, text: str, code: str) -> None:
    assert words.language_asked(rules, [text]) == code


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (["阿拉勿晓得"], "lang.wu"),
        (["佢冇畀钱", "点解"], "lang.yue"),
        (["阿拉", "佢冇畀钱"], "lang.yue"),
        (["阿拉", "佢"], ""),
        (["老板不给钱"], ""),
        ([], ""),
    ],
)
def test_a_dialect_is_known_by_its_own_words(rules: NeedsSettings, said: list[str], code: str) -> None:
    assert words.marked(rules, said) == code


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("我是农民工老板跑了", ["group.migrant"]),
        ("我不是农民工", []),
        ("我今年十五岁", ["group.minor"]),
        ("我还不到18岁", ["group.minor"]),
        ("我还没满十八岁", ["group.minor"]),
        ("我十八岁了", []),
        ("我十五岁就出来打工了", []),
        ("我十五岁的女儿被打了", []),
        ("我女儿今年十五岁", []),
        ("老人七十多没人养", ["group.elderly"]),
        ("我妈八十二岁了", ["group.elderly"]),
        ("老人七十多万存款被骗", []),
        ("我六十四岁", []),
        ("我有残疾证", ["group.disabled"]),
        ("评残怎么评", []),
        ("我怀孕了公司要辞退我", ["group.women"]),
        ("我是农民工还怀孕了", ["group.migrant", "group.women"]),
        ("二百五十块", []),
        ("", []),
    ],
)
def test_special_groups(rules: NeedsSettings, text: str, codes: list[str]) -> None:
    assert words.groups(rules, [text]) == codes


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (["我在温岭"], "region.3310"),
        (["我是义乌的"], "region.3307"),
        (["温岭的房子"], ""),
        (["我在杭州打工公司在温岭"], ""),
        (["我在杭州", "不对现在在温州"], "region.3303"),
        ([], ""),
    ],
)
def test_the_region_said(rules: NeedsSettings, said: list[str], code: str) -> None:
    assert words.region_said(rules, said) == code


@pytest.mark.parametrize(
    ("calling", "found"),
    [
        ("057612345678", ("region.3310", "number")),
        ("+8657612345678", ("region.3310", "number")),
        ("008657612345678", ("region.3310", "number")),
        ("8657612345678", ("region.3310", "number")),
        ("+8613900000000", ("", "")),
        ("13900000000", ("", "")),
        ("02088889999", ("", "")),
        ("anonymous", ("", "")),
        ("", ("", "")),
    ],
)
def test_the_region_of_the_number(rules: NeedsSettings, calling: str, found: tuple[str, str]) -> None:
    assert words.region_called_from(rules.regions, calling, "local") == found


def test_the_longest_prefix_wins_and_the_trunk_comes_last() -> None:
    regions = {
        "region.1": {"prefixes": ["057"], "trunks": ["north"]},
        "region.2": {"prefixes": ["0576"]},
        "region.3": {"prefixes": ["1380576"]},
    }
    rules = NeedsSettings.model_validate({"regions": regions})
    assert words.region_called_from(rules.regions, "05761234567", "") == ("region.2", "number")
    assert words.region_called_from(rules.regions, "05711234567", "") == ("region.1", "number")
    assert words.region_called_from(rules.regions, "13805761234", "") == ("region.3", "number")
    assert words.region_called_from(rules.regions, "13905761234", "north") == ("region.1", "trunk")
