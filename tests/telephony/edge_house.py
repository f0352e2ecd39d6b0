"""A home for a real edge process, with its links, a phone or a worker on plain sockets, and what they say."""

import hashlib
import json
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

PROGRAM = """
import sys
from config.settings import Settings
from records.credentials import credentials_for
from telephony.edge import service
from twisted.internet.task import react

async def lookup(user):
    return credentials_for(user, "12348", "secret") if user == "1001" else None

settings = Settings.model_validate_json(sys.argv[1])
react(service.main, (settings, lookup))
"""


def free_port(kind: int = socket.SOCK_DGRAM) -> int:
    """A port that is free for UDP and TCP."""
    while True:
        with socket.socket(socket.AF_INET, kind) as one, socket.socket() as two:
            one.bind(("127.0.0.1", 0))
            port: int = one.getsockname()[1]
            try:
                two.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


class Peer:
    """A SIP party on a UDP socket."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((host, 0))
        self.socket.settimeout(10)
        self.host, self.port = self.socket.getsockname()

    def send(self, text: str, port: int) -> None:
        self.socket.sendto(text.replace("\n", "\r\n").encode(), ("127.0.0.1", port))

    def receive(self) -> str:
        return self.socket.recv(65535).decode().replace("\r\n", "\n")

    def answered(self) -> str:
        """The next message that is no 100 Trying."""
        while (message := self.receive()).startswith("SIP/2.0 100 "):
            continue
        return message


class Link:
    """The server end of core.sock or nursery.sock."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(str(path))
        self.server.listen()
        self.server.settimeout(10)
        self.stream: Any = None
        self.connection: Any = None

    def accept(self) -> dict[str, Any]:
        self.hang_up()
        self.connection, _ = self.server.accept()
        self.connection.settimeout(10)
        self.stream = self.connection.makefile("rw", encoding="utf-8")
        return self.hear()

    def hear(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.stream.readline())
        return found

    def say(self, message: dict[str, Any]) -> None:
        self.stream.write(json.dumps(message) + "\n")
        self.stream.flush()

    def hang_up(self) -> None:
        if self.stream is not None:
            self.stream.close()
            self.connection.close()

    def close(self) -> None:
        self.hang_up()
        self.server.close()


class House:
    """A home folder, its links, and edges that are started in it."""

    def __init__(self, home: Path, trunk: str = "127.0.0.2/32") -> None:
        self.port, self.inside = free_port(), free_port()
        self.home = home
        settings = {
            "home": str(home),
            "folder": str(home),
            "sip": {"port": self.port, "inside_port": self.inside},
            "trunks": [{"name": "carrier", "addresses": [trunk]}],
        }
        self.settings = json.dumps(settings)
        self.core, self.nursery = Link(home / "run" / "core.sock"), Link(home / "run" / "nursery.sock")
        self.process: subprocess.Popen[str] | None = None
        self.peers: list[Peer] = []

    def peer(self, host: str = "127.0.0.1") -> Peer:
        self.peers.append(Peer(host))
        return self.peers[-1]

    def start(self) -> list[str]:
        """Start an edge; returns the phones it tells the core."""
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, self.settings], stderr=subprocess.PIPE, text=True
        )
        assert self.process.stderr is not None
        line = self.process.stderr.readline()
        assert line.startswith(f"edge: listening on 127.0.0.1:{self.port} "), line
        assert self.core.accept() == {"hello": "edge"}
        assert self.nursery.accept() == {"hello": "edge"}
        phones: list[str] = self.core.hear()["phones"]
        return phones

    def stop(self) -> int:
        assert self.process is not None and self.process.stderr is not None
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(10)
        self.process.stderr.close()
        return code

    def close(self) -> None:
        if self.process is not None:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            if self.process.stderr is not None:
                self.process.stderr.close()
        for peer in self.peers:
            peer.socket.close()
        self.core.close()
        self.nursery.close()


def register(phone: Peer, authorization: str = "", expires: int = 600, number: int = 1, transport: str = "UDP") -> str:
    return f"""REGISTER sip:12348 SIP/2.0
Via: SIP/2.0/{transport} {phone.host}:{phone.port};branch=z9hG4bKreg{number};rport
From: <sip:1001@12348>;tag=r
To: <sip:1001@12348>
Call-ID: registration
CSeq: {number} REGISTER
Contact: <sip:1001@{phone.host}:{phone.port}>
Expires: {expires}
{authorization}Content-Length: 0

"""


def authorize(challenge: str, method: str, uri: str, name: str = "Authorization", nc: str = "00000001") -> str:
    """Answer the first, SHA-256, challenge as a phone would."""

    def h(text: str) -> str:
        return hashlib.sha256(text.encode()).hexdigest()

    found = re.search(r'realm="([^"]+)", nonce="([^"]+)", algorithm=SHA-256', challenge)
    assert found is not None
    realm, nonce = found.groups()
    response = h(f"{h(f'1001:{realm}:secret')}:{nonce}:{nc}:cc:auth:{h(f'{method}:{uri}')}")
    return (
        f'{name}: Digest username="1001", realm="{realm}", nonce="{nonce}", uri="{uri}", response="{response}", '
        f'algorithm=SHA-256, cnonce="cc", qop=auth, nc={nc}\n'
    )


def log_in(house: House, phone: Peer, number: int = 1) -> None:
    phone.send(register(phone, number=number), house.port)
    challenge = phone.receive()
    assert challenge.startswith("SIP/2.0 401 ")
    phone.send(register(phone, authorize(challenge, "REGISTER", "sip:12348"), number=number + 1), house.port)
    answer = phone.receive()
    assert answer.startswith("SIP/2.0 200 "), answer
    assert "Contact: <sip:1001@" in answer


def request(method: str, uri: str, peer: Peer, branch: str, cseq: int, extra: str = "", to_tag: str = "") -> str:
    tag = f";tag={to_tag}" if to_tag else ""
    return f"""{method} {uri} SIP/2.0
Via: SIP/2.0/UDP {peer.host}:{peer.port};branch=z9hG4bK{branch}
Max-Forwards: 70
From: "市民" <sip:13800000000@carrier.example>;tag=caller
To: <sip:12348@12348>{tag}
Call-ID: call-1
CSeq: {cseq} {method}
Contact: <sip:13800000000@{peer.host}:{peer.port}>
{extra}Content-Length: 0

"""


def lines(message: str, name: str) -> list[str]:
    return re.findall(rf"^{name}: (.*)$", message, re.MULTILINE)


def answer(request: str, status: str, contact: str = "", tag: str = "") -> str:
    """What a worker or a phone answers: Via, Record-Route, From, To, Call-ID, CSeq copied."""
    head = [f"SIP/2.0 {status}"]
    for line in request.split("\n"):
        if line.split(":")[0] in ("Via", "Record-Route", "From", "Call-ID", "CSeq"):
            head.append(line)
        elif line.startswith("To:"):
            head.append(line + (f";tag={tag}" if tag and "tag=" not in line else ""))
    if contact:
        head.append(f"Contact: <{contact}>")
    return "\n".join([*head, "Content-Length: 0", "", ""])


def routes(values: list[str]) -> str:
    return "".join(f"Route: {value}\n" for value in values)
