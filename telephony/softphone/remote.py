"""A small SIP phone for people, demonstrations and tests, in a process of its own.

`Softphone` starts it and drives it: orders go down as JSON lines, events with monotonic times come up. It has one
account and one call; it knows SIP and sound and nothing of the hotline.
"""

import contextlib
import json
import queue
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

Event = dict[str, Any]


class PhoneError(Exception):
    """The phone did not do what was expected; the text says what came instead."""


class Softphone:
    """A phone in a child process. Events are dicts with `event` and `at` (time.monotonic() of this machine).

    `registrar` (`sip:HOST:PORT`) makes it register as `user` with `password`; calls without one go straight to the
    dialled URI. `vad` suppresses silence, `srtp` is off, optional or required. `answer_after` seconds answers calls by
    itself, playing `play` and recording to `record`. Without an `rtp_port` a free one is found.

    Beside what becomes of orders and calls, `speaks` and `silent` tell when the other end begins to be heard and when
    it has been quiet for a second.
    """

    def __init__(  # noqa: PLR0913 - each a word of the command line
        self,
        user: str,
        *,
        registrar: str = "",
        password: str = "",
        realm: str = "*",
        answer_after: float | None = None,
        play: Path | None = None,
        record: Path | None = None,
        sip_port: int = 0,
        rtp_port: int = 0,
        tcp: bool = False,
        vad: bool = False,
        srtp: str = "off",
        codecs: str = "",
    ) -> None:
        words = [sys.executable, "-m", "telephony.softphone", "--user", user, "--registrar", registrar]
        words += ["--realm", realm, "--sip-port", str(sip_port), "--rtp-port", str(rtp_port or free_rtp_port())]
        words += ["--tcp"] if tcp else []
        words += ["--vad"] if vad else []
        words += ["--srtp", srtp] + (["--codecs", codecs] if codecs else [])
        words += ["--answer-after", str(answer_after)] if answer_after is not None else []
        words += ["--play", str(play)] if play else []
        words += ["--record", str(record)] if record else []
        self.events: list[Event] = []
        self._seen = 0
        self._queue: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self._process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        # The password goes by stdin, where no process list shows it.
        self._order({"password": password})
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.sip_port = int(self.wait("ready")["sip_port"])

    def __enter__(self) -> "Softphone":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int:
        return self._process.pid

    def dial(self, uri: str, headers: dict[str, str] | None = None) -> None:
        self._order({"do": "dial", "uri": uri, "headers": headers or {}})

    def answer(self, code: int = 200) -> None:
        """Answer the ringing call, or with another code (180, 486) ring or refuse."""
        self._order({"do": "answer", "code": code})

    def play(self, file: Path, loop: bool = False) -> None:
        """Speak a WAV (8 or 16 kHz mono 16-bit); ends with the event `played` unless it loops."""
        self._order({"do": "play", "file": str(file), "loop": loop})

    def press(self, digits: str, method: str = "rfc4733") -> None:
        """Press digits: `rfc4733`, or INFO with `dtmf-relay` or `dtmf`."""
        self._order({"do": "press", "digits": digits, "method": method})

    def record(self, file: Path) -> None:
        """Record what is heard from now on, until `stop_recording` or the end of the call."""
        self._order({"do": "record", "file": str(file)})

    def stop_recording(self) -> None:
        """Close the recording; the file is whole at the event `recorded`."""
        self._order({"do": "stop_recording"})

    def hold(self) -> None:
        """Put the other end on hold: a re-INVITE with sendonly."""
        self._order({"do": "hold"})

    def take_back(self) -> None:
        """End the hold: a re-INVITE with sendrecv."""
        self._order({"do": "take_back"})

    def refer(self, uri: str, headers: dict[str, str] | None = None) -> None:
        """Ask the other end to call `uri` instead (REFER); what it says of it comes as `refer_told`."""
        self._order({"do": "refer", "uri": uri, "headers": headers or {}})

    def hang_up(self) -> None:
        self._order({"do": "hang_up"})

    def next(self, seconds: float) -> Event | None:
        """The next event of any kind that was not waited for yet; None when `seconds` have passed without one.

        Raises PhoneError when the phone's process is gone.
        """
        if self._seen == len(self.events):
            try:
                got = self._queue.get(timeout=max(0.0, seconds))
            except queue.Empty:
                return None
            if got is None:
                raise PhoneError("the phone's process has ended")
            self.events.append(got)
        self._seen += 1
        return self.events[self._seen - 1]

    def wait(self, event: str, seconds: float = 10) -> Event:
        """The next `event` that was not waited for yet. Raises PhoneError."""
        until = time.monotonic() + seconds
        while True:
            while self._seen < len(self.events):
                self._seen += 1
                if self.events[self._seen - 1]["event"] == event:
                    return self.events[self._seen - 1]
            try:
                got = self._queue.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                got = None
            if got is None:
                names = ", ".join(str(each["event"]) for each in self.events) or "nothing"
                raise PhoneError(f"no {event} within {seconds:g} s; there was {names}")
            self.events.append(got)

    def close(self) -> None:
        """Hang up, unregister and end the process."""
        with contextlib.suppress(OSError, ValueError):
            self._order({"do": "quit"})
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()

    def _order(self, order: Event) -> None:
        if self._process.stdin is None:
            raise PhoneError("the phone has no way in")
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()

    def _read(self) -> None:
        with contextlib.suppress(ValueError, OSError):
            for line in self._process.stdout or ():
                self._queue.put(json.loads(line))
        self._queue.put(None)


def free_rtp_port() -> int:
    """An even UDP port that was free just now."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1]) & ~1
