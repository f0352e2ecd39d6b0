"""`python -m benchmarks.fuzz --minutes N`: hostile SIP against a running edge over UDP and TCP, and what became of it.

The edge is a process of its own with real sockets; its nursery and workers are played here, so that calls get through
to what answers them, rightly or spoilt. A run can be had again with its --seed.
"""

import argparse
import json
import os
import random
import select
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from telephony.link.wire import Lines, to_line
from tests.telephony import hostile

EDGE = """
import json, signal, sys, time
from config.settings import Settings
from telephony.edge.running import Edge
from telephony.edge.service import main
from twisted.internet.task import react

ahead = [0.0]
edges = []
make = Edge.__init__
def remember(self, reactor, settings, lookup, clock=None):
    make(self, reactor, settings, lookup, lambda: time.time() + ahead[0])
    edges.append(self)
Edge.__init__ = remember

async def lookup(user):
    return None

def tell(*_):
    state = edges[0].proxy.state
    held = {name: len(getattr(state, name)) for name in
            ("invites", "relays", "own", "jobs", "ledger", "connections", "timers")}
    print(json.dumps(held), flush=True)

def jump(*_):
    ahead[0] += 800

signal.signal(signal.SIGUSR1, tell)
signal.signal(signal.SIGUSR2, jump)
react(main, (Settings.model_validate_json(sys.argv[1]), lookup))
"""
"""The edge with two handles for who measures: USR1 prints the sizes of its tables, USR2 moves its clock 800 s on."""

WORKERS = 40
ASK_SECONDS = 5.0
PATIENCE = 10.0


class Target:
    """The edge under test, its nursery and its workers' sockets."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port, self.inside = _free(), _free()
        (home / "run").mkdir()
        self.links = [socket.socket(socket.AF_UNIX) for _ in range(2)]
        for link, name in zip(self.links, ("core", "nursery"), strict=True):
            link.bind(str(home / "run" / f"{name}.sock"))
            link.listen()
            link.settimeout(6 * PATIENCE)
        settings = {
            "home": str(home),
            "folder": str(home),
            "sip": {"port": self.port, "inside_port": self.inside},
            "trunks": [{"name": "carrier", "addresses": ["127.0.0.0/8"]}],
        }
        self.log = (home / "edge.log").open("w+b")
        words = [sys.executable, "-c", EDGE, json.dumps(settings)]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=self.log)
        self.core, self.nursery = (link.accept()[0] for link in self.links)
        self.workers = [_udp() for _ in range(WORKERS)]
        self.names = [f"w{at}" for at in range(WORKERS)]
        self.next = WORKERS
        for at in range(WORKERS):
            self._say(at, "idle")
        entries = [
            {"worker": name, "sip_port": port, "state": "idle"}
            for name, port in zip(self.names, self._ports(), strict=True)
        ]
        self.nursery.sendall(to_line({"workers": entries}))
        self.heard = Lines()

    def renew(self, at: int) -> None:
        """The worker behind socket `at` is done; another one takes its place."""
        self._say(at, "gone")
        self.names[at] = f"w{self.next}"
        self.next += 1
        self._say(at, "idle")

    def retired(self) -> list[str]:
        """Workers the edge wants ended."""
        found = []
        while select.select([self.nursery], [], [], 0)[0]:
            data = self.nursery.recv(65536)
            if not data:
                break
            found += [str(each["retire"]) for each in self.heard.feed(data) if "retire" in each]
        return found

    def tables(self) -> dict[str, int]:
        assert self.process.stdout is not None
        self.process.send_signal(signal.SIGUSR1)
        found: dict[str, int] = json.loads(self.process.stdout.readline())
        return found

    def end(self) -> None:
        """All workers are gone and 800 s pass: whatever is kept now is a leak."""
        for at in range(WORKERS):
            self._say(at, "gone")
        for _ in range(3):
            time.sleep(1.5)
            self.process.send_signal(signal.SIGUSR2)
        time.sleep(1.5)

    def memory(self) -> float:
        """Resident megabytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) / 1024

    def descriptors(self) -> int:
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.terminate()
        try:
            code = self.process.wait(6 * PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        for each in (*self.links, *self.workers, self.core, self.nursery):
            each.close()
        self.log.close()
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code

    def _ports(self) -> list[int]:
        return [int(each.getsockname()[1]) for each in self.workers]

    def _say(self, at: int, state: str) -> None:
        entry = {"worker": self.names[at], "pid": os.getpid(), "sip_port": self._ports()[at], "state": state}
        with suppress(OSError):
            self.nursery.sendall(to_line(entry))


class Fuzz:
    """One run: what was sent and what came back, by kind."""

    def __init__(self, target: Target, seed: int) -> None:
        self.target = target
        self.chance = random.Random(seed)
        self.counts: Counter[str] = Counter()
        self.answers: Counter[str] = Counter()
        self.slowest = 0.0
        self.party = _udp()
        self.streams: list[socket.socket] = []
        self.edge = ("127.0.0.1", target.port)

    def run(self, seconds: float) -> None:
        """Until the time is up or the edge is dead. Raises AssertionError when it answers no more."""
        end, asked = time.monotonic() + seconds, 0.0
        while time.monotonic() < end and self.target.process.poll() is None:
            for _ in range(20):
                self._udp_message() if self.chance.random() < 0.6 else self._tcp_message()
            self._hear()
            # A worker takes one call: without new ones every call would be 503 after a while.
            self.target.renew(self.chance.randrange(WORKERS))
            for name in self.target.retired():
                if name in self.target.names:
                    self.target.renew(self.target.names.index(name))
            if time.monotonic() - asked > ASK_SECONDS:
                asked = time.monotonic()
                self._ask()

    def _udp_message(self) -> None:
        host, port = self.party.getsockname()
        self.party.sendto(hostile.hostile(self.chance, host, port), self.edge)
        self.counts["messages over UDP"] += 1

    def _tcp_message(self) -> None:
        if len(self.streams) < 8:
            with suppress(OSError):
                self.streams.append(socket.create_connection(self.edge, PATIENCE))
                self.streams[-1].settimeout(1)
                self.counts["TCP connections"] += 1
        if not self.streams:
            return
        stream = self.chance.choice(self.streams)
        host, port = stream.getsockname()
        try:
            for piece in hostile.split(self.chance, hostile.hostile(self.chance, host, port, "TCP")[:4000]):
                stream.sendall(piece)
                self.counts["pieces over TCP"] += 1
            self.counts["messages over TCP"] += 1
        except OSError:
            self._drop(stream)
        else:
            if self.chance.random() < 0.05:
                self._drop(stream)

    def _hear(self) -> None:
        """Take what has come; workers answer, spoilt now and then, and are replaced."""
        sockets = [self.party, *self.target.workers, *self.streams]
        for _ in range(400):
            ready = select.select(sockets, [], [], 0)[0]
            if not ready:
                return
            for each in ready:
                if each in self.streams:
                    self._hear_stream(each)
                    sockets = [other for other in sockets if other is not each] if each not in self.streams else sockets
                    continue
                with suppress(OSError):
                    data = each.recv(65535)
                    if each is self.party:
                        self._count(data)
                        self._go_on(data)
                    else:
                        self._work(self.target.workers.index(each), data)

    def _hear_stream(self, stream: socket.socket) -> None:
        try:
            data = stream.recv(65535)
        except OSError:
            data = b""
        self._count(data) if data else self._drop(stream)

    def _count(self, data: bytes) -> None:
        for line in data.split(b"\r\n"):
            if line.startswith(b"SIP/2.0 "):
                self.answers[line[8:11].decode(errors="replace")] += 1
            elif line.endswith(b" SIP/2.0") and line.split(b" ")[0].decode(errors="replace") in hostile.METHODS:
                self.answers[line.split(b" ")[0].decode()] += 1

    def _go_on(self, data: bytes) -> None:
        """Requests within a call that was taken, and answers to those that come to us."""
        said = []
        if data.startswith(b"SIP/2.0 200") and b"\r\nRecord-Route: " in data:
            self.counts["calls taken"] += 1
            said = [hostile.within(self.chance, data) for _ in range(self.chance.randrange(1, 5))]
        elif not data.startswith(b"SIP/2.0 "):
            said = [hostile.response(self.chance, data) for _ in range(self.chance.randrange(3))]
        for each in said:
            self.party.sendto(hostile.spoilt(self.chance, each) if self.chance.random() < 0.3 else each, self.edge)
            self.counts["messages within calls"] += 1

    def _work(self, at: int, data: bytes) -> None:
        worker = self.target.workers[at]
        self.counts["messages at workers"] += 1
        for _ in range(self.chance.randrange(4)):
            said = hostile.response(self.chance, data)
            said = hostile.spoilt(self.chance, said) if self.chance.random() < 0.5 else said
            worker.sendto(said, ("127.0.0.1", self.target.inside))
        if self.chance.random() < 0.2:
            host, port = worker.getsockname()
            worker.sendto(hostile.hostile(self.chance, host, port), ("127.0.0.1", self.target.inside))
        if self.chance.random() < 0.3:
            self.target.renew(at)

    def _ask(self) -> None:
        """A good OPTIONS must be answered 200."""
        with _udp() as asker:
            asker.settimeout(PATIENCE)
            host, port = asker.getsockname()
            began = time.monotonic()
            asked = (
                f"OPTIONS sip:12348 SIP/2.0\r\nVia: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{began}\r\n"
                "From: <sip:a@b>;tag=a\r\nTo: <sip:12348>\r\nCall-ID: ask\r\nCSeq: 1 OPTIONS\r\n\r\n"
            )
            asker.sendto(asked.encode(), self.edge)
            answer = asker.recv(4096)
            assert answer.startswith(b"SIP/2.0 200 "), answer[:40]
            self.slowest = max(self.slowest, time.monotonic() - began)
            self.counts["OPTIONS answered between"] += 1

    def _drop(self, stream: socket.socket) -> None:
        self.streams.remove(stream)
        stream.close()

    def close(self) -> None:
        for stream in list(self.streams):
            self._drop(stream)
        self.party.close()


def main(words: list[str]) -> int:
    """0 when nothing failed and nothing stayed behind, 1 otherwise."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.fuzz", description="Hostile SIP against a running edge."
    )
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=None, help="of a run to be had again")
    arguments = parser.parse_args(words)
    seed = arguments.seed if arguments.seed is not None else random.SystemRandom().randrange(1 << 32)
    with TemporaryDirectory(prefix="fuzz-") as home:
        target = Target(Path(home))
        fuzz = Fuzz(target, seed)
        report: dict[str, Any] = {"seed": seed, "minutes": arguments.minutes}
        try:
            fuzz.run(10)
            before = target.memory()
            fuzz.run(60 * arguments.minutes)
            fuzz.close()
            busiest = target.tables()
            target.end()
            left = target.tables()
            report |= {
                "sent": dict(fuzz.counts),
                "came back": dict(sorted(fuzz.answers.items())),
                "slowest answer to OPTIONS ms": round(fuzz.slowest * 1000, 1),
                "resident MB after 10 s and at the end": [round(before, 1), round(target.memory(), 1)],
                "descriptors at the end": target.descriptors(),
                "tables at the end": busiest,
                "left 2400 s later": left,
            }
        finally:
            report["exit"] = target.stop()
            faults = target_faults(Path(home))
        report["faults"] = faults
        print(json.dumps(report, indent=1, ensure_ascii=False))
    leaked = sum(report.get("left 2400 s later", {"not reached": 1}).values())
    return int(bool(faults) or report["exit"] != 0 or leaked > 0)


def target_faults(home: Path) -> list[str]:
    """What the log of a stopped edge says of exceptions, each kind once with its count."""
    marks = ("message was dropped: ", "an action failed", "Traceback", "Unhandled")
    lines = (home / "edge.log").read_text(encoding="utf-8", errors="replace").splitlines()
    found = Counter(line.split("] ")[-1][:160] for line in lines if any(mark in line for mark in marks))
    return [f"{count} × {line}" for line, count in found.most_common(20)]


def _udp() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind(("127.0.0.1", 0))
    return made


def _free() -> int:
    """A port that is free for UDP and TCP."""
    while True:
        with _udp() as one, socket.socket() as two:
            port = int(one.getsockname()[1])
            with suppress(OSError):
                two.bind(("127.0.0.1", port))
                return port


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
