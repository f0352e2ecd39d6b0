"""Read config/ivr.yaml and put a script together. The only I/O of the tree; its rules are ivr.tree's."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from config.load import ConfigError, describe, find, read_yaml
from config.settings import Settings
from ivr import waiting
from ivr.opening import Opening
from ivr.prompts import Progress, prepare, prepare_beep, prepare_music, silently, wanted
from ivr.scripts import FALLBACK, SILENT, Script
from ivr.speaking.pieces import Part
from ivr.speaking.voices import Speaking
from ivr.speaking.wording import Wording
from ivr.tree import PERSON, SPOKEN, Tree, faults
from ivr.waiting import Announcements
from knowledge.intents import Intents, phrases


def load_tree(settings: Settings, labels: Mapping[str, str]) -> Tree:
    """The tree. Raises ConfigError with every fault at once."""
    file = find(settings, "ivr.yaml")
    values = read_yaml(file)
    errors: list[str] = []
    try:
        tree = Tree.model_validate(values)
    except ValidationError as error:
        errors = [describe(file, problem) for problem in error.errors()]
        tree = sound_part(values, error)
    errors += [f"{file}: {fault}" for fault in faults(tree, labels)]
    if errors:
        raise ConfigError(errors)
    return tree


def sound_part(values: dict[str, Any], error: ValidationError) -> Tree:
    """The tree without what is wrong in it, so that its further faults are found in the same run."""
    wrong = {str(problem["loc"][0]) for problem in error.errors()}
    base: dict[str, Any] = {"keys": {"0": {"label": PERSON}}, "prompts": dict.fromkeys(SPOKEN, "{label}")}
    return Tree.model_validate(base | {key: value for key, value in values.items() if key not in wrong})


def load_speaking(settings: Settings) -> Speaking:
    """config/prompts.yaml. Raises ConfigError with every fault at once; whether a voice can speak is not asked."""
    file = find(settings, "prompts.yaml")
    try:
        speaking = Speaking.model_validate(read_yaml(file))
    except ValidationError as error:
        raise ConfigError([describe(file, problem) for problem in error.errors()]) from None
    if speaking.voice(settings.speech.voice) is None:
        known = ", ".join(speaking.voices)
        raise ConfigError([f"speech.voice: {settings.speech.voice!r}: is no voice; {file} has {known}"])
    return speaking


def wording(
    speaking: Speaking,
    tree: Tree,
    labels: Mapping[str, str],
    intents: Intents,
    opening: Opening,
    announcements: Announcements,
) -> Wording:
    """All that the parts of this package can say."""
    texts = wanted(tree, labels) | opening.prompts() | {FALLBACK: speaking.unsayable}
    spoken = tuple(phrase.strip(SILENT) for phrase in phrases(intents))
    return Wording(texts, phrases=spoken) | waiting.wording(announcements)


def with_sound(
    settings: Settings, script: Script, speaking: Speaking, wording: Wording, progress: Progress = silently
) -> Script:
    """`script` with the files of its words; renders the sounds that are missing, with progress."""
    files = prepare(settings, speaking, wording, progress)
    return replace(
        script,
        prompts={name: (files[name],) for name in wording.texts if name in files},
        phrases={text: files[name] for text in wording.phrases if (name := Part(text, final=True).name) in files},
        templates=wording.templates(),
        parts=files,
        music=prepare_music(settings),
        beep=prepare_beep(settings),
    )
