"""Words for a model: how they are given, and which models take them."""

from pathlib import Path

import pytest

from ivr.speech.store import PACKAGED, ModelError
from ivr.speech.training import adding, kaldi, lexicon


def test_a_word_is_read_by_the_dictionary_or_as_it_is_spelt() -> None:
    assert adding.read("法律") == adding.Wanted("法律", ("fa3", "lv4"), spelt=False)
    assert adding.read("磻溪=pan2xi1") == adding.Wanted("磻溪", ("pan2", "xi1"), spelt=True)
    assert adding.read("绿=lü4").syllables == ("lv4",)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("", "must be 1 to 12 characters"),
        ("a-b", "must be 1 to 12 characters"),
        ("法" * 13, "must be 1 to 12 characters"),
        ("abc", "no reading in the dictionary"),
        ("磻=", "must be pinyin with tone figures"),
        ("磻=pan", "must be pinyin with tone figures"),
        ("磻=pan2溪", "must be pinyin with tone figures"),
        ("磻=xyz1", "no syllable of Mandarin"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(given: str, says: str) -> None:
    with pytest.raises(ModelError, match=says) as refused:
        adding.read(given)
    assert repr(given.partition("=")[0]) in str(refused.value)


def test_models_of_another_make_are_refused(tmp_path: Path) -> None:
    phones = kaldi.Phones(lexicon.build().phones)
    adding.check(PACKAGED, phones)
    (tmp_path / "graph/phones").mkdir(parents=True)
    (tmp_path / "graph/phones/word_boundary.int").write_text("1 nonword\n2 begin\n", encoding="utf-8")
    with pytest.raises(ModelError, match="models that this project trained"):
        adding.check(tmp_path, phones)
