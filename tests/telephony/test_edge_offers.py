"""Trunks with and without SRTP for one number: which offer is sent where, and when it is made anew. No sockets."""

from pathlib import Path
from typing import Any

import pytest

from config.settings import Settings
from telephony.edge.proxy.actions import Action, Send
from telephony.edge.proxy.front import Proxy
from telephony.edge.sip.flows import Flow
from telephony.edge.sip.message import Message, Request, Response, serialise
from telephony.worker.legs.dialling import MOST_OFFERS, Dialled
from telephony.worker.legs.requests import Wanted, read_trunk, read_wanted

NOW = 1_700_000_000.0
WORKER = Flow("inside", "127.0.0.1", 40001)
URI = "sip:13800001234@12348;user=phone"


def make(home: Path, *kinds: str) -> Proxy:
    """Trunks t0, t1 … in this order at 10.0.N.1, each with its `srtp`."""
    out = {"allow": ["1[3-9]xxxxxxxxx"], "caller_id": "1111"}
    trunks = [
        {"name": f"t{at}", "addresses": [f"10.0.{at}.1/32"], "srtp": kind, "health": {"seconds": 0}}
        | {"outbound": out | {"host": f"10.0.{at}.1", "priority": at}}
        for at, kind in enumerate(kinds)
    ]
    sip = {"host": "10.0.0.9", "port": 5060, "inside_port": 15060}
    made = Proxy(
        Settings.model_validate({"home": home, "folder": home, "sip": sip, "trunks": trunks}),
        b"k" * 32,
        lambda: "0" * 16,
        [],
    )
    made.workers_listed([{"worker": "w1", "sip_port": 40001, "state": "busy"}], NOW)
    return made


class Caller:
    """A worker's leg: it offers, and offers anew where it is told to."""

    def __init__(self, proxy: Proxy, first: str) -> None:
        self.proxy, self.now, self.kind = proxy, NOW, first
        self.dialled = Dialled(URI, "", {})
        self.asked: list[tuple[str, str]] = []
        self.invite = Request([], b"", "", "")
        self.dial(None)

    def dial(self, wanted: Wanted | None) -> None:
        headers = self.dialled.offer(self.kind, wanted)  # type: ignore[arg-type]
        extra = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self.take(self.proxy.received(self.request("INVITE", extra), WORKER, self.now))

    def request(self, method: str, extra: str, to: str = "") -> bytes:
        number = self.dialled.offers
        return (
            f"{method} {URI} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:40001;branch=z9hG4bKo{number};rport\r\n"
            f'Route: <sip:127.0.0.1:15060;lr>\r\n{extra}From: "1111" <sip:1111@10.0.0.9>;tag=f\r\n'
            f"To: <{URI}>{to}\r\nCall-ID: c{number}\r\nCSeq: 7 {method}\r\n"
            "Contact: <sip:12348@127.0.0.1:40001>\r\nContent-Length: 0\r\n\r\n"
        ).encode()

    def take(self, actions: list[Action]) -> None:
        self.last: list[Message] = [a.message for a in actions if isinstance(a, Send) and a.flow == WORKER]
        for action in actions:
            if isinstance(action, Send) and isinstance(action.message, Request) and action.message.method == "INVITE":
                if action.message is self.invite:  # the same again, over UDP
                    continue
                assert [name for name, _ in action.message.headers if name.startswith("X-Hotline")] == []
                self.invite, self.to = action.message, action.flow
                self.asked.append((f"t{action.flow.host.split('.')[2]}", self.kind))
        for message in self.last:
            assert isinstance(message, Response)
            wanted = read_wanted(serialise(message).decode())
            if wanted is not None:
                assert self.dialled.again
                self.kind = wanted.srtp
                assert self.proxy.received(self.request("ACK", "", f";tag={message.to_tag}"), WORKER, self.now) == []
                self.dial(wanted)
                return

    def answer(self, code: int, extra: tuple[tuple[str, str], ...] = ()) -> None:
        self.now += 1
        kept = [h for h in self.invite.headers if h[0] in ("Via", "Record-Route", "From", "To", "Call-ID", "CSeq")]
        headers = [(n, f"{v};tag=t" if n == "To" and code > 100 else v) for n, v in kept]
        whole = serialise(Response([*headers, ("Contact", "<sip:x@10.0.1.1>"), *extra], b"", code, "x"))
        self.take(self.proxy.received(whole, self.to, self.now))

    def told(self) -> list[Any]:
        return [(m.status, read_trunk(serialise(m).decode())) for m in self.last if isinstance(m, Response)]


@pytest.mark.parametrize(
    ("kinds", "first", "order"),
    [
        (("off", "off"), "off", [("t0", "off"), ("t1", "off")]),
        (("off", "required"), "off", [("t0", "off"), ("t1", "required")]),
        (("required", "off"), "required", [("t0", "required"), ("t1", "off")]),
        (("required", "off"), "off", [("t0", "required"), ("t1", "off")]),
        (("off", "required", "off"), "off", [("t0", "off"), ("t2", "off"), ("t1", "required")]),
        (
            ("required", "off", "optional", "off"),
            "optional",
            [("t0", "required"), ("t1", "off"), ("t3", "off"), ("t2", "optional")],
        ),
    ],
)
def test_each_trunk_gets_the_offer_it_is_set_to(
    tmp_path: Path, kinds: tuple[str, ...], first: str, order: list[tuple[str, str]]
) -> None:
    caller = Caller(make(tmp_path, *kinds), first)
    for _ in order:
        assert caller.told() == [] or caller.told()[0][0] == 100
        caller.answer(503)
    assert caller.asked == order
    assert caller.told() == [(503, "")], "the last answer is the caller's"
    assert caller.dialled.offers <= MOST_OFFERS


def test_the_ack_of_a_refusal_of_the_edge_s_own_goes_to_no_trunk(tmp_path: Path) -> None:
    proxy = make(tmp_path, "required", "off")
    head = (
        "Via: SIP/2.0/UDP 127.0.0.1:40001;branch=z9hG4bKo1;rport\r\nRoute: <sip:127.0.0.1:15060;lr>\r\n"
        f'From: "1111" <sip:1111@10.0.0.9>;tag=f\r\nTo: <{URI}>%s\r\nCall-ID: c1\r\nCSeq: 7 %s\r\n'
        "X-Hotline-Srtp: off\r\nContact: <sip:12348@127.0.0.1:40001>\r\nContent-Length: 0\r\n\r\n"
    )
    refused = proxy.received(f"INVITE {URI} SIP/2.0\r\n{head % ('', 'INVITE')}".encode(), WORKER, NOW)
    answers = [each.message for each in refused if isinstance(each, Send) and isinstance(each.message, Response)]
    assert [each.status for each in answers] == [488]
    ack = f"ACK {URI} SIP/2.0\r\n{head % (f';tag={answers[0].to_tag}', 'ACK')}"
    assert proxy.received(ack.encode(), WORKER, NOW) == []


def test_the_worker_is_told_which_trunk_took_the_call(tmp_path: Path) -> None:
    caller = Caller(make(tmp_path, "off", "required", "required"), "off")
    caller.answer(503)
    caller.answer(503)
    caller.answer(180, (("X-Hotline-Trunk", "forged"),))
    assert caller.told() == [(180, "t2")]
    caller.answer(200)
    assert caller.told() == [(200, "t2")]


def test_what_a_trunk_says_of_offers_is_never_believed(tmp_path: Path) -> None:
    caller = Caller(make(tmp_path, "off", "required"), "off")
    caller.answer(488, (("X-Hotline-Srtp", "required"), ("X-Hotline-Tried", "-")))
    assert caller.told() == [(488, "")] and caller.asked == [("t0", "off")], "488 is the called party's last word"


def test_silence_and_trying_lead_to_the_other_offer_as_well(tmp_path: Path) -> None:
    for said in ((), (100,)):
        caller = Caller(make(tmp_path / str(len(said)), "off", "required"), "off")
        for code in said:
            caller.answer(code)
        while len(caller.asked) < 2:
            caller.now = max(caller.now, caller.proxy.next_deadline())
            assert caller.now < NOW + 20
            caller.take(caller.proxy.tick(caller.now))
        assert caller.asked == [("t0", "off"), ("t1", "required")]


@pytest.mark.parametrize(
    ("said", "told"),
    [((180, 487), ["CANCEL", "ACK"]), ((180, 200), ["CANCEL", "ACK", "BYE"]), ((200,), ["ACK", "BYE"])],
)
@pytest.mark.parametrize("after", [0.1, 0.6, 20.0])
def test_what_the_trunk_of_the_first_offer_says_late_is_ended(
    tmp_path: Path, said: tuple[int, ...], told: list[str], after: float
) -> None:
    caller = Caller(make(tmp_path, "off", "required"), "off")
    first = caller.invite
    while len(caller.asked) < 2:
        caller.now = max(caller.now, caller.proxy.next_deadline())
        caller.take(caller.proxy.tick(caller.now))
    given_up = caller.now
    while caller.proxy.next_deadline() <= given_up + after:
        caller.now = max(caller.now, caller.proxy.next_deadline())
        caller.take(caller.proxy.tick(caller.now))
    kept = [h for h in first.headers if h[0] in ("Via", "Record-Route", "From", "To", "Call-ID", "CSeq")]
    headers = [(n, f"{v};tag=late" if n == "To" else v) for n, v in kept]
    seen: list[str] = []
    for code in said:
        late = serialise(Response([*headers, ("Contact", "<sip:x@10.0.0.1>")], b"", code, "x"))
        for action in caller.proxy.received(late, Flow("udp", "10.0.0.1", 5060), given_up + after):
            assert isinstance(action, Send) and isinstance(action.message, Request), "the worker hears nothing of it"
            seen.append(action.message.method)
    assert seen == told


def test_a_worker_that_says_nothing_of_its_offer_suits_all(tmp_path: Path) -> None:
    proxy = make(tmp_path, "required", "off")
    caller = Caller.__new__(Caller)
    caller.proxy, caller.now, caller.kind, caller.asked = proxy, NOW, "", []
    caller.invite = Request([], b"", "", "")
    caller.dialled = Dialled(URI.replace(";user=phone", ""), "", {})
    caller.dial(None)
    caller.answer(503)
    assert [trunk for trunk, _ in caller.asked] == ["t0", "t1"]
