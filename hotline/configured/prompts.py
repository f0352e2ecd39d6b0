"""What there is to hear and where each sound comes from, for `hotline prompts` and `hotline check`."""

import wave
from pathlib import Path
from typing import Any

from config.settings import Settings
from hotline.configured.parts import Read
from ivr.prompts import MUSIC, Source, sources
from ivr.speaking.engines import lacking
from ivr.speaking.takes import FAR_OFF, faults, level, strays, takes
from ivr.speaking.template import fragments
from ivr.speaking.voices import Speaking, Voice
from ivr.speech.sound import SoundError

Row = dict[str, Any]


def rows(settings: Settings, read: Read) -> list[Row]:
    """One row for each prompt, then for each part, then for each recording that nothing uses.

    `source` is recorded, rendered, missing, assembled (a sentence out of parts, all there) or unused.
    """
    wording = read.wording
    found = {source.sound.name: source for source in sources(settings, read.speaking, wording)}
    templates = wording.templates()
    made = []
    for name, text in wording.texts.items():
        if name in templates:
            parts = [found[part.name] for part in fragments(templates[name])]
            made.append(_sentence(name, text, parts))
        elif name in found:
            made.append(_row(found[name]))
    made += [_row(source) for name, source in found.items() if name not in wording.texts]
    folder = settings.home / "recorded"
    recordings = takes(folder)
    unused = strays(folder, {*found, MUSIC}, templates)
    for name, note in unused.items():
        made.append({"name": name, "text": "", "source": "unused", "file": str(recordings[name]), "note": note})
    return made


def problems(settings: Settings, read: Read) -> list[str]:
    """Why prompts will not sound as configured, one line each: the voice cannot speak here, a recording is no sound."""
    voice = read.speaking.voice(settings.speech.voice)
    silent = [] if voice is None else lacking(voice, settings.home / "voices")
    return [
        *(f"speech.voice: {settings.speech.voice}: {line}; until then the voice in the box speaks" for line in silent),
        *faults(settings.home / "recorded"),
    ]


def voices(settings: Settings, speaking: Speaking) -> list[Row]:
    """The catalogue: each voice with what keeps it from speaking here."""
    used = settings.speech.voice
    catalogue: dict[str, Voice] = dict(speaking.voices)
    if used not in catalogue and (own := speaking.voice(used)) is not None:
        catalogue[used] = own
    return [
        {
            "name": name,
            "engine": voice.engine,
            "usable": not (missing := lacking(voice, settings.home / "voices")),
            "used": name == used,
            "missing": missing,
        }
        for name, voice in catalogue.items()
    ]


def _sentence(name: str, text: str, parts: list[Source]) -> Row:
    missing = sum(part.kind == "missing" for part in parts)
    source = "missing" if missing else "assembled"
    counts = {kind: sum(part.kind == kind for part in parts) for kind in ("recorded", "rendered", "missing")}
    return {"name": name, "text": text, "source": source, "file": None, "seconds": None, "parts": counts}


def _row(source: Source) -> Row:
    sound = source.sound
    row: Row = {"name": sound.name, "text": sound.text, "source": source.kind, "file": None, "seconds": None}
    if source.file is not None:
        row |= {"file": str(source.file), "seconds": _seconds(source.file)}
    if source.kind == "recorded" and source.file is not None and (note := _loudness_note(source.file)):
        row["note"] = note
    return row


def _seconds(file: Path) -> float | None:
    try:
        with wave.open(str(file), "rb") as opened:
            return round(opened.getnframes() / opened.getframerate(), 2)
    except (wave.Error, EOFError, OSError):
        return None


def _loudness_note(file: Path) -> str:
    """A word about a recording far louder or softer than the rendered voice."""
    try:
        off = level(file)
    except SoundError as error:
        return str(error)
    if abs(off) <= FAR_OFF:
        return ""
    if off == float("-inf"):
        return "is silent"
    return f"{abs(off):.0f} dB {'louder' if off > 0 else 'softer'} than the rendered voice; record it again or level it"
