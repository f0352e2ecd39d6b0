"""Debian's linphonec, driven as at its prompt: without a sound card it plays one WAV and records another.

It knows linphonec's words, not what a test wants of them.
"""

import os
import re
import shutil
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

from tests.process.house import free_port

MISSING = "linphonec is missing: apt-get install --no-install-recommends linphone-cli"
HEADER = 44  # bytes; linphonec writes the length into the header at the end, and 44 too much
SETTINGS = """
[sip]
sip_port={udp}
sip_tcp_port={tcp}
sip_tls_port={tls}
root_ca={ca}
contact=sip:{number}@127.0.0.1
[rtp]
audio_rtp_port={rtp}
"""


def linphonec() -> str | None:
    return shutil.which("linphonec")


class Linphone:
    """A linphonec that speaks `speaks` and keeps what it hears in `heard`; over TLS it believes `ca` alone.

    `number` is who calls, where it is not registered.
    """

    def __init__(
        self, folder: Path, speaks: Path, transport: str = "udp", ca: Path | None = None, number: str = "linphone"
    ) -> None:
        self.heard = folder / "linphone-heard.wav"
        self.told = ""
        self._read_until = 0
        # It makes no folder for its database, and complains without one.
        (folder / ".local/share/linphone").mkdir(parents=True, exist_ok=True)
        ports = {name: free_port() if name == transport else 0 for name in ("udp", "tcp", "tls")}  # 0: none
        settings = SETTINGS.format(**ports, ca=ca or "", number=number, rtp=free_port() & ~1)
        (folder / "linphonerc").write_text(settings)
        words = ["linphonec", "-c", str(folder / "linphonerc")]
        # On a terminal its lines come as they are printed, on a pipe only at its end.
        self._terminal, theirs = os.openpty()
        self._process = subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=theirs,
            stderr=theirs,
            env=os.environ | {"HOME": str(folder), "TERM": "dumb"},
        )
        os.close(theirs)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.do("soundcard use files", "Using wav files")
        # Unregistered it would offer its machine's IPv6 address, which is no use to a hotline on IPv4.
        self.do("ipv6 disable", "ipv6 use disabled")
        self.do(f"play {speaks}")
        self.do(f"record {self.heard}")

    def _read(self) -> None:
        try:
            while data := os.read(self._terminal, 4096):
                self.told += data.decode(errors="replace")
        except OSError:
            pass  # its end of the terminal is closed: it has ended

    def do(self, words: str, answer: str = "", seconds: float = 30) -> None:
        """Type `words`, and wait for `answer` where there is one."""
        assert self._process.stdin is not None
        self._process.stdin.write(words.encode() + b"\n")
        self._process.stdin.flush()
        if answer:
            self.wait(answer, seconds)

    def wait(self, answer: str, seconds: float = 30) -> None:
        """Wait until linphonec prints something that matches `answer`, after what was waited for before."""
        end = time.monotonic() + seconds
        while (found := re.compile(answer).search(self.told, self._read_until)) is None:
            assert time.monotonic() < end, f"no {answer!r} from linphonec within {seconds:.0f} s: {self.told[-1500:]}"
            time.sleep(0.05)
        self._read_until = found.end()

    def register(self, user: str, password: str, where: str) -> None:
        """Register at `where` (`HOST:PORT;transport=tcp`); whether it did is told by the registrar."""
        self.do(f"register sip:{user}@{where.partition(';')[0]} sip:{where} {password}")

    def samples(self) -> Any:
        """What was heard so far; nothing is added while the call is on hold."""
        data = self.heard.read_bytes()[HEADER:] if self.heard.exists() else b""
        return np.frombuffer(data[: len(data) // 2 * 2], "<i2").astype(float)

    def close(self) -> None:
        if self._process.poll() is None:
            self.do("quit")
            try:
                self._process.wait(15)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._reader.join(5)
        os.close(self._terminal)
