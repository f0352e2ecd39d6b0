"""Digest authentication (RFC 7616, RFC 8760, RFC 3261 §22): challenges, nonces signed with their time, the check. Pure.

Algorithms are offered in the order of the settings; qop is always auth. Knows hashed passwords (HA1) only,
never passwords, and not what a user may do. Times are seconds since the epoch.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from records.credentials import Credentials
from telephony.edge.keys import derive
from telephony.edge.sip.uri import parse_params, split_list

LIFETIME = 300.0
"""Seconds a nonce is good for; after that the client is told stale=true and comes again without asking its user."""
ALGORITHMS = {"SHA-256": "sha256", "MD5": "md5"}


class Verdict(Enum):
    RIGHT = "right"
    WRONG = "wrong"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Authorization:
    """A client's answer to a challenge, its quotes taken off. `algorithm` is a key of ALGORITHMS."""

    username: str
    nonce: str
    uri: str
    response: str
    algorithm: str
    cnonce: str
    nc: str


class Digest:
    """Challenges and checks for one realm; remembers the highest count used with each live nonce."""

    def __init__(
        self, realm: str, key: bytes, algorithms: Sequence[str] = tuple(ALGORITHMS), run: str = "0" * 8
    ) -> None:
        """`run` is 8 hex digits of this edge's own. Nonces of another run are stale: which of their counts were used
        is not known any more. It is not read off the clock, which can be set back between two runs.
        """
        self.realm = realm
        self._run = run
        self._algorithms = algorithms
        self._key = derive(key, "nonce")
        self._counts: dict[str, int] = {}

    def nonce(self, now: float, salt: str) -> str:
        """`salt` is 16 hex digits of randomness, so that two clients never share a nonce."""
        stamp = f"{int(now * 1000):012x}{self._run}{salt}"
        return stamp + self._sign(stamp)

    def challenges(self, now: float, salt: str, stale: bool = False) -> list[str]:
        """Values for WWW-Authenticate or Proxy-Authenticate, in order of preference (RFC 8760 §2.4)."""
        nonce = self.nonce(now, salt)
        flag = ", stale=true" if stale else ""
        return [
            f'Digest realm="{self.realm}", nonce="{nonce}", algorithm={name}, qop="auth"{flag}'
            for name in self._algorithms
        ]

    def answer_in(self, values: list[str]) -> Authorization | None:
        """The first usable answer for our realm among Authorization values."""
        for value in values:
            found = parse_authorization(value, self.realm)
            if found is not None and found.algorithm in self._algorithms:
                return found
        return None

    def check(self, answer: Authorization, method: str, credentials: Credentials | None, now: float) -> Verdict:
        """Unknown users (`credentials` None) take the same path, and get the same answers, as wrong passwords."""
        known = credentials or Credentials("0" * 32, "0" * 64)
        ha1 = known.ha1_sha256 if answer.algorithm == "SHA-256" else known.ha1_md5
        right = hmac.compare_digest(expected(answer, method, ha1).encode(), answer.response.lower().encode())
        age = self._age(answer.nonce, now)
        if age is None or not right or credentials is None:
            return Verdict.WRONG
        count = int(answer.nc, 16)
        fresh = -5 <= age <= LIFETIME and answer.nonce[12:20] == self._run
        if not fresh or count <= self._counts.get(answer.nonce, 0):
            return Verdict.STALE
        self._counts[answer.nonce] = count
        return Verdict.RIGHT

    def is_ours(self, nonce: str, now: float) -> bool:
        """Whether we made `nonce`, however long ago."""
        return self._age(nonce, now) is not None

    def sweep(self, now: float) -> None:
        """Forget the counts of nonces that are too old to be used again."""
        old = [nonce for nonce in self._counts if (self._age(nonce, now) or 0) > LIFETIME]
        for nonce in old:
            del self._counts[nonce]

    def _age(self, nonce: str, now: float) -> float | None:
        """Seconds since we made `nonce`, None if we did not."""
        stamp, signature = nonce[:36], nonce[36:]
        if len(stamp) < 36 or not hmac.compare_digest(signature.encode(), self._sign(stamp).encode()):
            return None
        return now - int(stamp[:12], 16) / 1000

    def _sign(self, stamp: str) -> str:
        return hmac.digest(self._key, stamp.encode("utf-8", "replace"), hashlib.sha256)[:12].hex()


def parse_authorization(value: str, realm: str) -> Authorization | None:
    """None when it is not Digest, not for `realm`, or lacks what qop=auth asks for (RFC 7616 §3.4)."""
    scheme, _, rest = value.strip().partition(" ")
    if scheme.lower() != "digest":
        return None
    params = {name: unquote(given or "") for name, given in parse_params(";".join(split_list(rest))).items()}
    algorithm = params.get("algorithm", "MD5").upper()
    needed = [params.get(name, "") for name in ("username", "nonce", "uri", "response", "cnonce", "nc")]
    if params.get("realm") != realm or algorithm not in ALGORITHMS or params.get("qop", "").lower() != "auth":
        return None
    if not all(needed) or len(params["nc"]) != 8 or not set(params["nc"].lower()) <= set("0123456789abcdef"):
        return None
    username, nonce, uri, response, cnonce, nc = needed
    return Authorization(username, nonce, uri, response, algorithm, cnonce, nc)


def expected(answer: Authorization, method: str, ha1: str) -> str:
    """KD(H(A1), nonce:nc:cnonce:qop:H(A2)) in lower-case hex (RFC 7616 §3.4.1)."""
    ha2 = plain_hash(answer.algorithm, f"{method}:{answer.uri}")
    return plain_hash(answer.algorithm, f"{ha1}:{answer.nonce}:{answer.nc}:{answer.cnonce}:auth:{ha2}")


def plain_hash(algorithm: str, text: str) -> str:
    data = text.encode("utf-8", "surrogateescape")
    return hashlib.new(ALGORITHMS[algorithm], data, usedforsecurity=False).hexdigest()


def unquote(value: str) -> str:
    if len(value) >= 2 and value[0] == '"' == value[-1]:
        inner = value[1:-1]
        return inner.replace('\\"', '"').replace("\\\\", "\\") if "\\" in inner else inner
    return value
