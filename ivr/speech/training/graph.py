"""The decoding graph: HCLr.fst (classes and pronunciations) and Gr.fst (the language model), built with pynini.

Run as a process of its own, `python -m ivr.speech.training.graph DIR SENTENCES SEED`, because pynini and Vosk bring
two versions of OpenFst. It decides the graph's shape; acoustics and texts are somebody else's.
"""

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from ivr.speech.training import general, kaldi, language, lexicon

pynini: Any = import_module("pynini")  # its stubs name next to nothing
pywrapfst: Any = import_module("pywrapfst")

SILENCE_COST, SPEECH_COST = 0.7, 0.7  # of a silence after a word, and of none
UNKNOWN_COST = 4.0  # for each phone of [unk]
UNKNOWN_START = 3.0  # more for its first, or it takes the place of words of one or two phones (二, 一)


def main() -> None:
    folder, count, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    words = lexicon.build()
    phones = kaldi.Phones(words.phones)
    (folder / "graph").mkdir(parents=True, exist_ok=True)
    numbers = {word: at for at, word in enumerate(("<eps>", *words.words))}
    listed = "".join(f"{word} {at}\n" for word, at in numbers.items())
    (folder / "graph/words.txt").write_text(listed, encoding="utf-8")
    write(pronunciations(words, phones, numbers), folder / "graph/HCLr.fst", "olabel")
    automaton = language.build(language.sentences(count, seed), words, general.read())
    write(grammar(automaton, numbers), folder / "graph/Gr.fst", "ilabel")
    print(f"graph: {len(words.words)} words, {len(automaton.states)} histories, {len(automaton.arcs)} arcs")


def pronunciations(words: lexicon.Lexicon, phones: kaldi.Phones, numbers: dict[str, int]) -> Any:
    """Transition ids → words. Words go from `open` to `said` with their number on the first phone; silence only leads
    back to `open`, so that two silences never follow each other: else the lattice of a long hum grows without end.
    """
    fst = pynini.Fst()
    said, open_ = fst.add_state(), fst.add_state()
    fst.set_start(said)
    fst.set_final(said)
    fst.set_final(open_)
    fst.add_arc(said, pynini.Arc(0, 0, pynini.Weight("tropical", SPEECH_COST), open_))
    _phone(fst, said, 1, 0, SILENCE_COST, open_)
    tails: dict[tuple[int, ...], int] = {}
    for word, ways in words.said.items():
        for way in ways:
            sounds = phones.positioned(way)
            state = tail(fst, sounds, said, tails)
            fst.add_arc(open_, pynini.Arc(kaldi.forward(sounds[0]), numbers[word], pynini.Weight("tropical", 0), state))
    _unknown(fst, open_, said, phones, numbers[lexicon.UNKNOWN])
    return fst


def grammar(automaton: language.Automaton, numbers: dict[str, int]) -> Any:
    """The language model as an acceptor of word numbers."""
    fst = pynini.Fst()
    for _ in automaton.states:
        fst.add_state()
    fst.set_start(automaton.start)
    for before, after, word, cost in automaton.arcs:
        label = numbers[word] if word else 0
        fst.add_arc(before, pynini.Arc(label, label, pynini.Weight("tropical", cost), after))
    for state, cost in automaton.final.items():
        fst.set_final(state, pynini.Weight("tropical", cost))
    return fst


def write(fst: Any, file: Path, by: str) -> None:
    """Sorted by input ("ilabel") or output ("olabel") labels, as OpenFst's `const` type."""
    fst.arcsort(by)
    pywrapfst.convert(fst, "const").write(str(file))


def _phone(fst: Any, before: int, number: int, word: int, cost: float, after: int) -> int:
    """One phone: enter, stay as long as it sounds, then go to `after` (-1: stay open); returns where one is then."""
    state = fst.add_state()
    one = pynini.Weight.one("tropical")
    fst.add_arc(before, pynini.Arc(kaldi.forward(number), word, pynini.Weight("tropical", cost), state))
    fst.add_arc(state, pynini.Arc(kaldi.loop(number), 0, one, state))
    if after < 0:
        return int(state)
    fst.add_arc(state, pynini.Arc(0, 0, one, after))
    return after


def tail(fst: Any, sounds: tuple[int, ...], after: int, tails: dict[tuple[int, ...], int]) -> int:
    """The state inside the first of `sounds`, from which the rest leads to `after`; words that end alike share it."""
    if sounds not in tails:
        state = tails[sounds] = int(fst.add_state())
        one = pynini.Weight.one("tropical")
        fst.add_arc(state, pynini.Arc(kaldi.loop(sounds[0]), 0, one, state))
        if len(sounds) == 1:
            fst.add_arc(state, pynini.Arc(0, 0, one, after))
        else:
            rest = tail(fst, sounds[1:], after, tails)
            fst.add_arc(state, pynini.Arc(kaldi.forward(sounds[1]), 0, one, rest))
    return tails[sounds]


def _unknown(fst: Any, before: int, after: int, phones: kaldi.Phones, word: int) -> None:
    """[unk]: one phone, or several, whichever they are."""
    middle = fst.add_state()
    for p in range(1, len(phones.names)):
        _phone(fst, before, phones.number(p, "S"), word, UNKNOWN_START + UNKNOWN_COST, after)
        _phone(fst, before, phones.number(p, "B"), word, UNKNOWN_START + UNKNOWN_COST, middle)
        _phone(fst, middle, phones.number(p, "I"), 0, UNKNOWN_COST, middle)
        _phone(fst, middle, phones.number(p, "E"), 0, UNKNOWN_COST, after)


if __name__ == "__main__":
    main()
