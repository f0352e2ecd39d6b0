"""One end of an RTP stream on plain sockets: sends a packet at every tick, counts what comes and what is missing.

RFC 3550: packets lost are those expected by sequence number that did not come (A.3); what the other end says it lost
of ours stands in its RTCP reports (§6.4.1). It must not know SIP.
"""

import secrets
import socket
import struct
import time
from dataclasses import dataclass, field

from tests.process.sipp.media import FRAME, to_ulaw, tone

VOICE = tone(440, 1.0, 3000)
PAYLOADS = tuple(to_ulaw(VOICE[at : at + FRAME]) for at in range(0, len(VOICE) - FRAME + 1, FRAME))
QUIET = (b"\xff" * FRAME,)
SENDER_REPORT, RECEIVER_REPORT = 200, 201
ROOM = 1 << 20  # octets of the socket's buffer


@dataclass
class Heard:
    """What came since `reset`. `gap` is the longest time between two packets in seconds."""

    packets: int = 0
    lost: int = 0
    gap: float = 0.0


@dataclass
class End:
    """Ports `port` (even) and the next one at `address`. `to` is where packets go, None until that is known.

    `says` are the payloads that are sent, over and over: a tone, or QUIET.
    """

    address: str
    says: tuple[bytes, ...] = PAYLOADS
    to: tuple[str, int] | None = None
    sent: int = 0
    their_loss: int = 0  # of our packets, as the other end last reported
    reports: int = 0  # of the other end on what it received of ours
    heard: Heard = field(default_factory=Heard)
    _highest: int | None = None
    _at: float | None = None
    _source: bytes = b""

    def __post_init__(self) -> None:
        self._ssrc = secrets.randbits(32)
        while True:
            self.rtp, self.rtcp = udp(), udp()
            try:
                self.rtp.bind((self.address, 0))
                self.port = self.rtp.getsockname()[1]
                if self.port % 2 == 0:
                    self.rtcp.bind((self.address, self.port + 1))
                    break
            except OSError:
                pass
            self.close()

    def send(self) -> None:
        """The next packet of 20 ms."""
        if self.to is None:
            return
        number = self.sent
        head = struct.pack(">BBHII", 0x80, 0, number & 0xFFFF, (number * FRAME) & 0xFFFFFFFF, self._ssrc)
        try:
            self.rtp.sendto(head + self.says[number % len(self.says)], self.to)
        except OSError:
            return  # refused: the other end is gone
        self.sent += 1

    def receive(self) -> None:
        """Take the packets that have come."""
        heard = self.heard
        while True:
            try:
                data = self.rtp.recv(2048)
            except OSError:
                return
            now = time.monotonic()
            if len(data) < 12:
                continue
            number = (data[2] << 8) | data[3]
            if data[8:12] != self._source or self._highest is None:  # a new stream counts from its first packet
                self._source, self._highest = data[8:12], number - 1
            step = (number - self._highest) & 0xFFFF
            heard.packets += 1
            if 0 < step < 0x8000:
                heard.lost += step - 1
                self._highest = number
            elif heard.lost:
                heard.lost -= 1  # came late, and was counted as lost before
            if self._at is not None and now - self._at > heard.gap:
                heard.gap = now - self._at
            self._at = now

    def receive_reports(self) -> None:
        """Take the RTCP that has come: the loss of our packets the other end reports."""
        while True:
            try:
                data = self.rtcp.recv(2048)
            except OSError:
                return
            at = 0
            while at + 8 <= len(data):
                count, kind, words = data[at] & 0x1F, data[at + 1], struct.unpack(">H", data[at + 2 : at + 4])[0]
                block = at + (28 if kind == SENDER_REPORT else 8)
                if kind in (SENDER_REPORT, RECEIVER_REPORT) and count and block + 24 <= len(data):
                    lost = int.from_bytes(data[block + 5 : block + 8], "big", signed=True)
                    self.their_loss, self.reports = max(self.their_loss, lost), self.reports + 1
                at += 4 * (words + 1)

    def reset(self) -> None:
        """Count what is heard anew; a gap that lasts now counts from before."""
        self.heard = Heard()

    def close(self) -> None:
        self.rtp.close()
        self.rtcp.close()


def udp() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, ROOM)
    made.setblocking(False)
    return made
