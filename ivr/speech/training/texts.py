"""What is said in the corpus and what the language model learns: patterns of callers' sentences and random strings.

PURE but for reading this folder's files: a random generator is an argument. It must not know how a text is said.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

from ivr.speech.training.lexicon import characters, common_characters, field_words, lines

DIGITS = "零一二三四五六七八九幺两"
SHARES = {"pattern": 0.2, "example": 0.14, "told": 0.14, "characters": 0.22, "words": 0.15, "digits": 0.15}
DRAWS = 24  # of one example line
ALIKE = 7  # characters
INTENTS = Path(__file__).parents[3] / "config" / "intents"


@dataclass(frozen=True, slots=True)
class Patterns:
    lists: dict[str, tuple[str, ...]]
    sentences: tuple[str, ...]
    weights: tuple[float, ...]


@cache
def patterns() -> Patterns:
    """templates.txt, parsed."""
    lists: dict[str, tuple[str, ...]] = {}
    sentences, weights = [], []
    for line in lines("templates.txt"):
        if " = " in line or line.endswith(" ="):
            name, _, choices = line.partition(" =")
            lists[name.strip()] = tuple(choice.strip() for choice in choices.strip(" ").split("|"))
        else:
            weight, _, sentence = line.partition(" ")
            sentences.append(sentence)
            weights.append(float(weight))
    return Patterns(lists, tuple(sentences), tuple(weights))


def held_out() -> list[str]:
    """Sentences kept for the figures, by which the training may be tuned."""
    return lines("held_out.txt")


def held_out_final() -> list[str]:
    """Sentences kept for the last figures; nothing may be tuned by them."""
    return lines("held_out_final.txt")


def in_domain() -> list[str]:
    """Sentences like those that are learnt, but not among them."""
    return lines("in_domain.txt")


@cache
def told() -> tuple[str, ...]:
    """Sentences as callers tell their story, without a label: told.txt."""
    return tuple(text for text in dict.fromkeys(lines("told.txt")) if not resembles(text))


def learnt(count: int, random: Random) -> Iterator[str]:
    """What the language model learns: `count` draws from the patterns, the examples of config/intents many times over,
    what callers told.

    Nothing that shares a run of ALIKE characters with a sentence that is held out.
    """
    kept = set(in_domain())
    for _ in range(count):
        if (text := sentence(random)) not in kept:
            yield text
    for line in examples():
        for text in sorted({expand(line, random) for _ in range(DRAWS)}):
            if re.fullmatch("[\u4e00-\u9fa5]+", text) and text not in kept and not resembles(text):
                yield text
    yield from (text for text in told() if text not in kept)


def resembles(text: str) -> bool:
    """Whether `text` shares a long run of characters with a held-out sentence."""
    return any(text[at : at + ALIKE] in _runs() for at in range(len(text) - ALIKE + 1))


def sentence(random: Random) -> str:
    """One caller's sentence drawn from the patterns; never a held-out one."""
    known = patterns()
    while True:
        text = expand(random.choices(known.sentences, known.weights)[0], random)
        if text not in _held_out():
            return text


def expand(pattern: str, random: Random) -> str:
    """Replace every {NAME} and (a|b) of `pattern` by a draw, until none is left."""
    lists = patterns().lists
    while match := re.search(r"\{([^{}]+)\}|\(([^()]*)\)", pattern):
        choices = lists[match[1]] if match[1] else tuple(match[2].split("|"))
        pattern = pattern[: match.start()] + random.choice(choices) + pattern[match.end() :]
    return pattern


def utterance(random: Random) -> str:
    """One text of the acoustic corpus, of a kind drawn by SHARES."""
    kind = random.choices(list(SHARES), list(SHARES.values()))[0]
    if kind == "pattern":
        return sentence(random)
    if kind == "example":
        return example(random)
    if kind == "told":
        return random.choice(told())
    if kind == "digits":
        return "".join(random.choice(DIGITS) for _ in range(random.randint(1, 9)))
    if kind == "words":
        return "".join(random.choice(field_words()) for _ in range(random.randint(1, 5)))
    pool = characters() if random.random() < 0.6 else common_characters()
    return "".join(random.choice(pool) for _ in range(random.randint(1, 9)))


@cache
def examples() -> tuple[str, ...]:
    """The example lines of config/intents as patterns of `expand`."""
    found: list[str] = []
    for file in sorted(INTENTS.glob("[!_]*.txt")):
        inside = False
        for raw in file.read_text(encoding="utf-8").splitlines():
            line = raw.partition("#")[0].strip()
            if line.startswith("["):
                inside = line == "[examples]"
            elif line and inside:
                found.append(re.sub(r"([^()])\?", r"(\1|)", line.replace(")?", "|)")))
    return tuple(found)


def example(random: Random) -> str:
    """One sentence of config/intents."""
    while True:
        text = expand(random.choice(examples()), random)
        if re.fullmatch("[\u4e00-\u9fa5]+", text) and not resembles(text):
            return text


@cache
def _held_out() -> frozenset[str]:
    return frozenset([*held_out(), *held_out_final()])


@cache
def _runs() -> frozenset[str]:
    return frozenset(text[at : at + ALIKE] for text in _held_out() for at in range(len(text) - ALIKE + 1))
