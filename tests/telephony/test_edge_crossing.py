"""Calls that are being set up while the edge is started again: the next one ends them as the first would have."""

from pathlib import Path

import pytest

from config.edge import Registrations
from telephony.edge.proxy.front import Proxy
from telephony.edge.registrar.bindings import Binding
from telephony.edge.registrar.register import Registrar
from telephony.edge.sip.flows import Flow
from telephony.edge.sip.message import Message, Request
from telephony.edge.transactions.invites import LINGER
from tests.telephony.edge_proxy import NOW, TRUNK, answer, call, inside, last, make, request, sends, shown

PHONE = Flow("udp", "10.1.1.1", 5060)
WORKER = inside(40001)
CONTACT = "sip:1001@10.1.1.1:5062"


def edge(tmp_path: Path, state: str = "idle") -> Proxy:
    """An edge that knows w1 and the phone 1001, with the same key each time."""
    made = make(tmp_path)
    binding = Binding("1001", CONTACT, PHONE, NOW + 900, NOW, "r", 1, path=("<sip:10.1.1.9;lr>",))
    made.state.registrar = Registrar([binding], Registrations())
    made.workers_listed([{"worker": "w1", "sip_port": 40001, "state": state}], NOW - 60)
    return made


def from_worker(method: str, branch: str = "ring", extra: str = "", to: str = "<sip:1001@h>") -> bytes:
    return (
        f"{method} sip:1001@127.0.0.1:15060 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:40001;branch=z9hG4bK{branch}\r\n"
        f"{extra}From: <sip:12348@10.0.0.9>;tag=worker\r\nTo: {to}\r\nCall-ID: c2\r\nCSeq: 7 {method}\r\n"
        f"Contact: <sip:12348@127.0.0.1:40001>\r\nContent-Length: 0\r\n\r\n"
    ).encode()


def rung(proxy: Proxy) -> Message:
    actions = proxy.received(from_worker("INVITE"), WORKER, NOW)
    assert shown(actions) == [("100", WORKER), ("INVITE", PHONE)]
    return last(actions)


def test_a_caller_answered_across_the_restart_hears_when_the_worker_dies(tmp_path: Path) -> None:
    beyond = "Record-Route: <sip:10.0.0.2;lr>\r\n"
    sent = last(edge(tmp_path).received(request(extra=beyond), TRUNK, NOW))
    again = edge(tmp_path, "busy")
    ok = again.received(answer(sent, 200), WORKER, NOW + 1)
    assert shown(ok) == [("200", TRUNK)]
    [known] = again.state.ledger.dialogs()
    assert (known.route.worker, known.route.sip_port, known.route.flow, known.cseq) == ("w1", 40001, TRUNK, 0)
    gone = again.worker_said({"worker": "w1", "sip_port": 40001, "state": "gone"}, NOW + 2)
    [bye] = sends(gone)
    assert isinstance(bye.message, Request)
    assert (bye.message.method, bye.message.uri) == ("BYE", "sip:138@10.0.0.1:5060")
    assert bye.message.all("Route") == ["<sip:10.0.0.2;lr>"]
    assert (bye.message.from_tag, bye.message.to_tag) == ("worker", "caller")


def test_a_phone_that_answered_across_the_restart_hears_it_too(tmp_path: Path) -> None:
    sent = rung(edge(tmp_path))
    picked = answer(sent, 200, "phone").replace(b"sip:w@127.0.0.1:40001", b"sip:1001@10.1.1.1:5063")
    again = edge(tmp_path, "busy")
    assert shown(again.received(picked, PHONE, NOW + 1)) == [("200", WORKER)]
    again.received(picked, PHONE, NOW + 1.5)
    again.received(picked.replace(b";tag=phone", b";tag=other"), PHONE, NOW + 1.6)
    assert len(again.state.ledger) == 1
    gone = again.worker_said({"worker": "w1", "sip_port": 40001, "state": "gone"}, NOW + 2)
    [bye] = sends(gone)
    assert isinstance(bye.message, Request)
    assert (bye.message.method, bye.message.uri, bye.message.cseq) == ("BYE", "sip:1001@10.1.1.1:5063", (8, "BYE"))
    assert (bye.message.from_tag, bye.message.to_tag) == ("worker", "phone")


def test_a_2xx_without_our_record_route_or_of_another_worker_is_no_dialog(tmp_path: Path) -> None:
    sent, again = call(edge(tmp_path)), edge(tmp_path, "busy")
    bare = b"\r\n".join(line for line in answer(sent, 200).split(b"\r\n") if not line.startswith(b"Record-Route"))
    again.received(bare, WORKER, NOW + 1)
    again.received(answer(sent, 200), inside(40002), NOW + 1)
    again.received(answer(sent, 180), WORKER, NOW + 1)
    assert len(again.state.ledger) == 0


def test_a_worker_that_cancels_across_the_restart_stops_the_phone(tmp_path: Path) -> None:
    sent = rung(edge(tmp_path))
    again = edge(tmp_path, "busy")
    actions = again.received(from_worker("CANCEL"), WORKER, NOW + 1)
    assert shown(actions) == [("200", WORKER), ("CANCEL", PHONE)]
    cancel = last(actions)
    assert isinstance(cancel, Request)
    assert (cancel.uri, cancel.via, cancel.cseq) == (CONTACT, sent.via, (7, "CANCEL"))
    assert cancel.all("Route") == ["<sip:10.1.1.9;lr>"]
    assert shown(again.tick(NOW + 1.5)) == [("CANCEL", PHONE)]
    assert again.received(answer(cancel, 200), PHONE, NOW + 2) == []
    assert again.tick(NOW + 1 + LINGER) == []
    ended = again.received(answer(sent, 487, "phone"), PHONE, NOW + 2)
    assert shown(ended) == [("487", WORKER)]
    acknowledged = again.received(from_worker("ACK", to="<sip:1001@h>;tag=phone"), WORKER, NOW + 2)
    assert shown(acknowledged) == [("ACK", PHONE)]
    ack = last(acknowledged)
    assert isinstance(ack, Request) and (ack.uri, ack.via, ack.to_tag) == (CONTACT, sent.via, "phone")


@pytest.mark.parametrize(
    ("data", "port", "told"),
    [
        (from_worker("CANCEL"), 40009, ["481"]),
        (from_worker("CANCEL").replace(b"sip:1001@127", b"sip:1009@127"), 40001, ["481"]),
        (from_worker("CANCEL").replace(b"1001@127.0.0.1:15060", b"1001@other.example"), 40001, ["481"]),
        (from_worker("CANCEL").replace(b"15060 SIP", b"15060;user=phone SIP"), 40001, ["481"]),
        (from_worker("BYE"), 40001, ["481"]),
        (from_worker("ACK").replace(b"sip:1001@127", b"sip:1009@127"), 40001, []),
    ],
)
def test_other_requests_nobody_knows_go_nowhere(tmp_path: Path, data: bytes, port: int, told: list[str]) -> None:
    actions = edge(tmp_path, "busy").received(data, inside(port), NOW)
    assert [what for what, _ in shown(actions)] == told


def test_before_the_nursery_has_spoken_the_worker_asks_again(tmp_path: Path) -> None:
    assert make(tmp_path).received(from_worker("CANCEL"), WORKER, NOW) == []
