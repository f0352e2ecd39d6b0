"""INVITEs that the edge takes and PJSIP does not: the caller is refused at once, no worker ends for it."""

import socket
import time

import pytest

from hotline.asking import ask
from telephony.softphone.remote import Softphone
from tests.running import Hotline, until

SDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 49000 RTP/AVP 8\r\n"


def invite(hotline: Hotline, port: int, number: int, header: str, caller: str = "") -> bytes:
    lines = [
        f"INVITE {hotline.number} SIP/2.0",
        f"Via: SIP/2.0/UDP 127.0.0.1:{port};rport;branch=z9hG4bKbad{number}",
        "Max-Forwards: 70",
        f"From: <sip:{caller or f'1390000{number:04}'}@127.0.0.1>;tag=t{number}",
        f"To: <{hotline.number}>",
        f"Call-ID: bad-{number}@127.0.0.1",
        "CSeq: 1 INVITE",
        *([] if header.startswith("Contact") else [f"Contact: <sip:bad@127.0.0.1:{port}>"]),
        *([] if header.startswith("Content-Type") else ["Content-Type: application/sdp"]),
        *([header] if header else []),
        f"Content-Length: {len(SDP)}",
        "",
        SDP,
    ]
    return "\r\n".join(lines).encode()


@pytest.mark.parametrize(
    ("number", "header", "caller"),
    [
        (0, 'Contact: "unfinished <sip:x', ""),
        (1, "Content-Type: ;;;", ""),
        (2, "Session-Expires: soon", ""),
        (3, "Require: nothing-we-know", ""),
        (4, "P-Asserted-Identity: <<<>>>", ""),
        (5, "Expires: abc", ""),
        (6, "Min-SE: abc", ""),
        (7, "Authorization: x", ""),
        (8, "Record-Route: <sip:a b>", ""),
        (9, "Contact: <sip:a b@127.0.0.1>", ""),
        (12, "", "市民"),
    ],
)
def test_a_broken_invite_costs_nobody_else_the_call(hotline: Hotline, number: int, header: str, caller: str) -> None:
    before = {worker["worker"] for worker in hotline.workers("idle")}
    began = time.monotonic()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.bind(("127.0.0.1", 0))
        phone.settimeout(10)
        phone.sendto(invite(hotline, phone.getsockname()[1], number, header, caller), ("127.0.0.1", hotline.sip_port))
        statuses = []
        while not statuses or statuses[-1] < 200:
            statuses.append(int(phone.recv(65536).split()[1]))
    assert statuses[-1] == 200 or 400 <= statuses[-1] < 600
    if statuses[-1] != 200:
        assert time.monotonic() - began < 4, "400 comes after a second or two, 500 would after six"
        assert before <= {worker["worker"] for worker in hotline.workers("idle")}, "nobody was ended for it"
    until(lambda: len(hotline.workers("idle")) >= 4 or None, "the pool to be full again", 20)
    until(lambda: ask(hotline.settings, "state", "edge")["idle"] >= 4 or None, "the edge to know all of it", 20)
    with Softphone("13911113000") as next_caller:
        next_caller.dial(hotline.number)
        next_caller.wait("answered", 10)
        next_caller.hang_up()
        next_caller.wait("ended", 10)


@pytest.mark.parametrize(
    ("number", "header", "caller", "status"),
    [(10, "", "1" * 3000, 400), (11, "Record-Route: <sip:127.0.0.1;lr>," + "x" * 3000, "", 513)],
    ids=["From", "Record-Route"],
)
def test_an_invite_too_large_to_be_answered_reaches_no_worker(
    hotline: Hotline, number: int, header: str, caller: str, status: int
) -> None:
    records, busy = len(hotline.records()), {worker["worker"] for worker in hotline.workers("busy")}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.bind(("127.0.0.1", 0))
        phone.settimeout(10)
        data = invite(hotline, phone.getsockname()[1], number, header, caller)
        phone.sendto(data, ("127.0.0.1", hotline.sip_port))
        assert int(phone.recv(65536).split()[1]) == status, "not even a 100 before it"
    assert {worker["worker"] for worker in hotline.workers("busy")} <= busy
    assert len(hotline.records()) == records
