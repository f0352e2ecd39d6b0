"""SIP as it passes on loopback, seen beside the programs that send it: a packet socket and a filter in the kernel.

Linux, with the right to open raw sockets. Times are the kernel's. It must not know what is measured.
"""

import ctypes
import re
import socket
import struct
import threading
from dataclasses import dataclass

from benchmarks.phones import SO_TIMESTAMPNS, arrived

SO_ATTACH_FILTER = 26  # asm-generic/socket.h
IP = 0x0800
OUTGOING = 4  # linux/if_packet.h: on loopback each packet passes twice, once as this
ROOM = 16 << 20

HEADER = re.compile(r"^(call-id|i|cseq|x-hotline-call)\s*:\s*(.*?)\s*$", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Seen:
    """One SIP message over UDP: UTC epoch seconds, addresses, its first line, what names its call."""

    at: float
    source: tuple[str, int]
    target: tuple[str, int]
    first: str
    call: str
    cseq: str
    ours: str  # X-Hotline-Call


def program(port: int) -> bytes:
    """A classic BPF program over an IPv4 header: UDP from or to `port` passes (linux/filter.h)."""
    steps = [
        (0x30, 0, 0, 9),  # A = protocol
        (0x15, 0, 6, socket.IPPROTO_UDP),
        (0xB1, 0, 0, 0),  # X = length of the IP header
        (0x48, 0, 0, 0),  # A = source port
        (0x15, 2, 0, port),
        (0x48, 0, 0, 2),  # A = destination port
        (0x15, 0, 1, port),
        (0x06, 0, 0, 0xFFFF),  # the packet
        (0x06, 0, 0, 0),  # nothing
    ]
    return b"".join(struct.pack("HBBI", *step) for step in steps)


class Capture:
    """What passes from or to UDP `port` from creation to `stop`."""

    def __init__(self, port: int) -> None:
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
        octets = program(port)
        self._program = ctypes.create_string_buffer(octets, len(octets))
        pointer = struct.pack("HxxxxxxP", len(octets) // 8, ctypes.addressof(self._program))
        self._socket.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, pointer)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, ROOM)
        self._socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._socket.bind(("lo", IP))
        self._socket.settimeout(0.2)
        self._raw: list[tuple[float, bytes]] = []
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="capture", daemon=True)
        self._thread.start()

    def stop(self) -> list[Seen]:
        """The SIP messages, oldest first."""
        self._ended = True
        self._thread.join()
        self._socket.close()
        return [seen for at, packet in self._raw if (seen := read(at, packet)) is not None]

    def _run(self) -> None:
        while not self._ended:
            try:
                packet, extra, _, source = self._socket.recvmsg(0xFFFF, 64)
            except TimeoutError:
                continue
            if source[2] == OUTGOING:
                continue
            self._raw.append((arrived(extra), packet))


def read(at: float, packet: bytes) -> Seen | None:
    """A SIP message out of an IPv4 packet; None for what is none."""
    start = (packet[0] & 0xF) * 4
    ports = struct.unpack_from("!HH", packet, start)
    text = packet[start + 8 :].decode(errors="replace")
    first, _, rest = text.partition("\r\n")
    if "SIP/2.0" not in first:
        return None
    named = {name.lower(): value for name, value in HEADER.findall(rest.partition("\r\n\r\n")[0])}
    addresses = socket.inet_ntoa(packet[12:16]), socket.inet_ntoa(packet[16:20])
    return Seen(
        at,
        (addresses[0], ports[0]),
        (addresses[1], ports[1]),
        first,
        named.get("call-id", named.get("i", "")),
        named.get("cseq", ""),
        named.get("x-hotline-call", ""),
    )
