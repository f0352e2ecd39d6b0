"""The file of keys: where it lies, and how it is made. What the keys seal is not known here.

Kept apart from records.sealing, so that a process without a database need not load one.
"""

import os
import tempfile
from pathlib import Path

from cryptography.fernet import Fernet

from config.settings import Settings


class SealError(Exception):
    """The key cannot be used, or a sealed value does not open with it."""


def key_file(settings: Settings) -> Path:
    return settings.home / "secrets" / "records.key"


def key_lines(settings: Settings) -> list[bytes]:
    """The keys of this home, newest first, made on the first call. Raises SealError when the file cannot be used."""
    file = key_file(settings)
    try:
        if not file.exists():
            make_key(file)
    except OSError as error:
        raise SealError(
            f"{file}: the key of the records cannot be written: {error.strerror}; make room or let this user write"
        ) from None
    try:
        lines = file.read_bytes().split()
    except OSError as error:
        raise SealError(
            f"{file}: the key of the records cannot be read: {error.strerror}; restore it from the backup"
            " or give this user the right to read it"
        ) from None
    if not lines:
        raise no_key(file)
    return lines


def no_key(file: Path) -> SealError:
    return SealError(
        f"{file}: this is no key for the records (one Fernet key a line, newest first); restore it from the backup"
    )


def make_key(file: Path) -> None:
    """Write a new key, readable by the owner only. Of several processes that start at once one key wins."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=file.parent)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(Fernet.generate_key() + b"\n")
            out.flush()
            os.fsync(out.fileno())
        os.link(name, file)
    except FileExistsError:
        return
    finally:
        Path(name).unlink()
