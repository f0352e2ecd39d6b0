"""Read config/ivr.yaml and put a script together. The only I/O of the tree; its rules are ivr.tree's."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

from pydantic import ValidationError

from config.load import ConfigError, describe, find, read_yaml
from config.settings import Settings
from ivr.opening import Opening
from ivr.prompts import Progress, prepare, prepare_music, silently, wanted
from ivr.scripts import SILENT, Script
from ivr.tree import PERSON, SPOKEN, Tree, faults
from ivr.waiting import Announcements, texts
from knowledge.intents import Intents, phrases


class Callbacks(Protocol):
    """What of the callbacks' configuration callers hear and press."""

    @property
    def key(self) -> str: ...

    def texts(self) -> dict[str, str]: ...

    def callable(self, number: str) -> bool: ...


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


def load_script(
    settings: Settings,
    tree: Tree,
    labels: Mapping[str, str],
    intents: Intents,
    opening: Opening,
    announcements: Announcements,
    progress: Progress = silently,
) -> Script:
    """The script of all calls; renders the prompts that are missing, with progress."""
    parts = {f"part.{number:03}": phrase for number, phrase in enumerate(phrases(intents))}
    whole = wanted(tree, labels) | opening.prompts() | texts(announcements)
    files = prepare(settings, whole | parts, progress)
    return Script(
        tree,
        intents,
        prompts={name: made for name, made in files.items() if name not in parts},
        phrases={parts[name].strip(SILENT): made[0] for name, made in files.items() if name in parts},
        music=prepare_music(settings),
        record=settings.recording.enabled,
        hours=opening.reception,
        announcements=announcements,
    )


def with_callbacks(settings: Settings, script: Script, callbacks: Callbacks, progress: Progress = silently) -> Script:
    """The script that offers callbacks in the queue; renders what is said of them."""
    files = prepare(settings, callbacks.texts(), progress)
    prompts = {**script.prompts, **files}
    return replace(script, prompts=prompts, callback_key=callbacks.key, callable=callbacks.callable)
