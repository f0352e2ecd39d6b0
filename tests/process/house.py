"""A nursery with its workers, a scripted core on a plain Unix socket and an edge's ear, for tests of workers alone.

The agent's phone sits at the address where the edge would be, so no edge is needed. Sound is measured, not assumed.
"""

import io
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import wave
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from config.load import PACKAGED
from config.settings import Settings
from records.audio.files import SealedAudio, WavView
from records.audio.keys import load_keyring
from telephony.link.wire import Lines, LinkError, Message, to_line
from telephony.softphone.remote import Softphone
from tests.running import Hotline

NURSERY = """
import resource, sys
from pathlib import Path
from config.load import load_settings
from telephony.nursery.parent import run
if len(sys.argv) > 2:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
run(load_settings(Path(sys.argv[1])))
"""


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class ScriptedCore:
    """Listens like the core, acknowledges, and keeps what it hears, with `at`: when, in UTC epoch seconds."""

    def __init__(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        self.hellos: list[Message] = []
        self.facts: list[Message] = []
        self._taken = 0
        self._changed = threading.Condition()
        self._peers: list[socket.socket] = []
        self._of_call: dict[str, socket.socket] = {}
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                peer, _ = self._listener.accept()
                self._peers.append(peer)
                threading.Thread(target=self._read, args=(peer,), daemon=True).start()

    def _read(self, peer: socket.socket) -> None:
        lines = Lines()
        with suppress(OSError, LinkError):
            while data := peer.recv(65536):
                for message in lines.feed(data):
                    self._take(peer, message)

    def _take(self, peer: socket.socket, message: Message) -> None:
        at = time.time()
        with self._changed:
            if "hello" in message:
                self.hellos.append(message)
                if message.get("call"):
                    self._of_call[message["call"]] = peer
            else:
                peer.sendall(to_line({"ack": message["seq"]}))
                self._of_call[message["call"]] = peer
                self.facts.append(message | {"at": at})
            self._changed.notify_all()

    def wait(self, fact: str, seconds: float = 10, **fields: Any) -> Message:
        """The next such fact not waited for yet; others that come before it are passed over."""
        until = time.monotonic() + seconds
        with self._changed:
            while True:
                while self._taken < len(self.facts):
                    self._taken += 1
                    found = self.facts[self._taken - 1]
                    if found["fact"] == fact and fields.items() <= found.items():
                        return found
                left = until - time.monotonic()
                seen = [each["fact"] for each in self.facts]
                assert left > 0 and self._changed.wait(left), f"no {fact} in {seconds} s, but {seen}"

    def order(self, call: str, command: str, **fields: Any) -> None:
        self._of_call[call].sendall(to_line({"command": command, "call": call} | fields))

    def close(self) -> None:
        with suppress(OSError):
            # Closing alone does not wake the thread that accepts.
            self._listener.shutdown(socket.SHUT_RDWR)
        self._accepting.join(5)
        self._listener.close()
        for peer in self._peers:
            with suppress(OSError):
                peer.shutdown(socket.SHUT_RDWR)
            peer.close()


class Edge:
    """What an edge hears from the nursery."""

    def __init__(self, path: Path) -> None:
        self.workers: dict[str, Message] = {}
        self._path = path
        self._connect()

    def _connect(self) -> None:
        """To the nursery there is; a connection that one on its way out still took is lost again."""
        self._socket = socket.socket(socket.AF_UNIX)
        until = time.monotonic() + 15
        while True:
            try:
                self._socket.connect(str(self._path))
                break
            except OSError:
                assert time.monotonic() < until, "the nursery does not listen"
                time.sleep(0.02)
        self._socket.sendall(to_line({"hello": "edge"}))
        self._lines = Lines()
        self._socket.settimeout(0.1)

    def until(self, condition: Callable[[dict[str, Message]], Any]) -> Any:
        until = time.monotonic() + 15
        while True:
            for message in self._lines.feed(self._read()):
                for worker in message.get("workers", [message]):
                    self.workers[worker["worker"]] = self.workers.get(worker["worker"], {}) | worker
            if found := condition(self.workers):
                return found
            assert time.monotonic() < until, f"the nursery's word did not come: {self.workers}"

    def _read(self) -> bytes:
        try:
            data = self._socket.recv(65536)
        except TimeoutError:
            return b""
        except ConnectionError:
            data = b""
        if not data:
            self._socket.close()
            self._connect()
        return data

    def idle(self) -> Message:
        """The worker that has waited longest."""
        return self.until(lambda workers: next((w for w in workers.values() if w["state"] == "idle"), None))

    def close(self) -> None:
        self._socket.close()


class House:
    """A nursery with its workers, a scripted core and an edge's ear."""

    def __init__(
        self,
        home: Path,
        file_limit: int = 0,
        workers: str = "{warm: 2, most: 5}",
        media: str = "",
        more: str = "",
    ) -> None:
        self.home = home
        self.run = home / "run"
        self.run.mkdir(mode=0o700)
        self.inside = free_port()
        settings = home / "site.yaml"
        settings.write_text(
            f"sip: {{port: {free_port()}, inside_port: {self.inside}}}\n"
            f"media: {{first_port: {20000 + 16 * (os.getpid() % 1000)}{media and ', '}{media}}}\nworkers: {workers}\n"
            f"speech: {{enabled: {'false' if file_limit else 'true'}}}\n{more}"
        )
        self.core = ScriptedCore(self.run / "core.sock")
        words = [sys.executable, "-c", NURSERY, str(settings)] + ([str(file_limit)] if file_limit else [])
        self.nursery = subprocess.Popen(words, env=os.environ | {"HOTLINE_HOME": str(home)})
        self.edge = Edge(self.run / "nursery.sock")

    def call(self, caller: Softphone, answer: bool = True) -> str:
        """Dial an idle worker; the call's id."""
        worker = self.edge.idle()
        caller.dial(f"sip:12348@127.0.0.1:{worker['sip_port']}", {"X-Hotline-Trunk": "carrier"})
        arrived = self.core.wait("Arrived")
        self.edge.until(lambda workers: workers[worker["worker"]]["state"] == "busy")
        call = str(arrived["call"])
        if answer:
            self.core.order(call, "Answer")
            self.core.wait("Answered", call=call)
        return call

    def settle(self, call: str) -> None:
        """Wait until the orders given so far are carried out: orders keep their order, and this one fails."""
        self.core.order(call, "Join", leg="nobody")
        self.core.wait("WorkerFailed", call=call)

    def finish(self, call: str, caller: Softphone) -> None:
        caller.hang_up()
        self.core.wait("LegEnded", leg="caller")
        self.core.order(call, "Dismiss")

    def close(self) -> None:
        self.nursery.terminate()
        self.nursery.wait(10)
        for hello in self.core.hellos:
            with suppress(ProcessLookupError):
                os.kill(hello["pid"], signal.SIGKILL)
        self.edge.close()
        self.core.close()


def wav_of(file: Path) -> wave.Wave_read:
    """A WAV opened; a sealed recording lies beside the name it was asked for, its key in a home above."""
    if file.suffix == ".rec" or not file.exists():
        home = next(each for each in file.parents if (each / "secrets" / "records.key").exists())
        keyring = load_keyring(Settings(home=home, folder=PACKAGED))
        return wave.open(io.BufferedReader(WavView(SealedAudio(file.with_suffix(".rec"), keyring))))
    return wave.open(str(file), "rb")


def tone(file: Path, hertz: int, seconds: float) -> Path:
    samples = 8000 * np.sin(2 * np.pi * hertz * np.arange(int(8000 * seconds)) / 8000)
    with wave.open(str(file), "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(8000)
        writer.writeframes(samples.astype("<i2").tobytes())
    return file


def samples_of(file: Path) -> Any:
    """The channels of a WAV, or of the sealed recording that was asked for under its name."""
    with wav_of(file) as reader:
        assert reader.getframerate() == 8000
        data = np.frombuffer(reader.readframes(reader.getnframes()), "<i2")
        return data.reshape(-1, reader.getnchannels()).astype(float)


def strongest(samples: Any, hertz: int) -> float:
    """The tone's amplitude in the loudest 200 ms."""
    wave_ = np.exp(-2j * np.pi * hertz * np.arange(1600) / 8000)
    blocks = [samples[at : at + 1600] for at in range(0, len(samples) - 1600, 800)]
    return max((abs(np.dot(block, wave_)) * 2 / 1600 for block in blocks), default=0.0)


def arrive(hotline: Hotline, phone: Softphone, caller: str) -> None:
    """Dial as `caller`, and hear the open question."""
    phone.dial(hotline.number)
    phone.wait("answered", 30)
    hotline.wait_state(caller, "ASKING")


def ask_for_person(hotline: Hotline, phone: Softphone, caller: str, key: str = "0", state: str = "TALKING") -> None:
    """Dial as `caller`, press `key` at the question, and stand in `state`."""
    arrive(hotline, phone, caller)
    phone.press(key)
    hotline.wait_state(caller, state)
