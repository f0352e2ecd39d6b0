"""What phones really hear: RTP on its way to a port of this machine, read off the loopback interface.

It needs the right to open packet sockets, as SIPp does for playing; it trusts no signalling.
"""

import socket
import struct
import threading

import numpy as np

from tests.process.sipp.media import PCMU, from_ulaw

IPV4, OUTGOING = 0x0800, 4


class Ear:
    """Keeps the PCMU that is sent to `address`:`port` from its creation to `heard()`."""

    def __init__(self, address: str, port: int) -> None:
        self._to = socket.inet_aton(address), port
        self._payloads: dict[tuple[int, int], bytes] = {}
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(IPV4))
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self._socket.bind(("lo", IPV4))
        self._socket.settimeout(0.2)
        self._ended = False
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        while not self._ended:
            try:
                packet, about = self._socket.recvfrom(4096)
            except TimeoutError:
                continue
            if about[2] == OUTGOING or packet[9] != socket.IPPROTO_UDP or packet[16:20] != self._to[0]:
                continue
            udp = packet[(packet[0] & 0x0F) * 4 :]
            if int.from_bytes(udp[2:4], "big") == self._to[1] and len(udp) > 20 and udp[9] & 0x7F == PCMU:
                _, _, sequence, _, source = struct.unpack(">BBHII", udp[8:20])
                self._payloads[source, sequence] = udp[20:]

    def heard(self) -> np.ndarray:
        """int16 samples of the source that sent most, in the order of arrival."""
        self._ended = True
        self._thread.join()
        self._socket.close()
        sources = [source for source, _ in self._payloads]
        if not sources:
            return np.zeros(0, np.int16)
        most = max(set(sources), key=sources.count)
        return from_ulaw(b"".join(payload for (source, _), payload in self._payloads.items() if source == most))
