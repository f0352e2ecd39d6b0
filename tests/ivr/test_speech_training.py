"""The training's pure parts; the network's own tests need the extra [train]."""

import math
import struct
from collections import defaultdict
from pathlib import Path
from random import Random

import numpy as np
import pytest

from ivr.speech.store import PACKAGED
from ivr.speech.training import kaldi, language, lexicon, texts
from ivr.speech.training.layers import CONTEXT, SPLICES, Affine


def test_patterns_expand_wholly_and_only_to_known_characters() -> None:
    random, known = Random(3), set(lexicon.characters())
    drawn = {texts.sentence(random) for _ in range(2000)}
    assert len(drawn) > 1200
    assert not {char for text in drawn for char in text} - known
    assert not drawn & set(texts.held_out())


def test_no_pattern_or_phrase_holds_a_held_out_sentence() -> None:
    text = "".join(lexicon.lines("templates.txt"))
    assert len(texts.held_out()) >= 45
    assert not [sentence for sentence in texts.held_out() if sentence in text]


def test_new_words_are_new() -> None:
    new = [word for line in lexicon.lines("new_words.txt") for word in line.split()]
    patterns = "".join(lexicon.lines("templates.txt"))
    assert not set(new) & set(lexicon.field_words())
    assert not [word for word in new if word in patterns]


def test_the_lexicon_says_every_word_in_chinese_phones() -> None:
    words = lexicon.build()
    assert len(words.words) > 4500
    assert len(words.phones) == 54
    assert words.phones[0] == "SIL"
    assert words.said["法律"] == (("f", "A", "l", "y"),)
    assert words.said["兄弟"][0] == ("S;", "j", "ong", "t", "i")
    assert {way[0] for way in words.said["行"]} == {"S;", "X"}
    assert all(set(way) <= set(words.phones) for ways in words.said.values() for way in ways)


def test_chances_after_each_history_add_up_with_back_off() -> None:
    words = lexicon.build()
    automaton = language.build(language.sentences(800, 1, words), words)
    arcs: dict[int, list[tuple[int, str, float]]] = defaultdict(list)
    for before, after, word, cost in automaton.arcs:
        arcs[before].append((after, word, cost))
    nowhere = automaton.states[()]
    alone = sum(math.exp(-cost) for _, word, cost in arcs[nowhere] if word) + math.exp(-automaton.final[nowhere])
    assert alone == pytest.approx(1, abs=1e-6)
    for history, at in automaton.states.items():
        backs = [(after, cost) for after, word, cost in arcs[at] if not word]
        assert len(backs) == (1 if history else 0)
        assert all(cost <= -math.log(language.NOVELTY) + 1e-9 for _, cost in backs)
    assert automaton.final[automaton.start] == pytest.approx(-math.log(language.CHANCE_OF_SILENCE))


def test_a_heard_sentence_is_likelier_than_its_words_shuffled() -> None:
    words = lexicon.build()
    automaton = language.build([["我", "要", "申请", "法律援助"]] * 3, words)
    assert price(automaton, ["我", "要", "申请", "法律援助"]) + 3 < price(automaton, ["法律援助", "申请", "要", "我"])


def price(automaton: language.Automaton, sentence: list[str]) -> float:
    """The cheapest way through the automaton, in nats."""
    reached = {automaton.start: 0.0}
    moves: dict[int, list[tuple[int, str, float]]] = defaultdict(list)
    for before, after, word, cost in automaton.arcs:
        moves[before].append((after, word, cost))

    def backed_off(now: dict[int, float]) -> dict[int, float]:
        for _ in range(3):
            for state, spent in list(now.items()):
                for after, word, cost in moves[state]:
                    if not word:
                        now[after] = min(now.get(after, math.inf), spent + cost)
        return now

    for said in sentence:
        fresh: dict[int, float] = {}
        for state, spent in backed_off(reached).items():
            for after, word, cost in moves[state]:
                if word == said:
                    fresh[after] = min(fresh.get(after, math.inf), spent + cost)
        reached = fresh
    return min(spent + automaton.final.get(state, math.inf) for state, spent in backed_off(reached).items())


def test_transition_ids_are_numbered_as_kaldi_does() -> None:
    phones = kaldi.Phones(("SIL", "a", "b"))
    assert phones.classes == 6
    assert [number for number, _, _ in phones.numbered] == list(range(1, 10))
    assert (phones.number(2, "B"), phones.number(2, "S"), phones.number(0, "B")) == (6, 9, 1)
    assert (kaldi.loop(1), kaldi.forward(1), kaldi.loop(9), kaldi.forward(9)) == (1, 2, 17, 18)


def test_the_written_model_reads_back(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    layers, wide = [], 40
    for splice in (*SPLICES, (0,)):
        matrix = rng.standard_normal((6, wide * len(splice))).astype(np.float32)
        layers.append(Affine(splice, matrix, rng.standard_normal(6).astype(np.float32)))
        wide = 6
    priors = np.full(6, 1 / 6, np.float32)
    kaldi.write_model(tmp_path / "am/final.mdl", kaldi.Phones(("SIL", "a", "b")), layers, priors)
    data = (tmp_path / "am/final.mdl").read_bytes()
    assert matrices(data)[0].tobytes() == layers[0].matrix.tobytes()
    assert [one.shape for one in matrices(data)] == [layer.matrix.shape for layer in layers]


def test_the_packaged_model_has_the_shape_the_training_gives() -> None:
    data = (PACKAGED / "am/final.mdl").read_bytes()
    classes = 2 * len(lexicon.build().phones)
    assert [one.shape for one in matrices(data)] == [(256, 200), *[(256, 768)] * 4, (256, 256), (classes, 256)]
    tail = data[data.index(b"<LeftContext>") :]
    assert struct.unpack("<bi", tail[14:19]) == (4, CONTEXT)
    words = (PACKAGED / "graph/words.txt").read_text(encoding="utf-8").split("\n")
    assert [line.split()[0] for line in words[1:-1]] == list(lexicon.build().words)
    assert "synthetic" in (PACKAGED / "README.md").read_text(encoding="utf-8")


def matrices(data: bytes) -> list[np.ndarray]:
    """Every float matrix in a binary Kaldi file, found by its mark."""
    found, at = [], data.find(b"<LinearParams> FM ")
    while at >= 0:
        start = at + len(b"<LinearParams> FM ")
        _, rows, _, columns = struct.unpack("<bibi", data[start : start + 10])
        block = data[start + 10 : start + 10 + 4 * rows * columns]
        found.append(np.frombuffer(block, dtype="<f4").reshape(rows, columns))
        at = data.find(b"<LinearParams> FM ", start)
    return found
