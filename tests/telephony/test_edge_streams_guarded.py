"""The guard on streams, and trunks over TLS, on a real edge process: bans cut, who cannot be reached gives way."""

import os
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from tests.telephony.edge_house import House, answer, free_port, lines, request, routes
from tests.telephony.streams import Authority, Line, alike, with_streams
from tests.telephony.test_edge_carrier_sockets import ask, until
from tests.telephony.test_edge_tls import OPTIONS

STRANGER = "127.0.0.8"
TRUNK, SECOND = "127.0.0.5", "127.0.0.6"
NUMBER = "sip:13800001234@12348;user=phone"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server((TRUNK, 0)) as made:
        made.settimeout(10)
        yield made


def heard(line: Line, kind: str) -> bool:
    """Whether OPTIONS is answered with 200."""
    line.send(alike(OPTIONS, "TLS", kind))
    return line.receive().startswith("SIP/2.0 200 ")


def refused(port: int, host: str = STRANGER) -> bool:
    """Whether a new connection is closed before a word."""
    with socket.create_connection(("127.0.0.1", port), 10, (host, 0)) as line:
        try:
            return line.recv(1) == b""
        except ConnectionError:
            return True


def rest(line: Line) -> str:
    """What still comes until the other end closes."""
    found = b""
    try:
        while data := line.socket.recv(65536):
            found += data
    except ConnectionError:
        pass
    return found.decode()


def page(port: int, host: str) -> Any:
    words = {"subprotocols": [Subprotocol("sip")], "source_address": (host, 0), "proxy": None, "open_timeout": 10}
    return connect(f"ws://127.0.0.1:{port}", **words)  # type: ignore[arg-type]


def test_a_ban_cuts_every_stream_of_its_source_and_takes_no_new_one(house: House, authority: Authority) -> None:
    tls, ws = with_streams(house, authority)
    house.start()
    plain, secure = Line.dialled(house.port, None, STRANGER), Line.dialled(tls, authority.client(), STRANGER)
    other = Line.dialled(tls, authority.client(), "127.0.0.2")
    with page(ws, STRANGER) as shown:
        shown.send(alike(OPTIONS, "TLS", "WS").replace("\n", "\r\n"))
        assert str(shown.recv(10)).startswith("SIP/2.0 200 ")
        assert heard(plain, "TCP") and heard(secure, "TLS") and heard(other, "TLS")
        ask(house, "ban", address=STRANGER, reason="test")
        assert plain.closed() and secure.closed()
        with pytest.raises(ConnectionClosed):
            shown.recv(10)
    assert [refused(port) for port in (house.port, tls, ws)] == [True, True, True]
    assert heard(other, "TLS"), "nobody else is cut off"
    ask(house, "pardon", address=STRANGER)
    again = Line.dialled(tls, authority.client(), STRANGER)
    assert heard(again, "TLS")
    for line in (plain, secure, other, again):
        line.close()
    assert house.stop() == 0


def test_who_sends_rubbish_over_tls_is_banned_and_cut(house: House, authority: Authority) -> None:
    tls, _ = with_streams(house, authority)
    house.settings = house.settings.replace('"sip": {', '"sip": {"guard": {"malformed": 2}, ', 1)
    house.start()
    line = Line.dialled(tls, authority.client(), STRANGER)
    bad = OPTIONS.replace("CSeq: 1 OPTIONS", "CSeq: one OPTIONS")
    line.send(bad)
    assert line.receive().startswith("SIP/2.0 400 ")
    line.send(3 * bad + OPTIONS)
    assert "SIP/2.0 200 " not in rest(line)
    [ban] = ask(house, "bans")
    assert (ban["address"], ban["reason"]) == (STRANGER, "malformed messages")
    line.close()


def trunks(house: House, port: int, second: int, **health: Any) -> None:
    """Two carriers, the first over TLS, the second over UDP."""

    def trunk(name: str, host: str, port: int, transport: str, priority: int) -> str:
        outbound = f'"host": "{host}", "port": {port}, "transport": "{transport}", "priority": {priority}'
        outbound += ', "allow": ["1[3-9]xxxxxxxxx"], "caller_id": "02012348"'
        asked = health if name == "first" else {"seconds": 0}
        told = ", ".join(f'"{key}": {value}' for key, value in asked.items())
        return f'{{"name": "{name}", "addresses": ["{host}/32"], "outbound": {{{outbound}}}, "health": {{{told}}}}}'

    both = f"{trunk('first', TRUNK, port, 'tls', 0)}, {trunk('second', SECOND, second, 'udp', 1)}"
    house.settings = house.settings.replace('"trunks": [', f'"trunks": [{both}, ', 1)


def dial(house: House, worker: Any, name: str) -> None:
    """The worker calls a number."""
    text = request("INVITE", NUMBER, worker, name, 1)
    first = next(line for line in text.splitlines() if line.startswith("From:"))
    tag = first.partition("tag=")[2]
    worker.send(text.replace(first, f"From: <sip:02012348@127.0.0.1>;tag={tag}"), house.inside)


def test_a_call_goes_out_over_tls_and_over_the_next_trunk_while_that_cannot_be_reached(
    house: House,
    authority: Authority,
    listener: socket.socket,
) -> None:
    with_streams(house, authority)
    second, worker = house.peer(SECOND), house.peer()
    port = listener.getsockname()[1]
    trunks(house, port, second.port, seconds=600, timeout_seconds=600)
    house.start()
    accepted, _ = listener.accept()
    carrier = Line(authority.server().wrap_socket(accepted, server_side=True))
    asked = carrier.receive()
    assert asked.startswith(f"OPTIONS sip:{TRUNK}:{port} SIP/2.0\nVia: SIP/2.0/TLS 127.0.0.1:")
    carrier.send(answer(asked, "200 OK", "sip:x@127.0.0.5", "o"))
    assert until(house, trunk="first", line="up")["usable"]
    house.nursery.say({"workers": [{"worker": "w1", "pid": os.getpid(), "sip_port": worker.port, "state": "busy"}]})
    while not ask(house, "state")["busy"]:
        """The nursery's link is read when its turn comes."""
    dial(house, worker, "one")
    invite = carrier.receive()
    assert invite.startswith(f"INVITE sip:13800001234@{TRUNK}:{port};user=phone;transport=tls ")
    assert ";transport=tls;lr>" in lines(invite, "Record-Route")[0]
    carrier.send(answer(invite, "200 OK", f"sip:x@{TRUNK}:{port};transport=tls", "carrier"))
    ok = worker.receive()
    assert ok.startswith("SIP/2.0 200 ")
    target, way = f"sip:x@{TRUNK}:{port};transport=tls", routes(lines(ok, "Record-Route")[::-1])
    worker.send(request("BYE", target, worker, "one", 2, way, "carrier"), house.inside)
    assert carrier.receive().startswith(f"BYE {target} ")
    listener.close()
    carrier.socket.close()
    dial(house, worker, "two")
    assert second.receive().startswith("INVITE sip:13800001234@127.0.0.6:"), "long before its silence would tell"
    assert ask(house, "state")["counts"]["diverted"] == 1


def test_a_trunk_whose_certificate_nobody_believes_is_down_and_passed_over(
    house: House,
    authority: Authority,
    listener: socket.socket,
    tmp_path: Path,
) -> None:
    (tmp_path / "other").mkdir()
    stranger = Authority(tmp_path / "other")
    with_streams(house, authority)
    trunks(house, listener.getsockname()[1], free_port(), seconds=600, timeout_seconds=600, down_after=1)
    house.start()
    accepted, _ = listener.accept()
    with pytest.raises(ssl.SSLError):
        Line(stranger.server().wrap_socket(accepted, server_side=True)).receive()
    assert until(house, trunk="first", line="down")["usable"] is False, "not after 600 s but at once"
