"""Hostile octets against the whole edge without sockets: nothing fails, nothing stays behind, streams stay in step."""

import contextlib
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.testing import MemoryReactorClock

from config.settings import Settings
from telephony.edge.proxy.actions import Send
from telephony.edge.proxy.front import Proxy
from telephony.edge.sip.flows import Flow
from telephony.edge.sip.message import Request, serialise
from telephony.edge.sip.parsing import ParseError, parse
from telephony.edge.sip.stream import Framer, StreamError
from telephony.edge.transports.sockets import Transports
from telephony.edge.transports.websockets import WebSocketConnection
from tests.telephony import hostile
from tests.telephony.test_edge_transports import Wire
from tests.telephony.test_torture import MESSAGES

NOW = 1_700_000_000.0
OUTSIDE = [Flow("udp", "127.0.0.1", 5070), Flow("tcp", "127.0.0.1", 5071), Flow("wss", "127.0.0.9", 5072)]
SEEDS = st.integers(0, 2**32)


def made() -> Proxy:
    home = Path("unused")
    found = Proxy(
        Settings.model_validate(
            {"home": home, "folder": home, "trunks": [{"name": "carrier", "addresses": ["127.0.0.1"]}]}
        ),
        b"k" * 32,
        lambda: "0" * 16,
        [],
    )
    for at in range(3):
        found.worker_said({"worker": f"w{at}", "sip_port": 40000 + at, "state": "idle"}, NOW)
    found.workers_listed([{"worker": f"w{at}", "sip_port": 40000 + at, "state": "idle"} for at in range(3)], NOW)
    return found


@settings(max_examples=150, deadline=None)
@given(SEEDS)
def test_nothing_fails_and_nothing_stays_behind(seed: int) -> None:
    edge, chance, now = made(), random.Random(seed), NOW
    reached: list[bytes] = []
    for _ in range(40):
        source = chance.choice(OUTSIDE)
        data = hostile.hostile(chance, source.host, source.port, source.transport.upper())
        if reached and chance.random() < 0.4:
            source = chance.choice([Flow("inside", "127.0.0.1", 40000 + chance.randrange(3)), *OUTSIDE])
            data = hostile.response(chance, chance.choice(reached))
            if data.startswith(b"SIP/2.0 200") and chance.random() < 0.5:
                source, data = OUTSIDE[0], hostile.within(chance, data)
            data = hostile.spoilt(chance, data) if chance.random() < 0.5 else data
        actions = edge.received(data, source, now)
        now += chance.choice((0, 0.1, 0.6, 4, 40))
        actions += edge.tick(now)
        for action in actions:
            if isinstance(action, Send):
                octets = serialise(action.message)
                if isinstance(action.message, Request):
                    reached.append(octets)
                    edge.undelivered(action, now) if chance.random() < 0.1 else None
    for at in range(3):
        edge.worker_said({"worker": f"w{at}", "sip_port": 40000 + at, "state": "gone"}, now)
    for after in (5, 40, 80, 700, 740, 780):
        edge.tick(now + after)
    state = edge.state
    assert [len(each) for each in (state.invites, state.relays, state.own, state.jobs, state.ledger)] == [0] * 5
    assert state.timers == [] and state.invites.next_deadline() is None and state.relays.next_deadline() is None


@settings(max_examples=200, deadline=None)
@given(SEEDS)
def test_whatever_can_be_read_can_be_written_and_read_again(seed: int) -> None:
    chance = random.Random(seed)
    try:
        message = parse(hostile.hostile(chance, "127.0.0.1", 5060), on_stream=chance.random() < 0.5)
    except ParseError as error:
        assert error.status in (400, 505, 513) and error.reason
        if error.request is not None:
            assert error.request.method != "ACK" and error.request.via
        return
    assert serialise(parse(serialise(message))) == serialise(message)


LONG = [
    b" ", b"\t", b'"', b"\\", b'"\\', b";", b" ;", b",", b",<", b'",', b"<", b":", b"@", b"[", b"%", b";a=", b"\r\n ",
    b" \r", b"0", b"a,", b"a ", b"=", b"?", b"/ ", b"SIP/", b"SIP/2.0/", b";tag", b"tag=", b"<sip:", b"\xff",
]  # fmt: skip


@pytest.mark.parametrize("piece", LONG)
def test_a_long_value_costs_a_look_at_each_octet(piece: bytes) -> None:
    """Where it cost the square of that, these took minutes and held up every call; no clock is needed to see it."""
    edge = made()
    good = hostile.valid(random.Random(1), "127.0.0.1", 5070)
    begun = {"Via": b"SIP/2.0/UDP a", "From": b"<sip:a@b>;tag=x", "CSeq": b"1 ", "L": b"", "Authorization": b"Digest "}
    for name in ("Via", "From", "To", "CSeq", "Contact", "Route", "L", "Authorization", "X", "Max-Forwards"):
        for start in (begun.get(name, b"sip:a"), b""):
            line = name.encode() + b": " + start + piece * (60_000 // len(piece)) + b"x\r\n"
            at = good.index(b"\r\n") + 2
            edge.received(good[:at] + line + good[at:], OUTSIDE[0], NOW)
            short = name.encode() + b": " + start + piece * (12_000 // len(piece)) + b"x\r\n"
            with contextlib.suppress(StreamError):
                Framer().feed(good[:at] + short + good[at:])


WHOLE = [data for name, data in MESSAGES.items() if name not in ("clerr", "ncl", "mcl01", "inv2543", "dblreq")]


@pytest.mark.parametrize("data", WHOLE)
def test_a_stream_cut_at_every_octet_gives_the_same_message(data: bytes) -> None:
    for at in range(1, len(data)):
        framer = Framer()
        assert [framer.feed(piece)[0] for piece in (data[:at], data[at:])] == [[], [data]]


@given(SEEDS, st.lists(st.integers(0, len(WHOLE) - 1), min_size=1, max_size=6))
def test_a_stream_stays_in_step_however_it_is_cut(seed: int, chosen: list[int]) -> None:
    chance, framer = random.Random(seed), Framer()
    sent = [WHOLE[at] for at in chosen]
    stream = b"".join(chance.choice((b"", b"\r\n", b"\r\n\r\n")) + each for each in sent)
    found = [message for piece in hostile.split(chance, stream) for message in framer.feed(piece)[0]]
    assert found == sent


@settings(max_examples=60, deadline=None)
@given(SEEDS)
def test_a_hostile_stream_is_read_or_ended_and_keeps_no_more_than_it_may(seed: int) -> None:
    chance, framer, edge = random.Random(seed), Framer(), made()
    try:
        for _ in range(10):
            for piece in hostile.split(chance, hostile.hostile(chance, "127.0.0.1", 5060, "TCP")):
                for message in framer.feed(piece)[0]:
                    edge.received(message, OUTSIDE[1], NOW)
    except StreamError as error:
        for message in error.messages:
            edge.received(message, OUTSIDE[1], NOW)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=300), min_size=1, max_size=8), st.booleans())
def test_hostile_octets_on_a_websocket_end_it_or_are_nothing(pieces: list[bytes], shaken: bool) -> None:
    owner = Transports(MemoryReactorClock(), lambda *_: None, lambda _: None, lambda _: None)
    connection, wire = WebSocketConnection(owner), Wire(1)
    connection.makeConnection(wire)
    if shaken:
        connection.dataReceived(
            b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: sip\r\n\r\n"
        )
        assert b" 101 " in wire.value()
    for piece in pieces:
        connection.dataReceived(piece)
    connection.connectionLost()
    assert owner.room("10.1.1.1")
