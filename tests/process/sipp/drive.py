"""SIPp as callers and agents: scenarios filled in, processes started and waited for, agents registered with digest.

Callers are at 127.0.0.2, agents at 127.0.0.3. What a call must lead to is the tests' and benchmarks' business.
"""

import hashlib
import re
import secrets
import shutil
import socket
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

SCENARIOS = Path(__file__).parent
CALLERS, AGENTS = "127.0.0.2", "127.0.0.3"
MISSING = "SIPp is missing: apt-get install sip-tester"
HEADER = re.compile(r'(\w+)="?([^",]+)"?')


def sipp() -> str | None:
    """The sipp program, None where it is not installed."""
    return shutil.which("sipp")


def may_send_raw() -> bool:
    """Whether this user may open raw sockets, without which SIPp plays no pcap files."""
    try:
        socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP).close()
    except OSError:
        return False
    return True


def free_udp(address: str, count: int = 1) -> int:
    """The first of `count` ports in a row (even) that are free for UDP at `address`."""
    for _ in range(200):
        first = 2 * secrets.randbelow(6000) + 34000
        sockets = []
        try:
            for port in range(first, first + count):
                sockets.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
                sockets[-1].bind((address, port))
        except OSError:
            continue
        finally:
            for each in sockets:
                each.close()
        return first
    raise OSError(f"{address}: no {count} free ports")


def filled(name: str, folder: Path, **values: str) -> Path:
    """The scenario `name` with its $words filled in, as a new file in `folder`."""
    text = (SCENARIOS / f"{name}.xml").read_text(encoding="utf-8")
    file = folder / f"{name}-{secrets.token_hex(3)}.xml"
    file.write_text(Template(text).safe_substitute(values), encoding="utf-8")
    return file


class Sipp:
    """One SIPp process in `folder`; its complaints are kept there. `words` are further words of its command line."""

    def __init__(
        self, scenario: Path, folder: Path, address: str, *words: str, port: int = 0, timeout: int = 60
    ) -> None:
        program = sipp()
        assert program is not None, MISSING
        self.port = port or free_udp(address)
        self.media_port = free_udp(address, 4)
        self.errors = folder / f"{scenario.stem}.errors"
        command = [program, "-sf", str(scenario), "-i", address, "-p", str(self.port), "-mi", address]
        command += ["-mp", str(self.media_port), "-nostdin", "-timeout", str(timeout), "-timeout_error"]
        command += ["-trace_err", "-error_file", str(self.errors), "-buff_size", "4194304", *words]
        self.process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def finish(self, seconds: float = 90) -> None:
        """Wait for the end; raises AssertionError with SIPp's complaints unless every call went by its scenario."""
        code = self.process.wait(seconds)
        assert code == 0, f"sipp ended with {code}: {self.complaints()}"

    def complaints(self) -> str:
        return self.errors.read_text(errors="replace")[-3000:] if self.errors.exists() else "nothing written"

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


@dataclass(frozen=True)
class User:
    """An agent's account at the edge."""

    user: str
    password: str


def authorization(challenge: str, user: User, uri: str, method: str = "REGISTER") -> str:
    """The Authorization line that answers the MD5 challenge among the 401's headers (RFC 7616 §3.4, qop=auth)."""
    line = next(line for line in challenge.splitlines() if "WWW-Authenticate" in line and "MD5" in line)
    given = dict(HEADER.findall(line))

    def md5(text: str) -> str:
        return hashlib.md5(text.encode()).hexdigest()

    client, count = secrets.token_hex(8), "00000001"
    secret = md5(f"{user.user}:{given['realm']}:{user.password}")
    response = md5(f"{secret}:{given['nonce']}:{count}:{client}:auth:{md5(f'{method}:{uri}')}")
    return (
        f'Authorization: Digest username="{user.user}", realm="{given["realm"]}", nonce="{given["nonce"]}", '
        f'uri="{uri}", response="{response}", algorithm=MD5, cnonce="{client}", qop=auth, nc={count}'
    )


def challenge(edge: tuple[str, int], user: str, address: str = AGENTS) -> str:
    """The 401 the edge answers a REGISTER without credentials with."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((address, 0))
        probe.settimeout(5)
        host, port = probe.getsockname()
        token = secrets.token_hex(6)
        probe.sendto(
            (
                f"REGISTER sip:{edge[0]}:{edge[1]} SIP/2.0\r\nVia: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{token}\r\n"
                f"From: <sip:{user}@12348>;tag={token}\r\nTo: <sip:{user}@12348>\r\nCall-ID: {token}\r\n"
                f"CSeq: 1 REGISTER\r\nContact: <sip:{user}@{host}:{port}>\r\nMax-Forwards: 70\r\n"
                "Content-Length: 0\r\n\r\n"
            ).encode(),
            edge,
        )
        return probe.recv(4096).decode()


def register(users: Sequence[User], edge: tuple[str, int], port: int, folder: Path) -> None:
    """Register all `users` from one SIPp at AGENTS:`port`; the SIPp that answers their calls must listen there."""
    uri = f"sip:{edge[0]}:{edge[1]}"
    rows = [f"{each.user};{authorization(challenge(edge, each.user), each, uri)};" for each in users]
    table = folder / f"users-{secrets.token_hex(3)}.csv"
    table.write_text("\n".join(["SEQUENTIAL", *rows, ""]))
    remote = f"{edge[0]}:{edge[1]}"
    words = (remote, "-inf", str(table), "-m", str(len(users)), "-r", "100")
    Sipp(filled("register", folder), folder, AGENTS, *words, port=port, timeout=20).finish()
