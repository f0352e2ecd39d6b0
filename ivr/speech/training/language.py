"""The language model: which word follows which, as a trigram automaton with back-off, ready for the graph.

PURE: texts in, arcs out. It must not know how words sound.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from math import log
from random import Random
from typing import Any

from ivr.speech.training import texts
from ivr.speech.training.lexicon import Lexicon, common_characters, field_words
from ivr.speech.words import segment

NOVELTY = 0.3  # the least share of every history that is left to shorter ones: callers do not speak in our patterns
PRIOR = 0.2  # the share of single words that comes from the vocabulary, not from the texts
CHANCE_OF_SILENCE = 0.2
HOMOPHONES = 3  # single characters of one sound that free speech may come out as; more only fill the lattice
FEWEST = 2  # a trigram seen less often is left out
START, END = "<s>", "</s>"

History = tuple[str, ...]


@dataclass(slots=True)
class Automaton:
    """States are histories, numbered by their place. arcs: (from, to, word, cost); final: state → cost.

    The word "" is an empty move (back-off). Costs are negative natural logarithms. `start` is the first state.
    """

    states: dict[History, int] = field(default_factory=dict)
    arcs: list[tuple[int, int, str, float]] = field(default_factory=list)
    final: dict[int, float] = field(default_factory=dict)

    @property
    def start(self) -> int:
        return self.states[(START,)]

    def state(self, history: History) -> int:
        return self.states.setdefault(history, len(self.states))


def sentences(count: int, seed: int, lexicon: Lexicon) -> list[list[str]]:
    """Distinct sentences of the patterns, cut into words."""
    random, known = Random(seed), set(lexicon.words)  # noqa: S311 - reproducible, no secret
    distinct = dict.fromkeys(texts.sentence(random) for _ in range(count))
    return [segment(text, known.__contains__)[0] for text in distinct]


def build(cut: Iterable[list[str]], lexicon: Lexicon) -> Automaton:
    """The automaton of interpolated trigrams; every history keeps NOVELTY for the shorter one."""
    singles, pairs, triples = Counter[str](), Counter[tuple[str, str]](), Counter[tuple[str, str, str]]()
    for words in cut:
        line = [START, *words, END]
        singles.update(line[1:])
        pairs.update(pairwise(line))
        triples.update(zip(line, line[1:], line[2:], strict=False))
    chance = _chances(singles, lexicon)
    out = Automaton()
    nowhere = out.state(())
    for word, share in chance.items():
        if word == END:
            out.final[nowhere] = -log(share)
        else:
            out.arcs.append((nowhere, out.state((word,)), word, -log(share)))
    after_one = _followers(pairs)
    blended: dict[tuple[str, str], float] = {}
    for (first,), (counts, left) in after_one.items():
        for word in counts:
            blended[first, word] = (1 - left) * counts[word] / counts.total() + left * chance[word]
    histories = _followers(Counter({three: n for three, n in triples.items() if n >= FEWEST}))
    for history, (counts, left) in {**after_one, **histories}.items():
        at = out.state(history)
        shorter = history[1:]
        out.arcs.append((at, out.state(shorter), "", -log(left)))
        for word in counts:
            under = blended.get((shorter[0], word), chance[word] * NOVELTY) if shorter else chance[word]
            cost = -log((1 - left) * counts[word] / counts.total() + left * under)
            if word == END:
                out.final[at] = cost
                continue
            longer = (*history, word)[-2:]
            out.arcs.append((at, out.state(longer if longer in histories else (word,)), word, cost))
    for history, at in list(out.states.items()):
        if history and history not in after_one and history not in histories:
            out.arcs.append((at, nowhere, "", 0.0))
    out.final[out.start] = -log(CHANCE_OF_SILENCE)  # or silence would become a word
    return out


def _followers(counted: Mapping[Any, int]) -> dict[History, tuple[Counter[str], float]]:
    """By history: the words that follow with their counts, and the share left to the shorter history."""
    grouped: dict[History, Counter[str]] = {}
    for words, count in counted.items():
        grouped.setdefault(tuple(words[:-1]), Counter())[words[-1]] += count
    return {
        history: (counts, max(NOVELTY, len(counts) / (len(counts) + counts.total())))
        for history, counts in sorted(grouped.items())
    }


def _chances(singles: Counter[str], lexicon: Lexicon) -> dict[str, float]:
    """The chance of each word by itself: as often as in the texts, and by the ranks of the vocabulary."""
    ranks = {char: 1 / (at + 40) for at, char in enumerate(common_characters())}
    prior: dict[str, float] = {}
    alike: Counter[tuple[str, ...]] = Counter()
    ours = set(field_words())
    for word in (*common_characters(), *lexicon.words[1:]):
        if word in prior:
            continue
        sound = lexicon.said[word][0]
        if len(word) == 1 and word not in ours and alike[sound] >= HOMOPHONES and not singles[word]:
            continue  # still in the lexicon, for closed lists
        alike[sound] += len(word) == 1
        prior[word] = ranks.get(word, 1 / 1500 if word in ours else 1 / 6000)
    whole, total = sum(prior.values()), singles.total()
    shares = {word: (1 - PRIOR) * singles[word] / total + PRIOR * weight / whole for word, weight in prior.items()}
    shares[END] = (1 - PRIOR) * singles[END] / total
    return shares
