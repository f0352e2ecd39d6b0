"""What is kept of a SIP password: enough to check a digest, not enough to read it. Pure."""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Credentials:
    """HA1 in lower-case hex (RFC 7616 §3.4.2): MD5 and SHA-256 over `user:realm:password`."""

    ha1_md5: str
    ha1_sha256: str


def credentials_for(user: str, realm: str, password: str) -> Credentials:
    """The credentials of a phone whose password is known, as at the moment it is made."""
    text = f"{user}:{realm}:{password}".encode("utf-8", "surrogateescape")
    return Credentials(hashlib.md5(text, usedforsecurity=False).hexdigest(), hashlib.sha256(text).hexdigest())
