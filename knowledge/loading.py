"""Read config/intents and make of it what `knowledge.intents` needs: all errors at once, the model trained or kept.

Does the file work of the understanding; decides nothing about sentences.
"""

import contextlib
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from config.load import PACKAGED, ConfigError, read_yaml
from knowledge import kept as keeping
from knowledge import phrasebook
from knowledge.cues import Cue, Known, Phrases
from knowledge.evidence import Concepts, WeightedCues
from knowledge.intents import Intents
from knowledge.kept import MODEL
from knowledge.model import Linear
from knowledge.phrasebook import Line
from knowledge.rules import read_rules
from knowledge.training import Group, Progress, Teacher, train

RULES = "_rules.txt"
CONCEPTS = "_concepts.txt"
CUE_SECTION = re.compile(r"^cues (-?[1-9])$")
# Sentences tried of a line with choices in it.
VARIANTS = 4

log = logging.getLogger(__name__)


@dataclass
class Labels:
    """The label files, as far as read: codes in order, question topics, weighted cues, lines of examples a code."""

    codes: list[str] = field(default_factory=list)
    topics: dict[str, str] = field(default_factory=dict)
    cues: list[tuple[Cue, int, float]] = field(default_factory=list)
    examples: list[list[Line]] = field(default_factory=list)


def load_intents(
    folder: Path,
    labels: Path | None = None,
    kept: Path | None = None,
    progress: Progress = log.info,
    fresh: bool = False,
) -> Intents:
    """The intents of `folder`, with the codes of `labels` (its neighbour labels.yaml, or the packaged one).

    In the folder `kept` the trained model is stored and found again while no file of `folder` has changed; without
    it the model is trained each time (seconds), as it is when `fresh`; `progress` hears of that. Raises ConfigError
    with every problem, file and line.
    """
    problems: list[str] = []
    names = label_names(folder, labels)
    files = label_files(folder)
    if not files:
        problems.append(f"{folder}: holds no label files (law.family.txt …)")
    digest = digest_of(folder)
    places = [] if fresh else [folder, kept]
    trained = next((one for place in places if (one := keeping.read_model(place, digest)) is not None), None)
    known = keeping.read_cues(kept) or keeping.read_cues(folder)
    rules = read_rules(folder / RULES, names, problems, known)
    concepts = read_concepts(folder / CONCEPTS, problems, known)
    read = read_labels(files, names, problems, known)
    # Sentences that a kept model was trained on have been found right before.
    groups = groups_of(read.examples, problems) if trained is None else []
    if problems or rules is None:
        raise ConfigError(problems)
    cues = WeightedCues(
        Phrases(one for one, _, _ in read.cues), [label for _, label, _ in read.cues], [w for _, _, w in read.cues]
    )
    if trained is None:
        if not fresh and (folder / MODEL).exists():
            progress(f"{folder / MODEL}: older than the sentences beside it: training anew")
        trained = train(groups, Teacher(cues, concepts, rules.dangers, rules.tense, len(read.codes)), progress)
        if kept is not None:
            every = chain(cues.phrases.cues, concepts.phrases.cues, rules.cues())
            # A full or read-only disk costs the next start a few seconds, nothing else.
            with contextlib.suppress(OSError):
                keeping.write_model(kept, trained, digest, {one.phrase: one for one in every}.values())
    return Intents(tuple(read.codes), read.topics, cues, concepts, trained, rules)


def kept_model(folder: Path) -> Linear | None:
    """The trained model beside the files of `folder`; None where there is none or a file has changed since."""
    return keeping.read_model(folder, digest_of(folder))


def digest_of(folder: Path) -> str:
    return keeping.digest_of([*label_files(folder), folder / CONCEPTS, folder / RULES])


def label_files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.glob("*.txt") if not file.name.startswith("_"))


def read_labels(files: Sequence[Path], names: Mapping[str, str], problems: list[str], known: Known) -> Labels:
    """All label `files`; their errors are added to `problems`."""
    read = Labels()
    for file in files:
        code = file.name.removesuffix(".txt")
        if code not in names:
            problems.append(f"{file}: {code}: unknown label; labels.yaml holds the codes there are")
            continue
        sections = phrasebook.read_sections(file, label_section, problems)
        question = sections.get("question", [])
        read.topics[code] = question[0].text if question else names[code]
        for name, lines in sections.items():
            weight = CUE_SECTION.match(name)
            if weight:
                found = phrasebook.cues_of(lines, problems, known)
                read.cues.extend((one, len(read.codes), float(weight[1])) for one in found)
        examples = sections.get("examples", [])
        if not examples:
            problems.append(f"{file}: [examples]: at least one sentence is needed")
        read.examples.append(examples)
        read.codes.append(code)
    return read


def groups_of(examples: Sequence[Sequence[Line]], problems: list[str]) -> list[Group]:
    """The sentences of all lines, a group a line."""
    return [
        (group, label)
        for label, lines in enumerate(examples)
        for group in phrasebook.examples_of(lines, VARIANTS, problems)
    ]


def label_section(name: str) -> bool:
    return name in ("question", "examples") or CUE_SECTION.match(name) is not None


def label_names(folder: Path, labels: Path | None) -> Mapping[str, str]:
    """The codes and names of labels.yaml."""
    file = labels or (folder.parent / "labels.yaml")
    return {
        str(code): str(name) for code, name in read_yaml(file if file.exists() else PACKAGED / "labels.yaml").items()
    }


def read_concepts(file: Path, problems: list[str], known: Known) -> Concepts:
    """The words of `_concepts.txt`: a section a meaning, its name free."""
    sections = phrasebook.read_sections(file, bool, problems)
    pairs = [(one, name) for name, lines in sections.items() for one in phrasebook.cues_of(lines, problems, known)]
    return Concepts(Phrases(one for one, _ in pairs), [name for _, name in pairs])
