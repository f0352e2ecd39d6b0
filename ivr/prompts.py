"""Speech out, rendered ahead: every sound as a file before the first call, a recorded take where there is one.

It decides which file says a sound. It must not know when a prompt is played (ivr.session) nor how a voice speaks
(ivr.speaking.engines).
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from config.settings import Settings
from ivr.music import beep, compose
from ivr.speaking.joints import silence
from ivr.speaking.pieces import PAUSES
from ivr.speaking.rendering import Renderer, keep
from ivr.speaking.takes import playable, takes
from ivr.speaking.voices import DEFAULT, Speaking
from ivr.speaking.wording import Sound, Wording
from ivr.speech.sound import SoundError
from ivr.tree import Tree

log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]
MUSIC = "music"
TUNE = "music-pentatonic.wav"
BEEP = "beep"
TONE = "tone-before-message.wav"


def silently(_done: int, _total: int) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True)
class Source:
    """Where a sound comes from; `file` is None for a missing one."""

    sound: Sound
    kind: Literal["recorded", "rendered", "missing"]
    file: Path | None


def wanted(tree: Tree, labels: Mapping[str, str]) -> dict[str, str]:
    """Name → text of every prompt: those of the tree, and the confirmation of each label."""
    texts = {name: text for name, text in tree.prompts.items() if name != "confirm"}
    for code, label in labels.items():
        texts[f"confirm.{code}"] = tree.prompts["confirm"].format(label=label)
    return texts


def renderer(settings: Settings, speaking: Speaking) -> Renderer:
    """What renders with the voice that is set; with the one in the box where no voice is called so."""
    voice = speaking.voice(settings.speech.voice)
    if voice is None:
        log.error("speech.voice: %r: no voice is called so; the one in the box speaks", settings.speech.voice)
    return Renderer(voice or DEFAULT, settings.home / "voices", settings.prompts)


def prepare(
    settings: Settings, speaking: Speaking, wording: Wording, progress: Progress = silently, force: bool = False
) -> dict[str, str]:
    """Render what is missing, or with `force` all that is not recorded; name → file of every sound and pause.

    What cannot be rendered is left out and logged. A voice that cannot speak here is replaced by the one in the box.
    """
    sounds, rendering = wording.sounds(), renderer(settings, speaking)
    files = dict(_recorded(settings, sounds))
    for done, sound in enumerate(sounds.values(), 1):
        if sound.name not in files:
            file = rendering.render(sound, force)
            files |= {} if file is None else {sound.name: file}
        progress(done, len(sounds))
    return {name: str(file) for name, file in (files | dict(_pauses(settings.prompts))).items()}


def sources(settings: Settings, speaking: Speaking, wording: Wording) -> list[Source]:
    """Where every sound comes from as things are; nothing is rendered."""
    sounds, rendering = wording.sounds(), renderer(settings, speaking)
    recorded = dict(_recorded(settings, sounds))
    found = []
    for sound in sounds.values():
        file = recorded.get(sound.name) or rendering.found(sound)
        kind: Literal["recorded", "rendered"] = "recorded" if sound.name in recorded else "rendered"
        found.append(Source(sound, "missing" if file is None else kind, file))
    return found


def prepare_music(settings: Settings) -> str:
    """The file of the music on hold; empty when there is none."""
    recorded = dict(_recorded(settings, {MUSIC}))
    file = recorded.get(MUSIC, settings.prompts / TUNE)
    try:
        return str(file if file.exists() else keep(file, compose()))
    except OSError as error:
        log.error("there is no music: %s", error)
        return ""


def prepare_beep(settings: Settings) -> str:
    """The file of the tone before a message; empty when there is none, and then none can be left."""
    recorded = dict(_recorded(settings, {BEEP}))
    file = recorded.get(BEEP, settings.prompts / TONE)
    try:
        return str(file if file.exists() else keep(file, beep()))
    except OSError as error:
        log.error("there is no tone: %s", error)
        return ""


def _recorded(settings: Settings, names: Mapping[str, Sound] | set[str]) -> Iterator[tuple[str, Path]]:
    """Name and file of each recorded take that can be played."""
    for name, file in takes(settings.home / "recorded").items():
        if name in names:
            try:
                yield name, playable(name, file, settings.prompts).playable
            except (SoundError, OSError) as error:
                log.error("%s; the voice is used", error)


def _pauses(folder: Path) -> Iterator[tuple[str, Path]]:
    for pause in PAUSES:
        file = folder / f"{pause.name}.wav"
        try:
            yield pause.name, file if file.exists() else keep(file, silence(pause.seconds))
        except OSError as error:
            log.error("%s cannot be written: %s", pause.name, error)
