"""Whatever strangers, trunks and workers send, the edge never fails nor sends to an address they made up."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.settings import Settings
from telephony.edge.proxy.actions import Send
from telephony.edge.proxy.front import Proxy
from telephony.edge.sip.flows import Flow
from telephony.edge.sip.message import Request, Response, serialise
from telephony.edge.sip.parsing import ParseError, parse

NOW = 1_700_000_000.0
SOURCES = [
    Flow("udp", "10.0.0.1", 5060),
    Flow("tcp", "10.0.0.1", 30000),
    Flow("udp", "10.9.9.9", 5060),
    Flow("inside", "127.0.0.1", 40001),
    Flow("inside", "127.0.0.1", 49999),
]
HOSTS = {flow.host for flow in SOURCES}


def edge() -> Proxy:
    home = Path(tempfile.gettempdir())
    made = Proxy(
        Settings.model_validate(
            {
                "home": home,
                "folder": home,
                "sip": {"host": "10.0.0.9", "inside_port": 15060},
                "trunks": [{"name": "carrier", "addresses": ["10.0.0.0/30"]}],
            }
        ),
        b"k" * 32,
        lambda: "0" * 16,
        [],
    )
    made.workers_listed([{"worker": "w1", "sip_port": 40001, "state": "idle"}], NOW)
    return made


def message(method: str, extra: str, to_tag: str) -> bytes:
    return (
        f"{method} sip:12348@10.0.0.9 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKa;rport\r\n{extra}"
        f"From: <sip:138@evil.example>;tag=f\r\nTo: <sip:12348@evil.example>{to_tag}\r\nCall-ID: c\r\n"
        f"CSeq: 1 {method}\r\nContact: <sip:138@203.0.113.1:9>\r\nContent-Length: 0\r\n\r\n"
    ).encode()


METHODS = st.sampled_from(["INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "REGISTER", "INFO", "UPDATE", "MESSAGE", "X"])
EXTRAS = st.sampled_from(
    [
        "",
        "Route: <sip:203.0.113.1;lr>\r\n",
        "Route: <sip:x@10.0.0.9;lr>, <sip:203.0.113.1;lr>\r\n",
        "Via: SIP/2.0/UDP 203.0.113.1;branch=z9hG4bKz\r\n",
        "Record-Route: <sip:203.0.113.1;lr>\r\n",
        "Max-Forwards: x\r\n",
        'Authorization: Digest username="1001", realm="12348"\r\n',
    ]
)
MESSAGES = st.builds(message, METHODS, EXTRAS, st.sampled_from(["", ";tag=t"]))


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    data = bytearray(draw(MESSAGES))
    for at, value in draw(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=6)):
        if at < len(data):
            data[at] = value
    return bytes(data)


STEPS = st.lists(
    st.tuples(st.one_of(MESSAGES, damaged(), st.binary(max_size=60)), st.sampled_from(SOURCES)), min_size=1, max_size=8
)


@settings(max_examples=300, deadline=None)
@given(steps=STEPS, waits=st.lists(st.sampled_from([0.0, 0.5, 3.0, 40.0]), max_size=8))
def test_nothing_fails_and_nothing_goes_to_an_address_somebody_made_up(
    steps: list[tuple[bytes, Flow]], waits: list[float]
) -> None:
    proxy = edge()
    now = NOW
    for at, (data, source) in enumerate(steps):
        actions = proxy.received(data, source, now)
        now += waits[at] if at < len(waits) else 0.0
        actions += proxy.tick(now)
        for action in actions:
            if isinstance(action, Send):
                assert action.flow.host in HOSTS
                assert (action.flow.transport == "inside") == (action.flow.host == "127.0.0.1")
                if not (isinstance(action.message, Response) and action.message.status in (400, 505)):
                    parse(serialise(action.message))
    proxy.worker_said({"worker": "w1", "sip_port": 40001, "state": "gone"}, now)
    proxy.tick(now + 1000)
    assert proxy.state.jobs == {}


@pytest.mark.parametrize("method", ["INVITE", "BYE", "OPTIONS"])
def test_the_messages_of_this_test_are_good_ones(method: str) -> None:
    parsed = parse(message(method, "", ""))
    assert isinstance(parsed, Request) and parsed.method == method
    with pytest.raises(ParseError):
        parse(message(method, "CSeq: 2 X\r\n", ""))
