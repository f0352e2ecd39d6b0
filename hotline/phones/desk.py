"""An agent's phone from a keyboard: registers and stays, answers as told, and tells every step.

It decides what becomes of a call that rings. SIP and sound are the softphone's; whether the agent is ready is not
known here.
"""

import queue
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from hotline.commands import CommandError
from telephony.softphone.remote import Event, PhoneError, Softphone

Tell = Callable[[str], None]
Answer = Literal["auto", "manual", "busy", "never"]

REGISTERED = 10.0  # seconds until the registration must be there
AFTER = 1.0  # seconds an automatic answer lets it ring
STEP = 0.2
WRONG = (401, 403, 407)


@dataclass(frozen=True)
class Seat:
    """How calls are taken. `hang_up_after` seconds of talk, None for never; `calls` are taken, 0 for any number."""

    answer: Answer = "auto"
    hang_up_after: float | None = None
    sound: Path | None = None
    record: Path | None = None
    calls: int = 0


class DeskPhone:
    """Drives `phone`, which registers as `user`. `lines` are what the person types, one Enter each."""

    def __init__(self, phone: Softphone, user: str, seat: Seat, tell: Tell, lines: Iterable[str] = ()) -> None:
        self._phone, self._user, self._seat, self._tell = phone, user, seat, tell
        self._typed: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._lines = lines
        self._answer_at: float | None = None
        self._hang_up_at: float | None = None
        self._rings = False
        self._taken = 0
        self._over = 0

    def run(self) -> None:
        """Until interrupted, or as many calls are over as were wanted. Raises CommandError."""
        self._wait_registered()
        if self._seat.answer == "manual":
            threading.Thread(target=self._read, daemon=True).start()
        try:
            while not self._seat.calls or self._over < self._seat.calls:
                event = self._phone.next(STEP)
                if event is not None:
                    self._take(event, time.monotonic())
                self._turn(time.monotonic())
        except KeyboardInterrupt:
            self._tell("leaving")
        except PhoneError as error:
            raise CommandError(f"the phone failed: {error}") from None

    def _wait_registered(self) -> None:
        until = time.monotonic() + REGISTERED
        while (left := until - time.monotonic()) > 0:
            event = self._phone.next(left)
            if event is not None and event["event"] == "registered":
                self._tell(f"registered as {self._user}")
                return
            if event is not None and event["event"] == "registration_failed":
                code = int(event["code"])
                why = "the user or the password is wrong" if code in WRONG else "the server does not take it"
                new = "`hotline user password NAME --sip` sets a new one" if code in WRONG else "see the edge's log"
                raise CommandError(f"{self._user}: not registered ({code}): {why}; {new}")
        raise CommandError(f"{self._user}: the registration was not answered within {REGISTERED:.0f} s")

    def _read(self) -> None:
        for line in self._lines:
            self._typed.put(line)

    def _take(self, event: Event, now: float) -> None:
        match event["event"]:
            case "incoming":
                self._ring(str(event["caller"]), now)
            case "answered":
                self._rings = False
                self._taken += 1
                self._tell("talking")
                if self._seat.record is not None:
                    self._phone.record(numbered(self._seat.record, self._taken))
                if self._seat.sound is not None:
                    self._phone.play(self._seat.sound)
                if self._seat.hang_up_after is not None:
                    self._hang_up_at = now + self._seat.hang_up_after
            case "speaks" | "silent" as what:
                self._tell("they speak" if what == "speaks" else "they are silent")
            case "played":
                self._tell("said")
            case "ended":
                self._rings, self._answer_at, self._hang_up_at = False, None, None
                self._over += 1
                self._tell(f"over: {event['code']} {event['reason']}".rstrip())
            case "registration_failed":
                self._tell(f"the registration is lost ({event['code']}); trying again")

    def _ring(self, caller: str, now: float) -> None:
        self._rings = True
        how = "; press Enter to answer" if self._seat.answer == "manual" else ""
        self._tell(f"a call from {caller or 'a withheld number'}{how}")
        if self._seat.answer == "auto":
            self._answer_at = now + AFTER
        elif self._seat.answer == "busy":
            self._phone.answer(486)

    def _turn(self, now: float) -> None:
        typed = not self._typed.empty() and self._typed.get() is not None
        if self._rings and (typed or (self._answer_at is not None and now >= self._answer_at)):
            self._answer_at = None
            self._phone.answer()
        elif typed and self._taken:
            self._tell("hanging up")
            self._phone.hang_up()
        if self._hang_up_at is not None and now >= self._hang_up_at:
            self._hang_up_at = None
            self._tell("hanging up")
            self._phone.hang_up()


def numbered(file: Path, call: int) -> Path:
    """`heard.wav` for the first call, `heard-2.wav` for the second."""
    return file if call == 1 else file.with_name(f"{file.stem}-{call}{file.suffix}")
