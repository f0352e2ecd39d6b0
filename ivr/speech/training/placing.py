"""A finished model directory takes its place. It decides that nothing half written is ever seen there."""

import shutil
from pathlib import Path

from ivr.speech.store import incomplete


def place(fresh: Path, out: Path) -> None:
    """Copy the finished directory `fresh` to `out`, instead of what was there. Raises OSError, RuntimeError."""
    if lacking := incomplete(fresh):
        raise RuntimeError(f"{fresh}: lacks {lacking}")
    out.parent.mkdir(parents=True, exist_ok=True)
    coming, before = out.with_name(f".{out.name}.new"), out.with_name(f".{out.name}.before")
    for old in (coming, before):
        shutil.rmtree(old, ignore_errors=True)
    try:
        shutil.copytree(fresh, coming)
        if out.exists():
            out.rename(before)
        coming.rename(out)
    except OSError:
        if before.exists() and not out.exists():
            before.rename(out)
        raise
    finally:
        for old in (coming, before):
            shutil.rmtree(old, ignore_errors=True)
