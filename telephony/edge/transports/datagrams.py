"""The edge's UDP sockets, outside and inside: one datagram is one message. Knows nothing of SIP."""

import socket
from collections.abc import Callable
from typing import Any

from twisted.internet.protocol import DatagramProtocol

from telephony.edge.sip.flows import Flow, Transport

RECEIVE_BUFFER = 4 << 20
"""Octets asked for at the kernel, so that a burst of calls is not lost (the kernel may give less)."""

Received = Callable[[bytes, Flow], None]


class Datagrams(DatagramProtocol):
    """One UDP socket, outside or inside."""

    transport: Any = None

    def __init__(self, kind: Transport, received: Received) -> None:
        self._kind = kind
        self._received = received

    def startProtocol(self) -> None:
        self.transport.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)

    def datagramReceived(self, datagram: bytes, addr: tuple[Any, ...]) -> None:
        self._received(datagram, Flow(self._kind, addr[0], addr[1]))

    def send(self, data: bytes, flow: Flow) -> None:
        self.transport.write(data, (flow.host, flow.port))
