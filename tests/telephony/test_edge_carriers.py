"""Trunks as carriers: health with hysteresis, registration with its proof, order of the ways out. No sockets."""

import hashlib
import re
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.settings import Trunk
from config.trunks import Health
from telephony.edge.proxy.actions import Place
from telephony.edge.sip.digest_client import answer_to, challenge_in
from telephony.edge.sip.message import Request, Response
from telephony.edge.trunks.carriers import Carriers
from telephony.edge.trunks.enrolment import Enrolment, Stage
from telephony.edge.trunks.pulse import Line, Pulse

NOW = 1_700_000_000.0
PLACE = Place("10.0.0.9", 5060, ("127.0.0.1", 15060), "12348", ("12348",))
MOBILE = "13900001111"


def trunk(name: str = "carrier", **over: Any) -> Trunk:
    outbound = {"host": "10.0.0.1", "allow": ["1[3-9]xxxxxxxxx"], "caller_id": "02012348"} | over.pop("outbound", {})
    return Trunk.model_validate({"name": name, "addresses": ["10.0.0.0/24"], "outbound": outbound} | over)


def registering(**rules: Any) -> Trunk:
    account = {"user": "02012348", "password": "geheim", "domain": "ims.example"}
    return trunk(account=account, registration={"seconds": 600} | rules)


def enrolment(**rules: Any) -> Enrolment:
    return Enrolment(registering(**rules), "sip:12348@10.0.0.9:5060", "c@10.0.0.9", "tag")


def said(status: int, *headers: tuple[str, str]) -> Response:
    return Response(list(headers), b"", status, "x")


ASKED = said(401, ("WWW-Authenticate", 'Digest realm="ims.example", nonce="n1", algorithm=MD5, qop="auth"'))


def test_one_miss_says_little_and_one_answer_after_an_outage_too() -> None:
    pulse = Pulse(Health(seconds=30, down_after=3, up_after=2))
    pulse.start(NOW)
    assert (pulse.line, pulse.due) == (Line.UNCHECKED, NOW)
    seen = []
    for status in (200, None, 503, 200, None, None, 408, 404, 503, 200, 405):
        pulse.asked()
        assert pulse.due is None
        pulse.answered(status, NOW)
        assert pulse.due == NOW + 30
        seen.append(pulse.line.value)
    assert seen == ["up"] * 6 + ["down"] * 4 + ["up"]


def test_who_is_not_asked_is_never_down() -> None:
    pulse = Pulse(Health(seconds=0))
    pulse.start(NOW)
    for _ in range(9):
        pulse.met(False, NOW)
    assert (pulse.line, pulse.due) == (Line.UNCHECKED, None)


def test_registered_after_showing_who_we_are_and_refreshed_in_time() -> None:
    registration = enrolment()
    registration.start(NOW)
    first = registration.request("cc")
    assert (first.uri, first.get("To"), first.get("CSeq")) == (
        "sip:ims.example",
        "<sip:02012348@ims.example>",
        "1 REGISTER",
    )
    assert first.get("Contact") == "<sip:12348@10.0.0.9:5060>" and first.get("Authorization") is None
    registration.answered(ASKED, NOW)
    assert (registration.stage, registration.due) == (Stage.PROVING, NOW)
    second = registration.request("cc")
    assert second.get("CSeq") == "2 REGISTER" and second.get("Call-ID") == first.get("Call-ID")

    def h(text: str) -> str:
        return hashlib.md5(text.encode()).hexdigest()

    secret = h("02012348:ims.example:geheim")
    right = h(f"{secret}:n1:00000001:cc:auth:{h('REGISTER:sip:ims.example')}")
    assert f'response="{right}"' in (second.get("Authorization") or "")
    registration.answered(said(200, ("Contact", "<sip:12348@10.0.0.9:5060>;expires=100")), NOW)
    assert registration.registered(NOW + 99) and not registration.registered(NOW + 100)
    assert registration.due == NOW + 80
    registration.request("cc")
    registration.answered(None, NOW + 80)
    assert registration.registered(NOW + 99), "a refresh that fails does not end what was promised"
    assert registration.due == NOW + 85


def test_a_wrong_password_is_not_tried_in_a_loop_and_a_stale_nonce_is() -> None:
    registration = enrolment()
    registration.start(NOW)
    registration.request("c")
    registration.answered(ASKED, NOW)
    registration.request("c")
    stale = said(401, ("WWW-Authenticate", 'Digest realm="r", nonce="n2", stale=true, qop="auth"'))
    registration.answered(stale, NOW)
    assert (registration.stage, registration.due) == (Stage.PROVING, NOW)
    registration.request("c")
    registration.answered(ASKED, NOW)
    assert (registration.stage, registration.due) == (Stage.WAITING, NOW + 5)


def test_waits_grow_to_the_cap_and_the_carrier_may_ask_for_more() -> None:
    registration = enrolment(retry_seconds=5, retry_cap_seconds=30)
    registration.start(NOW)
    waits = []
    for _ in range(5):
        registration.request("c")
        registration.answered(None, NOW)
        waits.append((registration.due or 0) - NOW)
    assert waits == [5, 10, 20, 30, 30]
    registration.request("c")
    registration.answered(said(503, ("Retry-After", "120 (maintenance)")), NOW)
    assert registration.due == NOW + 120


def test_too_brief_is_asked_again_for_longer() -> None:
    registration = enrolment(seconds=60)
    registration.start(NOW)
    registration.request("c")
    registration.answered(said(423, ("Min-Expires", "1800")), NOW)
    assert registration.due == NOW
    assert registration.request("c").get("Expires") == "1800"


@pytest.mark.parametrize(
    "contact", ["<sip:12348@10.0.0.9>;expires=70", "<sip:other@10.0.0.8>;expires=5, <sip:12348@10.0.0.9>;expires=70"]
)
def test_what_is_promised_is_read_from_our_own_contact(contact: str) -> None:
    registration = enrolment()
    registration.start(NOW)
    registration.request("c")
    registration.answered(said(200, ("Contact", contact)), NOW)
    assert registration.until == NOW + 70


def test_the_strongest_known_algorithm_and_old_servers_without_qop() -> None:
    offered = [
        ("WWW-Authenticate", 'Digest realm="r", nonce="a", algorithm=SHA-512-256, qop="auth"'),
        ("WWW-Authenticate", 'Digest realm="r", nonce="b", algorithm=MD5, qop="auth-int,auth"'),
        ("WWW-Authenticate", 'Digest realm="r", nonce="c", algorithm=SHA-256, qop="auth", opaque="x"'),
    ]
    challenge = challenge_in(said(401, *offered))
    assert challenge is not None and (challenge.algorithm, challenge.nonce) == ("SHA-256", "c")
    name, value = answer_to(challenge, "u", "p", ("REGISTER", "sip:r"), "cc")
    assert name == "Authorization" and 'opaque="x"' in value and re.search(r'response="[0-9a-f]{64}"', value)
    old = challenge_in(said(407, ("Proxy-Authenticate", 'Digest realm="r", nonce="n"')))
    assert old is not None and not old.qop
    name, value = answer_to(old, "u", "p", ("INVITE", "sip:r"), "cc")
    assert name == "Proxy-Authorization" and "cnonce" not in value
    assert challenge_in(said(401, ("WWW-Authenticate", 'Digest realm="r", nonce="n", qop="auth-int"'))) is None
    assert challenge_in(said(401, ("WWW-Authenticate", 'Digest realm="r", nonce="n"')), "other") is None
    assert challenge_in(said(401, ("WWW-Authenticate", "Basic realm=r"))) is None


def test_usable_trunks_first_then_by_priority_and_those_down_last() -> None:
    names = {"b": 1, "a": 0, "c": 2}
    carriers = Carriers([trunk(name, outbound={"priority": level}) for name, level in names.items()], PLACE, "boot")
    assert [each.name for each in carriers.ways(MOBILE, "call", NOW)] == ["a", "b", "c"]
    pulse = carriers.pulse("a")
    assert pulse is not None
    for _ in range(3):
        pulse.met(False, NOW)
    assert [each.name for each in carriers.ways(MOBILE, "call", NOW)] == ["b", "c", "a"]
    assert carriers.ways("110", "call", NOW) == []


def test_a_trunk_that_is_not_registered_comes_last() -> None:
    carriers = Carriers([registering(), trunk("other", outbound={"priority": 9})], PLACE, "boot")
    carriers.start(NOW)
    assert [each.name for each in carriers.ways(MOBILE, "call", NOW)] == ["other", "carrier"]
    enrolled = carriers.enrolment("carrier")
    assert enrolled is not None
    enrolled.request("c")
    enrolled.answered(said(200), NOW)
    assert [each.name for each in carriers.ways(MOBILE, "call", NOW)] == ["carrier", "other"]


def test_equals_share_by_weight_and_a_call_draws_the_same_lot_again() -> None:
    carriers = Carriers([trunk("one", outbound={"weight": 3}), trunk("two")], PLACE, "boot")
    first = Counter(carriers.ways(MOBILE, f"call-{number}", NOW)[0].name for number in range(4000))
    assert 2850 < first["one"] < 3150
    assert len({carriers.ways(MOBILE, "call-7", NOW)[0].name for _ in range(9)}) == 1


def test_what_is_asked_of_whom_and_not_twice() -> None:
    carriers = Carriers([registering(), trunk("quiet", health={"seconds": 0})], PLACE, "boot")
    assert carriers.next_deadline() is None and carriers.due(NOW, lambda: "s") == []
    carriers.start(NOW)
    asked = carriers.due(NOW, lambda: "s")
    assert [(each.trunk, each.kind) for each in asked] == [("carrier", "options"), ("carrier", "register")]
    assert asked[0].request.uri == "sip:10.0.0.1:5060"
    assert carriers.due(NOW, lambda: "s") == [] and carriers.next_deadline() is None


answers = st.one_of(
    st.none(),
    st.builds(
        said,
        st.sampled_from([200, 202, 301, 400, 401, 403, 404, 407, 423, 500, 503, 603]),
        st.tuples(
            st.sampled_from(["WWW-Authenticate", "Contact", "Expires", "Retry-After", "Min-Expires"]),
            st.sampled_from(
                [
                    'Digest realm="r", nonce="n"',
                    'Digest nonce="n", stale=true',
                    "<sip:12348@10.0.0.9>;expires=1",
                    "999999999",
                    "-1",
                    "<",
                    "",
                ]
            ),
        ),
    ),
)


@given(st.lists(answers, max_size=40))
def test_whatever_a_carrier_says_it_is_asked_again_and_never_in_a_flood(given_answers: list[Response | None]) -> None:
    registration, now, at_once = enrolment(), NOW, 0
    registration.start(now)
    for answer in given_answers:
        assert registration.due is not None
        at_once = at_once + 1 if registration.due <= now else 0
        assert at_once <= 5 and registration.due <= now + 86400
        now = max(now, registration.due)
        request: Request = registration.request("c")
        assert request.method == "REGISTER" and registration.due is None
        registration.answered(answer, now)
