"""The language model: which word follows which, as a trigram automaton with back-off, ready for the graph.

The field's own sentences come first; general Chinese (general.py) is what they fall back to. PURE: texts in, arcs out.
It must not know how words sound.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import log
from random import Random
from typing import Any

from ivr.speech.training import texts
from ivr.speech.training.general import END, START, General, cut
from ivr.speech.training.lexicon import Lexicon, costs, field_words

OURS = 0.62  # of the chance of a word by itself, from the field's texts; the rest is general Chinese
RARE = 12  # in ten million: words of the field that general Chinese does not count
PLAIN = 14.0  # how many sentences general Chinese weighs after one word
BACK = 4.0  # how many sentences the shorter history weighs after two words
DISCOUNT = 0.75  # of each count, to what was never seen
MOST = 4  # a run of three words counts no more often: the patterns repeat themselves
PAIRS = 160_000  # of general Chinese that are kept
CHANCE_OF_SILENCE = 0.2
HOMOPHONES = 6  # single characters of one sound that free speech may come out as; more only fill the lattice

History = tuple[str, ...]
Followers = dict[History, Counter[str]]


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


def sentences(count: int, seed: int) -> Iterator[list[str]]:
    """Distinct sentences of the field, cut into words."""
    random, known = Random(seed), costs()  # noqa: S311 - reproducible, no secret
    for text in dict.fromkeys(texts.learnt(count, random)):
        words = cut(text, known)
        if known.keys() >= set(words):
            yield words


def build(said: Iterable[list[str]], lexicon: Lexicon, general: General) -> Automaton:
    """The automaton of interpolated runs of one, two and three words; each history falls back to the shorter one."""
    triples = Counter[tuple[str, str, str]]()
    for words in said:
        line = [START, START, *words, END]
        triples.update(zip(line, line[1:], line[2:], strict=False))
    capped = Counter({three: min(count, MOST) for three, count in triples.items()})
    pairs = Counter[tuple[str, str]]()
    for (_, one, other), count in capped.items():
        pairs[one, other] += count
    singles = Counter[str]()
    for _, word in pairs:
        singles[word] += 1
    alone = _alone(singles, lexicon, general)
    after_one = _after_one(pairs, alone, general)
    after_two = _after_two(capped, after_one, alone)
    return _automaton(alone, after_one, after_two)


Chances = dict[History, dict[str, float]]


def _automaton(alone: Mapping[str, float], after_one: Chances, after_two: Chances) -> Automaton:
    out = Automaton()
    nowhere = out.state(())
    for word, share in alone.items():
        if word == END:
            out.final[nowhere] = -log(share)
        else:
            out.arcs.append((nowhere, out.state((word,)) if (word,) in after_one else nowhere, word, -log(share)))
    for history, chances in {**after_one, **after_two}.items():
        at, shorter = out.state(history), history[1:]
        while shorter and shorter not in after_one:
            shorter = shorter[1:]
        under = sum(chance_of(word, shorter, alone, after_one) for word in chances)
        left = max(1e-6, 1 - sum(chances.values())) / max(1e-6, 1 - under)
        out.arcs.append((at, out.state(shorter), "", -log(left)))
        for word, chance in chances.items():
            if word == END:
                out.final[at] = -log(chance)
                continue
            longer = (*history, word)[-2:]
            ends = [end for end in (longer, (word,), ()) if end in after_two or end in after_one or not end]
            out.arcs.append((at, out.state(ends[0]), word, -log(chance)))
    out.final[out.start] = -log(CHANCE_OF_SILENCE)  # or silence would become a word
    return out


def chance_of(word: str, history: History, alone: Mapping[str, float], after_one: Chances) -> float:
    """Of `word` after `history` of one word or none, as the automaton gives it."""
    ones = after_one.get(history)
    if ones is None:
        return alone.get(word, 0.0)
    if word in ones:
        return ones[word]
    seen = sum(alone.get(one, 0.0) for one in ones)
    return alone.get(word, 0.0) * max(1e-6, 1 - sum(ones.values())) / max(1e-6, 1 - seen)


def _after_two(triples: Counter[tuple[str, str, str]], after_one: Chances, alone: Mapping[str, float]) -> Chances:
    out: Chances = {}
    for history, counts in _followers(triples).items():
        left = {word: max(0.0, count - DISCOUNT) for word, count in counts.items()}
        whole = counts.total() + BACK
        free = (whole - sum(left.values())) / whole
        shorter = history[1:]
        out[history] = {
            word: count / whole + free * chance_of(word, shorter, alone, after_one) for word, count in left.items()
        }
    return out


def _after_one(pairs: Counter[tuple[str, str]], alone: Mapping[str, float], general: General) -> Chances:
    """The field's pairs with general Chinese under them, and the best of general Chinese alone."""
    ours = _followers(pairs)
    blended: Chances = {}
    ranked: list[tuple[float, History, str]] = []
    for word in sorted({history[0] for history in ours} | set(general.pairs)):
        counts, plain = ours.get((word,), Counter[str]()), general.pairs.get(word, {})
        followed = sum(plain.values())
        weight = PLAIN * (followed / (followed + 200)) if followed else 0.0  # few counts weigh little
        whole = counts.total() + weight + DISCOUNT * len(counts) + 2.0
        chances: dict[str, float] = {}
        for other in {**counts, **plain}:
            if other not in alone:
                continue
            seen = max(0.0, counts[other] - DISCOUNT) + weight * max(0.0, plain.get(other, 0) - 3) / max(1, followed)
            chances[other] = seen / whole
        free = 1 - sum(chances.values())
        chances = {other: chance + free * alone[other] for other, chance in chances.items()}
        blended[word,] = chances
        for other, chance in chances.items():
            if other not in counts:
                gain = chance * log(chance / (free * alone[other])) * alone.get(word, alone[END])
                ranked.append((gain, (word,), other))
    ranked.sort(reverse=True)
    for _, history, other in ranked[PAIRS:]:
        del blended[history][other]
    return {history: chances for history, chances in blended.items() if chances}


def _followers(counted: Mapping[Any, int]) -> Followers:
    grouped: Followers = {}
    for words, count in sorted(counted.items()):
        grouped.setdefault(words[:-1], Counter())[words[-1]] += count
    return grouped


def _alone(singles: Counter[str], lexicon: Lexicon, general: General) -> dict[str, float]:
    """The chance of each word by itself: as often as in the texts, and as in general Chinese."""
    ours = set(field_words())
    plain: dict[str, float] = {}
    alike: Counter[tuple[str, ...]] = Counter()
    ranked = sorted(lexicon.words[1:], key=lambda word: -general.words.get(word, 0))
    for word in ranked:
        sound = lexicon.said[word][0]
        if len(word) == 1 and word not in ours and alike[sound] >= HOMOPHONES and not singles[word]:
            continue  # still in the lexicon, for closed lists
        alike[sound] += len(word) == 1
        plain[word] = max(general.words.get(word, 0), RARE if word in ours else 1)
    whole, total = sum(plain.values()), singles.total()
    shares = {word: OURS * singles[word] / total + (1 - OURS) * count / whole for word, count in plain.items()}
    shares[END] = singles[END] / total
    scale = sum(shares.values())
    return {word: share / scale for word, share in shares.items()}
