"""`hotline recordings`: what is kept, whether it is whole, what is due to go, what must not go."""

import argparse
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from time import time
from typing import Any

from hotline.commands import CommandError, Commands, UsageError, command, print_rows, settings_of
from hotline.commands.records import database_of, readable, who


def register(commands: Commands) -> None:
    parser = commands.add_parser("recordings", help="recordings: list, verify, purge, hold, release, export")
    areas = parser.add_subparsers(required=True)
    shown = command(areas, "list", run_list, "the newest first, with their masks and holds")
    shown.add_argument("--limit", type=int, default=50, metavar="N", help="the newest N (default 50)")
    shown.add_argument("--held", action="store_true", help="only those on hold")
    verify = command(areas, "verify", run_verify, "read recordings from end to end: every piece, end and checksum")
    verify.add_argument("call", nargs="*", metavar="CALL", help="these calls only (default: all)")
    purge = command(areas, "purge", run_purge, "remove what is older than recording.keep_days, as every night")
    purge.add_argument("--dry-run", action="store_true", help="show what would go, and change nothing")
    hold = command(areas, "hold", run_hold, "keep the recordings of a call, whatever their age")
    hold.add_argument("call", metavar="CALL")
    hold.add_argument("--reason", required=True, metavar="TEXT", help="why; kept in the audit trail")
    release = command(areas, "release", run_release, "end the hold: their age counts again")
    release.add_argument("call", metavar="CALL")
    export = command(areas, "export", run_export, "write a recording as a WAV in the clear; noted in the audit trail")
    export.add_argument("call", metavar="CALL")
    export.add_argument("file", type=Path, metavar="FILE.wav")
    for each in (hold, release, purge):
        each.add_argument("--by", metavar="WHO", help="who orders it, for the audit trail (default: this user)")


def rows(found: Iterable[Any]) -> Iterable[dict[str, Any]]:
    return (readable(asdict(each), True) | {"held": each.held} for each in found)


def run_list(arguments: argparse.Namespace) -> None:
    from records import recordings

    with database_of(arguments) as database:
        print_rows(rows(database.read(recordings.listed, arguments.limit, held=arguments.held)))


def run_verify(arguments: argparse.Namespace) -> None:
    from records import recordings

    settings = settings_of(arguments)
    bad = 0
    with database_of(arguments) as database:
        if arguments.call:
            found = [each for call in arguments.call for each in database.read(recordings.of_call, call)]
        else:
            found = database.read(recordings.listed, 1 << 31)
        if arguments.call and not found:
            raise CommandError(f"{' '.join(arguments.call)}: no recording; see `hotline recordings list`")
        for each in (each for each in found if each.there):
            said = fault(settings, each)
            bad += bool(said)
            print_rows([{"call": each.call, "file": each.file, "whole": not said} | ({"fault": said} if said else {})])
    if bad:
        raise CommandError(f"{bad} recordings are not what was recorded; restore them from the backup")


def fault(settings: Any, recording: Any) -> str:
    """What is wrong with the file, empty when it is whole."""
    import hashlib

    from records.audio.files import verify
    from records.audio.form import AudioError
    from records.audio.keys import load_keyring

    file = settings.recordings / recording.file
    try:
        if file.suffix == ".rec":
            digest = verify(file, load_keyring(settings)).sha256
        else:
            with file.open("rb") as reader:
                digest = hashlib.file_digest(reader, "sha256").hexdigest()
    except AudioError as error:
        return str(error)
    except OSError as error:
        return error.strerror or "cannot be read"
    return "" if digest == recording.sha256 else "the checksum is not the one in its record"


def run_purge(arguments: argparse.Namespace) -> None:
    from hotline.retention import look, purge

    settings, now, after = settings_of(arguments), time(), ""
    with database_of(arguments) as database:
        while True:
            verdicts, after = database.read(look, settings.recording.keep_days, now, after)
            if not verdicts:
                return
            for each in (each for each in verdicts if each.why):
                gone = arguments.dry_run
                if not gone:
                    gone = database.do(purge, settings.recordings, each, arguments.by or who(), now)
                if gone:
                    print_rows([{"file": each.file, "kind": each.kind, "why": each.why}])


def run_hold(arguments: argparse.Namespace) -> None:
    from records import recordings

    change(arguments, recordings.hold, arguments.by or who(), arguments.reason, time())


def run_release(arguments: argparse.Namespace) -> None:
    from records import recordings

    change(arguments, recordings.release, arguments.by or who(), time())


def change(arguments: argparse.Namespace, act: Any, *words: Any) -> None:
    from records.recordings import RecordingRefusedError

    with database_of(arguments) as database:
        try:
            print_rows(rows(database.do(act, arguments.call, *words)))
        except RecordingRefusedError as error:
            raise CommandError(str(error)) from None


def run_export(arguments: argparse.Namespace) -> None:
    import shutil

    from records import audit, recordings
    from records.audio.files import SealedAudio, WavView
    from records.audio.form import AudioError
    from records.audio.keys import load_keyring

    settings = settings_of(arguments)
    if arguments.file.exists():
        raise UsageError(f"{arguments.file}: is there already; name another file")
    with database_of(arguments) as database:
        found = [each for each in database.read(recordings.of_call, arguments.call) if each.there]
        if not found:
            raise CommandError(f"{arguments.call}: has no recording; see `hotline recordings list`")
        database.do(audit.append, time(), who(), "recording.export", f"call:{arguments.call}")
        try:
            view = WavView(SealedAudio(settings.recordings / found[0].file, load_keyring(settings)))
            arguments.file.touch(mode=0o600)
            with arguments.file.open("wb") as out:
                shutil.copyfileobj(view, out)
            view.close()
        except AudioError as error:
            raise CommandError(f"{found[0].file} {error}") from None
    print_rows([{"call": arguments.call, "file": str(arguments.file), "seconds": found[0].seconds}])
