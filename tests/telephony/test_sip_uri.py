"""URIs, addresses, Via values and lists; the cutting of TCP streams."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.edge.sip.stream import Framer, StreamError
from telephony.edge.sip.uri import FormError, parse_address, parse_uri, parse_via, split_list


@pytest.mark.parametrize(
    ("text", "name", "host", "port"),
    [
        ("sip:12348@192.0.2.1", "12348", "192.0.2.1", None),
        ("SIP:alice:pass%20word@Host.example:5070;transport=tcp;lr?Subject=x", "alice", "Host.example", 5070),
        ("sip:%31%32348;phone-context=cn@h", "12348", "h", None),
        ("sips:[2001:db8::1]:5061", "", "[2001:db8::1]", 5061),
        ("sip:h;lr", "", "h", None),
        ("tel:+861012348", "", "+861012348", None),
        ("sip:user;par=a?b=c@h", "user", "h", None),
    ],
)
def test_uris(text: str, name: str, host: str, port: int | None) -> None:
    uri = parse_uri(text)
    assert (uri.name, uri.host, uri.port) == (name, host, port)
    assert str(uri).lower() == text.lower()


def test_uri_parameters() -> None:
    uri = parse_uri("sip:a@b;transport=TCP;lr")
    assert [uri.param(name) for name in ("transport", "lr", "maddr")] == ["TCP", "", None]


@pytest.mark.parametrize(
    "text", ["", "12348", "sip:", "sip:a@", "sip:a@b:0", "sip:a@b:70000", "sip:a b@c", "sip:a@b@c"]
)
def test_no_uris(text: str) -> None:
    with pytest.raises(FormError, match="URI"):
        parse_uri(text)


@pytest.mark.parametrize(
    ("value", "display", "uri", "params"),
    [
        ("<sip:a@b;x=1>;tag=t", "", "sip:a@b;x=1", {"tag": "t"}),
        ("sip:a@b;tag=t", "", "sip:a@b", {"tag": "t"}),
        ('"A \\"b\\" <c>, d" <sip:a@b> ; Expires = 60', 'A "b" <c>, d', "sip:a@b", {"expires": "60"}),
        ("王 五  <sip:a@b>", "王 五", "sip:a@b", {}),
    ],
)
def test_addresses(value: str, display: str, uri: str, params: dict[str, str]) -> None:
    address = parse_address(value)
    assert (address.display, address.uri, address.params) == (display, uri, params)


@pytest.mark.parametrize("value", ["", "<>", "<sip:a@b", '"never ends <sip:a@b>', '"x" sip:a@b'])
def test_no_addresses(value: str) -> None:
    with pytest.raises(FormError, match="Contact"):
        parse_address(value, "Contact")


def test_via() -> None:
    via = parse_via("SIP / 2.0 / tcp  [2001:db8::9]:5061 ;branch=z9hG4bKa; rport ;received=1.2.3.4")
    assert (via.transport, via.host, via.port, via.branch) == ("TCP", "[2001:db8::9]", 5061, "z9hG4bKa")
    assert str(via) == "SIP/2.0/TCP [2001:db8::9]:5061;branch=z9hG4bKa;rport;received=1.2.3.4"
    assert parse_via("SIP/2.0/UDP Host").sent_by == "host:5060"


@pytest.mark.parametrize("value", ["", "SIP/2.0/UDP", "SIP/x/UDP h", "SIP/2.0/UDP h:0", "SIP/2.0/UDP a b"])
def test_no_via(value: str) -> None:
    with pytest.raises(FormError, match="Via"):
        parse_via(value)


def test_lists() -> None:
    assert split_list('a, "b, c" <d,e> ,, <f,g>;h="i,j"') == ["a", '"b, c" <d,e>', '<f,g>;h="i,j"']
    assert split_list("  ") == []


MESSAGES = [
    b"OPTIONS sip:a SIP/2.0\r\nContent-Length: 0\r\n\r\n",
    b"INFO sip:a SIP/2.0\r\nl:5\r\n\r\n\r\n\r\n5",
    b"BYE sip:a SIP/2.0\r\nVia: x\r\n\r\n",
]


@given(cuts=st.lists(st.integers(0, 150), max_size=8), pings=st.lists(st.integers(0, 3), min_size=3, max_size=3))
def test_a_stream_is_cut_the_same_however_it_arrives(cuts: list[int], pings: list[int]) -> None:
    stream = b"".join(b"\r\n\r\n" * ping + message for ping, message in zip(pings, MESSAGES, strict=True))
    framer = Framer()
    found: list[bytes] = []
    answered = 0
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    for start, end in pairwise(edges):
        messages, count = framer.feed(stream[start:end])
        found += messages
        answered += count
    assert found == MESSAGES
    assert answered <= sum(pings)


def test_a_ping_in_two_halves_is_one_ping() -> None:
    framer = Framer()
    assert framer.feed(b"\r\n") == ([], 0)
    assert framer.feed(b"\r\n") == ([], 1)


@pytest.mark.parametrize(
    "data",
    [
        b"INVITE sip:a SIP/2.0\r\nContent-Length: 70000\r\n\r\n",
        b"INVITE sip:a SIP/2.0\r\nContent-Length: 1\r\nl: 2\r\n\r\n",
        b"x" * 20000,
    ],
)
def test_a_stream_that_cannot_be_followed_is_given_up(data: bytes) -> None:
    with pytest.raises(StreamError):
        Framer().feed(data)
