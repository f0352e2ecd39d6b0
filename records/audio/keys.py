"""The keys of recordings, drawn from the keys of the records: who has secrets/records.key can hear them.

A worker gets `newest` and no more of it. What a recording is, is not known here.
"""

import base64
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.hashes import SHA256, Hash
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from config.settings import Settings
from records.audio.form import AudioError
from records.keyfile import key_file, key_lines, no_key


@dataclass(frozen=True)
class Key:
    """32 octets, and the 8 that name them in headers."""

    id: bytes
    master: bytes = field(repr=False)


@dataclass(frozen=True)
class Keyring:
    """Every key that opens recordings, the newest first; the newest seals."""

    keys: tuple[Key, ...]

    @property
    def newest(self) -> Key:
        return self.keys[0]

    def master(self, id: bytes) -> bytes:
        """Raises AudioError when the key that sealed it is not here."""
        for key in self.keys:
            if key.id == id:
                return key.master
        raise AudioError("was sealed with a key that is not in secrets/records.key; restore that key from the backup")


def keyring_of(lines: list[bytes]) -> Keyring:
    """The keyring of the lines of secrets/records.key (Fernet keys)."""
    return Keyring(tuple(_key(base64.urlsafe_b64decode(line)) for line in lines))


def load_keyring(settings: Settings) -> Keyring:
    """Raises records.keyfile.SealError, with a line for the operator."""
    lines = key_lines(settings)
    try:
        return keyring_of(lines)
    except ValueError:
        raise no_key(key_file(settings)) from None


def _key(secret: bytes) -> Key:
    master = HKDF(SHA256(), 32, salt=None, info=b"12348 recordings").derive(secret)
    digest = Hash(SHA256())
    digest.update(b"12348 recordings key id" + master)
    return Key(digest.finalize()[:8], master)
