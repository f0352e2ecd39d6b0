"""Calls out over more than one trunk: when the next one is asked, and what of it the worker sees. No sockets."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from config.settings import Settings
from telephony.edge.proxy.actions import Action, Send
from telephony.edge.proxy.front import Proxy
from telephony.edge.sip.flows import Flow
from telephony.edge.sip.message import Message, Request, Response, serialise
from telephony.edge.transactions.invites import LINGER
from tests.telephony.edge_proxy import shown

NOW = 1_700_000_000.0
WORKER = Flow("inside", "127.0.0.1", 40001)
FIRST, SECOND = Flow("udp", "10.0.1.1", 5060), Flow("udp", "10.0.2.1", 5060)
NUMBER = "sip:13800001234@12348;user=phone"


def make(home: Path, first: dict[str, Any] | None = None, both: dict[str, Any] | None = None, **out: Any) -> Proxy:
    def trunk(name: str, host: str, shown: str, priority: int) -> dict[str, Any]:
        target = {"host": host, "allow": ["1[3-9]xxxxxxxxx"], "caller_id": shown, "priority": priority}
        return {"name": name, "addresses": [f"{host}/32"], "outbound": target | out} | (both or {})

    settings = Settings.model_validate(
        {
            "home": home,
            "folder": home,
            "sip": {"host": "10.0.0.9", "port": 5060, "inside_port": 15060},
            "trunks": [
                trunk("second", "10.0.2.1", "2222", 1) | {"health": {"seconds": 0}},
                trunk("first", "10.0.1.1", "1111", 0) | (first or {}),
            ],
        }
    )
    made = Proxy(settings, b"k" * 32, lambda: "0" * 16, [])
    made.workers_listed([{"worker": "w1", "sip_port": 40001, "state": "busy"}], NOW)
    return made


@pytest.fixture
def proxy(tmp_path: Path) -> Proxy:
    return make(tmp_path)


def invite(method: str = "INVITE", branch: str = "o", cseq: int = 7, extra: str = "", to: str = "") -> bytes:
    return (
        f"{method} {NUMBER} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:40001;branch=z9hG4bK{branch};rport\r\n"
        f"Route: <sip:127.0.0.1:15060;lr>\r\n{extra}"
        f'From: "1111" <sip:1111@10.0.0.9>;tag=f\r\nTo: <{NUMBER}>{to}\r\nCall-ID: c1\r\nCSeq: {cseq} {method}\r\n'
        "Contact: <sip:12348@127.0.0.1:40001>\r\nContent-Length: 0\r\n\r\n"
    ).encode()


def sent(actions: list[Action], flow: Flow) -> list[Message]:
    return [action.message for action in actions if isinstance(action, Send) and action.flow == flow]


def asked(actions: list[Action], flow: Flow) -> Request:
    [found] = [
        message for message in sent(actions, flow) if isinstance(message, Request) and message.method == "INVITE"
    ]
    assert isinstance(found, Request)
    return found


def answer(request: Message, code: int, extra: tuple[tuple[str, str], ...] = (), tag: str = "t") -> bytes:
    kept = [h for h in request.headers if h[0] in ("Via", "Record-Route", "From", "To", "Call-ID", "CSeq")]
    headers = [(n, f"{v};tag={tag}" if n == "To" and code > 100 else v) for n, v in kept]
    return serialise(Response([*headers, ("Contact", "<sip:x@10.0.1.1>"), *extra], b"", code, "x"))


def told(actions: list[Action]) -> list[int]:
    return [message.status for message in sent(actions, WORKER) if isinstance(message, Response)]


@pytest.mark.parametrize("code", [408, 500, 502, 503, 504, 401, 407])
def test_a_trunk_that_fails_gives_way_and_is_acknowledged(proxy: Proxy, code: int) -> None:
    first = asked(proxy.received(invite(), WORKER, NOW), FIRST)
    actions = proxy.received(answer(first, code), FIRST, NOW + 1)
    [ack] = [each for each in sent(actions, FIRST) if isinstance(each, Request)]
    assert ack.method == "ACK" and ack.get("Via") == first.get("Via")
    second = asked(actions, SECOND)
    assert told(actions) == [], "the worker hears nothing of it"
    assert second.get("From") == '"2222" <sip:2222@10.0.0.9>;tag=f'
    assert second.all("P-Asserted-Identity") == ["<sip:2222@10.0.0.9>"]
    assert second.via.branch != first.via.branch
    ok = proxy.received(answer(second, 200, tag="b"), SECOND, NOW + 2)
    assert told(ok) == [200]
    assert sent(ok, WORKER)[0].get("From") == '"1111" <sip:1111@10.0.0.9>;tag=f', "as the worker wrote it"


@pytest.mark.parametrize("code", [404, 480, 486, 487, 603, 302, 403])
def test_what_the_called_party_says_is_not_asked_elsewhere(proxy: Proxy, code: int) -> None:
    first = asked(proxy.received(invite(), WORKER, NOW), FIRST)
    actions = proxy.received(answer(first, code), FIRST, NOW + 1)
    assert told(actions) == [code] and sent(actions, SECOND) == []


def test_once_it_rang_nobody_else_is_asked(proxy: Proxy) -> None:
    first = asked(proxy.received(invite(), WORKER, NOW), FIRST)
    assert told(proxy.received(answer(first, 180), FIRST, NOW + 1)) == [180]
    actions = proxy.received(answer(first, 503), FIRST, NOW + 9)
    assert told(actions) == [503] and sent(actions, SECOND) == []


def test_progress_without_ringing_is_no_ringing(proxy: Proxy) -> None:
    first = asked(proxy.received(invite(), WORKER, NOW), FIRST)
    assert told(proxy.received(answer(first, 183), FIRST, NOW + 1)) == [183]
    assert asked(proxy.received(answer(first, 503), FIRST, NOW + 2), SECOND)


def test_silence_is_asked_again_then_given_up_then_408(proxy: Proxy) -> None:
    asked(proxy.received(invite(), WORKER, NOW), FIRST)
    assert proxy.received(invite(), WORKER, NOW + 0.5) == [], "our own timer sends again"
    times: list[tuple[float, str]] = []
    statuses: list[int] = []
    at = NOW
    while at < NOW + 80 and not statuses:
        at = max(at + 0.01, proxy.next_deadline())
        actions = proxy.tick(at)
        times += [(round(at - NOW, 1), "first") for _ in sent(actions, FIRST)]
        times += [(round(at - NOW, 1), "second") for _ in sent(actions, SECOND)]
        statuses += told(actions)
    assert times[:4] == [(0.5, "first"), (1.5, "first"), (3.5, "first"), (4.0, "second")]
    assert times[4:] == [(4 + each, "second") for each in (0.5, 1.5, 3.5, 7.5, 15.5, 31.5)]
    assert statuses == [408] and at == pytest.approx(NOW + 4 + LINGER, abs=0.1)
    assert proxy.received(invite("ACK", to=";tag=x"), WORKER, at) == []


def test_late_answers_of_a_trunk_that_was_given_up_go_no_further(proxy: Proxy) -> None:
    first = asked(proxy.received(invite(), WORKER, NOW), FIRST)
    second = asked([action for at in (0.5, 1.5, 3.5, 4.0) for action in proxy.tick(NOW + at)], SECOND)
    late = proxy.received(answer(first, 180), FIRST, NOW + 5)
    [cancel] = sent(late, FIRST)
    assert isinstance(cancel, Request) and (cancel.method, cancel.via.branch) == ("CANCEL", first.via.branch)
    assert told(late) == [] and proxy.received(answer(first, 180), FIRST, NOW + 5) == []
    late = proxy.received(answer(first, 486), FIRST, NOW + 6)
    assert told(late) == [] and [m.method for m in sent(late, FIRST) if isinstance(m, Request)] == ["ACK"]
    assert told(proxy.received(answer(second, 180), SECOND, NOW + 7)) == [180]


def test_who_picks_up_on_a_trunk_that_was_given_up_is_let_go(proxy: Proxy) -> None:
    first = asked(proxy.received(invite(), WORKER, NOW), FIRST)
    second = asked([action for at in (0.5, 1.5, 3.5, 4.0) for action in proxy.tick(NOW + at)], SECOND)
    late = proxy.received(answer(first, 200), FIRST, NOW + 5)
    assert [message.method for message in sent(late, FIRST) if isinstance(message, Request)] == ["ACK", "BYE"]
    assert told(late) == []
    assert told(proxy.received(answer(second, 200, tag="b"), SECOND, NOW + 6)) == [200]
    assert [dialog.outside_tag for dialog in proxy.state.ledger.dialogs()] == ["b"]


def reached(home: Path, **out: Any) -> tuple[Proxy, Send]:
    """A call over a first trunk on a stream, and what is sent to it."""
    proxy = make(home, {"health": {"seconds": 30, "down_after": 1}}, **out)
    [send] = [each for each in proxy.received(invite(), WORKER, NOW) if isinstance(each, Send)]
    assert (send.flow, send.connect) == (Flow("tcp", "10.0.1.1", 5060), True)
    return proxy, send


def test_a_trunk_that_cannot_be_reached_gives_way_at_once(tmp_path: Path) -> None:
    proxy, send = reached(tmp_path, transport="tcp")
    actions = proxy.undelivered(send, NOW + 0.1)
    second = asked(actions, Flow("tcp", "10.0.2.1", 5060))
    assert told(actions) == [] and not proxy.state.carriers.usable("first", NOW + 0.1)
    assert proxy.undelivered(send, NOW + 0.2) == [], "the one before it is no more"
    assert told(proxy.undelivered(Send(Flow("tcp", "10.0.2.1", 5060), second, True), NOW + 0.3)) == [500]


def test_who_hung_up_meanwhile_is_asked_nowhere_else(tmp_path: Path) -> None:
    proxy, send = reached(tmp_path, transport="tcp")
    assert told(proxy.received(invite("CANCEL"), WORKER, NOW + 0.1)) == [200]
    assert told(proxy.undelivered(send, NOW + 0.2)) == [487]


def test_a_silent_trunk_is_asked_again_until_it_can_be_cancelled(proxy: Proxy) -> None:
    first = asked(proxy.received(invite(), WORKER, NOW), FIRST)
    assert told(proxy.received(invite("CANCEL"), WORKER, NOW + 0.1)) == [200]
    assert [asked(proxy.tick(NOW + at), FIRST).via.branch for at in (0.5, 1.5, 3.5)] == [first.via.branch] * 3
    late = proxy.tick(NOW + 7.5)
    assert sent(late, SECOND) == []
    stopped = proxy.received(answer(first, 180), FIRST, NOW + 8)
    assert [message.method for message in sent(stopped, FIRST) if isinstance(message, Request)] == ["CANCEL"]
    assert told(proxy.received(answer(first, 487), FIRST, NOW + 9)) == [487]


def test_a_worker_that_dies_is_no_reason_to_ask_another_trunk(proxy: Proxy) -> None:
    asked(proxy.received(invite(), WORKER, NOW), FIRST)
    proxy.worker_said({"worker": "w1", "sip_port": 40001, "state": "gone"}, NOW + 1)
    for step in range(1, 400):
        assert [each for each in proxy.tick(NOW + 1 + step / 10) if isinstance(each, Send)] == []
    assert len(proxy.state.invites) == 0 and proxy.state.going == {}


def test_cancel_and_the_ack_of_a_refusal_go_to_the_trunk_asked_now(proxy: Proxy) -> None:
    first = asked(proxy.received(invite(), WORKER, NOW), FIRST)
    second = asked(proxy.received(answer(first, 503), FIRST, NOW + 1), SECOND)
    proxy.received(answer(second, 180), SECOND, NOW + 2)
    cancelled = proxy.received(invite("CANCEL"), WORKER, NOW + 3)
    assert told(cancelled) == [200]
    [cancel] = sent(cancelled, SECOND)
    assert isinstance(cancel, Request)
    assert (cancel.method, cancel.uri, cancel.via.branch) == ("CANCEL", second.uri, second.via.branch)
    assert cancel.get("From") == second.get("From")
    ended = proxy.received(answer(second, 487), SECOND, NOW + 4)
    [ack] = sent(ended, SECOND)
    assert isinstance(ack, Request) and (ack.method, ack.via.branch) == ("ACK", second.via.branch)
    assert told(ended) == [487]
    assert proxy.received(invite("ACK", to=";tag=t"), WORKER, NOW + 4) == [], "its refusal is acknowledged hop by hop"


def test_who_is_called_no_more_is_asked_nowhere_else(proxy: Proxy) -> None:
    first = asked(proxy.received(invite(), WORKER, NOW), FIRST)
    proxy.received(answer(first, 100), FIRST, NOW + 1)
    proxy.received(invite("CANCEL"), WORKER, NOW + 2)
    actions = proxy.received(answer(first, 503), FIRST, NOW + 3)
    assert told(actions) == [503] and sent(actions, SECOND) == []


def test_a_challenge_goes_to_the_worker_and_its_proof_to_that_trunk_alone(tmp_path: Path) -> None:
    settings = {"account": {"user": "u", "password": "p"}}
    proxy = make(tmp_path, settings)
    first = asked(proxy.received(invite(), WORKER, NOW), FIRST)
    challenge = (("Proxy-Authenticate", 'Digest realm="r", nonce="n"'),)
    assert told(proxy.received(answer(first, 407, challenge), FIRST, NOW + 1)) == [407]
    proof = 'Proxy-Authorization: Digest username="u", realm="r"\r\n'
    again = asked(proxy.received(invite(branch="p", cseq=8, extra=proof), WORKER, NOW + 1), FIRST)
    assert again.get("Proxy-Authorization") is not None
    second = asked(proxy.received(answer(again, 503), FIRST, NOW + 2), SECOND)
    assert second.get("Proxy-Authorization") is None, "the proof is nobody else's business"


@pytest.mark.parametrize(
    ("offered", "given", "count"),
    [
        ('algorithm=MD5, qop="auth", opaque="o\\"x"', 'algorithm=MD5, qop=auth, nc=00000002, cnonce="cc"', "00000002"),
        ('algorithm=SHA-256, qop="auth"', 'algorithm=SHA-256, qop=auth, nc=00000001, cnonce="cc"', "00000001"),
        ("algorithm=MD5", "algorithm=MD5", ""),
    ],
)
def test_the_proof_is_made_for_the_number_as_the_carrier_is_asked_for_it(
    tmp_path: Path, offered: str, given: str, count: str
) -> None:
    """RFC 7616 §3.4.6: a carrier may compare the uri of the answer with the Request-URI."""
    proxy = make(tmp_path, {"account": {"user": "u", "password": "p"}}, prefix="9")
    first = asked(proxy.received(invite(), WORKER, NOW), FIRST)
    challenge = (("WWW-Authenticate", f'Digest realm="r", nonce="n", {offered}'),)
    proxy.received(answer(first, 401, challenge), FIRST, NOW + 1)
    proof = f'Authorization: Digest username="u", realm="r", nonce="n", uri="{NUMBER}", response="00", {given}\r\n'
    again = asked(proxy.received(invite(branch="p", cseq=8, extra=proof), WORKER, NOW + 1), FIRST)
    [shown] = again.all("Authorization")
    assert again.uri.startswith("sip:913800001234@10.0.1.1") and f'uri="{again.uri}"' in shown
    hashes = hashlib.sha256 if "SHA-256" in given else hashlib.md5

    def h(text: str) -> str:
        return hashes(text.encode()).hexdigest()

    middle = f":{count}:cc:auth" if count else ""
    expected = h(f"{h('u:r:p')}:n{middle}:{h(f'INVITE:{again.uri}')}")
    assert f'response="{expected}"' in shown
    assert (f"nc={count}" in shown) is bool(count)


def test_two_carriers_that_challenge_and_a_proof_that_does_not_do(tmp_path: Path) -> None:
    proxy = make(tmp_path, both={"account": {"user": "u", "password": "p"}})
    one, two = ((("Proxy-Authenticate", f'Digest realm="{realm}", nonce="n"'),) for realm in ("one", "two"))
    proofs = [f'Proxy-Authorization: Digest username="u", realm="{realm}"\r\n' for realm in ("one", "two")]
    first = asked(proxy.received(invite(), WORKER, NOW), FIRST)
    assert told(proxy.received(answer(first, 407, one), FIRST, NOW)) == [407]
    again = asked(proxy.received(invite(branch="p", extra=proofs[0]), WORKER, NOW), FIRST)
    second = asked(proxy.received(answer(again, 407, one), FIRST, NOW), SECOND)
    assert second.get("Proxy-Authorization") is None
    assert told(proxy.received(answer(second, 407, two), SECOND, NOW)) == [407]
    third = asked(proxy.received(invite(branch="q", extra="".join(proofs)), WORKER, NOW), SECOND)
    assert third.all("Proxy-Authorization") == ['Digest username="u", realm="two"']


def test_a_full_trunk_is_passed_over_and_503_where_all_are_full(tmp_path: Path) -> None:
    proxy = make(tmp_path, {"limits": {"calls": 1}})
    asked(proxy.received(invite(), WORKER, NOW), FIRST)
    other, third = (invite(branch=name).replace(b"Call-ID: c1", b"Call-ID: " + name.encode()) for name in "qr")
    assert asked(proxy.received(other, WORKER, NOW), SECOND)
    proxy = make(tmp_path, both={"limits": {"calls": 1}})
    asked(proxy.received(invite(), WORKER, NOW), FIRST)
    second = asked(proxy.received(other, WORKER, NOW), SECOND)
    [refused] = sent(proxy.received(third, WORKER, NOW), WORKER)
    assert isinstance(refused, Response) and (refused.status, refused.get("Retry-After")) == (503, "30")
    proxy.received(answer(second, 486), SECOND, NOW + 1)
    assert asked(proxy.received(third, WORKER, NOW + 1), SECOND), "a call that is over makes room"


def drained(proxy: Proxy, until: float) -> list[tuple[float, Action]]:
    """What the timers lead to up to `until`, with the seconds since NOW."""
    found: list[tuple[float, Action]] = []
    while (at := max(NOW, proxy.next_deadline())) <= until:
        found += [(round(at - NOW, 1), action) for action in proxy.tick(at)]
    return found


@pytest.mark.parametrize("cancelled", [False, True])
def test_a_trunk_that_rings_after_the_last_patience_is_cancelled(proxy: Proxy, cancelled: bool) -> None:
    """The worker has had its 408 or 487, and is told nothing more."""
    proxy.received(invite(), WORKER, NOW)
    second = asked([action for at in (0.5, 1.5, 3.5, 4.0) for action in proxy.tick(NOW + at)], SECOND)
    if cancelled:
        assert told(proxy.received(invite("CANCEL"), WORKER, NOW + 5)) == [200]
    end = NOW + 4 + LINGER
    assert told([action for _, action in drained(proxy, end)]) == [487 if cancelled else 408]
    assert proxy.received(invite("ACK", to=";tag=x"), WORKER, end) == []
    assert drained(proxy, end + 1) == []
    assert shown(proxy.received(answer(second, 180), SECOND, end + 2)) == [("CANCEL", SECOND)]
    assert proxy.received(answer(second, 180), SECOND, end + 2) == [], "one CANCEL is enough"
    assert shown(proxy.received(answer(second, 487), SECOND, end + 3)) == [("ACK", SECOND)]
    assert [action for _, action in drained(proxy, end + LINGER) if isinstance(action, Send)] != []
    assert len(proxy.state.invites) == 0


@pytest.mark.parametrize(
    ("said", "over"),
    [
        ((100,), True),
        ((100, 100), True),
        ((100, 180), False),
        ((100, 183), False),
        ((183,), False),
        ((180,), False),
        ((100, 181), False),
    ],
)
def test_a_trunk_that_is_only_trying_gives_way_and_is_cancelled(
    proxy: Proxy, said: tuple[int, ...], over: bool
) -> None:
    first = asked(proxy.received(invite(), WORKER, NOW), FIRST)
    for after, code in enumerate(said, 1):
        proxy.received(answer(first, code), FIRST, NOW + after)
    later = drained(proxy, NOW + 60)
    to_first = [(at, a.message) for at, a in later if isinstance(a, Send) and a.flow == FIRST]
    to_second = [(at, a.message) for at, a in later if isinstance(a, Send) and a.flow == SECOND]
    if not over:
        assert (to_first, to_second) == ([], [])
        return
    [cancels, *again] = [(at, m.method, m.via.branch) for at, m in to_first if isinstance(m, Request)]
    assert cancels == (10.0, "CANCEL", first.via.branch) and all(each[1] == "CANCEL" for each in again)
    assert to_second[0][0] == 10.0 and isinstance(to_second[0][1], Request)
    assert to_second[0][1].via.branch != first.via.branch


def test_the_trunk_that_was_only_trying_is_heard_no_more(proxy: Proxy) -> None:
    first = asked(proxy.received(invite(), WORKER, NOW), FIRST)
    assert told(proxy.received(answer(first, 100), FIRST, NOW + 1)) == [100]
    stuck = [action for _, action in drained(proxy, NOW + 10)]
    second = asked(stuck, SECOND)
    for code in (180, 183):
        assert proxy.received(answer(first, code), FIRST, NOW + 11) == [], "one CANCEL is enough"
    ended = proxy.received(answer(first, 487), FIRST, NOW + 11)
    assert told(ended) == [] and [m.method for m in sent(ended, FIRST) if isinstance(m, Request)] == ["ACK"]
    picked_up = proxy.received(answer(first, 200), FIRST, NOW + 12)
    assert [m.method for m in sent(picked_up, FIRST) if isinstance(m, Request)] == ["ACK", "BYE"]
    assert told(proxy.received(answer(second, 200, tag="b"), SECOND, NOW + 13)) == [200]


def test_the_last_trunk_may_be_trying_for_as_long_as_the_caller_waits(proxy: Proxy) -> None:
    first = asked(proxy.received(invite(), WORKER, NOW), FIRST)
    second = asked(proxy.received(answer(first, 503), FIRST, NOW), SECOND)
    proxy.received(answer(second, 100), SECOND, NOW + 1)
    assert [a for _, a in drained(proxy, NOW + 300) if isinstance(a, Send)] == []
    assert told(proxy.received(answer(second, 180), SECOND, NOW + 301)) == [180]


def test_a_call_that_was_hung_up_meanwhile_goes_nowhere_else(proxy: Proxy) -> None:
    first = asked(proxy.received(invite(), WORKER, NOW), FIRST)
    proxy.received(answer(first, 100), FIRST, NOW + 1)
    proxy.received(invite("CANCEL"), WORKER, NOW + 2)
    later = [a for _, a in drained(proxy, NOW + 60) if isinstance(a, Send)]
    assert [a for a in later if a.flow == SECOND] == []


def test_how_long_a_trunk_may_be_trying_is_set(tmp_path: Path) -> None:
    proxy = make(tmp_path, progress_seconds=6)
    first = asked(proxy.received(invite(), WORKER, NOW), FIRST)
    proxy.received(answer(first, 100), FIRST, NOW + 5)
    assert sent([action for _, action in drained(proxy, NOW + 5.9)], SECOND) == []
    assert asked([action for _, action in drained(proxy, NOW + 6)], SECOND)
    with pytest.raises(ValueError, match="progress_seconds 3: is less than answer_seconds 4"):
        make(tmp_path, progress_seconds=3)


def test_a_call_to_an_emergency_line_goes_past_every_limit_and_says_so_to_nobody(tmp_path: Path) -> None:
    proxy = make(tmp_path, both={"limits": {"calls": 1}})
    one, two, third = (invite(branch=name).replace(b"Call-ID: c1", b"Call-ID: " + name.encode()) for name in "pqr")
    for each, flow in ((one, FIRST), (two, SECOND)):
        asked(proxy.received(each, WORKER, NOW), flow)
    urgent = third.replace(b"Contact:", b"X-Hotline-Emergency: 1\r\nContact:")
    sent_on = asked(proxy.received(urgent, WORKER, NOW), FIRST)
    assert [name for name, _ in sent_on.headers if name.startswith("X-Hotline")] == []


def test_exceptions_to_the_caller_id(tmp_path: Path) -> None:
    proxy = make(tmp_path, shows=[{"to": ["138…"], "number": "12348"}])
    [refused] = sent(proxy.received(invite(), WORKER, NOW), WORKER)
    assert isinstance(refused, Response) and refused.status == 403, "1111 is not for this number"
    shown = invite().replace(b'"1111" <sip:1111@', b'"12348" <sip:12348@')
    assert asked(proxy.received(shown, WORKER, NOW), FIRST).all("P-Asserted-Identity") == ["<sip:12348@10.0.0.9>"]


# --- across a restart of the edge


def test_a_call_out_that_is_given_up_across_a_restart_stops_ringing(tmp_path: Path) -> None:
    """Which trunk was being asked is not known any more: all are told, each with the branches that may be its."""
    proxy = make(tmp_path)
    first = asked(proxy.received(invite(), WORKER, NOW), FIRST)
    second = asked(proxy.received(answer(first, 503), FIRST, NOW + 1), SECOND)
    proxy.received(answer(second, 180), SECOND, NOW + 2)
    again = make(tmp_path)
    actions = again.received(invite("CANCEL"), WORKER, NOW + 3)
    assert told(actions) == [200]
    cancels = sent(actions, SECOND)
    assert all(isinstance(each, Request) and each.method == "CANCEL" for each in cancels)
    [mine] = [each for each in cancels if each.via == second.via]
    assert isinstance(mine, Request)
    assert (mine.uri, mine.get("From"), mine.cseq) == (second.uri, second.get("From"), (7, "CANCEL"))
    assert len({each.via.branch for each in [*cancels, *sent(actions, FIRST)]}) == 2, "two attempts at the most"
    assert told(again.received(answer(second, 487), SECOND, NOW + 4)) == [487]
    acks = sent(again.received(invite("ACK", to=";tag=t"), WORKER, NOW + 5), SECOND)
    assert [each.to_tag for each in acks if each.via == second.via and each.method == "ACK"] == ["t"]  # type: ignore[union-attr]


def test_who_shows_a_number_that_is_not_theirs_cancels_nothing(tmp_path: Path) -> None:
    forged = invite("CANCEL").replace(b"sip:1111@10.0.0.9", b"sip:3333@10.0.0.9")
    assert told(make(tmp_path).received(forged, WORKER, NOW)) == [481]


def test_of_two_who_pick_up_beyond_a_trunk_one_has_the_call(proxy: Proxy) -> None:
    call = asked(proxy.received(invite(), WORKER, NOW), FIRST)
    assert told(proxy.received(answer(call, 200), FIRST, NOW + 1)) == [200]
    other = proxy.received(answer(call, 200, tag="other"), FIRST, NOW + 1.1)
    assert shown(other) == [("ACK", FIRST), ("BYE", FIRST)]
    assert told(proxy.received(answer(call, 200), FIRST, NOW + 1.5)) == [200], "its ACK was lost"
    assert [dialog.outside_tag for dialog in proxy.state.ledger.dialogs()] == ["t"]


def test_who_picks_up_on_a_trunk_when_the_worker_has_been_refused_is_let_go(proxy: Proxy) -> None:
    call = asked(proxy.received(invite(), WORKER, NOW), FIRST)
    proxy.received(answer(call, 180), FIRST, NOW + 1)
    assert shown(proxy.received(invite("CANCEL"), WORKER, NOW + 2)) == [("200", WORKER), ("CANCEL", FIRST)]
    assert told([action for _, action in drained(proxy, NOW + 2 + LINGER)])[:1] == [487]
    proxy.received(invite("ACK", to=";tag=x"), WORKER, NOW + 2 + LINGER)
    drained(proxy, NOW + 2 + LINGER + 0.9)
    late = proxy.received(answer(call, 200), FIRST, NOW + 2 + LINGER + 1)
    assert shown(late) == [("ACK", FIRST), ("BYE", FIRST)]
    assert len(proxy.state.ledger) == 0


def test_a_trunk_that_had_said_nothing_when_the_worker_died_is_cancelled_when_it_does(proxy: Proxy) -> None:
    call = asked(proxy.received(invite(), WORKER, NOW), FIRST)
    gone = proxy.worker_said({"worker": "w1", "sip_port": 40001, "state": "gone"}, NOW + 1)
    assert shown(gone) == [], "it could not be matched (§9.1)"
    assert shown(proxy.received(answer(call, 180), FIRST, NOW + 2)) == [("CANCEL", FIRST)]
    assert shown(proxy.tick(NOW + 2.5)) == [("CANCEL", FIRST)], "until it is answered"
    assert shown(proxy.received(answer(call, 487), FIRST, NOW + 3)) == [("ACK", FIRST)]


def test_a_trunk_whose_connection_was_closed_is_cancelled_over_another(tmp_path: Path) -> None:
    proxy, send = reached(tmp_path, transport="tcp")
    proxy.connected(send.flow)
    proxy.received(answer(send.message, 180), send.flow, NOW + 1)
    proxy.disconnected(send.flow, NOW + 2)
    cancel = proxy.received(invite("CANCEL"), WORKER, NOW + 3)
    assert shown(cancel) == [("200", WORKER), ("CANCEL", send.flow)]
    assert [each.connect for each in cancel if isinstance(each, Send)] == [False, True]
