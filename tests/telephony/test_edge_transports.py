"""The edge's TCP side against Twisted's string transports: framing, pings, slow peers, connections kept apart."""

from typing import Any

from twisted.internet.testing import MemoryReactorClock, StringTransport

from telephony.edge.proxy.actions import Send
from telephony.edge.sip.flows import Flow
from telephony.edge.sip.message import Request
from telephony.edge.transports.connections import MOST_UNSENT, Connection
from telephony.edge.transports.sockets import Transports, fault

OPTIONS = b"OPTIONS sip:a SIP/2.0\r\nContent-Length: 0\r\n\r\n"
BYE = Request([("Via", "SIP/2.0/TCP a")], b"", "BYE", "sip:b")


class Wire(StringTransport):
    """A TCP transport from 10.1.1.1; the kernel's options do nothing here."""

    aborted = False

    def __init__(self, port: int) -> None:
        super().__init__()
        self.port = port

    def getPeer(self) -> Any:
        return Flow("tcp", "10.1.1.1", self.port)

    def setTcpNoDelay(self, enabled: bool) -> None: ...

    def setTcpKeepAlive(self, enabled: bool) -> None: ...

    def abortConnection(self) -> None:
        self.aborted = True


class Heard:
    def __init__(self) -> None:
        self.reactor: Any = MemoryReactorClock()
        self.messages: list[tuple[bytes, Flow]] = []
        self.events: list[tuple[str, int]] = []
        self.transports = Transports(
            self.reactor,
            lambda data, flow: self.messages.append((data, flow)),
            lambda flow: self.events.append(("connected", flow.port)),
            lambda flow: self.events.append(("disconnected", flow.port)),
        )

    def connect(self, port: int) -> tuple[Connection, Wire]:
        connection, wire = Connection(self.transports), Wire(port)
        connection.makeConnection(wire)
        return connection, wire


def test_messages_are_cut_and_carry_their_flow_and_pings_are_answered() -> None:
    heard = Heard()
    connection, wire = heard.connect(1)
    connection.dataReceived(b"\r\n\r\n" + OPTIONS[:10])
    connection.dataReceived(OPTIONS[10:] + OPTIONS)
    flow = Flow("tcp", "10.1.1.1", 1)
    assert heard.messages == [(OPTIONS, flow), (OPTIONS, flow)]
    assert wire.value() == b"\r\n"


def test_a_message_goes_to_its_own_connection_or_nowhere() -> None:
    heard = Heard()
    (first, one), (_, two) = heard.connect(1), heard.connect(2)
    heard.transports.send(Send(Flow("tcp", "10.1.1.1", 2), BYE))
    assert (one.value(), two.value()[:4]) == (b"", b"BYE ")
    first.connectionLost()
    heard.transports.send(Send(Flow("tcp", "10.1.1.1", 1), BYE))
    assert one.value() == b""
    assert heard.events == [("connected", 1), ("connected", 2), ("disconnected", 1)]


def test_a_stream_that_cannot_be_followed_is_closed() -> None:
    heard = Heard()
    connection, wire = heard.connect(1)
    connection.dataReceived(b"x" * 20000)
    assert wire.disconnecting
    assert heard.messages == []


def test_a_peer_that_does_not_read_is_cut_off() -> None:
    heard = Heard()
    connection, wire = heard.connect(1)
    connection.send(b"x" * (MOST_UNSENT + 1))
    assert not wire.aborted
    connection.pauseProducing()
    connection.send(b"x" * MOST_UNSENT)
    assert not wire.aborted
    connection.send(b"x")
    assert wire.aborted


def test_a_connection_is_made_only_when_it_may_be_and_once() -> None:
    heard = Heard()
    flow = Flow("tcp", "10.1.1.9", 5060)
    heard.transports.send(Send(flow, BYE))
    assert heard.reactor.tcpClients == []
    heard.transports.send(Send(flow, BYE, connect=True))
    heard.transports.send(Send(flow, BYE, connect=True))
    assert [client[:2] for client in heard.reactor.tcpClients] == [("10.1.1.9", 5060)]


def test_a_fault_is_named_without_its_values() -> None:
    try:
        int("13800000000x")
    except ValueError as error:
        text = fault(error)
    assert text.startswith("ValueError at test_edge_transports.py:")
    assert "138" not in text
