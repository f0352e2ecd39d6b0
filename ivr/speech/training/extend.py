"""The graph with words added: arcs to HCLr.fst and Gr.fst, lines to words.txt; nothing else is made again.

Run as a process of its own, `python -m ivr.speech.training.extend DIR`, with {"word": [[phone number, …], …]} as JSON
on the standard input, because pynini and Vosk bring two versions of OpenFst. It must not know how a word is read.
"""

import json
import sys
from importlib import import_module
from math import log
from pathlib import Path
from typing import Any

from ivr.speech.training import graph, kaldi

pynini: Any = import_module("pynini")

OPEN, SAID, NOWHERE = (
    1,
    0,
    0,
)  # states: before and after a word, after no known word (graph.py and language.py number them)
CHANCE = 3e-5  # of an added word by itself


def main() -> None:
    folder = Path(sys.argv[1]) / "graph"
    wanted: dict[str, list[list[int]]] = json.load(sys.stdin)
    numbers = {
        word: int(number)
        for word, number in (line.split() for line in (folder / "words.txt").read_text(encoding="utf-8").splitlines())
    }
    sounds, grammar = pynini.Fst.read(str(folder / "HCLr.fst")), pynini.Fst.read(str(folder / "Gr.fst"))
    for word, ways in wanted.items():
        if word not in numbers:
            numbers[word] = max(numbers.values()) + 1
            weight = pynini.Weight("tropical", -log(CHANCE))
            grammar.add_arc(NOWHERE, pynini.Arc(numbers[word], numbers[word], weight, NOWHERE))
        for way in ways:
            state = graph.tail(sounds, tuple(way), SAID, {})
            none = pynini.Weight.one("tropical")
            sounds.add_arc(OPEN, pynini.Arc(kaldi.forward(way[0]), numbers[word], none, state))
    graph.write(sounds, folder / "HCLr.fst", "olabel")
    graph.write(grammar, folder / "Gr.fst", "ilabel")
    listed = "".join(f"{word} {number}\n" for word, number in numbers.items())
    (folder / "words.txt").write_text(listed, encoding="utf-8")
    print(f"{len(numbers) - 1} words, {grammar.num_states()} histories")


if __name__ == "__main__":
    main()
