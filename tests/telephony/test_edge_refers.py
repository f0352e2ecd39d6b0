"""REFER between a phone and its worker: whom it names travels beside Refer-To; other messages are left as they are."""

from telephony.edge.sip.message import Request, Response
from telephony.edge.sip.parsing import parse
from telephony.edge.transactions import refers
from telephony.worker.legs.requests import Refer, read_refer

REFER = (
    "{method} sip:12348@127.0.0.1:5062 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.5:5060;branch=z9hG4bK1\r\n"
    "From: <sip:1001@12348>;tag=a\r\nTo: <sip:12348@12348>;tag=b\r\nCall-ID: c\r\nCSeq: 3 {method}\r\n"
    "Max-Forwards: 70\r\nr: <sip:1002@12348{more}>\r\nContent-Length: 0\r\n\r\n"
)
ANSWER = (
    "SIP/2.0 202 Accepted\r\nVia: SIP/2.0/UDP 10.0.0.5:5060;branch=z9hG4bK1\r\nFrom: <sip:1001@12348>;tag=a\r\n"
    "To: <sip:12348@12348>;tag=b\r\nCall-ID: c\r\nCSeq: 3 {method}\r\nRefer-Sub: false\r\nContent-Length: 0\r\n\r\n"
)


def request(method: str = "REFER", more: str = "") -> Request:
    found = parse(REFER.format(method=method, more=more).encode())
    assert isinstance(found, Request)
    return found


def answer(method: str) -> Response:
    found = parse(ANSWER.format(method=method).encode())
    assert isinstance(found, Response)
    return found


def test_the_worker_gets_nobody_to_dial_and_is_told_who_is_meant() -> None:
    asked = request()
    refers.asked(asked)
    assert (asked.get("Refer-To"), asked.get("Refer-Sub")) == ("none", "false")
    assert asked.get("X-Hotline-Refer-To") == "<sip:1002@12348>"


def test_other_requests_are_left_alone() -> None:
    info = request("INFO")
    before = list(info.headers)
    refers.asked(info)
    assert info.headers == before


def test_the_phone_is_not_told_that_there_is_no_subscription() -> None:
    told, other = answer("REFER"), answer("INFO")
    refers.answered(told)
    refers.answered(other)
    assert told.get("Refer-Sub") is None
    assert other.get("Refer-Sub") == "false"


def test_a_phone_that_wants_no_more_notices_ends_no_call() -> None:
    for method, status, told in (("NOTIFY", 481, 200), ("NOTIFY", 408, 200), ("NOTIFY", 500, 500), ("BYE", 481, 481)):
        found = answer(method)
        found.status = status
        refers.told(found)
        assert found.status == told


def test_what_the_worker_reads() -> None:
    beside = "REFER sip:x SIP/2.0\r\nRefer-To: none\r\nX-Hotline-Refer-To: <sip:1002@12348{}>\r\n\r\n"
    assert read_refer(beside.format("")) == Refer("1002", False)
    assert read_refer(beside.format("?Replaces=abc%3Bto-tag%3D1")) == Refer("1002", True)
    assert read_refer("REFER sip:x SIP/2.0\r\nRefer-To: none\r\n\r\n") is None
