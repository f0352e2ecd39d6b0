"""The parser and serialiser: what is taken, what is refused, and that what goes out reads the same again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.edge.sip.message import Request, Response, serialise
from telephony.edge.sip.parsing import ParseError, parse

INVITE = (
    "INVITE sip:12348@192.0.2.1 SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 192.0.2.9:5062;branch=z9hG4bK776;rport\r\n"
    "Max-Forwards: 70\r\n"
    'From: "张三" <sip:13800000000@192.0.2.9>;tag=1928\r\n'
    "To: <sip:12348@192.0.2.1>\r\n"
    "Call-ID: a84b4c76e66710\r\n"
    "CSeq: 314159 INVITE\r\n"
    "Contact: <sip:13800000000@192.0.2.9:5062>\r\n"
    "Content-Type: application/sdp\r\n"
    "Content-Length: 5\r\n"
    "\r\n"
    "v=0\r\n"
)


def changed(old: str, new: str) -> bytes:
    assert old in INVITE
    return INVITE.replace(old, new).encode()


def request(data: bytes) -> Request:
    message = parse(data)
    assert isinstance(message, Request)
    return message


def test_a_plain_invite() -> None:
    message = request(INVITE.encode())
    assert (message.method, message.uri, message.body) == ("INVITE", "sip:12348@192.0.2.1", b"v=0\r\n")
    assert (message.call_id, message.cseq) == ("a84b4c76e66710", (314159, "INVITE"))
    assert (message.from_tag, message.to_tag) == ("1928", "")
    assert (message.via.host, message.via.port, message.via.branch) == ("192.0.2.9", 5062, "z9hG4bK776")
    assert message.via.params["rport"] is None
    assert serialise(message) == INVITE.encode()


@pytest.mark.parametrize(
    ("old", "new", "name", "value"),
    [
        ("Call-ID:", "i:", "Call-ID", "a84b4c76e66710"),
        ("Call-ID: ", "CALL-id  \t:  ", "Call-ID", "a84b4c76e66710"),
        ("Call-ID: ", "Call-ID:\r\n  ", "Call-ID", "a84b4c76e66710"),
        ("CSeq: 314159 INVITE", "CSeq:\r\n\t0314159\r\n  INVITE", "CSeq", "0314159 INVITE"),
        ("Contact:", "m:", "Contact", "<sip:13800000000@192.0.2.9:5062>"),
        ("Max-Forwards", "mAX-fORWARDS", "Max-Forwards", "70"),
        ("Max-Forwards: 70", "x-foo-BAR:", "X-Foo-Bar", ""),
        ("\r\nCSeq", "\r\nSubject: a\r\n b\r\n\tc\r\nCSeq", "Subject", "a b c"),
    ],
)
def test_odd_but_good(old: str, new: str, name: str, value: str) -> None:
    assert request(changed(old, new)).get(name) == value


def test_bare_line_feeds() -> None:
    head, _, body = INVITE.partition("\r\n\r\n")
    message = request((head.replace("\r\n", "\n") + "\n\n" + body).encode())
    assert (message.call_id, message.body) == ("a84b4c76e66710", b"v=0\r\n")


def test_lists_become_single_values_and_keep_their_order() -> None:
    message = request(
        changed(
            "Max-Forwards: 70",
            'Route: <sip:a;lr>, "x, y" <sip:b@c,d;lr>\r\nv: SIP / 2.0 / UDP  two , SIP/2.0/TCP three\r\n'
            "Route: <sip:e;lr>",
        )
    )
    assert message.all("Route") == ["<sip:a;lr>", '"x, y" <sip:b@c,d;lr>', "<sip:e;lr>"]
    assert message.all("Via")[1:] == ["SIP / 2.0 / UDP  two", "SIP/2.0/TCP three"]


def test_a_tag_inside_a_quoted_name_is_no_tag() -> None:
    assert request(changed('"张三" <sip', '"x;tag=no>" <sip')).from_tag == "1928"


def test_octets_that_are_no_utf8_survive() -> None:
    data = INVITE.encode().replace("张三".encode(), b"\xd5\xc5\xc8\xfd")
    assert serialise(request(data)) == data


def test_more_body_than_content_length_is_cut() -> None:
    assert request(changed("Content-Length: 5", "l: 2")).body == b"v="


def test_without_content_length_a_datagram_is_the_body_and_a_stream_has_none() -> None:
    data = changed("Content-Length: 5\r\n", "")
    assert request(data).body == b"v=0\r\n"
    with pytest.raises(ParseError, match="Content-Length: missing"):
        parse(data, on_stream=True)


@pytest.mark.parametrize(
    ("old", "new", "status", "word"),
    [
        ("Content-Length: 5", "Content-Length: 6", 400, "Content-Length"),
        ("Content-Length: 5", "Content-Length: -5", 400, "Content-Length"),
        ("Content-Length: 5", "Content-Length: 5\r\nl: 4", 400, "Content-Length"),
        ("314159 INVITE", "314159 BYE", 400, "CSeq"),
        ("314159 INVITE", "2147483648 INVITE", 400, "CSeq"),
        ("sip:12348@192.0.2.1 SIP", "<sip:12348@192.0.2.1> SIP", 400, "Request-URI"),
        ("sip:12348@192.0.2.1 SIP", "sip:12348 @192.0.2.1 SIP", 400, "Request-URI"),
        ("192.0.2.1 SIP/2.0", "192.0.2.1 SIP/7.0", 505, "SIP/2.0"),
        ("Max-Forwards: 70", "Max Forwards 70", 400, "headers"),
        ("Max-Forwards: 70", "Max-Forwards", 400, "colon"),
        ("Max-Forwards: 70", "Max-Forwards: many", 400, "Max-Forwards"),
        ("Call-ID: a84b4c76e66710", "Call-ID: a84b4c76e66710\r\nCall-ID: b", 400, "Call-ID"),
        ("From: ", "Frm: ", 400, "From"),
        ("branch=z9hG4bK776;rport", "branch=z9hG4bK776, ;;", 400, "Via"),
        ("Content-Length: 5", "Content-Length: 99999999", 513, "Content-Length"),
        ("Content-Type:", "X: y\r\n" * 300 + "Content-Type:", 513, "too many"),
    ],
)
def test_what_can_be_answered_is_answered(old: str, new: str, status: int, word: str) -> None:
    with pytest.raises(ParseError, match=word) as caught:
        parse(changed(old, new))
    assert caught.value.status == status
    assert caught.value.request is not None
    assert caught.value.request.call_id == "a84b4c76e66710"


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("Via: SIP/2.0/UDP 192.0.2.9:5062;branch=z9hG4bK776;rport\r\n", "", "Via"),
        ("192.0.2.9:5062;branch", "192.0.2.9:99999;branch", "Via"),
        ("INVITE sip:12348@192.0.2.1 SIP/2.0", "INVITE", "start line"),
        ("INVITE sip:12348@192.0.2.1 SIP/2.0", "SIP/2.0 2000 OK", "start line"),
    ],
)
def test_what_cannot_be_answered_is_dropped(old: str, new: str, word: str) -> None:
    with pytest.raises(ParseError, match=word) as caught:
        parse(changed(old, new))
    assert caught.value.request is None


def test_a_malformed_ack_is_never_answered() -> None:
    with pytest.raises(ParseError) as caught:
        parse(INVITE.replace("INVITE", "ACK").replace("Content-Length: 5", "Content-Length: 9").encode())
    assert caught.value.request is None


def test_responses() -> None:
    data = INVITE.replace("INVITE sip:12348@192.0.2.1 SIP/2.0", "SIP/2.0 486 忙 Here")
    message = parse(data.encode())
    assert isinstance(message, Response)
    assert (message.status, message.reason) == (486, "忙 Here")
    assert serialise(message) == data.encode()
    without = parse(data.replace(" 忙 Here", "").encode())
    assert isinstance(without, Response) and without.reason == ""


@pytest.mark.parametrize("value", ["a\r\nEvil: yes", "a\nb", "a\rb"])
def test_a_line_break_never_goes_out(value: str) -> None:
    message = request(INVITE.encode())
    message.headers.append(("Subject", value))
    with pytest.raises(ValueError, match="line break"):
        serialise(message)


PLAIN = st.text(st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\x85\u2028\u2029"), max_size=30)
NAMES = st.from_regex(r"X-[A-Z][a-z]{0,8}", fullmatch=True)


@given(headers=st.lists(st.tuples(NAMES, PLAIN.map(str.strip)), max_size=6), body=st.binary(max_size=80))
def test_what_goes_out_reads_the_same_again(headers: list[tuple[str, str]], body: bytes) -> None:
    message = request(INVITE.encode())
    message.headers[2:2] = headers
    message.body = body
    again = request(serialise(message))
    assert [header for header in again.headers if header[0] != "Content-Length"] == [
        header for header in message.headers if header[0] != "Content-Length"
    ]
    assert (again.method, again.uri, again.body) == (message.method, message.uri, body)
    assert serialise(again) == serialise(message)


@given(st.binary(max_size=300))
def test_any_octets_give_a_message_or_a_parse_error(data: bytes) -> None:
    try:
        parse(data)
    except ParseError as error:
        assert error.status in (400, 505, 513)


@given(data=st.data())
def test_a_damaged_message_gives_a_message_or_a_parse_error(data: st.DataObject) -> None:
    octets = bytearray(INVITE.encode())
    for at, value in data.draw(st.lists(st.tuples(st.integers(0, len(octets) - 1), st.integers(0, 255)), max_size=8)):
        octets[at] = value
    try:
        message = parse(bytes(octets))
    except ParseError:
        return
    assert parse(serialise(message)) is not None
