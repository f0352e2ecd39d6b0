"""The clerks' text files of example sentences and cue phrases: their format, and every error in them with its line.

`# …` is a comment, `[section]` starts a section; in a line `(a|b)` stands for each choice and `甲?` or `(a|b)?` may be
left out. Knows no model.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from knowledge.cues import Cue, Known, cue

CHOICE = re.compile(r"\(([^()]*)\)(\??)")
MAYBE = re.compile(r"([^()|? ])\?")
SECTION = re.compile(r"^\[([^\[\]]+)\]$")
# One line stands for at most this many phrases (cues) and is tried in at most this many ways (examples).
MOST_PHRASES = 2000


@dataclass(frozen=True)
class Line:
    """One line of a section: the file and line number to name in an error, and the text."""

    where: str
    text: str


def read_sections(file: Path, allowed: Callable[[str], bool], problems: list[str]) -> dict[str, list[Line]]:
    """The lines of `file` by section. What is wrong is added to `problems`, one line each."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        problems.append(f"{file}: cannot be read: {error.strerror}")
        return {}
    except UnicodeDecodeError as error:
        problems.append(f"{file}: is not UTF-8 (byte {error.start}); save it as UTF-8")
        return {}
    sections: dict[str, list[Line]] = {}
    current: list[Line] | None = None
    for number, raw in enumerate(text.splitlines(), start=1):
        line, where = raw.split("#", 1)[0].strip(), f"{file}:{number}"
        if not line:
            continue
        heading = SECTION.match(line)
        if heading:
            name = " ".join(heading[1].split())
            current = []
            if not allowed(name):
                problems.append(f"{where}: [{name}]: unknown section; see docs/understanding.md for those there are")
            elif name in sections:
                problems.append(f"{where}: [{name}]: this section is there already; put its lines together")
            else:
                sections[name] = current
        elif current is None:
            problems.append(f"{where}: {line[:40]}: stands before any [section]")
        else:
            current.append(Line(where, line))
    return sections


def choices(line: Line, problems: list[str]) -> list[str]:
    """Every phrase that `line` stands for."""
    done: dict[str, None] = {}
    waiting = [MAYBE.sub(r"(\1|)", line.text)]
    while waiting and len(done) + len(waiting) <= MOST_PHRASES:
        text = waiting.pop(0)
        choice = CHOICE.search(text)
        if choice is None:
            done[text.strip()] = None
            continue
        options = choice[1].split("|") + ([""] if choice[2] else [])
        waiting.extend(text[: choice.start()] + option + text[choice.end() :] for option in options)
    if waiting:
        problems.append(
            f"{line.where}: {line.text[:40]}: stands for more than {MOST_PHRASES} phrases; make two lines of it"
        )
        return []
    if any(mark in text for text in done for mark in "()|"):
        problems.append(f"{line.where}: {line.text[:40]}: brackets must come in pairs, and | only inside them")
        return []
    return list(done)


def cues_of(lines: list[Line], problems: list[str], known: Known) -> Iterator[Cue]:
    """The cues of `lines`, several to a line, between blanks; those in `known` need not be made again."""
    for line in lines:
        for word in line.text.split():
            for phrase in choices(Line(line.where, word), problems):
                try:
                    yield cue(phrase, known)
                except ValueError as error:
                    problems.append(f"{line.where}: {phrase!r}: {error}")


def examples_of(lines: Sequence[Line], most: int, problems: list[str]) -> Iterator[list[str]]:
    """For each line up to `most` of the sentences it stands for, spread evenly over all of them."""
    for line in lines:
        phrases = choices(line, problems)
        stride = max(1, len(phrases) / most)
        picked = [phrases[int(i * stride)] for i in range(min(most, len(phrases)))]
        if picked:
            yield list(dict.fromkeys(picked))
