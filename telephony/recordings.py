"""Recordings as files: sealed while they are written, closed by the worker or, when it died, by the core.

It knows the files' names and who may touch them; what is recorded, and how it is sealed, it does not know.
"""

import fcntl
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from records.audio.files import Whole, finish
from records.audio.form import AudioError
from records.audio.keys import Keyring

LEFT = "left"
RIGHT = "right"
ENDING = ".rec"
UNDER_WAY = f"{ENDING}.part"


class RecordingError(Exception):
    """The recording cannot be made; one line."""


@dataclass(frozen=True)
class Kept:
    """`file` is a name inside the recordings folder, `sha256` of the whole file in hex, `masked` in seconds."""

    file: str
    seconds: float
    sha256: str
    masked: tuple[tuple[float, float], ...] = ()
    partial: bool = False


@dataclass(frozen=True)
class Parts:
    """A recording's own name inside the folder, where that lies, and the hidden one until its record is written.

    The hidden file is locked (flock) by the process that works on it.
    """

    name: str
    target: Path
    hidden: Path

    def publish(self) -> None:
        """Give the finished file its name; the hidden one stays. Raises OSError."""
        if not (self.target.exists() and self.target.samefile(self.hidden)):
            os.link(self.hidden, self.target)
        sync_folder(self.target.parent)

    def discard(self) -> None:
        """Remove the hidden name; the recording itself stays."""
        self.hidden.unlink(missing_ok=True)


def inside(folder: Path, name: str) -> Path:
    """The path of `name` in `folder`. Raises RecordingError when it would lie elsewhere."""
    path = folder / name
    if not name or Path(name).is_absolute() or ".." in Path(name).parts or path == folder:
        raise RecordingError(f"{name!r}: must be a name inside the recordings folder")
    return path


def parts_of(folder: Path, file: str) -> Parts:
    """Where the recording `file` lies, whatever ending it was asked for with. Raises RecordingError."""
    target = inside(folder, file).with_suffix(ENDING)
    return Parts(str(target.relative_to(folder)), target, target.with_name(f".{target.stem}{UNDER_WAY}"))


def call_of(file: str) -> str:
    """The call a recording is of: its name up to the first dot."""
    return Path(file).name.lstrip(".").partition(".")[0]


def hold(parts: Parts) -> int:
    """Take the hidden file for this process until the descriptor is closed or the process ends. Raises OSError."""
    descriptor = os.open(parts.hidden, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def salvage(folder: Path, file: str, keyring: Keyring) -> Kept | None:
    """Close the recording `file` that a dead worker left. Its hidden name stays, for `discard` once it is noted.

    None when there is none, nothing is in it, or a living process holds it. Raises OSError and RecordingError. Takes
    as long as the disk does: call it on a thread.
    """
    parts = parts_of(folder, file)
    if not parts.hidden.exists():
        return None
    try:
        held = hold(parts)
    except BlockingIOError:
        return None
    try:
        whole = finish(parts.hidden, keyring)
        if whole is None:
            parts.discard()
            return None
        parts.publish()
        return kept(parts.name, whole)
    except AudioError as error:
        raise RecordingError(f"{parts.name} {error}") from None
    finally:
        os.close(held)


def kept(name: str, whole: Whole) -> Kept:
    return Kept(name, whole.seconds, whole.sha256, whole.masked, whole.end.partial)


def leftovers(folder: Path) -> Iterator[str]:
    """Names of the recordings that still have their hidden name, finished or not, the oldest first."""
    hidden = sorted(each.name for each in folder.glob(f".*{UNDER_WAY}"))
    yield from (name.removeprefix(".").removesuffix(UNDER_WAY) + ENDING for name in hidden)


def sync_folder(folder: Path) -> None:
    """Have the names in `folder` survive a power cut. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
