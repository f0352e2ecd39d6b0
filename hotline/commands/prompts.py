"""The commands of speech out: `prompts render`, `prompts list`, `prompts voices`."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from hotline.commands import CommandError, Commands, command, print_rows, settings_of

SHOWN_STEP = 50  # where nobody sees a moving line, one line for so many


def register(commands: Commands) -> None:
    prompts = commands.add_parser("prompts", help="Render prompts, list them, and list the voices there are.")
    what = prompts.add_subparsers(required=True, metavar="WHAT")
    rendering = command(what, "render", run_render, "Render every prompt that has no file yet.")
    rendering.add_argument("--voice", metavar="V", help="a voice of prompts.yaml; by default the setting speech.voice")
    rendering.add_argument("--force", action="store_true", help="render those anew that have a file")
    rendering.add_argument("--prune", action="store_true", help="then remove rendered files that are used no more")
    listing = command(what, "list", run_list, "Every prompt: its text, where its sound comes from, how long it is.")
    listing.add_argument("--missing", action="store_true", help="only those without a sound")
    listing.add_argument("--json", action="store_true", help="JSON lines")
    catalogue = command(what, "voices", run_voices, "The voices of prompts.yaml, and which can speak here.")
    catalogue.add_argument("--json", action="store_true", help="JSON lines")


def run_render(arguments: argparse.Namespace) -> None:
    from hotline.configured.parts import read_files
    from hotline.configured.prompts import rows
    from ivr.prompts import prepare, prepare_music
    from ivr.speaking.engines import lacking
    from ivr.speaking.rendering import prune

    settings = settings_of(arguments)
    if arguments.voice:
        settings = settings.model_copy(update={"speech": settings.speech.model_copy(update={"voice": arguments.voice})})
    read = read_files(settings)
    name = settings.speech.voice
    voice = read.speaking.voice(name)
    if voice is not None and (missing := lacking(voice, settings.home / "voices")):
        raise CommandError(f"voice {name}: {'; '.join(missing)}")
    files = prepare(settings, read.speaking, read.wording, progress(), force=arguments.force)
    music = prepare_music(settings)
    removed: list[Path] = []
    if arguments.prune:
        removed = prune(settings.prompts, {Path(file) for file in (*files.values(), music)})
    kinds = [row["source"] for row in rows(settings, read) if row["source"] not in ("assembled", "unused")]
    counts = {kind: kinds.count(kind) for kind in ("recorded", "rendered", "missing")}
    print_rows([{"voice": name, **counts, "removed": len(removed)}])
    if counts["missing"]:
        raise CommandError(f"{counts['missing']} could not be rendered: hotline prompts list --missing")


def run_list(arguments: argparse.Namespace) -> None:
    from hotline.configured.parts import read_files
    from hotline.configured.prompts import rows

    settings = settings_of(arguments)
    found = rows(settings, read_files(settings))
    shown = [row for row in found if row["source"] == "missing"] if arguments.missing else found
    if arguments.json:
        print_rows(shown)
        return
    for row in shown:
        seconds = "" if row.get("seconds") is None else f"{row['seconds']:.1f}s"
        note = f"  ({row['note']})" if row.get("note") else ""
        print(f"{row['source']:<9} {seconds:>6}  {row['name']}  {row['text']}{note}")
    kinds = [row["source"] for row in found]
    print(", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds)), file=sys.stderr)


def run_voices(arguments: argparse.Namespace) -> None:
    from hotline.configured.prompts import voices
    from ivr.load import load_speaking

    settings = settings_of(arguments)
    found = voices(settings, load_speaking(settings))
    if arguments.json:
        print_rows(found)
        return
    for row in found:
        print(
            f"{'*' if row['used'] else ' '} {row['name']:<16} {row['engine']:<12} {'; '.join(row['missing']) or 'ok'}"
        )


def progress() -> Callable[[int, int], None]:
    """Counts on stderr: a moving line on a terminal, a line now and then elsewhere."""
    moving = sys.stderr.isatty()

    def show(done: int, total: int) -> None:
        if moving:
            print(f"\rprompts {done}/{total}", end="\n" if done == total else "", file=sys.stderr, flush=True)
        elif done == total or done % SHOWN_STEP == 0:
            print(f"prompts {done}/{total}", file=sys.stderr, flush=True)

    return show
