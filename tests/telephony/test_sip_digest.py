"""Digest authentication: the vectors of RFC 7616, nonces that age, counts that may not come back."""

import pytest

from records.credentials import Credentials, credentials_for
from telephony.edge.sip.digest import (
    LIFETIME,
    Authorization,
    Digest,
    Verdict,
    expected,
    parse_authorization,
)

NOW = 1_700_000_000.0
KEY = b"k" * 32
SALT = "0123456789abcdef"
REALM = "http-auth@example.org"
VECTORS = {
    "MD5": "8ca523f5e9506fed4657c9700eebdbec",
    "SHA-256": "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
}
"""RFC 7616 §3.9.1: user Mufasa, password "Circle of Life", GET /dir/index.html."""


def ha1(credentials: Credentials, algorithm: str) -> str:
    return credentials.ha1_sha256 if algorithm == "SHA-256" else credentials.ha1_md5


@pytest.mark.parametrize("algorithm", VECTORS)
def test_the_vectors_of_rfc_7616(algorithm: str) -> None:
    value = (
        f'Digest username="Mufasa", realm="{REALM}", uri="/dir/index.html", algorithm={algorithm}, '
        'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, '
        'cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, '
        f'response="{VECTORS[algorithm]}", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
    )
    answer = parse_authorization(value, REALM)
    assert answer is not None
    known = credentials_for("Mufasa", REALM, "Circle of Life")
    assert expected(answer, "GET", ha1(known, algorithm)) == VECTORS[algorithm]


KNOWN = credentials_for("1001", "12348", "secret")


def answered(
    digest: Digest, algorithm: str, nc: str = "00000001", at: float = NOW, password: str = "secret"
) -> Authorization:
    """What a phone sends back to a challenge made at `at`."""
    nonce = digest.nonce(at, SALT)
    blank = Authorization("1001", nonce, "sip:12348", "", algorithm, "cc", nc)
    secret = ha1(credentials_for("1001", "12348", password), algorithm)
    response = expected(blank, "REGISTER", secret)
    value = (
        f'Digest username="1001",realm="12348",nonce="{nonce}",uri="sip:12348",response="{response}",'
        f'algorithm={algorithm},cnonce="cc",qop=auth,nc={nc}'
    )
    parsed = digest.answer_in(['Digest realm="other"', value])
    assert parsed is not None
    return parsed


def test_sha_256_is_offered_first() -> None:
    first, second = Digest("12348", KEY).challenges(NOW, SALT, stale=True)
    assert "algorithm=SHA-256" in first and "algorithm=MD5" in second
    assert all(
        'realm="12348"' in value and 'qop="auth"' in value and "stale=true" in value for value in (first, second)
    )
    assert "stale" not in Digest("12348", KEY).challenges(NOW, SALT)[0]


def test_the_settings_order_the_algorithms_and_may_leave_one_out() -> None:
    assert ["MD5" in value for value in Digest("12348", KEY, ("MD5", "SHA-256")).challenges(NOW, SALT)] == [True, False]
    only = Digest("12348", KEY, ("SHA-256",))
    assert len(only.challenges(NOW, SALT)) == 1
    answer = 'username="1001",realm="12348",uri="u",response="x",cnonce="c",nc=00000001,qop=auth'
    value = f'Digest {answer},nonce="{only.nonce(NOW, SALT)}"'
    assert only.answer_in([value]) is None
    assert Digest("12348", KEY).answer_in([value]) is not None


@pytest.mark.parametrize("algorithm", VECTORS)
def test_right_and_wrong(algorithm: str) -> None:
    digest = Digest("12348", KEY)
    assert digest.check(answered(digest, algorithm, password="wrong"), "REGISTER", KNOWN, NOW) is Verdict.WRONG
    assert digest.check(answered(digest, algorithm), "REGISTER", None, NOW) is Verdict.WRONG
    assert digest.check(answered(digest, algorithm), "INVITE", KNOWN, NOW) is Verdict.WRONG
    assert digest.check(answered(digest, algorithm), "REGISTER", KNOWN, NOW) is Verdict.RIGHT


def test_a_count_may_not_come_back() -> None:
    digest = Digest("12348", KEY)
    assert digest.check(answered(digest, "MD5", "00000002"), "REGISTER", KNOWN, NOW) is Verdict.RIGHT
    for nc, verdict in (("00000002", Verdict.STALE), ("00000001", Verdict.STALE), ("0000000a", Verdict.RIGHT)):
        assert digest.check(answered(digest, "MD5", nc), "REGISTER", KNOWN, NOW) is verdict


def test_an_old_nonce_is_stale_only_for_who_knows_the_password() -> None:
    digest = Digest("12348", KEY)
    late = NOW + LIFETIME + 2
    assert digest.check(answered(digest, "SHA-256"), "REGISTER", KNOWN, late) is Verdict.STALE
    assert digest.check(answered(digest, "SHA-256", password="wrong"), "REGISTER", KNOWN, late) is Verdict.WRONG
    assert digest.check(answered(digest, "SHA-256", at=NOW + 60), "REGISTER", KNOWN, NOW) is Verdict.STALE


def test_a_nonce_of_another_key_is_wrong_and_one_of_the_same_key_outlives_a_restart() -> None:
    theirs, ours = Digest("12348", b"x" * 32), Digest("12348", KEY)
    assert ours.check(answered(theirs, "MD5"), "REGISTER", KNOWN, NOW) is Verdict.WRONG
    assert Digest("12348", KEY).check(answered(ours, "MD5"), "REGISTER", KNOWN, NOW) is Verdict.RIGHT


def test_counts_are_forgotten_with_their_nonces() -> None:
    digest = Digest("12348", KEY)
    answer = answered(digest, "MD5")
    assert digest.check(answer, "REGISTER", KNOWN, NOW) is Verdict.RIGHT
    digest.sweep(NOW + LIFETIME + 2)
    assert digest.check(answer, "REGISTER", KNOWN, NOW + 1) is Verdict.RIGHT


@pytest.mark.parametrize(
    "value",
    [
        "Basic MTAwMTpzZWNyZXQ=",
        'Digest username="1001"',
        'Digest username="1001",realm="r",nonce="n",uri="u",response="x",cnonce="c",nc=1,qop=auth',
        'Digest username="1001",realm="r",nonce="n",uri="u",response="x",cnonce="c",nc=0000000g,qop=auth',
        'Digest username="1001",realm="r",nonce="n",uri="u",response="x",cnonce="c",nc=00000001,qop=auth-int',
        'Digest username="1001",realm="r",nonce="n",uri="u",response="x",cnonce="c",nc=00000001,qop=auth,algorithm=X',
        'Digest username="1001",realm="q",nonce="n",uri="u",response="x",cnonce="c",nc=00000001,qop=auth',
        'Digest username="1001",realm="r",nonce="n",uri="u",response="x"',
        "Digest ,,,",
    ],
)
def test_answers_that_are_none(value: str) -> None:
    assert parse_authorization(value, "r") is None


def test_quoted_pairs_are_undone() -> None:
    value = 'Digest username="a\\"b",realm="r",nonce="n",uri="u",response="x",cnonce="c",nc=00000001,qop="auth"'
    found = parse_authorization(value, "r")
    assert found is not None and found.username == 'a"b'
