"""SIP over WebSocket (RFC 7118) with the websockets library's own client against a running edge, and its pings."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.testing import MemoryReactorClock
from websockets.client import ClientProtocol
from websockets.exceptions import InvalidStatus
from websockets.http11 import Response
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

from telephony.edge.transports.sockets import SILENT_SECONDS, Transports
from telephony.edge.transports.websockets import WebSocketConnection
from tests.telephony.edge_house import House, answer, authorize, lines, request, routes
from tests.telephony.streams import Authority, with_streams
from tests.telephony.test_edge_transports import Wire

HEAD = """Via: SIP/2.0/WS df7jal23ls0d.invalid;branch=z9hG4bK{branch}
From: <sip:1001@12348>;tag=page
To: <sip:1001@12348>
Call-ID: page
CSeq: {number} REGISTER
Contact: <sip:1001@df7jal23ls0d.invalid;transport=ws>
Max-Forwards: 70
"""


def page(port: int, **words: Any) -> ClientConnection:
    return connect(f"ws://127.0.0.1:{port}", subprotocols=[Subprotocol("sip")], open_timeout=10, proxy=None, **words)


def say(socket: ClientConnection, text: str) -> None:
    socket.send(text.replace("\n", "\r\n"))


def hear(socket: ClientConnection) -> str:
    return str(socket.recv(10)).replace("\r\n", "\n")


def enrol(socket: ClientConnection) -> None:
    """Register as 1001; there is no Content-Length, which RFC 7118 leaves to the page."""
    say(socket, "REGISTER sip:12348 SIP/2.0\n" + HEAD.format(branch="r1", number=1) + "\n")
    challenge = hear(socket)
    assert challenge.startswith("SIP/2.0 401 ")
    shown = authorize(challenge, "REGISTER", "sip:12348")
    say(socket, "REGISTER sip:12348 SIP/2.0\n" + HEAD.format(branch="r2", number=2) + shown + "\n")
    assert hear(socket).startswith("SIP/2.0 200 ")


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def started(house: House, authority: Authority) -> Iterator[tuple[House, int]]:
    _, port = with_streams(house, authority)
    house.start()
    yield house, port


def test_without_the_subprotocol_nobody_comes_in(started: tuple[House, int]) -> None:
    _, port = started
    for words in ({}, {"subprotocols": [Subprotocol("chat")]}):
        with pytest.raises(InvalidStatus) as caught:
            connect(f"ws://127.0.0.1:{port}", open_timeout=10, proxy=None, **words)  # type: ignore[arg-type]
        assert caught.value.response.status_code == 400
    with page(port) as socket:
        assert socket.subprotocol == "sip"
        socket.send("\r\n\r\n")
        assert socket.recv(10) == "\r\n"


def test_pages_of_other_origins_are_refused(house: House, authority: Authority) -> None:
    _, port = with_streams(house, authority, origins=["https://12348.example"])
    house.start()
    with pytest.raises(InvalidStatus) as caught, page(port, origin="https://evil.example"):
        pass
    assert caught.value.response.status_code == 403
    with page(port, origin="https://12348.example") as socket:
        assert socket.subprotocol == "sip"


def test_a_phone_in_a_page_is_called_and_hears_the_end(started: tuple[House, int]) -> None:
    house, port = started
    worker = house.peer()
    with page(port) as socket:
        enrol(socket)
        house.nursery.say({"workers": [{"worker": "w1", "pid": os.getpid(), "sip_port": worker.port, "state": "busy"}]})
        invite = ""
        while not invite:
            worker.send(request("INVITE", f"sip:1001@127.0.0.1:{house.inside}", worker, "one", 7), house.inside)
            try:
                invite = str(socket.recv(0.3)).replace("\r\n", "\n")
            except TimeoutError:
                continue
        assert invite.startswith("INVITE sip:1001@df7jal23ls0d.invalid;transport=ws ")
        assert [via.split(" ")[0] for via in lines(invite, "Via")] == ["SIP/2.0/WS", "SIP/2.0/UDP"]
        recorded = lines(invite, "Record-Route")
        assert [value.partition("@")[2] for value in recorded] == [
            f"127.0.0.1:{port};transport=ws;lr>", f"127.0.0.1:{house.inside};lr>",
        ]  # fmt: skip
        say(socket, answer(invite, "200 OK", "sip:1001@df7jal23ls0d.invalid;transport=ws", "page"))
        ok = worker.answered()
        assert ok.startswith("SIP/2.0 200 ")
        back = routes(lines(ok, "Record-Route")[::-1])
        target = "sip:1001@df7jal23ls0d.invalid;transport=ws"
        worker.send(request("ACK", target, worker, "ack", 7, back, "page"), house.inside)
        assert hear(socket).startswith(f"ACK {target} ")
        worker.send(request("BYE", target, worker, "bye", 8, back, "page"), house.inside)
        bye = hear(socket)
        assert bye.startswith(f"BYE {target} ")
        say(socket, answer(bye, "200 OK"))
        assert worker.receive().startswith("SIP/2.0 200 ")


def test_wss_has_the_certificate_of_tls(house: House, authority: Authority) -> None:
    _, port = with_streams(house, authority, secure=True)
    house.start()
    words: dict[str, Any] = {"subprotocols": [Subprotocol("sip")], "ssl": authority.client(), "proxy": None}
    with connect(f"wss://127.0.0.1:{port}", open_timeout=10, **words) as socket:
        enrol(socket)
        assert house.core.hear() == {"phone": "1001", "registered": True}
    assert house.core.hear() == {"phone": "1001", "registered": False}


def shaken() -> tuple[Any, WebSocketConnection, Wire, ClientProtocol, list[bytes]]:
    """A page whose handshake is done, without sockets: clock, connection, wire, the page's side, what was received."""
    clock: Any = MemoryReactorClock()
    heard: list[bytes] = []
    owner = Transports(clock, lambda data, _: heard.append(data), lambda _: None, lambda _: None)
    connection, wire = WebSocketConnection(owner), Wire(1)
    connection.makeConnection(wire)
    client = ClientProtocol(parse_uri("ws://x"), subprotocols=[Subprotocol("sip")])
    client.send_request(client.connect())
    for data in client.data_to_send():
        for octet in data:
            connection.dataReceived(bytes([octet]))
    client.receive_data(wire.value())
    [response] = client.events_received()
    assert isinstance(response, Response) and response.status_code == 101
    wire.clear()
    return clock, connection, wire, client, heard


def test_a_page_that_answers_no_ping_is_gone() -> None:
    _, connection, wire, client, _ = shaken()
    for _ in range(2):
        connection.ping()
    client.receive_data(wire.value())
    assert len(client.events_received()) == 2
    for data in client.data_to_send():
        connection.dataReceived(data)
    connection.ping()
    connection.ping()
    assert not wire.aborted
    connection.ping()
    assert wire.aborted


def test_a_message_in_pieces_is_one_and_one_that_is_too_long_ends_the_connection() -> None:
    _, connection, wire, client, heard = shaken()
    client.send_text(b"OPTIONS sip:a SIP/2.0\r\n", fin=False)
    client.send_continuation(b"\r\n", fin=True)
    client.send_text(b"x" * 200_000)
    for data in client.data_to_send():
        for at in range(0, len(data), 1000):
            connection.dataReceived(data[at : at + 1000])
    assert heard == [b"OPTIONS sip:a SIP/2.0\r\n\r\n"]
    client.receive_data(wire.value())
    assert client.close_rcvd is not None and client.close_rcvd.code == 1009
    assert wire.disconnecting


def test_a_connection_that_says_nothing_is_closed_and_one_that_spoke_is_not() -> None:
    clock: Any = MemoryReactorClock()
    owner = Transports(clock, lambda *_: None, lambda _: None, lambda _: None)
    owner.keep_watch()
    silent, wire = WebSocketConnection(owner), Wire(1)
    silent.makeConnection(wire)
    clock.advance(SILENT_SECONDS)
    assert not wire.disconnecting
    clock.advance(SILENT_SECONDS)
    assert wire.disconnecting
