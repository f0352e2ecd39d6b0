"""Registered phones: who must show who they are, how workers reach them, what they may call. No sockets, no clock."""

import hashlib
import itertools
import re
from pathlib import Path

import pytest

from config.settings import Settings
from records.credentials import Credentials, credentials_for
from telephony.edge.proxy.actions import Action, Fetch, Keep, Phone, Send
from telephony.edge.proxy.front import Proxy
from telephony.edge.sip.flows import Flow
from telephony.edge.sip.message import Message, Request, Response, serialise

NOW = 1_700_000_000.0
PHONE = Flow("udp", "10.1.1.1", 5060)
WORKER = Flow("inside", "127.0.0.1", 40001)
KNOWN = credentials_for("1001", "12348", "secret")


@pytest.fixture
def proxy(tmp_path: Path) -> Proxy:
    settings = Settings.model_validate(
        {
            "home": tmp_path,
            "folder": tmp_path,
            "sip": {"host": "10.0.0.9", "port": 5060, "inside_port": 15060},
            "trunks": [{"name": "carrier", "addresses": ["10.0.0.0/30"]}],
        }
    )
    salts = itertools.count()
    made = Proxy(settings, b"k" * 32, lambda: f"{next(salts):016x}", [])
    made.workers_listed([{"worker": "w1", "sip_port": 40001, "state": "busy"}], NOW)
    made.worker_said({"worker": "w2", "sip_port": 40002, "state": "idle"}, NOW)
    return made


def request(method: str, uri: str, source: Flow, branch: str, extra: str = "", to: str = "<sip:1001@12348>") -> bytes:
    via = f"{'TCP' if source.transport == 'tcp' else 'UDP'} {source.host}:{source.port}"
    return (
        f"{method} {uri} SIP/2.0\r\nVia: SIP/2.0/{via};branch=z9hG4bK{branch};rport\r\n{extra}"
        f"From: <sip:1001@12348>;tag=f\r\nTo: {to}\r\nCall-ID: c1\r\nCSeq: 7 {method}\r\n"
        f"Contact: <sip:1001@{source.host}:{source.port}>\r\nContent-Length: 0\r\n\r\n"
    ).encode()


def first(actions: list[Action]) -> Message:
    return next(action.message for action in actions if isinstance(action, Send))


def shown(actions: list[Action]) -> list[tuple[str, Flow]]:
    sent = [action for action in actions if isinstance(action, Send)]
    return [(str(s.message.status) if isinstance(s.message, Response) else s.message.method, s.flow) for s in sent]


def statuses(actions: list[Action]) -> list[str]:
    return [what for what, _ in shown(actions)]


def credentials(challenge: Message, method: str, uri: str, user: str = "1001", password: str = "secret") -> str:
    """The header a phone that knows only MD5 sends back."""
    asked, name = "WWW-Authenticate", "Authorization"
    if method == "INVITE":
        asked, name = "Proxy-Authenticate", "Proxy-Authorization"
    value = next(value for value in challenge.all(asked) if "algorithm=MD5" in value)
    found = re.search(r'nonce="([^"]+)"', value)
    assert found is not None

    def h(text: str) -> str:
        return hashlib.md5(text.encode()).hexdigest()

    count = "00000001" if method == "REGISTER" else "00000002"
    response = h(f"{h(f'{user}:12348:{password}')}:{found[1]}:{count}:cc:auth:{h(f'{method}:{uri}')}")
    return (
        f'{name}: Digest username="{user}", realm="12348", nonce="{found[1]}", uri="{uri}", response="{response}", '
        f'algorithm=MD5, cnonce="cc", qop=auth, nc={count}\r\n'
    )


def log_in(
    proxy: Proxy,
    source: Flow = PHONE,
    password: str = "secret",
    known: Credentials | None = KNOWN,
    contact: Flow | None = None,
) -> list[Action]:
    challenge = proxy.received(request("REGISTER", "sip:12348", source, "r1"), source, NOW)
    assert shown(challenge) == [("401", source)]
    given = credentials(first(challenge), "REGISTER", "sip:12348", password=password)
    data, at = request("REGISTER", "sip:12348", source, "r2", given), contact or source
    named = (f"Contact: <sip:1001@{each.host}:{each.port}>".encode() for each in (source, at))
    [asked] = proxy.received(data.replace(*named), source, NOW)
    assert isinstance(asked, Fetch) and asked.user == "1001"
    return proxy.credentials(asked.job, known, NOW)


def answer(sent: Message, status: int) -> bytes:
    kept = [h for h in sent.headers if h[0] in ("Via", "Record-Route", "From", "To", "Call-ID", "CSeq")]
    headers = [(n, f"{v};tag=t" if n == "To" and "tag" not in v else v) for n, v in kept]
    contact = ("Contact", "<sip:1001@10.1.1.1:5060>")
    return serialise(Response([*headers, contact], b"", status, "x"))


def dial(proxy: Proxy, uri: str = "sip:1001@12348", source: Flow = WORKER) -> list[Action]:
    return proxy.received(request("INVITE", uri, source, "d", "Route: <sip:127.0.0.1:15060;lr>\r\n"), source, NOW)


def rung(proxy: Proxy) -> Request:
    """The INVITE that the one phone of 1001 got of w1's."""
    trying, sent = (action.message for action in dial(proxy) if isinstance(action, Send))
    assert isinstance(trying, Response) and trying.status == 100
    assert isinstance(sent, Request) and sent.method == "INVITE"
    return sent


def test_a_phone_that_shows_who_it_is_is_registered(proxy: Proxy) -> None:
    actions = log_in(proxy)
    assert statuses(actions) == ["200"]
    assert actions[1:] == [Phone("1001", True), Keep()]
    assert proxy.phones(NOW) == ["1001"]


def test_register_sent_again_gets_the_same_answer_and_changes_nothing(proxy: Proxy) -> None:
    challenge = proxy.received(request("REGISTER", "sip:12348", PHONE, "r1"), PHONE, NOW)
    given = credentials(first(challenge), "REGISTER", "sip:12348")
    data = request("REGISTER", "sip:12348", PHONE, "r2", given)
    [asked] = proxy.received(data, PHONE, NOW)
    assert isinstance(asked, Fetch)
    assert proxy.received(data, PHONE, NOW) == []
    actions = proxy.credentials(asked.job, KNOWN, NOW)
    assert proxy.credentials(asked.job, KNOWN, NOW) == []
    assert proxy.received(data, PHONE, NOW + 1) == actions[:1]
    proxy.tick(NOW + 60)
    assert len(proxy.state.answered) == 0


def test_wrong_password_and_unknown_user_look_the_same(proxy: Proxy) -> None:
    wrong = first(log_in(proxy, password="guess"))
    unknown = first(log_in(proxy, known=None))
    assert isinstance(wrong, Response) and isinstance(unknown, Response) and wrong.status == 401
    texts = [re.sub(rb'nonce="[^"]+"', b"", serialise(message)) for message in (wrong, unknown)]
    assert texts[0] == texts[1]
    assert proxy.phones(NOW) == []


def test_an_answer_to_no_challenge_of_ours_costs_no_look_up(proxy: Proxy) -> None:
    challenge = proxy.received(request("REGISTER", "sip:12348", PHONE, "r1"), PHONE, NOW)
    given = credentials(first(challenge), "REGISTER", "sip:12348").replace('nonce="0', 'nonce="1')
    assert statuses(proxy.received(request("REGISTER", "sip:12348", PHONE, "r2", given), PHONE, NOW)) == ["401"]


def test_a_phone_that_challenges_a_worker_gets_no_proof_of_anything(proxy: Proxy) -> None:
    log_in(proxy)
    data = answer(rung(proxy), 407).replace(b"\r\n\r\n", b'\r\nProxy-Authenticate: Digest realm="*", nonce="n"\r\n\r\n')
    actions = proxy.received(data, PHONE, NOW)
    assert shown(actions) == [("ACK", PHONE), ("407", WORKER)]
    passed = next(action.message for action in actions if isinstance(action, Send) and action.flow == WORKER)
    assert passed.get("Proxy-Authenticate") is None


def test_nobody_registers_for_another(proxy: Proxy) -> None:
    challenge = proxy.received(request("REGISTER", "sip:12348", PHONE, "r1"), PHONE, NOW)
    given = credentials(first(challenge), "REGISTER", "sip:12348")
    [asked] = proxy.received(request("REGISTER", "sip:12348", PHONE, "r2", given, "<sip:1002@12348>"), PHONE, NOW)
    assert isinstance(asked, Fetch)
    assert statuses(proxy.credentials(asked.job, KNOWN, NOW)) == ["403"]


def test_when_credentials_cannot_be_looked_up_the_phone_shall_come_again(proxy: Proxy) -> None:
    challenge = proxy.received(request("REGISTER", "sip:12348", PHONE, "r1"), PHONE, NOW)
    given = credentials(first(challenge), "REGISTER", "sip:12348")
    [asked] = proxy.received(request("REGISTER", "sip:12348", PHONE, "r2", given), PHONE, NOW)
    assert isinstance(asked, Fetch)
    assert statuses(proxy.credentials_failed(asked.job)) == ["503"]
    assert proxy.credentials_failed(asked.job) == []


def test_registrations_run_out_and_the_core_is_told(proxy: Proxy) -> None:
    log_in(proxy)
    assert proxy.tick(NOW + 3599) == []
    assert proxy.tick(NOW + 3601) == [Phone("1001", False), Keep()]


def test_a_worker_reaches_a_phone_and_follows_it_by_token(proxy: Proxy) -> None:
    nat = Flow("udp", "10.1.1.1", 30001)
    log_in(proxy, nat)
    actions = dial(proxy)
    assert shown(actions) == [("100", WORKER), ("INVITE", nat)]
    sent = next(action.message for action in actions if isinstance(action, Send) and action.flow == nat)
    assert isinstance(sent, Request) and sent.uri == "sip:1001@10.1.1.1:30001"
    assert [value.split("@")[1] for value in sent.all("Record-Route")] == ["10.0.0.9:5060;lr>", "127.0.0.1:15060;lr>"]
    assert sent.get("Route") is None
    assert proxy.received(answer(sent, 100), nat, NOW) == []
    for status in (180, 200):
        passed = proxy.received(answer(sent, status), nat, NOW)
        assert shown(passed) == [(str(status), WORKER)]
    back = "".join(f"Route: {value}\r\n" for value in first(passed).all("Record-Route")[::-1])
    ack = request("ACK", "sip:1001@192.168.0.9:5060", WORKER, "a", back, "<sip:1001@12348>;tag=t")
    assert shown(proxy.received(ack, WORKER, NOW)) == [("ACK", nat)]


@pytest.mark.parametrize(
    ("uri", "source", "status"),
    [
        ("sip:1002@12348", WORKER, "480"),
        ("sip:1001@127.0.0.1:15060", WORKER, "100 INVITE"),
        ("sip:1001@evil.example", WORKER, "403"),
        ("sip:12348", WORKER, "404"),
        ("sip:1001@12348", Flow("inside", "127.0.0.1", 40099), "403"),
    ],
)
def test_workers_call_registered_phones_and_nobody_else(proxy: Proxy, uri: str, source: Flow, status: str) -> None:
    log_in(proxy)
    assert statuses(dial(proxy, uri, source)) == status.split()


@pytest.mark.parametrize(("method", "status"), [("REGISTER", "403"), ("OPTIONS", "200"), ("BYE", "481"), ("X", "501")])
def test_what_else_comes_from_inside(proxy: Proxy, method: str, status: str) -> None:
    assert statuses(proxy.received(request(method, "sip:1001@12348", WORKER, "x"), WORKER, NOW)) == [status]


def test_cancel_and_the_ack_of_a_refusal_go_the_way_of_the_invite_though_the_phone_moved(proxy: Proxy) -> None:
    log_in(proxy)
    sent = rung(proxy)
    log_in(proxy, Flow("udp", "10.1.1.9", 5060))
    proxy.received(answer(sent, 180), PHONE, NOW)
    cancel = proxy.received(request("CANCEL", "sip:1001@12348", WORKER, "d"), WORKER, NOW)
    assert shown(cancel) == [("200", WORKER), ("CANCEL", PHONE), ("487", WORKER)]
    ended = proxy.received(answer(sent, 487), PHONE, NOW)
    assert shown(ended) == [("ACK", PHONE)]
    assert first(ended).via.branch == sent.via.branch
    ack = request("ACK", "sip:1001@12348", WORKER, "d", "", "<sip:1001@12348>;tag=t")
    assert proxy.received(ack, WORKER, NOW) == []


def test_a_phone_rung_by_a_worker_that_dies_stops_ringing(proxy: Proxy) -> None:
    log_in(proxy)
    sent = rung(proxy)
    proxy.received(answer(sent, 180), PHONE, NOW)
    gone = proxy.worker_said({"worker": "w1", "sip_port": 40001, "state": "gone"}, NOW + 1)
    assert shown(gone) == [("CANCEL", PHONE)]
    assert shown(proxy.received(answer(sent, 487), PHONE, NOW + 1)) == [("ACK", PHONE)]


def test_a_phone_picked_up_just_as_the_worker_died_hears_bye(proxy: Proxy) -> None:
    log_in(proxy)
    sent = rung(proxy)
    proxy.worker_said({"worker": "w1", "sip_port": 40001, "state": "gone"}, NOW + 1)
    late = proxy.received(answer(sent, 200), PHONE, NOW + 1)
    assert shown(late) == [("ACK", PHONE), ("BYE", PHONE)]
    ack = first(late)
    assert (ack.cseq, ack.to_tag) == ((7, "ACK"), "t")


def test_a_phone_may_call_the_hotline_when_it_shows_who_it_is(proxy: Proxy) -> None:
    log_in(proxy)
    invite = request("INVITE", "sip:12348@10.0.0.9", PHONE, "i1", "", "<sip:12348@12348>")
    challenge = proxy.received(invite, PHONE, NOW + 1)
    assert shown(challenge) == [("407", PHONE)]
    given = credentials(first(challenge), "INVITE", "sip:12348@10.0.0.9")
    again = request("INVITE", "sip:12348@10.0.0.9", PHONE, "i2", given, "<sip:12348@12348>")
    [asked] = proxy.received(again, PHONE, NOW + 1)
    assert isinstance(asked, Fetch)
    actions = proxy.credentials(asked.job, KNOWN, NOW + 1)
    assert shown(actions) == [("100", PHONE), ("INVITE", Flow("inside", "127.0.0.1", 40002))]
    sent = actions[-1]
    assert isinstance(sent, Send)
    assert sent.message.get("X-Hotline-Trunk") == "phone:1001"
    assert sent.message.get("Proxy-Authorization") is None


def test_a_phone_that_is_not_registered_is_a_stranger(proxy: Proxy) -> None:
    invite = request("INVITE", "sip:12348@10.0.0.9", PHONE, "i1", "", "<sip:12348@12348>")
    assert statuses(proxy.received(invite, PHONE, NOW)) == ["403"]


def in_a_call(proxy: Proxy, flow: Flow) -> str:
    """1001 comes over the stream `flow` and picks up; the Route lines of the worker's requests to it."""
    proxy.connected(flow)
    log_in(proxy, flow)
    passed = proxy.received(answer(rung(proxy), 200), flow, NOW)
    return "".join(f"Route: {value}\r\n" for value in first(passed).all("Record-Route")[::-1])


def test_a_call_on_tcp_follows_the_phone_to_its_new_connection(proxy: Proxy) -> None:
    old, new = Flow("tcp", "10.1.1.1", 30001), Flow("tcp", "10.1.1.1", 30002)
    back = in_a_call(proxy, old)
    assert Phone("1001", False) in proxy.disconnected(old, NOW)
    proxy.connected(new)
    log_in(proxy, new)
    bye = request("BYE", "sip:1001@192.168.0.9", WORKER, "b", back, "<sip:1001@12348>;tag=t")
    assert shown(proxy.received(bye, WORKER, NOW)) == [("BYE", new)]


def test_of_several_phones_the_one_in_the_call_is_followed(proxy: Proxy) -> None:
    old, new, other = (Flow("tcp", host, port) for host, port in (("10.1.1.1", 1), ("10.1.1.1", 2), ("10.1.1.2", 3)))
    back = in_a_call(proxy, old)
    proxy.disconnected(old, NOW)
    for flow in (other, new):  # both are as new; the first has nothing to do with the call
        proxy.connected(flow)
        log_in(proxy, flow)
    bye = request("BYE", "sip:1001@192.168.0.9", WORKER, "b", back, "<sip:1001@12348>;tag=t")
    assert shown(proxy.received(bye, WORKER, NOW)) == [("BYE", new)]


def test_a_call_on_a_dead_stream_is_not_given_to_another_telephone_of_the_user(proxy: Proxy) -> None:
    old, desk = Flow("tcp", "10.1.1.1", 1), Flow("udp", "10.1.1.2", 5060)
    back = in_a_call(proxy, old)
    log_in(proxy, desk)
    proxy.disconnected(old, NOW)
    again = request("INVITE", "sip:1001@192.168.0.9", WORKER, "b", back, "<sip:1001@12348>;tag=t")
    assert desk not in [flow for _, flow in shown(proxy.received(again, WORKER, NOW))]


def test_a_phone_that_comes_again_after_the_call_was_given_up_stops_ringing(proxy: Proxy) -> None:
    old, new = Flow("tcp", "10.1.1.1", 30001), Flow("tcp", "10.1.1.1", 30002)
    proxy.connected(old)
    log_in(proxy, old)
    proxy.received(answer(rung(proxy), 180), old, NOW)
    proxy.disconnected(old, NOW)
    cancel = proxy.received(request("CANCEL", "sip:1001@12348", WORKER, "d"), WORKER, NOW)
    assert shown(cancel) == [("200", WORKER), ("487", WORKER)], "there is no way to the phone"
    assert shown(proxy.received(request("ACK", "sip:1001@12348", WORKER, "d"), WORKER, NOW)) == []
    proxy.tick(NOW + 0.6)
    proxy.connected(new)
    assert shown(log_in(proxy, new, contact=old)) == [("200", new), ("CANCEL", new)]
