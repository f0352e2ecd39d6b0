"""Read config/intents and make of it what `knowledge.intents` needs: all errors at once, the model trained or kept.

Does the file work of the understanding; decides nothing about sentences.
"""

import contextlib
import hashlib
import json
import os
import re
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from config.load import PACKAGED, ConfigError, read_yaml
from knowledge import model, phrasebook
from knowledge.alarm import Alarms
from knowledge.cues import Cue, Phrases
from knowledge.danger import Danger, Tense
from knowledge.evidence import Concepts, WeightedCues, cue_scores
from knowledge.intents import Intents, Rules
from knowledge.model import Linear
from knowledge.sounds import sentence

RULES = "_rules.txt"
CONCEPTS = "_concepts.txt"
MODEL = "trained.npz"
CUE_SECTION = re.compile(r"^cues (-?[1-9])$")
# Sentences tried of a line with choices in it.
VARIANTS = 4
# Raised whenever training changes, so that a kept model is not taken for a new one.
TRAINING = 2
# A cue of this weight is an example by itself.
BARE_FROM = 3.0
# Divides the model's scores; 1 left confidences within 6 points of frequencies, see docs/understanding.md.
TEMPERATURE = 1.0
WORDS = ("fillers", "abuse", "also", "agent", "notary_bare", "yes", "no", "second")
ALARMS = ("help", "doubt")
TENSES = ("immediate", "past", "aftermath")


def load_intents(folder: Path, labels: Path | None = None, kept: Path | None = None) -> Intents:
    """The intents of `folder`, with the codes of `labels` (its neighbour labels.yaml, or the packaged one).

    In the folder `kept` the trained model is stored and found again while no example has changed; without it the
    model is trained each time (seconds). Raises ConfigError with every problem, file and line.
    """
    problems: list[str] = []
    names = label_names(folder, labels)
    rules = read_rules(folder / RULES, names, problems)
    concepts = read_concepts(folder / CONCEPTS, problems)
    files = sorted(file for file in folder.glob("*.txt") if not file.name.startswith("_"))
    if not files:
        problems.append(f"{folder}: holds no label files (law.family.txt …)")
    codes: list[str] = []
    topics: dict[str, str] = {}
    phrases: list[tuple[Cue, int, float]] = []
    examples: list[tuple[list[str], int]] = []
    for file in files:
        code = file.name.removesuffix(".txt")
        if code not in names:
            problems.append(f"{file}: {code}: unknown label; labels.yaml holds the codes there are")
            continue
        sections = phrasebook.read_sections(file, label_section, problems)
        question = sections.get("question", [])
        topics[code] = question[0].text if question else names[code]
        for name, lines in sections.items():
            weight = CUE_SECTION.match(name)
            if weight:
                found = phrasebook.cues_of(lines, problems)
                phrases.extend((one, len(codes), float(weight[1])) for one in found)
        said = list(phrasebook.examples_of(sections.get("examples", []), VARIANTS, problems))
        if not said:
            problems.append(f"{file}: [examples]: at least one sentence is needed")
        examples.extend((group, len(codes)) for group in said)
        codes.append(code)
    if problems or rules is None:
        raise ConfigError(problems)
    cues = WeightedCues(
        Phrases(one for one, _, _ in phrases), [label for _, label, _ in phrases], [weight for _, _, weight in phrases]
    )
    trained = keep(folder, kept, [*files, folder / CONCEPTS], lambda: fit(examples, cues, concepts, len(codes)))
    return Intents(tuple(codes), topics, cues, concepts, trained, TEMPERATURE, rules)


def label_section(name: str) -> bool:
    return name in ("question", "examples") or CUE_SECTION.match(name) is not None


def label_names(folder: Path, labels: Path | None) -> Mapping[str, str]:
    """The codes and names of labels.yaml."""
    file = labels or (folder.parent / "labels.yaml")
    return {
        str(code): str(name) for code, name in read_yaml(file if file.exists() else PACKAGED / "labels.yaml").items()
    }


def read_concepts(file: Path, problems: list[str]) -> Concepts:
    """The words of `_concepts.txt`: a section a meaning, its name free."""
    sections = phrasebook.read_sections(file, bool, problems)
    pairs = [(one, name) for name, lines in sections.items() for one in phrasebook.cues_of(lines, problems)]
    return Concepts(Phrases(one for one, _ in pairs), [name for _, name in pairs])


def read_rules(file: Path, names: Mapping[str, str], problems: list[str]) -> Rules | None:
    """The phrase lists of `_rules.txt`; danger sections are `[CODE now]`, `[CODE event]`, `[CODE alarm]`."""

    def allowed(name: str) -> bool:
        code, _, kind = name.partition(" ")
        return name in (*WORDS, *TENSES, *ALARMS) or (kind in ("now", "event", "alarm") and code in names)

    sections = phrasebook.read_sections(file, allowed, problems)
    for name in (*WORDS, *TENSES, *ALARMS):
        if not sections.get(name) and file.exists():
            problems.append(f"{file}: [{name}]: this section is missing or empty")
    lists = {name: Phrases(phrasebook.cues_of(lines, problems)) for name, lines in sections.items()}
    dangers = {
        code: Danger(now=lists.get(f"{code} now", Phrases(())), event=lists.get(f"{code} event", Phrases(())))
        for code in dict.fromkeys(name.partition(" ")[0] for name in sections if " " in name)
    }
    if problems:
        return None
    tense = Tense(**{name: lists[name] for name in TENSES})
    sure = {name.partition(" ")[0]: words for name, words in lists.items() if name.endswith(" alarm")}
    alarms = Alarms(sure=sure, **{name: lists[name] for name in ALARMS})
    return Rules(**{name: lists[name] for name in WORDS}, tense=tense, dangers=dangers, alarms=alarms)


def fit(examples: list[tuple[list[str], int]], cues: WeightedCues, concepts: Concepts, labels: int) -> Linear:
    """The model trained on each example as written, as heard (sounds only), with a syllable lost and by its meaning
    alone; and on each weighty cue alone, so that a cue half recognised still counts."""
    rows: list[model.Row] = []
    for group, label in examples:
        for text in group:
            said = sentence(text)
            meant, given = concepts.of(said), cue_scores(cues, labels, said)
            rows.append((model.features(said) + meant, label, given))
            heard = model.features(said, chars=False) + concepts.of(said, by_sound=True)
            rows.append((heard, label, cue_scores(cues, labels, said, by_sound=True)))
            if len(said) > 5:
                lost = int(hashlib.sha256(text.encode()).hexdigest()[:8], 16) % len(said)
                shorter = said.without(lost, lost + 1)
                found = model.features(shorter) + concepts.of(shorter)
                rows.append((found, label, cue_scores(cues, labels, shorter)))
            if meant:
                rows.append((meant + [f"1{one}" for one in said.syllables], label, (given / 2).astype(np.float32)))
    nothing = np.zeros(labels, dtype=np.float32)
    for cue, label, weight in zip(cues.phrases.cues, cues.labels, cues.weights, strict=True):
        if weight >= BARE_FROM:
            said = sentence("".join(cue.texts))
            rows.append((model.features(said) + concepts.of(said), label, nothing))
    return model.train(rows, labels)


def keep(folder: Path, kept: Path | None, files: list[Path], make: Callable[[], Linear]) -> Linear:
    """The model trained on these very files, from `folder` or `kept`; else a new one, stored in `kept`."""
    digest = digest_of(files)
    for place in (folder, kept):
        found = None if place is None else read_model(place / MODEL, digest)
        if found is not None:
            return found
    trained = make()
    if kept is not None:
        # A full or read-only disk costs the next start a few seconds, nothing else.
        with contextlib.suppress(OSError):
            write_model(kept, trained, digest)
    return trained


def digest_of(files: list[Path]) -> str:
    """One value for the training and every byte it learns from (SHA-256, hex)."""
    digest = hashlib.sha256(f"{TRAINING}".encode())
    for file in files:
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def read_model(file: Path, digest: str) -> Linear | None:
    """The model in `file`, or None when there is none, it is another one's or it is damaged."""
    try:
        with np.load(file, allow_pickle=False) as data:
            if str(data["digest"]) != digest:
                return None
            words = json.loads(bytes(data["vocabulary"]).decode())
            return Linear({word: i for i, word in enumerate(words)}, data["weights"].astype(np.float32), data["bias"])
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile, zlib.error):
        return None


def write_model(folder: Path, trained: Linear, digest: str) -> None:
    """Store `trained` in `folder`, whole or not at all. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f"{MODEL}.{os.getpid()}.npz"
    words = np.frombuffer(json.dumps(list(trained.vocabulary), ensure_ascii=False).encode(), dtype=np.uint8)
    try:
        np.savez_compressed(
            fresh, digest=digest, vocabulary=words, weights=trained.weights.astype(np.float16), bias=trained.bias
        )
        fresh.replace(folder / MODEL)
    finally:
        fresh.unlink(missing_ok=True)
