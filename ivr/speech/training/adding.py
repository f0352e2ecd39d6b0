"""Words for a model that is there already: how each is read, which models take them, and where the result goes.

It decides what is refused and why; the graph is extend.py's business. The packaged model is never written to.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from ivr.speech.reading import pinyin
from ivr.speech.store import ModelError
from ivr.speech.training import kaldi, lexicon
from ivr.speech.training.placing import place
from ivr.speech.words import LONGEST

ADDED = "words_added.txt"  # in the model's folder: WORD=reading, a line each
MOST = 2000  # words at once


@dataclass(frozen=True, slots=True)
class Wanted:
    """A word and how it is read: syllables of pinyin with tone figures."""

    word: str
    syllables: tuple[str, ...]
    spelt: bool  # the reading was given, not looked up


def read(given: str) -> Wanted:
    """WORD or WORD=pin1yin1. Raises ModelError, which says what is wrong with it."""
    word, marked, spelling = given.partition("=")
    if not re.fullmatch(r"[^\W_]+", word) or len(word) > LONGEST:
        raise ModelError(f"word {word!r}: must be 1 to {LONGEST} characters without blanks and punctuation")
    if marked:
        syllables = tuple(re.findall(r"[a-z]+[1-5]", spelling.lower().replace("ü", "v").replace("u:", "v")))
        if not syllables or "".join(syllables) != re.sub(r"[\s']", "", spelling.lower().replace("ü", "v")):
            raise ModelError(
                f"word {word!r}: reading {spelling!r}: must be pinyin with tone figures, as in 法律=fa3lv4"
            )
    else:
        syllables = tuple(pinyin(word).split())
        if not re.fullmatch("[\u3400-\u9fff]+", word) or not all(re.fullmatch("[a-z]+[1-5]", s) for s in syllables):
            raise ModelError(f"word {word!r}: has no reading in the dictionary: give one, as in 法律=fa3lv4")
    for syllable in syllables:
        if syllable.rstrip("12345") not in known_syllables():
            raise ModelError(
                f"word {word!r}: {syllable!r} is no syllable of Mandarin: give its reading as in 法律=fa3lv4"
            )
    return Wanted(word, syllables, bool(marked))


@cache
def known_syllables() -> frozenset[str]:
    """Those of the characters of the vocabulary, without tones."""
    return frozenset(one.rstrip("12345") for char in lexicon.characters() for one in pinyin(char).split())


def add(given: Iterable[str], source: Path, out: Path, progress: Callable[[str], None]) -> list[str]:
    """Put `given` words into a copy of the model `source` that takes the place `out`; returns those that were new.

    Raises ModelError for a word that cannot be read, a model of another make, a missing tool, a full disk.
    """
    wanted = [read(one) for one in dict.fromkeys(given)]
    if len(wanted) > MOST:
        raise ModelError(f"{len(wanted)} words: must be {MOST} at most at once")
    phones = kaldi.Phones(lexicon.build().phones)
    check(source, phones)
    if find_spec("pynini") is None:
        raise ModelError("adding words needs pynini, which is missing: pip install -e '.[train]', or make .venv/train")
    known = {line.split()[0] for line in (source / "graph/words.txt").read_text(encoding="utf-8").splitlines()}
    before = (source / ADDED).read_text(encoding="utf-8").splitlines() if (source / ADDED).exists() else []
    spelt = {f"{one.word}={''.join(one.syllables)}": one for one in wanted}
    fresh = {line: one for line, one in spelt.items() if line not in before and (one.spelt or one.word not in known)}
    progress(f"{len(fresh)} of {len(wanted)} words are new; the graph is made again")
    if not fresh:
        return []
    ways: dict[str, list[tuple[int, ...]]] = {}
    for one in fresh.values():
        way = tuple(phone for syllable in one.syllables for phone in lexicon.syllable(syllable))
        ways.setdefault(one.word, []).append(phones.positioned(way))
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".words-", dir=out.parent) as scratch:
            folder = Path(scratch) / out.name
            shutil.copytree(source, folder)
            progress(_extended(folder, ways))
            (folder / ADDED).write_text("\n".join([*before, *fresh]) + "\n", encoding="utf-8")
            place(folder, out)
    except OSError as error:
        raise ModelError(f"{out}: the model cannot be written: {error.strerror}") from None
    return [one.word for one in fresh.values()]


def check(source: Path, phones: kaldi.Phones) -> None:
    """Raise ModelError unless `source` is a model this project trained, with these phones."""
    table = source / "graph/phones/word_boundary.int"
    wanted = "".join(f"{number} {kind}\n" for number, kind, _ in phones.numbered)
    ours = table.is_file() and table.read_text(encoding="utf-8") == wanted
    if not ours or not (source / "graph/HCLr.fst").is_file():
        raise ModelError(
            f"{source.name}: words can be added to models that this project trained; others have phones of their own. "
            "Use the default model, or one of hotline model train"
        )


def _extended(folder: Path, ways: dict[str, list[tuple[int, ...]]]) -> str:
    program = [sys.executable, "-m", "ivr.speech.training.extend", str(folder)]
    done = subprocess.run(program, input=json.dumps(ways), capture_output=True, text=True, check=False)
    if done.returncode:
        told = done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"]
        raise ModelError(f"the graph could not be made: {told[-1]}")
    return done.stdout.strip()
