"""Personal data at rest: encrypted columns, and keyed fingerprints where a value must be found again.

Decides how a value is sealed and where the key lies. Knows nothing of tables. The sealer of a database hangs on its
engine's dialect, so that two databases with two keys can be open in one process.
"""

import base64
import hashlib
import hmac
import json
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import Dialect, String, Text
from sqlalchemy.types import TypeDecorator

from config.settings import Settings
from records.keyfile import SealError, key_file, key_lines, make_key, no_key

__all__ = [
    "Fingerprint",
    "SealError",
    "SealedJson",
    "SealedText",
    "Sealer",
    "key_file",
    "load_sealer",
    "make_key",
    "sealer_of",
]


class Sealer:
    """Seals with the first of `keys` and opens with any; the last one keys the fingerprints, so it must stay last.

    To rotate, put a new key (`cryptography.fernet.Fernet.generate_key()`) as the first line of the key file.
    """

    def __init__(self, keys: list[bytes]) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys])
        self._mark = hashlib.sha256(b"fingerprint" + base64.urlsafe_b64decode(keys[-1])).digest()

    def seal(self, text: str) -> str:
        return self._fernet.encrypt(text.encode("utf-8", "surrogatepass")).decode("ascii")

    def open(self, token: str) -> str:
        try:
            return self._fernet.decrypt(token.encode("ascii")).decode("utf-8", "surrogatepass")
        except (InvalidToken, UnicodeEncodeError):
            raise SealError("a sealed value does not open with the keys in secrets/records.key") from None

    def fingerprint(self, value: str) -> str:
        """128 bits of HMAC-SHA256 in hex: equal values give equal fingerprints, without the key nobody can test one."""
        return hmac.new(self._mark, value.encode(), hashlib.sha256).hexdigest()[:32]


def load_sealer(settings: Settings) -> Sealer:
    """The sealer of this home; its key is made on the first call. Raises SealError when the file cannot be used."""
    lines = key_lines(settings)
    try:
        return Sealer(lines)
    except ValueError:
        raise no_key(key_file(settings)) from None


def sealer_of(dialect: Dialect) -> Sealer:
    sealer: Sealer | None = getattr(dialect, "sealer", None)
    if sealer is None:
        raise SealError("this engine was not opened with records.engine.open_database")
    return sealer


class SealedText(TypeDecorator[str]):
    """Text that is encrypted in the database and plain in Python."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else sealer_of(dialect).seal(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else sealer_of(dialect).open(value)


class SealedJson(TypeDecorator[Any]):
    """A JSON value that is encrypted in the database."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        if value is None:
            return None
        return sealer_of(dialect).seal(json.dumps(value, ensure_ascii=False, separators=(",", ":")))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(sealer_of(dialect).open(value))


class Fingerprint(TypeDecorator[str]):
    """Bound as plain text, kept as its fingerprint: `column == number` finds equals and tells nothing else."""

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else sealer_of(dialect).fingerprint(value)
