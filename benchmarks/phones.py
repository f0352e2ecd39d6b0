"""Phones on plain sockets, as callers and as an agent. Times are the kernel's, so that a busy phone does not count.

Only as much SIP (RFC 3261) as measuring takes; it must not know what is measured.
"""

import secrets
import select
import socket
import struct
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.process.sipp.drive import AGENTS, CALLERS, User, authorization
from tests.process.sipp.media import digit_packets

SO_TIMESTAMPNS = 35  # asm-generic/socket.h


@dataclass(frozen=True)
class Came:
    """A datagram and when it reached this machine, UTC epoch seconds."""

    at: float
    data: bytes
    source: tuple[str, int]


def arrived(extra: Iterable[tuple[int, int, bytes]]) -> float:
    """The kernel's time of a packet, from what came beside it on a socket with SO_TIMESTAMPNS; else now."""
    for level, kind, value in extra:
        if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPNS):
            seconds, nanoseconds = struct.unpack("ll", value)
            return float(seconds + nanoseconds / 1e9)
    return time.time()


class Socket:
    """A UDP socket at `address` and `port`, by default a free one."""

    def __init__(self, address: str, port: int = 0) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, port))
        self._socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self._socket.setblocking(False)
        self.address: tuple[str, int] = self._socket.getsockname()

    def fileno(self) -> int:
        return self._socket.fileno()

    def send(self, data: bytes, to: tuple[str, int]) -> float:
        """Returns when."""
        now = time.time()
        self._socket.sendto(data, to)
        return now

    def receive(self) -> Came | None:
        """The next datagram, None where there is none."""
        try:
            data, extra, _, source = self._socket.recvmsg(8192, 64)
        except BlockingIOError:
            return None
        return Came(arrived(extra), data, source)

    def close(self) -> None:
        self._socket.close()


def wait(sockets: list[Socket], until: float) -> None:
    """Until something came on one of them or it is `until` (UTC epoch seconds)."""
    select.select(sockets, [], [], max(0.0, until - time.time()))


class Message:
    """A SIP message, cut into its start line, headers and body."""

    def __init__(self, data: bytes) -> None:
        head, _, body = data.decode("utf-8", "replace").partition("\r\n\r\n")
        self.start, *lines = head.split("\r\n")
        self.headers = [(name.strip().lower(), value.strip()) for name, _, value in (x.partition(":") for x in lines)]
        self.body = body

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name]

    def get(self, name: str) -> str:
        return next(iter(self.all(name)), "")

    @property
    def code(self) -> int:
        """The status of a response, 0 for a request."""
        return int(self.start.split(" ")[1]) if self.start.startswith("SIP/2.0 ") else 0

    @property
    def media(self) -> tuple[str, int]:
        """Where RTP is to be sent."""
        lines = self.body.split("\r\n")
        address = next(line.split(" ")[2] for line in lines if line.startswith("c="))
        return address, int(next(line.split(" ")[1] for line in lines if line.startswith("m=audio")))


def sdp(address: tuple[str, int]) -> str:
    return (
        f"v=0\r\no=- 1 1 IN IP4 {address[0]}\r\ns=-\r\nc=IN IP4 {address[0]}\r\nt=0 0\r\n"
        f"m=audio {address[1]} RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
        "a=fmtp:101 0-15\r\na=ptime:20\r\n"
    )


@dataclass
class Call:
    """A caller's call. Times are UTC epoch seconds; None for what has not happened."""

    number: str
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    sent: float | None = None
    answered: float | None = None
    code: int = 0
    answer: Message | None = None


class Caller:
    """Calls from one socket; `rtp` hears what is sent to all of them."""

    def __init__(self, edge: tuple[str, int]) -> None:
        self._edge = edge
        self.sip, self.rtp = Socket(CALLERS), Socket(CALLERS)
        self.calls: dict[str, Call] = {}

    def dial(self, number: str) -> Call:
        call = Call(number)
        self.calls[call.id] = call
        call.sent = self._send(call, "INVITE", 1, sdp(self.rtp.address))
        return call

    def hang_up(self, call: Call) -> None:
        self._send(call, "BYE", 2)

    def take(self) -> None:
        """Take what has come; answers with 200 are acknowledged."""
        while (came := self.sip.receive()) is not None:
            message = Message(came.data)
            call = self.calls.get(message.get("call-id"))
            if call is None or not message.get("cseq").endswith("INVITE") or message.code < 200:
                if not message.code:  # our end is told that the call is over
                    self.sip.send(reply(message, 200), came.source)
                continue
            if call.answered is None:
                call.code, call.answered, call.answer = message.code, came.at, message
            self._send(call, "ACK", 1)

    def take_until(self, until: float) -> None:
        while time.time() < until:
            wait([self.sip], until)
            self.take()

    def press(self, call: Call, digit: str, timestamp: int) -> float:
        """Press a digit; returns when its first packet left. Takes 140 ms."""
        assert call.answer is not None
        media = call.answer.media
        sent = []
        for number, packet in enumerate(digit_packets(digit, timestamp // 160, timestamp)):
            if number:
                time.sleep(0.02)
            sent.append(self.rtp.send(packet, media))
        return sent[0]

    def _send(self, call: Call, method: str, cseq: int, body: str = "") -> float:
        host, port = self.sip.address
        uri, to, routes = f"sip:12348@{self._edge[0]}:{self._edge[1]}", "<sip:12348@12348>", ""
        if call.answer is not None:
            to = call.answer.get("to")
            if call.code < 300:
                uri = call.answer.get("contact").partition("<")[2].partition(">")[0]
                routes = "".join(f"Route: {route}\r\n" for route in reversed(call.answer.all("record-route")))
        branch = f"{call.id}{cseq}{method if call.code < 300 else 'INVITE'}"
        head = (
            f"{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{branch}\r\n{routes}"
            f"From: <sip:{call.number}@{host}>;tag={call.id}\r\nTo: {to}\r\nCall-ID: {call.id}\r\n"
            f"CSeq: {cseq} {method}\r\nContact: <sip:{call.number}@{host}:{port}>\r\nMax-Forwards: 70\r\n"
        )
        kind = "Content-Type: application/sdp\r\n" if body else ""
        data = f"{head}{kind}Content-Length: {len(body)}\r\n\r\n{body}".encode()
        return self.sip.send(data, self._edge)

    def close(self) -> None:
        self.sip.close()
        self.rtp.close()


def reply(request: Message, code: int, extra: str = "", body: str = "") -> bytes:
    """A response to `request`; our tag is added where there is none."""
    to = request.get("to")
    lines = [f"Via: {value}" for value in request.all("via")]
    lines += [f"Record-Route: {value}" for value in request.all("record-route")]
    lines += [f"From: {request.get('from')}", f"To: {to if ';tag=' in to else to + ';tag=agent'}"]
    lines += [f"Call-ID: {request.get('call-id')}", f"CSeq: {request.get('cseq')}"]
    text = "\r\n".join([f"SIP/2.0 {code} -", *lines])
    return f"{text}\r\n{extra}Content-Length: {len(body)}\r\n\r\n{body}".encode()


class AgentPhone:
    """A registered phone that answers each INVITE at once; `rang` holds when each call came."""

    def __init__(self, edge: tuple[str, int], user: User) -> None:
        self._edge, self._user = edge, user
        self.sip, self.rtp = Socket(AGENTS), Socket(AGENTS)
        self.rang: dict[str, float] = {}

    def register(self) -> None:
        """Raises TimeoutError, or AssertionError when the edge does not take the password."""
        uri = f"sip:{self._edge[0]}:{self._edge[1]}"
        challenge = self._ask_register(uri, 1, "")
        answer = self._ask_register(uri, 2, authorization(challenge, self._user, uri) + "\r\n")
        assert Message(answer.encode()).code == 200, answer

    def _ask_register(self, uri: str, cseq: int, extra: str) -> str:
        host, port = self.sip.address
        user = self._user.user
        data = (
            f"REGISTER {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {host}:{port};branch=z9hG4bKreg{port}{cseq}\r\n"
            f"From: <sip:{user}@12348>;tag=reg{port}\r\nTo: <sip:{user}@12348>\r\nCall-ID: reg{port}\r\n"
            f"CSeq: {cseq} REGISTER\r\nContact: <sip:{user}@{host}:{port}>\r\nMax-Forwards: 70\r\n{extra}"
            "Content-Length: 0\r\n\r\n"
        )
        self.sip.send(data.encode(), self._edge)
        wait([self.sip], time.time() + 5)
        came = self.sip.receive()
        if came is None:
            raise TimeoutError("the edge does not answer REGISTER")
        return came.data.decode()

    def take(self) -> None:
        """Take what has come: calls are answered, BYE too."""
        while (came := self.sip.receive()) is not None:
            request = Message(came.data)
            if request.start.startswith("INVITE "):
                self.rang.setdefault(request.get("call-id"), came.at)
                contact = f"Contact: <sip:{self._user.user}@{self.sip.address[0]}:{self.sip.address[1]}>\r\n"
                kind = "Content-Type: application/sdp\r\n"
                self.sip.send(reply(request, 180, contact), came.source)
                self.sip.send(reply(request, 200, contact + kind, sdp(self.rtp.address)), came.source)
            elif not request.code and not request.start.startswith("ACK "):
                self.sip.send(reply(request, 200), came.source)

    def close(self) -> None:
        self.sip.close()
        self.rtp.close()
