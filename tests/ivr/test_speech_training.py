"""The training's pure parts; the network's own tests need the extra [train]."""

import math
import struct
from collections import defaultdict
from pathlib import Path
from random import Random

import numpy as np
import pytest

from ivr.speech.store import PACKAGED
from ivr.speech.training import general, kaldi, language, lexicon, texts, unpacking
from ivr.speech.training.layers import BEFORE, SPLICES, Affine, evened


def test_patterns_expand_wholly_and_only_to_known_characters() -> None:
    random, known = Random(3), set(lexicon.characters())
    drawn = {texts.sentence(random) for _ in range(2000)}
    assert len(drawn) > 1200
    assert not {char for text in drawn for char in text} - known
    assert not drawn & set(texts.held_out())


def test_no_pattern_or_phrase_holds_a_held_out_sentence() -> None:
    text = "".join(lexicon.lines("templates.txt"))
    assert len(texts.held_out()) >= 45
    assert not [sentence for sentence in texts.held_out() + texts.held_out_final() if sentence in text]


def test_what_is_learnt_shares_no_long_run_with_what_is_held_out() -> None:
    learnt = set(texts.learnt(300, Random(5)))
    assert len(learnt) > 4000
    assert not [text for text in learnt - {texts.sentence(Random(5))} if text in set(texts.in_domain())]
    held = [*texts.held_out(), *texts.held_out_final()]
    runs = {text[at : at + texts.ALIKE] for text in held for at in range(len(text) - texts.ALIKE + 1)}
    assert len(set(texts.held_out_final())) >= 120
    examples = learnt - {text for text in learnt if text in _drawn(300)}
    assert not [text for text in examples if any(run in text for run in runs)]


def _drawn(count: int) -> set[str]:
    random = Random(5)
    return {texts.sentence(random) for _ in range(count)}


def test_an_example_with_an_optional_part_is_drawn_with_and_without_it() -> None:
    random = Random(1)
    assert any("(" in line for line in texts.examples())
    assert not [line for line in texts.examples() if "?" in line]
    assert {texts.expand("(甲|乙)丙", random) for _ in range(30)} == {"甲丙", "乙丙"}


def test_text_is_cut_where_it_is_likeliest() -> None:
    costs = general.costs_of({"工资": 50, "工": 10, "资": 1, "不": 90, "发": 20, "步伐": 1})
    assert general.cut("工资不发", costs) == ["工资", "不", "发"]
    assert general.cut("鱼工资", costs) == ["鱼", "工资"]


def test_general_chinese_counts_common_words_and_their_followers() -> None:
    plain = general.read()
    assert plain.words["我们"] > plain.words["攻占"] > 0
    assert max(plain.pairs["法律"].values()) >= general.FEWEST
    assert all(len(word) <= general.LONGEST for word in plain.words)


def test_new_words_are_new() -> None:
    new = [word for line in lexicon.lines("new_words.txt") for word in line.split()]
    patterns = "".join(lexicon.lines("templates.txt"))
    assert not set(new) & {*lexicon.field_words(), *lexicon.common_words()}
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


def test_chances_after_each_history_add_up() -> None:
    said = [["我", "要", "申请", "法律援助"], ["我", "要", "离婚"], ["老板", "不", "给", "工资"]] * 3
    automaton = language.build(said, lexicon.build(), general.read())
    arcs: dict[int, dict[str, float]] = defaultdict(dict)
    backs: dict[int, tuple[int, float]] = {}
    for before, after, word, cost in automaton.arcs:
        if word:
            assert word not in arcs[before]
            arcs[before][word] = math.exp(-cost)
        else:
            assert before not in backs
            backs[before] = after, math.exp(-cost)
    nowhere = automaton.states[()]
    alone = sum(arcs[nowhere].values()) + math.exp(-automaton.final[nowhere])
    assert alone == pytest.approx(1, abs=1e-6)
    assert set(backs) == set(automaton.states.values()) - {nowhere}
    after = automaton.states["老板",]
    where, left = backs[after]
    end = math.exp(-automaton.final[after]) if after in automaton.final else 0.0
    under = sum(share for word, share in arcs[where].items() if word not in arcs[after])
    under += 0.0 if after in automaton.final else math.exp(-automaton.final[where])
    assert where == nowhere
    assert sum(arcs[after].values()) + end + left * under == pytest.approx(1, abs=1e-3)
    assert automaton.final[automaton.start] == pytest.approx(-math.log(language.CHANCE_OF_SILENCE))


def test_a_heard_sentence_is_likelier_than_its_words_shuffled() -> None:
    said = [["我", "要", "申请", "法律援助"]] * 3
    automaton = language.build(said, lexicon.build(), general.read())
    assert price(automaton, ["我", "要", "申请", "法律援助"]) + 3 < price(automaton, ["法律援助", "申请", "要", "我"])


def test_general_chinese_helps_where_the_field_is_silent() -> None:
    automaton = language.build([["我", "要", "离婚"]] * 3, lexicon.build(), general.read())
    assert price(automaton, ["天气", "很", "好"]) + 2 < price(automaton, ["天气", "狠", "郝"])


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


def layers_of(units: int, inputs: int = 40) -> list[Affine]:
    rng = np.random.default_rng(1)
    found, wide = [], inputs
    for splice in (*SPLICES, (0,)):
        matrix = rng.standard_normal((units, wide * len(splice))).astype(np.float32)
        found.append(Affine(splice, matrix, rng.standard_normal(units).astype(np.float32)))
        wide = units
    return found


def test_the_written_model_reads_back(tmp_path: Path) -> None:
    layers = layers_of(6)
    priors = np.full(6, 1 / 6, np.float32)
    kaldi.write_model(tmp_path / "final.mdl", kaldi.Phones(("SIL", "a", "b")), layers, priors)
    again = unpacking.layers(tmp_path / "final.mdl")
    assert [one.splice for one in again] == [one.splice for one in layers]
    for one, other in zip(again, layers, strict=True):
        np.testing.assert_allclose(one.matrix, other.matrix, atol=float(np.ptp(other.matrix)) / 65535)
        np.testing.assert_array_equal(one.bias, other.bias)


def test_evened_layers_compute_the_same_with_less_range() -> None:
    layers = layers_of(6)
    layers[2].matrix[1] *= 1e-3
    layers[3].matrix[:, [1, 7, 13]] *= 1e3
    layers[2].bias[1] *= 1e-3
    even = evened(layers)
    rows = np.random.default_rng(2).standard_normal((80, 40)).astype(np.float32)
    np.testing.assert_allclose(run(even, rows), run(layers, rows), rtol=1e-3, atol=1e-2)
    assert np.abs(even[3].matrix).max() < 0.1 * np.abs(layers[3].matrix).max()


def run(layers: list[Affine], rows: np.ndarray) -> np.ndarray:
    for at, layer in enumerate(layers):
        low, high = -min(layer.splice), max(layer.splice)
        spliced = [rows[low + offset : len(rows) - high + offset] for offset in layer.splice]
        rows = np.concatenate(spliced, axis=1) @ layer.matrix.T + layer.bias
        rows = np.maximum(rows, 0) if at < len(layers) - 1 else rows
    return rows


def test_the_packaged_model_has_the_shape_the_training_gives() -> None:
    layers = unpacking.layers(PACKAGED / "am/final.mdl")
    assert [one.splice for one in layers] == [*SPLICES, (0,)]
    assert len(layers[-1].bias) == 2 * len(lexicon.build().phones)
    assert sum(one.matrix.size + one.bias.size for one in layers) < 1.6e6
    data = (PACKAGED / "am/final.mdl").read_bytes()
    tail = data[data.index(b"<LeftContext>") :]
    assert struct.unpack("<bi", tail[14:19]) == (4, BEFORE)
    words = (PACKAGED / "graph/words.txt").read_text(encoding="utf-8").split("\n")
    assert [line.split()[0] for line in words[1:-1]] == list(lexicon.build().words)
    assert "synthetic" in (PACKAGED / "README.md").read_text(encoding="utf-8")
    assert sum(file.stat().st_size for file in PACKAGED.rglob("*") if file.is_file()) < 22e6
