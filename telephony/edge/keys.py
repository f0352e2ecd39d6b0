"""The edge's signing key: 32 random octets in home/secrets/edge.key, mode 0600, made once and kept.

Decides where the key lies and derives one key for each use. Losing it ends the tokens of calls that are up, no more.
"""

import contextlib
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from config.settings import Settings

SIZE = 32


class KeyFileError(Exception):
    """The key file cannot be used; the text is one line with the way out."""


def load_key(settings: Settings) -> bytes:
    """The key of this home, made on the first call. Raises KeyFileError."""
    file = settings.home / "secrets" / "edge.key"
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not file.exists():
            _make(file)
        key = bytes.fromhex(file.read_text(encoding="ascii").strip())
    except OSError as error:
        raise KeyFileError(f"{file}: cannot be used: {error.strerror}") from None
    except ValueError:
        key = b""
    if len(key) != SIZE:
        raise KeyFileError(f"{file}: must hold {2 * SIZE} hexadecimal digits; remove it and a new one is made")
    return key


def derive(key: bytes, use: str) -> bytes:
    """A key for one use, so that what is signed for one cannot be shown for another."""
    return hmac.digest(key, use.encode(), hashlib.sha256)


def _make(file: Path) -> None:
    """Write it whole under another name first: whoever comes second finds the first one's key."""
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        opened.write(secrets.token_hex(SIZE) + "\n")
    try:
        with contextlib.suppress(FileExistsError):
            os.link(draft, file)
    finally:
        draft.unlink()
