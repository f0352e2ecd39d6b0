"""Sentences nobody tuned on, heard well and heard badly, and dangers that are over."""

from collections.abc import Sequence

from pypinyin import lazy_pinyin

from knowledge.intents import Intents

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


def test_held_out_sentences(intents: Intents, heldout: Pairs) -> None:
    assert accuracy(intents, heldout) >= 0.80
    decided = [(label, found) for label, text in heldout if (found := intents.understand(text)).decision != "confirm"]
    assert len(decided) / len(heldout) >= 0.70
    assert sum(label == found.code for label, found in decided) / len(decided) >= 0.88


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


def test_present_danger_is_never_missed(intents: Intents, heldout: Pairs) -> None:
    missed = [
        text
        for label, text in heldout
        if label.startswith(("emergency.", "crisis"))
        and not intents.understand(text).code.startswith(("emergency.", "crisis"))
    ]
    assert missed == []


def test_everyday_matters_raise_no_alarm(intents: Intents, heldout: Pairs) -> None:
    alarms = [
        text
        for label, text in heldout
        if not label.startswith(("emergency.", "crisis"))
        and (found := intents.understand(text)).code.startswith(("emergency.", "crisis"))
        and found.decision != "confirm"
    ]
    assert alarms == []
