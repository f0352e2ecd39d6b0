"""`hotline classify`: sentences in, labels out; with --report, how well labelled sentences are understood.

Reads and prints; what a sentence means is decided in knowledge.intents.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from config.load import find
from hotline.commands import CommandError, Commands, UsageError, command, print_rows, settings_of
from knowledge.intents import Understanding
from knowledge.kept import MODEL
from knowledge.loading import kept_model, label_names, load_intents
from knowledge.report import report
from knowledge.table import tables

# Bytes kept of one line; the rest of a longer one is read and dropped.
LONGEST_LINE = 16384
# Wrong lines named in one error.
SHOWN = 5


def register(commands: Commands) -> None:
    parser = command(
        commands, "classify", classify, help="what callers' sentences are about: one a line, JSON lines out"
    )
    parser.add_argument(
        "--report", type=Path, metavar="FILE", help="measure on FILE: a label, a tab, a sentence per line"
    )
    parser.add_argument("--table", action="store_true", help="with --report: tables to read instead of JSON lines")
    parser.add_argument("--keep", action="store_true", help="train anew and keep the model beside the example files")


def classify(arguments: argparse.Namespace) -> None:
    if arguments.table and not arguments.report:
        raise UsageError("--table: shows a report; add --report FILE")
    settings = settings_of(arguments)
    folder = find(settings, "intents")
    kept = folder if arguments.keep else settings.home / "understanding"
    intents = load_intents(folder, find(settings, "labels.yaml"), kept, tell, fresh=arguments.keep)
    if arguments.keep:
        if kept_model(folder) is None:
            raise CommandError(f"--keep {folder / MODEL}: not kept: unwritable, or the sentences changed meanwhile")
        tell(f"{folder / MODEL}: kept")
        return
    if arguments.report:
        found = report(intents, labelled(arguments.report, intents.codes))
        if arguments.table:
            for line in tables(found, label_names(folder, find(settings, "labels.yaml"))):
                print(line)
        else:
            print_rows(found)
        return
    for text in lines(sys.stdin.buffer):
        print(json.dumps(as_row(text, intents.understand(text)), ensure_ascii=False), flush=True)


def tell(line: str) -> None:
    """How training gets on, for the person who waits for it."""
    print(line, file=sys.stderr, flush=True)


def as_row(text: str, understanding: Understanding) -> dict[str, Any]:
    """One sentence's answer as it is printed."""
    row: dict[str, Any] = {
        "text": text,
        "labels": [{"code": code, "confidence": share} for code, share in understanding.labels],
        "decision": understanding.decision,
    }
    if understanding.question:
        row["question"] = understanding.question
    return row


def lines(stream: BinaryIO) -> Iterator[str]:
    """The lines of `stream` without their ends; bytes that are no UTF-8 become U+FFFD, overlong lines are cut."""
    while raw := stream.readline(LONGEST_LINE):
        rest = raw
        while not rest.endswith(b"\n") and (rest := stream.readline(LONGEST_LINE)):
            pass
        text = raw.rstrip(b"\r\n").decode("utf-8", errors="replace")
        yield "".join(char if char.isprintable() or char == "\t" else " " for char in text)


def labelled(file: Path, codes: Sequence[str]) -> list[tuple[str, str]]:
    """The (label, sentence) pairs of `file`, labels out of `codes`; `#` lines and empty ones are skipped.

    Raises CommandError with the first few lines that are wrong.
    """
    try:
        with file.open("rb") as stream:
            texts = list(lines(stream))
    except OSError as error:
        raise CommandError(f"--report {file}: cannot be read: {error.strerror}") from None
    pairs: list[tuple[str, str]] = []
    problems: list[str] = []
    for number, text in enumerate(texts, start=1):
        if not text.strip() or text.startswith("#"):
            continue
        label, _, said = (part.strip() for part in text.partition("\t"))
        if "\t" not in text:
            problems.append(f"line {number}: {text[:20]!r}: a label, a tab and a sentence are wanted")
        elif label not in codes:
            problems.append(f"line {number}: {label[:40]!r}: unknown label; labels.yaml holds those there are")
        elif not said:
            problems.append(f"line {number}: {label}: holds no sentence after the tab")
        else:
            pairs.append((label, said))
    if problems:
        more = f"; and {len(problems) - SHOWN} more" if len(problems) > SHOWN else ""
        raise CommandError(f"--report {file}: {'; '.join(problems[:SHOWN])}{more}")
    if not pairs:
        raise CommandError(f"--report {file}: holds no labelled sentence")
    return pairs
