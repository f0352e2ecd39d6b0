"""Connections that are cut off, over TLS too: they close, and nothing more is heard of them. In memory, real TLS."""

import ssl
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.testing import MemoryReactorClock

from telephony.edge.proxy.actions import Send
from telephony.edge.sip.flows import Flow
from telephony.edge.transports.certificates import OwnCertificate
from telephony.edge.transports.connections import Connection
from telephony.edge.transports.sockets import SILENT_SECONDS, Connections, SecureConnections, Transports
from telephony.edge.transports.websockets import WebSocketConnection
from tests.telephony.streams import Authority
from tests.telephony.test_edge_transports import BYE, OPTIONS, Wire


class Peer:
    """An edge's sockets and one peer on them, over TLS; `undelivered` is what found no connection."""

    def __init__(self, folder: Path, kind: str) -> None:
        authority = Authority(folder)
        self.clock: Any = MemoryReactorClock()
        self.heard: list[bytes] = []
        self.undelivered: list[Send] = []
        self.owner = Transports(
            self.clock,
            lambda data, _: self.heard.append(data),
            lambda _: None,
            lambda _: None,
            self.undelivered.append,
        )
        made = {"tls": lambda: Connection(self.owner, "tls"), "wss": lambda: WebSocketConnection(self.owner, "wss")}
        plain = Connections(self.owner, made[kind])
        factory = SecureConnections(OwnCertificate(*authority.issue()), False, plain, self.clock)
        self.wire = Wire(1)
        self.edge = factory.buildProtocol(Flow("tcp", "10.1.1.1", 1))
        self.edge.makeConnection(self.wire)
        self.to_client, self.to_edge = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.client = authority.client().wrap_bio(self.to_client, self.to_edge, server_hostname="127.0.0.1")
        self.owner.keep_watch()

    def shake_hands(self) -> None:
        for _ in range(5):
            try:
                self.client.do_handshake()
            except ssl.SSLWantReadError:
                self.carry()
        self.carry()

    def carry(self) -> None:
        """Octets of both to each other."""
        while self.to_edge.pending:
            self.edge.dataReceived(self.to_edge.read())
        self.clock.advance(0)
        self.to_client.write(self.wire.value())
        self.wire.clear()

    def say(self, data: bytes) -> None:
        self.client.write(data)
        self.carry()


@pytest.mark.parametrize("kind", ["tls", "wss"])
def test_who_says_nothing_over_tls_is_told_the_end_and_then_torn_off(tmp_path: Path, kind: str) -> None:
    peer = Peer(tmp_path, kind)
    peer.shake_hands()
    for _ in range(2):
        peer.clock.advance(SILENT_SECONDS)
    peer.carry()
    assert peer.client.read() == b"", "the end, said in TLS"
    assert not peer.wire.aborted, "it may say that it closes as well"
    peer.clock.advance(SILENT_SECONDS)
    assert peer.wire.aborted


def test_nothing_that_comes_after_the_end_is_heard_or_answered(tmp_path: Path) -> None:
    peer = Peer(tmp_path, "tls")
    peer.shake_hands()
    peer.say(OPTIONS)
    assert peer.heard == [OPTIONS]
    peer.say(b"x" * 20_000)
    peer.say(OPTIONS + b"\r\n\r\n")
    assert peer.heard == [OPTIONS]
    peer.owner.send(Send(Flow("tls", "10.1.1.1", 1), BYE, connect=True))
    peer.clock.advance(0)
    assert [send.message for send in peer.undelivered] == [BYE], "who sends is told that it went nowhere"


def test_a_peer_that_closes_over_tls_is_gone_without_being_torn_off(tmp_path: Path) -> None:
    peer = Peer(tmp_path, "tls")
    peer.shake_hands()
    peer.say(b"x" * 20_000)
    peer.client.unwrap()
    peer.carry()
    assert peer.wire.disconnecting and not peer.wire.aborted


def test_a_page_that_is_refused_over_tls_is_closed(tmp_path: Path) -> None:
    peer = Peer(tmp_path, "wss")
    peer.shake_hands()
    peer.say(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert peer.client.read(9) == b"HTTP/1.1 "
    while peer.client.pending():
        peer.client.read()
    assert peer.client.read() == b"", "the end, said in TLS"
