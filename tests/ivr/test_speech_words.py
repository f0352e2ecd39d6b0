import pytest

from ivr.speech.words import joined, segment

WORDS = {"法律", "援助", "法律援助", "我", "要", "申", "请", "申请", "人工", "工人"}


@pytest.mark.parametrize(
    ("text", "words", "missing"),
    [
        ("我要申请法律援助", ["我", "要", "申请", "法律援助"], []),
        ("我要，申请！", ["我", "要", "申请"], []),
        ("我要喝茶", ["我", "要"], ["喝", "茶"]),
        ("", [], []),
        ("，。", [], []),
    ],
)
def test_segment(text: str, words: list[str], missing: list[str]) -> None:
    assert segment(text, WORDS.__contains__) == (words, missing)


def test_of_two_short_cuts_the_one_with_the_longer_first_word_wins() -> None:
    assert segment("工人工", (WORDS | {"工"}).__contains__) == (["工人", "工"], [])


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["法律", "援助"], "法律援助"),
        (["[unk]", "人工"], "人工"),
        (["app", "store"], "app store"),
        (["用", "app", "办"], "用app办"),
        ([], ""),
        (["[unk]"], ""),
    ],
)
def test_joined(words: list[str], text: str) -> None:
    assert joined(words) == text
