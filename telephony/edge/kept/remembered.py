"""Bans and draining kept across a restart: home/bans.json and home/run/draining.

Knows the files' form. What a ban means is the gate's business; addresses in them are why they are private (0600).
"""

import contextlib
import json
import math
from dataclasses import asdict
from pathlib import Path

from config.settings import Settings
from telephony.edge.guard.bans import LONGEST_BY_HAND, Ban
from telephony.edge.kept.keeping import write_quietly


def bans_file(settings: Settings) -> Path:
    return settings.home / "bans.json"


def load_bans(file: Path, now: float) -> list[Ban]:
    """What is kept. A file that cannot be read, or an entry of it, counts as nothing kept; no ban is without end."""
    try:
        entries = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    found = []
    for entry in entries if isinstance(entries, list) else []:
        with contextlib.suppress(KeyError, TypeError, ValueError):
            since, until = float(entry["since"]), float(entry["until"])
            if math.isfinite(since) and until <= now + LONGEST_BY_HAND:
                found.append(Ban(str(entry["source"]), str(entry["reason"]), since, until, int(entry["times"])))
    return found


def dump_bans(bans: list[Ban]) -> bytes:
    return json.dumps([asdict(ban) for ban in bans], indent=0).encode("ascii")


def draining_file(settings: Settings) -> Path:
    return settings.home / "run" / "draining"


def is_draining(settings: Settings) -> bool:
    """Whether an edge before this one was told to take no more calls."""
    return draining_file(settings).exists()


def keep_draining(settings: Settings, on: bool) -> None:
    """So that an edge that is started again goes on draining; `hotline run` begins anew."""
    if on:
        write_quietly(draining_file(settings), b"")
    else:
        with contextlib.suppress(OSError):
            draining_file(settings).unlink(missing_ok=True)
