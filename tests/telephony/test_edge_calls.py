"""Calls from outside, decision by decision: octets and a source in, messages and flows out. No sockets, no clock."""

from pathlib import Path

import pytest

from telephony.edge.calls.workers import GRACE, UNUSED
from telephony.edge.kept.keeping import write
from telephony.edge.kept.standing import load, seal
from telephony.edge.proxy.actions import Retire
from telephony.edge.proxy.front import Proxy
from telephony.edge.sip.flows import Flow
from telephony.edge.sip.message import Request
from telephony.edge.transactions.invites import HOLD, LINGER, LONGEST, NEXT, SILENCE, Event, Stage
from tests.telephony.edge_proxy import KEY, NOW, TRUNK, answer, call, inside, last, make, request, sends, shown, up


@pytest.fixture
def proxy(tmp_path: Path) -> Proxy:
    """An edge with the idle workers w1 (longest idle) and w2."""
    made = make(tmp_path)
    made.workers_listed([], NOW - 60)
    for at, name in enumerate(("w1", "w2")):
        made.worker_said({"worker": name, "sip_port": 40001 + at, "state": "idle"}, NOW - 50 + at)
    return made


def test_an_invite_is_answered_100_and_goes_to_the_worker_idle_longest(proxy: Proxy) -> None:
    sent = call(proxy)
    assert [value.split("@")[1] for value in sent.all("Record-Route")] == ["127.0.0.1:15060;lr>", "10.0.0.9:5060;lr>"]
    assert sent.get("X-Hotline-Trunk") == "carrier"
    assert sent.get("Max-Forwards") == "69"
    assert len(sent.all("Via")) == 2


def test_what_outside_claims_in_our_headers_is_not_believed(proxy: Proxy) -> None:
    sent = last(proxy.received(request(extra="X-Hotline-Trunk: 12345\r\nx-hotline-call: 7\r\n"), TRUNK, NOW))
    assert sent.all("X-Hotline-Trunk") == ["carrier"]
    assert sent.get("X-Hotline-Call") is None


def test_an_invite_sent_again_takes_no_second_worker(proxy: Proxy) -> None:
    call(proxy)
    assert shown(proxy.received(request(), TRUNK, NOW + 0.5)) == [("100", TRUNK)]
    second = proxy.received(request(branch="two", extra="", cseq=2), TRUNK, NOW + 1)
    assert shown(second) == [("100", TRUNK), ("INVITE", inside(40002))]


@pytest.mark.parametrize(
    ("data", "source", "status"),
    [
        (request(uri="sip:110@10.0.0.9"), TRUNK, "404"),
        (request(), Flow("udp", "10.9.9.9", 5060), "403"),
        (request(uri="tel:12348"), TRUNK, "416"),
        (request(uri="sip:12348@[10.0.0.9"), TRUNK, "400"),
        (request(extra="Proxy-Require: foo\r\n"), TRUNK, "420"),
        (request().replace(b"Max-Forwards: 70", b"Max-Forwards: 0"), TRUNK, "483"),
        (request(extra="Route: <sip:other.example;lr>\r\n"), TRUNK, "403"),
        (request(extra="Route: <sip:AAAA@10.0.0.9;lr>\r\n"), TRUNK, "403"),
        (request().replace(b"sip:138@", b"sip:" + b"1" * 3000 + b"@"), TRUNK, "400"),
        (request().replace(b"sip:138@", b"sip:" + b"1" * 129 + b"@"), TRUNK, "400"),
        (request().replace(b"To: <sip:12348@", b"To: <sip:" + b"1" * 129 + b"@"), TRUNK, "400"),
        (request().replace(b"From: ", b"From: " + b"x" * 2000), TRUNK, "513"),
        (request().replace(b"Call-ID: ", b"Call-ID: " + b"x" * 2000), TRUNK, "513"),
        (request().replace(b"Contact: <sip:138@", b"Contact: <sip:" + b"1" * 2000 + b"@"), TRUNK, "513"),
        (request(extra="Via: SIP/2.0/UDP 10.0.0.7;branch=z9hG4bKa\r\n" * 50), TRUNK, "513"),
        (request(extra="Record-Route: <sip:10.0.0.7;lr>\r\n" * 60), TRUNK, "513"),
        (request("BYE", to_tag="x", extra="Via: SIP/2.0/UDP 10.0.0.7;branch=z9hG4bKa\r\n" * 50), TRUNK, "513"),
        (request("OPTIONS"), Flow("udp", "10.9.9.9", 5060), "200"),
        (request("PRACK"), TRUNK, "405"),
        (request("PUBLISH"), TRUNK, "501"),
        (request("BYE"), TRUNK, "481"),
        (request("CANCEL"), TRUNK, "481"),
        (request("INFO", to_tag="x"), TRUNK, "481"),
        (request().replace(b"CSeq: 1 INVITE", b"CSeq: 1 BYE"), TRUNK, "400"),
        (request().replace(b"Length: 0", b"Length: 9"), TRUNK, "400"),
    ],
)
def test_refusals_take_no_worker(proxy: Proxy, data: bytes, source: Flow, status: str) -> None:
    actions = proxy.received(data, source, NOW)
    assert [what for what, _ in shown(actions)] == [status]
    assert [worker.name for worker in (proxy.state.workers.take(), proxy.state.workers.take()) if worker] == [
        "w1",
        "w2",
    ]


@pytest.mark.parametrize("data", [b"", b"\r\n\r\n", b"\0\0", b"hello", b"INVITE sip:a SIP/2.0\r\n\r\n", request("ACK")])
def test_what_nobody_waits_for_is_dropped(proxy: Proxy, data: bytes) -> None:
    assert proxy.received(data, TRUNK, NOW) == []


@pytest.mark.parametrize(
    ("via", "source", "to"),
    [
        ("UDP 10.0.0.1:5070", Flow("udp", "10.0.0.1", 999), Flow("udp", "10.0.0.1", 5070)),
        ("UDP sbc.carrier.cn", Flow("udp", "10.0.0.1", 999), Flow("udp", "10.0.0.1", 5060)),
        ("UDP 192.168.1.1:5070;rport", Flow("udp", "10.0.0.1", 999), Flow("udp", "10.0.0.1", 999)),
        ("TCP 192.168.1.1:5070", Flow("tcp", "10.0.0.1", 999), Flow("tcp", "10.0.0.1", 999)),
    ],
)
def test_answers_go_where_via_and_source_say(proxy: Proxy, via: str, source: Flow, to: Flow) -> None:
    actions = proxy.received(request(via=via), source, NOW)
    assert sends(actions)[0].flow == to
    passed = sends(proxy.received(answer(last(actions), 180), inside(40001), NOW))
    assert passed[0].flow == to
    assert ("received=10.0.0.1" in (passed[0].message.get("Via") or "")) is (via != "UDP 10.0.0.1:5070")


def test_provisional_answers_pass_but_100_does_not(proxy: Proxy) -> None:
    sent = call(proxy)
    assert proxy.received(answer(sent, 100), inside(40001), NOW) == []
    assert shown(proxy.received(answer(sent, 180), inside(40001), NOW)) == [("180", TRUNK)]


def test_responses_without_our_branch_are_dropped(proxy: Proxy) -> None:
    sent = call(proxy)
    forged = answer(sent, 200).replace(b"branch=z9hG4bK", b"branch=z9hG4bKA", 1)
    assert proxy.received(forged, inside(40001), NOW) == []


def test_a_refusal_is_acknowledged_here_and_sent_again_until_the_caller_acknowledges(proxy: Proxy) -> None:
    sent = call(proxy)
    refused = proxy.received(answer(sent, 486), inside(40001), NOW)
    assert shown(refused) == [("ACK", inside(40001)), ("486", TRUNK)]
    assert sends(refused)[0].message.via.branch == sent.via.branch
    assert shown(proxy.received(answer(sent, 486), inside(40001), NOW)) == [("ACK", inside(40001))]
    assert shown(proxy.tick(NOW + 0.5)) == [("486", TRUNK)]
    assert shown(proxy.received(request(), TRUNK, NOW + 0.6)) == [("486", TRUNK)]
    assert proxy.received(request("ACK", to_tag="worker"), TRUNK, NOW + 0.7) == []
    assert [proxy.tick(NOW + after) for after in (2, 40)] == [[], []]
    assert len(proxy.state.invites) == 0


def test_cancel_is_answered_here_and_goes_on_once_there_is_an_answer_to_cancel(proxy: Proxy) -> None:
    sent = call(proxy)
    assert shown(proxy.received(request("CANCEL"), TRUNK, NOW)) == [("200", TRUNK)]
    cancelled = proxy.received(answer(sent, 100), inside(40001), NOW)
    assert shown(cancelled) == [("CANCEL", inside(40001))]
    assert last(cancelled).all("Via") == sent.all("Via")[:1]
    assert shown(proxy.received(request("CANCEL"), TRUNK, NOW)) == [("200", TRUNK)]
    assert shown(proxy.tick(NOW + 0.5)) == [("CANCEL", inside(40001))]
    assert proxy.received(answer(last(cancelled), 200), inside(40001), NOW + 0.6) == []
    assert proxy.tick(NOW + 2) == []
    ended = proxy.received(answer(sent, 487), inside(40001), NOW + 3)
    assert shown(ended) == [("ACK", inside(40001)), ("487", TRUNK)]


def test_what_was_cancelled_and_is_silent_is_over_for_the_caller(proxy: Proxy) -> None:
    sent = call(proxy)
    proxy.received(answer(sent, 180), inside(40001), NOW)
    assert shown(proxy.received(request("CANCEL"), TRUNK, NOW)) == [("200", TRUNK), ("CANCEL", inside(40001))]
    assert ("487", TRUNK) in shown(proxy.tick(NOW + LINGER))


def test_what_rings_for_ever_is_cancelled(proxy: Proxy) -> None:
    sent = call(proxy)
    proxy.received(answer(sent, 180), inside(40001), NOW)
    assert shown(proxy.tick(NOW + LONGEST)) == [("CANCEL", inside(40001))]


def test_without_an_idle_worker_the_caller_is_held_until_one_comes(tmp_path: Path) -> None:
    proxy = make(tmp_path)
    assert shown(proxy.received(request(), TRUNK, NOW)) == [("100", TRUNK)]
    assert proxy.tick(NOW + HOLD - 0.1) == []
    actions = proxy.worker_said({"worker": "w9", "sip_port": 40009, "state": "idle"}, NOW + HOLD - 0.1)
    assert shown(actions) == [("INVITE", inside(40009))]


def test_held_too_long_is_503_sent_until_its_ack(tmp_path: Path) -> None:
    proxy = make(tmp_path)
    proxy.received(request(), TRUNK, NOW)
    refused = proxy.tick(NOW + HOLD)
    assert shown(refused) == [("503", TRUNK)]
    assert last(refused).get("Retry-After") == "5" and last(refused).to_tag
    assert proxy.next_deadline() <= NOW + HOLD + 0.5
    assert shown(proxy.tick(NOW + HOLD + 0.5)) == [("503", TRUNK)]
    assert shown(proxy.received(request(), TRUNK, NOW + HOLD + 0.6)) == [("503", TRUNK)]
    assert proxy.received(request("ACK", to_tag=last(refused).to_tag), TRUNK, NOW + HOLD + 0.7) == []
    assert [proxy.tick(NOW + HOLD + after) for after in (1.5, 3.5)] == [[], []]
    assert shown(proxy.received(request(), TRUNK, NOW + HOLD + 4)) == [("503", TRUNK)], "a late copy is no new call"
    assert proxy.tick(NOW + HOLD + 40) == []
    assert len(proxy.state.invites) == 0


def test_a_held_caller_who_cancels_gets_200_and_487_and_no_worker(tmp_path: Path) -> None:
    proxy = make(tmp_path)
    proxy.received(request(), TRUNK, NOW)
    assert shown(proxy.received(request("CANCEL"), TRUNK, NOW + 1)) == [("200", TRUNK), ("487", TRUNK)]
    assert proxy.worker_said({"worker": "w9", "sip_port": 40009, "state": "idle"}, NOW + 2) == []


def test_a_silent_worker_is_asked_again_then_the_next_is_tried(proxy: Proxy) -> None:
    first = call(proxy)
    assert shown(proxy.tick(NOW + 0.5)) == [("INVITE", inside(40001)), ("OPTIONS", inside(40001))]
    assert shown(proxy.tick(NOW + 1.5)) == [("OPTIONS", inside(40001)), ("INVITE", inside(40001))]
    retired, *actions = proxy.tick(NOW + SILENCE)
    assert retired == Retire("w1")
    assert shown(actions) == [("CANCEL", inside(40001)), ("INVITE", inside(40002))]
    second = last(actions)
    assert second.via.branch != first.via.branch
    # What the first says after all is acknowledged and goes no further.
    late = proxy.received(answer(first, 487), inside(40001), NOW + 4)
    assert shown(late) == [("ACK", inside(40001))] and last(late).via.branch == first.via.branch
    assert proxy.received(answer(first, 200), inside(40001), NOW + 4) == []
    assert shown(proxy.received(answer(second, 200), inside(40002), NOW + 4)) == [("200", TRUNK)]


def test_a_worker_gone_before_its_answer_is_replaced(proxy: Proxy) -> None:
    proxy.received(answer(call(proxy), 180), inside(40001), NOW + 1)
    actions = proxy.worker_said({"worker": "w1", "sip_port": 40001, "state": "gone"}, NOW + 2)
    assert ("INVITE", inside(40002)) in shown(actions)
    assert [what for what, flow in shown(actions) if flow == TRUNK] == []


def test_after_two_silent_workers_the_answer_is_500_and_both_are_retired(proxy: Proxy) -> None:
    """An INVITE that no worker takes must not cost more of them."""
    proxy.worker_said({"worker": "w3", "sip_port": 40003, "state": "idle"}, NOW)
    call(proxy)
    actions = [action for step in range(200) for action in proxy.tick(NOW + step / 10)]
    assert next(what for what, flow in shown(actions) if flow == TRUNK) == "500"
    assert [action for action in actions if isinstance(action, Retire)] == [Retire("w1"), Retire("w2")]


def test_a_worker_gone_after_cancel_is_not_replaced(proxy: Proxy) -> None:
    call(proxy)
    proxy.received(request("CANCEL"), TRUNK, NOW)
    actions = proxy.worker_said({"worker": "w1", "sip_port": 40001, "state": "gone"}, NOW + 1)
    assert shown(actions)[-1] == ("487", TRUNK)
    assert proxy.state.workers.take() is not None


def test_in_dialog_requests_follow_the_token_both_ways(proxy: Proxy) -> None:
    back = up(proxy)
    info = proxy.received(request("INFO", "sip:w@127.0.0.1:40001", "i", "worker", back, 2), TRUNK, NOW + 2)
    assert shown(info) == [("INFO", inside(40001))]
    assert last(info).all("Route") == []
    routes = "".join(f"Route: {line[7:]}\r\n" for line in back.splitlines()[::-1])
    mine = request("BYE", "sip:138@10.0.0.1:5080", "b", "caller", routes, 1, "UDP 127.0.0.1:40001")
    assert shown(proxy.received(mine, inside(40001), NOW + 3)) == [("BYE", Flow("udp", "10.0.0.1", 5080))]
    # The same token from another worker's port opens nothing.
    assert shown(proxy.received(mine, inside(40002), NOW + 3)) == [("403", inside(40001))]


def test_an_in_dialog_request_without_route_is_found_in_the_ledger(proxy: Proxy) -> None:
    up(proxy)
    bye = request("BYE", "sip:12348@10.0.0.9", "b", "worker", cseq=2)
    assert shown(proxy.received(bye, TRUNK, NOW + 2)) == [("BYE", inside(40001))]
    stranger = Flow("udp", "10.9.9.9", 5060)
    assert [what for what, _ in shown(proxy.received(bye, stranger, NOW + 2))] == ["481"]


def test_a_token_survives_a_restart_and_a_forged_one_goes_nowhere(proxy: Proxy, tmp_path: Path) -> None:
    back = up(proxy)
    bye = request("BYE", "sip:w@127.0.0.1:40001", "b", "worker", back, 2)
    assert shown(make(tmp_path).received(bye, TRUNK, NOW + 9)) == [("BYE", inside(40001))]
    assert shown(make(tmp_path, b"x" * 32).received(bye, TRUNK, NOW + 9)) == [("403", TRUNK)]
    other_call = bye.replace(b"Call-ID: c1", b"Call-ID: c2")
    assert shown(make(tmp_path).received(other_call, TRUNK, NOW + 9)) == [("403", TRUNK)]
    assert make(tmp_path, b"x" * 32).received(bye.replace(b"BYE", b"ACK"), TRUNK, NOW + 9) == []


def test_when_a_worker_is_gone_the_caller_hears_bye(proxy: Proxy) -> None:
    back = up(proxy)
    actions = proxy.worker_said({"worker": "w1", "sip_port": 40001, "state": "gone"}, NOW + 5)
    assert shown(actions) == [("BYE", Flow("udp", "10.0.0.1", 5080))]
    bye = last(actions)
    assert isinstance(bye, Request) and bye.uri == "sip:138@10.0.0.1:5080"
    assert (bye.call_id, bye.from_tag, bye.to_tag, bye.cseq) == ("c1", "worker", "caller", (1, "BYE"))
    assert shown(proxy.tick(NOW + 5.5)) == [("BYE", Flow("udp", "10.0.0.1", 5080))]
    assert proxy.received(answer(bye, 200), TRUNK, NOW + 6) == []
    assert proxy.tick(NOW + 8) == []
    late = [proxy.received(request(m, "sip:w@h", m, "worker", back, 3), TRUNK, NOW + 9) for m in ("BYE", "INFO")]
    assert [shown(actions) for actions in late] == [[("200", TRUNK)], [("481", TRUNK)]]


def test_what_is_kept_lets_the_next_edge_end_the_calls_of_workers_that_are_gone(proxy: Proxy, tmp_path: Path) -> None:
    up(proxy)
    file = tmp_path / "dialogs"
    write(file, seal(proxy.state.ledger.dialogs(), KEY))
    assert b"138@10.0.0.1" not in file.read_bytes()
    assert load(file, b"x" * 32) == [] == load(tmp_path / "none", KEY)
    again = make(tmp_path)
    again.state.ledger.restore(load(file, KEY))
    assert again.state.ledger.dialogs() == proxy.state.ledger.dialogs()
    bye = request("BYE", "sip:12348@10.0.0.9", "b", "worker", cseq=2)
    assert shown(again.received(bye, TRUNK, NOW + 10)) == [("BYE", inside(40001))]
    again.workers_listed([], NOW + 11)
    assert shown(again.tick(NOW + 12)) == [("BYE", inside(40001))]
    over = again.tick(NOW + 11 + GRACE)
    assert shown(over) == [("200", TRUNK), ("BYE", Flow("udp", "10.0.0.1", 5080))]
    assert again.tick(NOW + 11.1 + GRACE) == []


def test_a_bye_that_was_answered_leaves_nothing_to_say(proxy: Proxy) -> None:
    back = up(proxy)
    bye = last(proxy.received(request("BYE", "sip:w@h", "b", "worker", back, 2), TRUNK, NOW + 2))
    proxy.received(answer(bye, 200), inside(40001), NOW + 2)
    assert proxy.worker_said({"worker": "w1", "sip_port": 40001, "state": "gone"}, NOW + 3) == []


def test_the_table_of_stages_knows_only_what_can_happen() -> None:
    assert all(isinstance(stage, Stage) and isinstance(event, Event) for stage, event in NEXT)
    assert not [pair for pair in NEXT if pair[0] is Stage.REFUSED]
    reachable = {Stage.HELD} | set(NEXT.values())
    assert reachable == set(Stage)


def test_a_worker_whose_stack_refuses_the_call_serves_the_next(proxy: Proxy) -> None:
    """What no worker knows of (Require, RFC 3261 §8.2.2.3) must not use workers up: the one that is held gets it."""
    for name in ("one", "two"):
        sent = last(proxy.received(request(branch=name, cseq=1).replace(b"c1", name.encode()), TRUNK, NOW))
        port = 40001 if name == "one" else 40002
        shown(proxy.received(answer(sent, 420), inside(port), NOW))
    held = proxy.received(request(branch="three").replace(b"c1", b"three"), TRUNK, NOW + 1)
    assert shown(held) == [("100", TRUNK)]
    assert ("INVITE", inside(40001)) in shown(proxy.tick(NOW + UNUSED))
