"""Speech out, rendered ahead: every prompt as a file before the first call, a recorded take where there is one.

It decides which file says a prompt. It must not know when a prompt is played (ivr.session).
"""

import hashlib
import logging
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from config.settings import Settings
from ivr.music import compose
from ivr.speech.sound import Samples
from ivr.speech.voice import VoiceError, speak, write_wav
from ivr.tree import Tree

log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]


def silently(_done: int, _total: int) -> None:
    """Progress that nobody watches."""


def wanted(tree: Tree, labels: Mapping[str, str]) -> dict[str, str]:
    """Name → text of every prompt: those of the tree, and the confirmation of each label."""
    texts = {name: text for name, text in tree.prompts.items() if name != "confirm"}
    for code, label in labels.items():
        texts[f"confirm.{code}"] = tree.prompts["confirm"].format(label=label)
    return texts


def prepare(settings: Settings, texts: Mapping[str, str], progress: Progress) -> dict[str, tuple[str, ...]]:
    """Render what is missing; name → files. What cannot be rendered is left out and logged: it plays as nothing."""
    voice = settings.speech.voice
    files: dict[str, tuple[str, ...]] = {}
    for done, (name, text) in enumerate(texts.items()):
        file = _find(settings, name, f"{voice} {text}", lambda text=text: speak(text, voice).samples)  # type: ignore[misc]
        if file is not None:
            files[name] = (str(file),)
        progress(done + 1, len(texts))
    return files


def prepare_music(settings: Settings) -> str:
    """The file of the music on hold; empty when there is none."""
    file = _find(settings, "music", "pentatonic", compose)
    return str(file or "")


def _find(settings: Settings, name: str, made_from: str, make: Callable[[], Samples]) -> Path | None:
    recorded = settings.home / "recorded" / f"{name}.wav"
    if recorded.exists():
        return recorded
    key = hashlib.sha256(made_from.encode()).hexdigest()[:10]
    file = settings.prompts / f"{name}-{key}.wav"
    if file.exists():
        return file
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_suffix(f".{os.getpid()}")
        write_wav(unfinished, make())
        unfinished.replace(file)
    except (OSError, VoiceError) as error:
        log.error("prompt %s cannot be rendered and will be silent: %s", name, error)
        return None
    return file
