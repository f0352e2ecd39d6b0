"""Sentences nobody tuned on, heard well and heard badly, and dangers that are over."""

from collections.abc import Sequence

from pypinyin import lazy_pinyin

from knowledge.asking import STILL_IN_DANGER
from knowledge.intents import Intents, Understanding
from knowledge.known import dangerous

Pairs = Sequence[tuple[str, str]]


def accuracy(intents: Intents, pairs: Pairs) -> float:
    return sum(intents.understand(text).code == label for label, text in pairs) / len(pairs)


def homophones(pairs: Pairs) -> dict[str, list[str]]:
    """Characters of all sentences by toneless sound, in order of first use."""
    table: dict[str, list[str]] = {}
    for char in dict.fromkeys("".join(text for _, text in pairs)):
        table.setdefault(lazy_pinyin(char)[0], []).append(char)
    return table


def misheard(text: str, table: dict[str, list[str]], every: int) -> str:
    """`text` with each `every`-th character replaced by a homophone, and the character in the middle lost."""
    chars = list(text)
    for place in range(1, len(chars), every):
        others = [char for char in table.get(lazy_pinyin(chars[place])[0], []) if char != chars[place]]
        if others:
            chars[place] = others[place % len(others)]
    del chars[len(chars) // 2]
    return "".join(chars)


def test_held_out_sentences(intents: Intents, heldout: Pairs, held_out_dev: Pairs) -> None:
    for said in (heldout, held_out_dev):
        assert accuracy(intents, said) >= 0.89
        found = [(label, intents.understand(text)) for label, text in said]
        decided = [(label, one) for label, one in found if one.decision != "confirm"]
        assert len(decided) / len(said) >= 0.85
        assert sum(label == one.code for label, one in decided) / len(decided) >= 0.92


def test_confidences_are_frequencies(intents: Intents, held_out_dev: Pairs) -> None:
    found = [(label, intents.understand(text)) for label, text in held_out_dev]
    sure = [(label == one.code, one.labels[0][1]) for label, one in found if one.labels[0][1] >= 0.9]
    assert abs(sum(right for right, _ in sure) / len(sure) - sum(share for _, share in sure) / len(sure)) < 0.05


def test_recognition_errors_cost_little(intents: Intents, heldout: Pairs, past_danger: Pairs) -> None:
    table = homophones([*heldout, *past_danger])
    heard = [(label, misheard(text, table, every=3)) for label, text in heldout]
    assert sum(text != bad for (_, text), (_, bad) in zip(heldout, heard, strict=True)) == len(heldout)
    assert accuracy(intents, heard) >= accuracy(intents, heldout) - 0.10


def test_past_danger_is_never_acted_on(intents: Intents, past_danger: Pairs) -> None:
    alarms = [
        text
        for _, text in past_danger
        if (found := intents.understand(text)).code.startswith(("emergency.", "crisis")) and found.decision != "confirm"
    ]
    assert alarms == []


def test_present_danger_is_acted_on_or_asked_about(intents: Intents, heldout: Pairs, held_out_dev: Pairs) -> None:
    present = [text for label, text in [*heldout, *held_out_dev] if dangerous(label)]
    found = [intents.understand(text) for text in present]
    seen = [one for one in found if dangerous(one.code) or one.question == STILL_IN_DANGER]
    assert len(seen) / len(present) >= 0.97
    assert sum(one.decision != "confirm" for one in seen) / len(present) >= 0.85


def test_sentences_of_a_stranger(intents: Intents, strangers: Pairs) -> None:
    assert accuracy(intents, strangers) >= 0.9
    found = [(label, intents.understand(text)) for label, text in strangers]
    missed = [one for label, one in found if dangerous(label) and not (dangerous(one.code) or danger_asked(one))]
    alarms = [one for label, one in found if not dangerous(label) and dangerous(one.code) and not danger_asked(one)]
    assert missed == []
    assert len(alarms) / sum(not dangerous(label) for label, _ in strangers) <= 0.01


def danger_asked(one: Understanding) -> bool:
    return one.question == STILL_IN_DANGER


def test_everyday_matters_raise_no_alarm(intents: Intents, heldout: Pairs, held_out_dev: Pairs) -> None:
    calm = [text for label, text in [*heldout, *held_out_dev] if not dangerous(label)]
    found = [intents.understand(text) for text in calm]
    alarms = [one for one in found if dangerous(one.code) and one.decision != "confirm"]
    assert len(alarms) / len(calm) <= 0.01
