"""Words of a vocabulary in running Chinese text: cutting a sentence up, and putting recognised words together again.

PURE. It must not know where the vocabulary comes from.
"""

import re
from collections.abc import Callable

LONGEST = 12


def segment(text: str, known: Callable[[str], bool]) -> tuple[list[str], list[str]]:
    """Cut `text` into the fewest words that are `known`; returns (words, pieces that no known word covers).

    Blanks and punctuation separate and vanish. Of equally short cuts the one with the longer first words wins.
    """
    words: list[str] = []
    missing: list[str] = []
    for run in re.findall(r"[^\W_]+", text):
        for word in _fewest(run, known):
            (words if known(word) else missing).append(word)
    return words, missing


def joined(words: list[str]) -> str:
    """Recognised words as one text: Chinese without blanks, Latin words with one between them; no [unk]."""
    text = " ".join(word for word in words if not word.startswith(("[", "<")))
    return re.sub(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])", "", text)


def _fewest(run: str, known: Callable[[str], bool]) -> list[str]:
    """Best cut of `run`, from the end to the front; a character nothing covers stands alone and costs much."""
    best: list[tuple[int, int]] = [(0, 0)] * (len(run) + 1)  # (cost, length of the word that starts here)
    for start in reversed(range(len(run))):
        options = [(best[start + 1][0] + (1 if known(run[start]) else 1000), 1)]
        for length in range(2, min(LONGEST, len(run) - start) + 1):
            if known(run[start : start + length]):
                options.append((best[start + length][0] + 1, length))
        best[start] = min(options, key=lambda option: (option[0], -option[1]))
    words, at = [], 0
    while at < len(run):
        words.append(run[at : at + best[at][1]])
        at += best[at][1]
    return words
