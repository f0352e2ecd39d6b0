"""Requests within calls, decision by decision: sent again, answered again, cancelled, looped, strictly routed."""

from pathlib import Path

import pytest

from config.settings import Settings
from telephony.edge.proxy.actions import Place, Send
from telephony.edge.proxy.front import Proxy
from telephony.edge.sip.flows import Flow
from telephony.edge.sip.message import Message, Request, serialise
from telephony.edge.transactions.invites import LINGER, LONGEST
from telephony.edge.transactions.relays import NEXT, Event, Phase
from tests.telephony.edge_proxy import NOW, TRUNK, answer, call, inside, last, make, request, sends, shown, up

WORKER = inside(40001)


@pytest.fixture
def proxy(tmp_path: Path) -> Proxy:
    made = make(tmp_path)
    made.workers_listed([{"worker": "w1", "sip_port": 40001, "state": "idle"}], NOW - 50)
    return made


def within(proxy: Proxy, method: str, branch: str = "in", cseq: int = 2, back: str = "", source: Flow = TRUNK) -> bytes:
    via = {"udp": "UDP 10.0.0.1:5060", "tcp": "TCP 10.0.0.1:5060"}[source.transport]
    return request(method, "sip:w@127.0.0.1:40001", branch, "worker", back, cseq, via)


def test_a_request_of_a_caller_on_tcp_is_sent_again_to_the_worker_until_it_answers(proxy: Proxy) -> None:
    back, tcp = up(proxy), Flow("tcp", "10.0.0.1", 33333)
    assert shown(proxy.received(within(proxy, "INFO", back=back, source=tcp), tcp, NOW)) == [("INFO", WORKER)]
    assert shown(proxy.tick(NOW + 0.5)) == [("INFO", WORKER)]
    again = proxy.tick(NOW + 1.5)
    assert shown(again) == [("INFO", WORKER)]
    assert shown(proxy.received(answer(last(again), 200), WORKER, NOW + 1.6)) == [("200", tcp)]
    assert proxy.received(answer(last(again), 200), WORKER, NOW + 1.7) == [], "the second answer goes no further"
    assert proxy.tick(NOW + 4) == []
    assert shown(proxy.received(within(proxy, "INFO", back=back, source=tcp), tcp, NOW + 5)) == [("200", tcp)]


def test_what_is_never_answered_is_forgotten_without_a_word(proxy: Proxy) -> None:
    proxy.received(within(proxy, "INFO", back=up(proxy)), TRUNK, NOW)
    copies = 0
    for step in range(1, 400):
        actions = proxy.tick(NOW + step / 10)
        assert {name for name, _ in shown(actions)} <= {"INFO"}, "RFC 4320: no 408 for other than INVITE"
        copies += len(actions)
    assert copies == 10, "0.5, 1.5, 3.5, then every 4 s until 32"
    assert len(proxy.state.relays) == 0


def test_a_phone_that_is_silent_to_a_notice_ends_no_call(proxy: Proxy) -> None:
    """At 32 s the worker's PJSIP would send BYE for it (RFC 5057 §5.1); and not for a phone that answers."""
    back = up(proxy)
    told: list[tuple[float, str]] = []
    proxy.received(from_worker("NOTIFY", back), WORKER, NOW)
    for step in range(1, 500):
        told += [(step / 10, name) for name, flow in shown(proxy.tick(NOW + step / 10)) if flow == WORKER]
    assert [name for _, name in told] == ["200"]
    assert told[0][0] < LINGER - 1
    assert len(proxy.state.relays) == 0


def test_a_caller_who_asks_whether_the_call_is_there_is_told_so(proxy: Proxy) -> None:
    back = up(proxy)
    for status, told in ((500, "200"), (481, "481")):
        sent = last(proxy.received(within(proxy, "OPTIONS", f"o{status}", back=back), TRUNK, NOW))
        answered = proxy.received(answer(sent, status), WORKER, NOW)
        assert shown(answered) == [(told, TRUNK)]
        assert (last(answered).get("Allow") is not None) is (status == 500)
    for method, told in (("INFO", "200"), ("SUBSCRIBE", "489"), ("UPDATE", "500")):
        sent = last(proxy.received(within(proxy, method, f"i{method}", back=back), TRUNK, NOW))
        assert shown(proxy.received(answer(sent, 500), WORKER, NOW)) == [(told, TRUNK)]
    proxy.state.ledger.ended(proxy.state.ledger.dialogs()[0])
    sent = last(proxy.received(within(proxy, "OPTIONS", "over", back=back), TRUNK, NOW))
    assert shown(proxy.received(answer(sent, 500), WORKER, NOW)) == [("481", TRUNK)], "said while a dialog lingers"


def test_a_re_invite_is_tried_refused_and_acknowledged_on_each_side_by_itself(proxy: Proxy) -> None:
    back = up(proxy)
    sent = proxy.received(within(proxy, "INVITE", back=back), TRUNK, NOW)
    assert shown(sent) == [("100", TRUNK), ("INVITE", WORKER)]
    assert shown(proxy.received(within(proxy, "INVITE", back=back), TRUNK, NOW)) == [("100", TRUNK)]
    refused = proxy.received(answer(last(sent), 488), WORKER, NOW)
    assert shown(refused) == [("ACK", WORKER), ("488", TRUNK)]
    assert shown(proxy.tick(NOW + 0.5)) == [("488", TRUNK)]
    ack = within(proxy, "ACK", back=back)
    assert proxy.received(ack, TRUNK, NOW + 1) == []
    assert proxy.received(ack, TRUNK, NOW + 1) == []
    assert shown(proxy.received(answer(last(sent), 488), WORKER, NOW + 1)) == [("ACK", WORKER)]
    assert [proxy.tick(NOW + after) for after in (2, 7)] == [[], []]
    assert len(proxy.state.relays) == 0


def test_every_200_to_a_re_invite_passes_and_its_ack_goes_through(proxy: Proxy) -> None:
    back = up(proxy)
    sent = last(proxy.received(within(proxy, "INVITE", back=back), TRUNK, NOW))
    for _ in range(2):
        assert shown(proxy.received(answer(sent, 200), WORKER, NOW)) == [("200", TRUNK)]
    assert shown(proxy.received(within(proxy, "ACK", "other", back=back), TRUNK, NOW)) == [("ACK", WORKER)]
    assert proxy.tick(NOW + LINGER) == [] and len(proxy.state.relays) == 0


def test_a_re_invite_nobody_answers_is_408_and_one_that_rings_for_ever_is_cancelled(proxy: Proxy) -> None:
    back = up(proxy)
    proxy.received(within(proxy, "INVITE", back=back), TRUNK, NOW)
    assert ("408", TRUNK) in shown(proxy.tick(NOW + LINGER))
    sent = last(proxy.received(within(proxy, "INVITE", "two", 3, back), TRUNK, NOW + 40))
    assert shown(proxy.received(answer(sent, 180), WORKER, NOW + 40)) == [("180", TRUNK)]
    proxy.tick(NOW + 100)
    ended = proxy.tick(NOW + 40 + LONGEST)
    assert shown(ended) == [("CANCEL", WORKER)]
    assert last(ended).via.branch == sent.via.branch


def test_cancel_of_a_re_invite_waits_for_an_answer_and_goes_the_same_way(proxy: Proxy) -> None:
    back = up(proxy)
    sent = last(proxy.received(within(proxy, "INVITE", back=back), TRUNK, NOW))
    assert shown(proxy.received(within(proxy, "CANCEL", back=back), TRUNK, NOW)) == [("200", TRUNK)]
    assert shown(proxy.received(answer(sent, 180), WORKER, NOW)) == [("CANCEL", WORKER), ("180", TRUNK)]
    assert shown(proxy.received(answer(sent, 487), WORKER, NOW)) == [("ACK", WORKER), ("487", TRUNK)]


def test_a_request_of_a_worker_is_sent_again_by_us_to_a_caller_on_udp(proxy: Proxy) -> None:
    back = up(proxy)
    bye = from_worker("BYE", back)
    assert [name for name, _ in shown(proxy.received(bye, WORKER, NOW))] == ["BYE"]
    assert proxy.received(bye, WORKER, NOW + 0.1) == [], "absorbed: our own timer sends it again"
    sent = proxy.tick(NOW + 0.5)
    assert [name for name, _ in shown(sent)] == ["BYE"]
    assert shown(proxy.received(answer(last(sent), 200), TRUNK, NOW + 1)) == [("200", WORKER)]
    assert shown(proxy.received(bye, WORKER, NOW + 2)) == [("200", WORKER)]


@pytest.mark.parametrize(
    ("method", "status", "told", "over"),
    [
        ("NOTIFY", 481, "200", False),
        ("NOTIFY", 408, "200", False),
        ("INFO", 481, "481", False),
        ("REFER", 408, "408", False),
        ("UPDATE", 481, "481", True),
        ("INVITE", 408, "408", True),
        ("BYE", 481, "481", True),
    ],
)
def test_only_invite_and_update_end_a_call_by_being_answered_408_or_481(
    proxy: Proxy, method: str, status: int, told: str, over: bool
) -> None:
    """RFC 5057 §5.1; PJSIP would end the call on an answer to NOTIFY as well."""
    sent = last(proxy.received(from_worker(method, up(proxy)), WORKER, NOW))
    assert (told, WORKER) in shown(proxy.received(answer(sent, status, "caller"), TRUNK, NOW))
    assert (len(proxy.state.ledger) == 0) is over


def from_worker(method: str, back: str, uri: str = "sip:138@10.0.0.1:5080") -> bytes:
    routes = "".join(f"{line}\r\n" for line in back.strip().split("\r\n")[::-1])
    return (
        f"{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:40001;branch=z9hG4bKw\r\n{routes}"
        f"From: <sip:12348@10.0.0.9>;tag=worker\r\nTo: <sip:138@10.0.0.1>;tag=caller\r\nCall-ID: c1\r\n"
        f"CSeq: 9 {method}\r\nContent-Length: 0\r\n\r\n"
    ).encode()


def test_what_finds_no_connection_is_answered_for(proxy: Proxy) -> None:
    back = up(proxy)
    [sent] = sends(proxy.received(from_worker("INFO", back), WORKER, NOW))
    assert shown(proxy.undelivered(sent, NOW)) == [("500", WORKER)]
    assert proxy.undelivered(sent, NOW) == []
    assert proxy.undelivered(Send(TRUNK, Request([("Via", "SIP/2.0/UDP a;branch=b")], b"", "BYE", "sip:a")), NOW) == []


def test_an_answer_that_finds_no_connection_goes_to_the_via_of_a_trunk_and_of_nobody_else(proxy: Proxy) -> None:
    for host, found in (("10.0.0.1", [("200", Flow("tcp", "10.0.0.1", 5062))]), ("10.9.9.9", [])):
        gone = Flow("tcp", host, 40000)
        [sent] = sends(proxy.received(request("OPTIONS", via="TCP 203.0.113.9:5062"), gone, NOW))
        tried = proxy.undelivered(sent, NOW)
        assert shown(tried) == found
        assert [proxy.undelivered(each, NOW) for each in sends(tried)] == [[]] * len(found), "once"


def test_a_caller_that_speaks_over_a_new_stream_is_answered_and_called_there(proxy: Proxy) -> None:
    first, second = (Flow("tcp", "10.0.0.1", port) for port in (40001, 40002))
    proxy.connected(first)
    over = "TCP 10.0.0.1:5060"
    sent = last(proxy.received(request(via=over), first, NOW))
    ok = last(proxy.received(answer(sent, 200), WORKER, NOW))
    back = "".join(f"Route: {value}\r\n" for value in ok.all("Record-Route")[::-1])
    proxy.disconnected(first, NOW)
    proxy.connected(second)
    [info] = sends(proxy.received(request("INFO", "sip:w@127.0.0.1:40001", "i", "worker", back, 2, over), second, NOW))
    assert info.flow == WORKER
    [bye] = sends(proxy.received(from_worker("BYE", back), WORKER, NOW))
    assert (bye.flow, bye.connect) == (second, False)


def test_a_worker_that_dies_with_a_bye_on_its_way_is_answered_for(proxy: Proxy) -> None:
    back = up(proxy)
    proxy.received(within(proxy, "BYE", back=back), TRUNK, NOW)
    proxy.worker_said({"worker": "w1", "sip_port": 40001, "state": "gone"}, NOW)
    assert ("200", TRUNK) in shown(proxy.tick(NOW + 0.5))


def looped(message: Message, uri: str = "") -> bytes:
    assert isinstance(message, Request)
    again = message.copy()
    again.uri = uri or again.uri
    again.headers.insert(0, ("Via", "SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bKother"))
    again.remove("Record-Route")
    return serialise(again)


def test_a_call_that_comes_round_is_482_and_one_that_was_forwarded_to_us_is_not(proxy: Proxy) -> None:
    sent = call(proxy)
    other = Flow("udp", "10.0.0.2", 5060)
    assert shown(proxy.received(looped(sent), other, NOW)) == [("482", other)]
    assert shown(proxy.received(looped(sent, "sip:01012348@10.0.0.9"), other, NOW)) == [("100", other)]


def test_a_strict_router_before_us_put_our_route_into_the_request_uri(proxy: Proxy) -> None:
    ok = last(proxy.received(answer(call(proxy), 200), WORKER, NOW))
    ours = [value.strip("<>") for value in ok.all("Record-Route")[::-1]]
    target = "sip:w@127.0.0.1:40001"
    routes = f"Route: <{ours[1]}>\r\nRoute: <{target}>\r\n"
    strict = request("INFO", ours[0], "s", "worker", routes, 2)
    [sent] = sends(proxy.received(strict, TRUNK, NOW))
    assert isinstance(sent.message, Request)
    assert (sent.flow, sent.message.uri, sent.message.all("Route")) == (WORKER, target, [])
    bare = request("INFO", ours[0], "t", "worker", "", 3)
    [sent] = sends(proxy.received(bare, TRUNK, NOW))
    assert isinstance(sent.message, Request) and sent.message.uri == target


def test_a_strict_router_behind_us_gets_its_address_in_the_request_uri(proxy: Proxy) -> None:
    strict = "<sip:10.0.0.1:5090>"
    actions = proxy.received(request(extra=f"Record-Route: {strict}\r\n"), TRUNK, NOW)
    ok = last(proxy.received(answer(last(actions), 200), WORKER, NOW))
    assert ok.all("Record-Route")[2:] == [strict]
    back = "".join(f"Route: {value}\r\n" for value in ok.all("Record-Route"))
    routes = "".join(f"{line}\r\n" for line in back.strip().split("\r\n")[::-1])
    [sent] = sends(proxy.received(from_worker("BYE", routes), WORKER, NOW))
    assert isinstance(sent.message, Request)
    assert sent.flow == Flow("udp", "10.0.0.1", 5090)
    assert sent.message.uri == "sip:10.0.0.1:5090"
    assert sent.message.all("Route") == ["<sip:138@10.0.0.1:5080>"]


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (request(uri="sip:12348@" + "a" * 1100), "414"),
        (request("OPTIONS", extra="Require: foo\r\n"), "420"),
        (request("REGISTER", extra="Require: foo\r\n"), "420"),
        (request("MESSAGE"), "501"),
        (request("SUBSCRIBE"), "501"),
        (request("UPDATE"), "405"),
        (request("BYE"), "481"),
        (request("CANCEL"), "481"),
        (request().replace(b"SIP/2.0\r\n", b"SIP/3.0\r\n", 1), "505"),
        (request().replace(b"Content-Length: 0", b"Content-Length: 70000"), "513"),
        (request().replace(b"CSeq: 1 INVITE\r\n", b""), "400"),
    ],
)
def test_what_no_proxy_may_take(proxy: Proxy, data: bytes, status: str) -> None:
    actions = proxy.received(data, TRUNK, NOW)
    assert shown(actions) == [(status, TRUNK)]
    if status == "420":
        assert last(actions).get("Unsupported") == "foo"
    if status in ("405", "501"):
        assert "INVITE" in (last(actions).get("Allow") or "")


def test_names_that_lead_here_are_ours_and_the_first_is_shown_over_tls(tmp_path: Path) -> None:
    named = {"names": ["SIP.example.cn", "old.example.cn"], "tls": {"certificate": "a", "key": "b"}, "host": "10.0.0.9"}
    values = {"home": tmp_path, "folder": tmp_path, "sip": named, "trunks": [{"name": "c", "addresses": ["10.0.0.1"]}]}
    place = Place.of(Settings.model_validate(values))
    assert place.record_route("tls", "t") == "<sip:t@sip.example.cn:5061;transport=tls;lr>"
    assert place.record_route("udp", "t") == "<sip:t@10.0.0.9:5060;lr>"
    assert [place.is_ours(f"sip:{host};lr") for host in ("old.example.cn", "10.0.0.9", "other.cn")] == [
        True,
        True,
        False,
    ]
    assert place.is_ours("sips:10.0.0.9") and place.is_ours("sip:10.0.0.9:5061;transport=tls")


def test_the_table_of_phases() -> None:
    assert {Phase.SENT} | set(NEXT.values()) == set(Phase)
    assert all(isinstance(phase, Phase) and isinstance(event, Event) for phase, event in NEXT)
    assert not [pair for pair in NEXT if pair[0] in (Phase.ANSWERED, Phase.CONFIRMED)], "those only run out"
