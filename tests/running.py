"""A whole hotline in a home of its own, on free ports, with real stand-ins; ended by pid when the tests are over."""

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import gettempdir
from typing import Any, TypeVar

import requests

from config.load import PACKAGED, load_settings
from config.settings import Settings
from hotline.asking import ask
from hotline.demo.agent_page import AgentPage
from telephony.link.wire import socket_path, to_line
from telephony.softphone.remote import Softphone

T = TypeVar("T")
PATIENCE = 90.0
STARTED = 240.0  # of processor time a start takes some seven seconds

LINES_OUTSIDE = """
trunks:
  - name: local
    addresses: [127.0.0.0/8]
  - name: stand-ins
    addresses: [127.0.0.0/8]
    outbound: {{host: 127.0.0.1, port: {port}, allow: ["110", "119", "12345"], caller_id: "12348"}}
"""
"""Settings by which lines outside are reached at a phone on `port`."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(look: Callable[[], T | None], what: str, patience: float = PATIENCE) -> T:
    """What `look` gives once it gives something."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{what} did not come within {patience:.0f} s")


class Hotline:
    """A running hotline. `settings` is its own YAML on top of the defaults."""

    def __init__(self, home: Path, settings: str = "") -> None:
        self.home = home
        self.sip_port, self.web_port = sip_port(), free_port()
        self.channels = {"online": free_port(), "window": free_port()}
        self.config = home / "site.yaml"
        urls = "".join(
            f"  {name}: {{url: 'http://127.0.0.1:{port}', retry_seconds: 0.2, retry_cap_seconds: 1}}\n"
            for name, port in self.channels.items()
        )
        self.config.write_text(f"channels:\n{urls}  to_12345: {{url: ''}}\n{settings}", encoding="utf-8")
        # A notice of a second instead of nine, and prompts that all tests share: they are named by their text.
        tree = (PACKAGED / "ivr.yaml").read_text(encoding="utf-8")
        self.tree = re.sub("(?m)^  notice: .*$", "  notice: 本次通话将被录音。", tree)
        (home / "ivr.yaml").write_text(self.tree, encoding="utf-8")
        prompts = Path(gettempdir()) / f"hotline-test-prompts-{os.getuid()}"
        prompts.mkdir(mode=0o700, exist_ok=True)
        if not (home / "prompts").exists():
            (home / "prompts").symlink_to(prompts)
        self.environment = os.environ | {
            "HOTLINE_HOME": str(home),
            "HOTLINE_SIP_PORT": str(self.sip_port),
            "HOTLINE_WEB_PORT": str(self.web_port),
        }
        self.standins: dict[str, subprocess.Popen[bytes]] = {}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *more: str) -> None:
        """`more` are further words of `hotline run`."""
        log = (self.home / "run.log").open("ab")
        words = [sys.executable, "-m", "hotline", "run", "--config", str(self.config), *more]
        self.process = subprocess.Popen(words, env=self.environment, stdout=log, stderr=log)
        log.close()
        until(lambda: self.serving() or None, f"the hotline; see {self.home / 'run.log'}", STARTED)

    def serving(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise AssertionError((self.home / "run.log").read_text())
        return "on the air" in (self.home / "run.log").read_text()

    def stop(self) -> None:
        for process in (self.process, *self.standins.values()):
            if process is not None and process.poll() is None:
                process.terminate()
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()

    def start_standin(self, name: str) -> None:
        port = self.channels[name]
        words = [sys.executable, "-m", "hotline", "stand-in", name, "--port", str(port)]
        words += ["--store", str(self.home / "stand-ins" / name)]
        log = (self.home / f"{name}.log").open("ab")
        self.standins[name] = subprocess.Popen(words, env=self.environment, stdout=log, stderr=log)
        log.close()
        until(lambda: answers(port) or None, f"the {name} stand-in")

    def kill_standin(self, name: str) -> None:
        process = self.standins.pop(name)
        process.kill()
        process.wait()

    def received(self, name: str) -> list[dict[str, Any]]:
        return list(requests.get(f"http://127.0.0.1:{self.channels[name]}/received", timeout=10).json())

    def cli(self, *words: str, ok: bool = True) -> list[dict[str, Any]]:
        """The JSON lines a command prints."""
        run = subprocess.run(
            [sys.executable, "-m", "hotline", *words, "--config", str(self.config)],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert (run.returncode == 0) is ok, (words, run.returncode, run.stdout[-2000:], run.stderr[-2000:])
        return [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]

    def records(self) -> list[dict[str, Any]]:
        return self.cli("calls", "--unmask", "--limit", "1000")

    def record_of(self, caller: str) -> dict[str, Any] | None:
        """The closed record of the call from `caller`; exactly one, or the test fails."""
        mine = [record for record in self.records() if record["caller"] == caller]
        assert len(mine) <= 1, mine
        return mine[0] if mine and mine[0]["outcome"] != "open" else None

    @property
    def settings(self) -> Settings:
        return load_settings(self.config, self.environment)

    def board(self) -> dict[str, Any]:
        """What goes on now, as the console is told it."""
        return dict(ask(self.settings, "board"))

    def state_of(self, caller: str) -> str:
        """The state of the call from `caller`, empty when there is none."""
        return next((call["state"] for call in self.board()["calls"] if call["caller"] == caller), "")

    def wait_state(self, caller: str, *states: str) -> None:
        until(lambda: self.state_of(caller) in states or None, f"{caller} in {' or '.join(states)}")

    def workers(self, state: str) -> list[dict[str, Any]]:
        """The nursery's workers in `state`, asked for as an edge asks."""
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(5)
            link.connect(str(socket_path(self.settings, "nursery")))
            link.sendall(to_line({"hello": "edge"}))
            with link.makefile("rb") as lines:
                workers = json.loads(lines.readline())["workers"]
        return [worker for worker in workers if worker["state"] == state]

    def pid_of(self, process: str) -> int:
        """The pid of one of the processes that `hotline run` watches."""
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        for child in children:
            if process in Path(f"/proc/{child}/cmdline").read_bytes().decode().split("\0"):
                return int(child)
        raise AssertionError(f"no {process} among the children of hotline run")

    def worker_of(self, call: str) -> int:
        """The pid of the worker that holds `call`: it is the one that writes its recording."""
        for worker in self.workers("busy"):
            for opened in Path(f"/proc/{worker['pid']}/fd").iterdir():
                try:
                    if call in str(opened.readlink()):
                        return int(worker["pid"])
                except OSError:
                    continue
        raise AssertionError(f"no busy worker writes the recording of {call}")

    @property
    def number(self) -> str:
        return f"sip:12348@127.0.0.1:{self.sip_port}"


class Seat:
    """An agent: an account, a registered phone that answers by itself, and the page."""

    def __init__(self, hotline: Hotline, name: str, folder: Path, answer_after: float | None = 0.3) -> None:
        made = hotline.cli("user", "add", name, "--role", "agent", "--skill", "*=3")[0]
        self.name, self.hotline = name, hotline
        self.recorded = folder / f"{name}.wav"
        self.sip_user, self.sip_password = str(made["sip_user"]), str(made["sip_password"])
        self.phone = Softphone(
            self.sip_user,
            registrar=f"sip:127.0.0.1:{hotline.sip_port}",
            password=self.sip_password,
            realm="12348",
            answer_after=answer_after,
            record=self.recorded,
            rtp_port=44000 + 40 * (sum(name.encode()) % 50),
        )
        self.phone.wait("registered", 30)
        self.page = AgentPage(f"http://127.0.0.1:{hotline.web_port}", name, str(made["password"]))
        until(lambda: self.state() not in ("", "OFFLINE") or None, f"{name}'s phone at the router")
        self.page.press_ready()

    def state(self) -> str:
        """This agent's state, empty while the core does not know of them."""
        agents = {each["name"]: each for each in self.hotline.board()["agents"]}
        return str(agents[self.name]["state"]) if self.name in agents else ""

    def close(self) -> None:
        self.phone.close()
        self.page.close()


def sip_port() -> int:
    """A port free for UDP and TCP whose inside neighbour, 10000 away, is free as well."""
    for _ in range(100):
        port = free_port()
        inside = port + 10000 if port <= 55535 else port - 10000
        try:
            for kind, number in ((socket.SOCK_DGRAM, port), (socket.SOCK_DGRAM, inside)):
                with socket.socket(socket.AF_INET, kind) as probe:
                    probe.bind(("127.0.0.1", number))
        except OSError:
            continue
        return port
    raise AssertionError("no free pair of ports")


def answers(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/received", timeout=2).ok
    except requests.RequestException:
        return False
