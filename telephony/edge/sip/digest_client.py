"""Our answer to a carrier's challenge (RFC 7616, RFC 8760, RFC 3261 §22). Pure.

Takes the strongest algorithm that is offered and known here; the password it is given, and keeps nothing.
"""

from dataclasses import dataclass

from records.credentials import credentials_for
from telephony.edge.sip.digest import ALGORITHMS, Authorization, expected, plain_hash, unquote
from telephony.edge.sip.message import Response
from telephony.edge.sip.uri import parse_params, split_list

PREFERRED = ("SHA-256", "MD5")


@dataclass(frozen=True, slots=True)
class Challenge:
    """One challenge; `proxy` says which pair of headers it belongs to, `qop` whether auth is offered."""

    realm: str
    nonce: str
    algorithm: str
    opaque: str | None
    qop: bool
    stale: bool
    proxy: bool


def challenge_in(response: Response, realm: str = "") -> Challenge | None:
    """The challenge to answer, that of `realm` where one is given; None when there is none we can answer."""
    proxy = response.status == 407
    found = []
    for value in response.all("Proxy-Authenticate" if proxy else "WWW-Authenticate"):
        scheme, _, rest = value.strip().partition(" ")
        params = {name: unquote(given or "") for name, given in parse_params(";".join(split_list(rest))).items()}
        algorithm = params.get("algorithm", "MD5").upper()
        if scheme.lower() != "digest" or algorithm not in ALGORITHMS or not params.get("nonce"):
            continue
        offered = [each.strip().lower() for each in params.get("qop", "").split(",") if each.strip()]
        if (offered and "auth" not in offered) or (realm and params.get("realm") != realm):
            continue
        stale = params.get("stale", "").lower() == "true"
        kept = (params.get("realm", ""), params["nonce"], algorithm, params.get("opaque"), bool(offered), stale, proxy)
        found.append(Challenge(*kept))
    return min(found, key=lambda each: PREFERRED.index(each.algorithm)) if found else None


def answer_to(
    challenge: Challenge, user: str, password: str, asked: tuple[str, str], cnonce: str, count: str = "00000001"
) -> tuple[str, str]:
    """The header with our answer. `asked` is (method, Request-URI). Ours use each nonce once: its `count` is 1."""
    method, uri = asked
    known = credentials_for(user, challenge.realm, password)
    ha1 = known.ha1_sha256 if challenge.algorithm == "SHA-256" else known.ha1_md5
    values = [
        ("username", f'"{_quoted(user)}"'),
        ("realm", f'"{_quoted(challenge.realm)}"'),
        ("nonce", f'"{_quoted(challenge.nonce)}"'),
        ("uri", f'"{uri}"'),
    ]
    if challenge.qop:
        given = Authorization(user, challenge.nonce, uri, "", challenge.algorithm, cnonce, count)
        values += [("response", f'"{expected(given, method, ha1)}"'), ("cnonce", f'"{cnonce}"')]
        values += [("qop", "auth"), ("nc", count)]
    else:
        # A challenge without qop is of RFC 2069 (RFC 7616 §3.4.1 keeps its answer for old servers).
        ha2 = plain_hash(challenge.algorithm, f"{method}:{uri}")
        response = plain_hash(challenge.algorithm, f"{ha1}:{challenge.nonce}:{ha2}")
        values.append(("response", f'"{response}"'))
    values.append(("algorithm", challenge.algorithm))
    if challenge.opaque is not None:
        values.append(("opaque", f'"{_quoted(challenge.opaque)}"'))
    name = "Proxy-Authorization" if challenge.proxy else "Authorization"
    return name, "Digest " + ", ".join(f"{key}={value}" for key, value in values)


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
