"""Calls of workers to telephone numbers: over a trunk that allows them or nowhere. No sockets, no clock."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.settings import Settings
from telephony.edge.proxy.actions import Action, Send
from telephony.edge.proxy.front import Proxy
from telephony.edge.sip.flows import Flow
from telephony.edge.sip.message import Message, Request, Response, serialise

NOW = 1_700_000_000.0
WORKER = Flow("inside", "127.0.0.1", 40001)
CARRIER = Flow("udp", "10.0.0.1", 5070)
NUMBER = "sip:13800001234@12348;user=phone"
SHOWN = "02012348"


def make(home: Path, **outbound: Any) -> Proxy:
    target = {"host": "10.0.0.1", "port": 5070, "allow": ["1[3-9]xxxxxxxxx", "0xx…"], "caller_id": SHOWN}
    settings = Settings.model_validate(
        {
            "home": home,
            "folder": home,
            "sip": {"host": "10.0.0.9", "port": 5060, "inside_port": 15060},
            "trunks": [
                {"name": "in-only", "addresses": ["10.9.0.0/30"]},
                {"name": "carrier", "addresses": ["10.0.0.0/30"], "outbound": target | outbound},
            ],
        }
    )
    made = Proxy(settings, b"k" * 32, lambda: "0" * 16, [])
    made.workers_listed([{"worker": "w1", "sip_port": 40001, "state": "busy"}], NOW)
    return made


@pytest.fixture
def proxy(tmp_path: Path) -> Proxy:
    return make(tmp_path)


def invite(uri: str = NUMBER, shown: str = SHOWN, method: str = "INVITE", extra: str = "") -> bytes:
    return (
        f"{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:40001;branch=z9hG4bKo;rport\r\n"
        f"Route: <sip:127.0.0.1:15060;lr>\r\n{extra}"
        f'From: "{shown}" <sip:{shown}@10.0.0.9>;tag=f\r\nTo: <{uri}>\r\nCall-ID: c1\r\nCSeq: 7 {method}\r\n'
        "Contact: <sip:12348@127.0.0.1:40001>\r\nX-Hotline-Call: HB000001-1\r\nContent-Length: 0\r\n\r\n"
    ).encode()


def sent(actions: list[Action]) -> list[Send]:
    return [action for action in actions if isinstance(action, Send)]


def one(actions: list[Action]) -> Message:
    [only] = sent(actions)
    return only.message


def status(actions: list[Action]) -> int:
    message = one(actions)
    assert isinstance(message, Response)
    return message.status


def went_out(actions: list[Action]) -> Request:
    [only] = sent(actions)
    assert only.flow == CARRIER
    assert isinstance(only.message, Request)
    return only.message


def answer(request: Message, code: int) -> bytes:
    kept = [h for h in request.headers if h[0] in ("Via", "Record-Route", "From", "To", "Call-ID", "CSeq")]
    headers = [(n, f"{v};tag=t" if n == "To" else v) for n, v in kept]
    return serialise(Response([*headers, ("Contact", "<sip:x@10.0.0.2:5080>")], b"", code, "x"))


def test_an_allowed_number_goes_to_the_trunks_target_and_nowhere_else(proxy: Proxy) -> None:
    request = went_out(proxy.received(invite(), WORKER, NOW))
    assert request.uri == "sip:13800001234@10.0.0.1:5070;user=phone"
    assert request.get("P-Asserted-Identity") == "<sip:02012348@10.0.0.9>"
    assert [value for value in request.all("Record-Route") if "10.0.0.9" in value or "127.0.0.1" in value] != []
    assert len(request.all("Record-Route")) == 2
    assert request.get("X-Hotline-Call") is None, "what is ours stays inside"


def test_digits_are_taken_off_and_put_before(tmp_path: Path) -> None:
    proxy = make(tmp_path, strip="138", prefix="90")
    assert went_out(proxy.received(invite(), WORKER, NOW)).uri.startswith("sip:9000001234@")


def test_a_carrier_on_tcp_may_be_connected_to(tmp_path: Path) -> None:
    [only] = sent(make(tmp_path, transport="tcp").received(invite(), WORKER, NOW))
    assert (only.flow, only.connect) == (Flow("tcp", "10.0.0.1", 5070), True)
    assert isinstance(only.message, Request) and only.message.uri.endswith(";user=phone;transport=tcp")


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("sip:12800001234@12348;user=phone", SHOWN),
        ("sip:110@12348;user=phone", SHOWN),
        ("sip:+8613800001234@12348;user=phone", SHOWN),
        ("sip:13800001234@evil.example;user=phone", SHOWN),
        ("sip:13800001234@10.0.0.1:5070;user=phone", SHOWN),
        ("sip:12348;user=phone", SHOWN),
        (NUMBER, "110"),
        (NUMBER, "anonymous"),
    ],
)
def test_other_numbers_other_hosts_and_other_identities_are_refused(proxy: Proxy, uri: str, shown: str) -> None:
    assert status(proxy.received(invite(uri, shown), WORKER, NOW)) == 403


def test_who_is_no_worker_calls_nobody(proxy: Proxy) -> None:
    stranger = Flow("inside", "127.0.0.1", 40099)
    assert status(proxy.received(invite(), stranger, NOW)) == 403


@pytest.mark.parametrize("source", [CARRIER, Flow("udp", "10.7.7.7", 5060)])
def test_from_outside_no_number_can_be_reached(proxy: Proxy, source: Flow) -> None:
    """A trunk that calls a number of the allow-list is no relay's customer."""
    assert status(proxy.received(invite(), source, NOW)) in (403, 404)


def test_an_identity_of_the_workers_own_is_not_passed_on(proxy: Proxy) -> None:
    extra = "P-Asserted-Identity: <sip:110@10.0.0.9>\r\nRemote-Party-ID: <sip:110@10.0.0.9>\r\nPrivacy: id\r\n"
    request = went_out(proxy.received(invite(extra=extra), WORKER, NOW))
    assert request.all("P-Asserted-Identity") == ["<sip:02012348@10.0.0.9>"]
    assert request.get("Privacy") is None
    assert not any("110@" in value for _, value in request.headers)


def test_the_answers_find_the_worker_and_the_call_can_be_ended_from_either_side(proxy: Proxy) -> None:
    out = went_out(proxy.received(invite(), WORKER, NOW))
    [ringing] = sent(proxy.received(answer(out, 180), CARRIER, NOW))
    assert ringing.flow == WORKER
    [taken] = sent(proxy.received(answer(out, 200), CARRIER, NOW))
    assert taken.flow == WORKER
    routes = taken.message.all("Record-Route")
    mine = "".join(f"Route: {value}\r\n" for value in routes[::-1])
    bye = invite("sip:x@10.0.0.2:5080", method="BYE").replace(b"Route: <sip:127.0.0.1:15060;lr>\r\n", mine.encode())
    [ended] = sent(proxy.received(bye.replace(b"phone>\r\n", b"phone>;tag=t\r\n"), WORKER, NOW))
    assert ended.flow == Flow("udp", "10.0.0.2", 5080), "another address of the same trunk, from its Contact"
    theirs = "".join(f"Route: {value}\r\n" for value in routes)
    hung_up = (
        f"BYE sip:12348@127.0.0.1:40001 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1:5070;branch=z9hG4bKb\r\n{theirs}"
        f"From: <{NUMBER}>;tag=t\r\nTo: <sip:{SHOWN}@10.0.0.9>;tag=f\r\nCall-ID: c1\r\nCSeq: 1 BYE\r\n\r\n"
    )
    [back] = sent(proxy.received(hung_up.encode(), CARRIER, NOW))
    assert back.flow == WORKER


def test_cancel_goes_the_way_of_its_invite(proxy: Proxy) -> None:
    out = went_out(proxy.received(invite(), WORKER, NOW))
    assert status(proxy.received(invite(method="CANCEL"), WORKER, NOW)) == 200
    [first, _] = sent(proxy.received(answer(out, 180), CARRIER, NOW))
    request = first.message
    assert isinstance(request, Request) and first.flow == CARRIER
    assert (request.method, request.uri) == ("CANCEL", "sip:13800001234@10.0.0.1:5070;user=phone")


def test_a_worker_that_dies_takes_its_ringing_and_its_talk_with_it(proxy: Proxy) -> None:
    out = went_out(proxy.received(invite(), WORKER, NOW))
    proxy.received(answer(out, 180), CARRIER, NOW)
    gone = {"worker": "w1", "sip_port": 40001, "state": "gone"}
    assert went_out(proxy.worker_said(gone, NOW)).method == "CANCEL"
    late = sent(proxy.received(answer(out, 200), CARRIER, NOW))
    assert [each.message.method for each in late if isinstance(each.message, Request)] == ["ACK", "BYE"]


@given(st.text(max_size=20), st.sampled_from(["12348", "10.0.0.9", "10.0.0.1", "evil.example", "127.0.0.1:15060"]))
def test_whatever_is_dialled_only_the_trunks_target_is_ever_sent_to(user: str, host: str) -> None:
    proxy = make(Path("unused"))
    for action in sent(proxy.received(invite(f"sip:{user}@{host};user=phone"), WORKER, NOW)):
        if isinstance(action.message, Request):
            assert action.flow == CARRIER
            assert user.isascii() and user.isdigit()
        else:
            assert action.flow == WORKER
