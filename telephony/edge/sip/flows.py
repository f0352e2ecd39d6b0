"""A flow is the way to a peer: transport, address and port; over a stream that names one connection (RFC 5626 §1).

Pure. Also reads where a response goes from the Via it answers (RFC 3261 §18.2.2, RFC 3581).
"""

import ipaddress
import socket
from dataclasses import replace
from typing import Literal, NamedTuple

from telephony.edge.sip.message import Request
from telephony.edge.sip.uri import Uri, Via

Transport = Literal["udp", "tcp", "inside", "tls", "ws", "wss"]
"""`inside` is the loopback UDP socket that faces the workers."""

TRANSPORTS: tuple[Transport, ...] = ("udp", "tcp", "inside", "tls", "ws", "wss")
"""Their order is part of tokens that are out: new ones go to the end."""

STREAMS: frozenset[Transport] = frozenset({"tcp", "tls", "ws", "wss"})
"""Connections: reliable, and gone when they are closed."""

DIALLED: frozenset[Transport] = frozenset({"tcp", "tls"})
"""Those we may open ourselves; a browser cannot be dialled (RFC 7118 §5.1)."""

PORTS: dict[Transport, int] = {"udp": 5060, "tcp": 5060, "inside": 5060, "tls": 5061, "ws": 80, "wss": 443}
"""Where a URI without a port points (RFC 3261 §19.1.2, RFC 7118 §5.4)."""


class Flow(NamedTuple):
    transport: Transport
    host: str
    port: int


def pack_flow(flow: Flow) -> bytes:
    """One octet of transport and family, two of port, four or sixteen of address."""
    address = ipaddress.ip_address(flow.host).packed
    return bytes([TRANSPORTS.index(flow.transport) | (16 if len(address) == 16 else 0)]) + (
        flow.port.to_bytes(2, "big") + address
    )


def unpack_flow(data: bytes) -> tuple[Flow, bytes]:
    """The flow at the start of `data`, and the rest. Raises ValueError."""
    if len(data) < 7:
        raise ValueError("flow: too short")
    kind, size = data[0] & 15, 16 if data[0] & 16 else 4
    if kind >= len(TRANSPORTS) or len(data) < 3 + size:
        raise ValueError("flow: not one of ours")
    family = socket.AF_INET6 if size == 16 else socket.AF_INET
    host = socket.inet_ntop(family, data[3 : 3 + size])
    return Flow(TRANSPORTS[kind], host, int.from_bytes(data[1:3], "big")), data[3 + size :]


def note_source(request: Request, source: Flow) -> Flow:
    """Write received and rport into the topmost Via of `request`; returns where its responses go.

    Over a stream that is the same connection; over UDP the source address, and its port if the client asked for rport,
    the port of sent-by otherwise. Raises FormError.
    """
    via = request.via
    params = dict(via.params)
    wants = "rport" in params
    if wants:
        params["rport"] = str(source.port)
    if wants or via.host.strip("[]") != source.host:
        params["received"] = source.host
    if params != via.params:
        at = next(at for at, header in enumerate(request.headers) if header[0] == "Via")
        request.headers[at] = ("Via", str(replace(via, params=params)))
    return reply_flow(via, source)


def reply_flow(via: Via, source: Flow) -> Flow:
    """Where responses to a request with this topmost Via, come from `source`, go."""
    if source.transport in STREAMS or "rport" in via.params:
        return source
    return Flow(source.transport, source.host, via.port or 5060)


def contact_flow(uri: Uri, source: Flow) -> Flow:
    """The way to a phone that gave the contact `uri` from `source`.

    Without NAT in between (same address) a UDP phone is reached at the port it names; otherwise where it came from.
    """
    if source.transport in STREAMS or uri.address != source.host:
        return source
    return Flow(source.transport, source.host, uri.port or 5060)
