"""One call from a keyboard: dialled, keys pressed, things said whenever the other end falls silent, told line by line.

It decides when what is wanted is done and how a call that ended is called. SIP and sound are the softphone's.
"""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hotline.commands import CommandError
from hotline.phones.ears import Ears
from hotline.phones.keys import Step
from telephony.softphone.remote import Event, PhoneError, Softphone

Tell = Callable[[str], None]

NO_ANSWER = 60.0  # seconds until a call that nobody answers is given up
FIRST_WORD = 3.0  # seconds until one speaks first where nobody else does
FIRST_KEY = 0.5
FAREWELL = 10.0  # for the answer to a BYE or CANCEL
BETWEEN_KEYS = 0.25  # seconds a key takes, RFC 4733 tone and gap
STEP = 0.1
SERVER_ERRORS = {408: "nobody answers", 503: "no line is free; try again in a moment"}


@dataclass(frozen=True)
class Wanted:
    """What a call is to do. `sounds` are said one after another, each at the next silence; `seconds` after the answer
    it is hung up. `ears` write down what `record` keeps."""

    uri: str
    sounds: tuple[Path, ...] = ()
    keys: tuple[Step, ...] = ()
    record: Path | None = None
    seconds: float = 300.0
    ears: Ears | None = None


class CallRefusedError(CommandError):
    """The other end refused the call."""

    code = 3


class NotAnsweredError(CommandError):
    """Nobody answered, and the call was given up."""

    code = 4


class BrokenOffError(CommandError):
    """The call was up and did not end by a BYE."""

    code = 5


class Caller:
    """Drives `phone` through one call, telling every step."""

    def __init__(
        self, phone: Softphone, wanted: Wanted, tell: Tell, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._phone, self._wanted, self._tell, self._clock = phone, wanted, tell, clock
        self._sounds = deque(wanted.sounds)
        self._keys = deque(wanted.keys)
        self._answered: float | None = None
        self._key_at = 0.0
        self._quiet_since: float | None = None  # None while the other end is heard, or we are
        self._ours = False  # we hung up

    def run(self) -> None:
        """Until the call is over. Raises CallRefusedError, NotAnsweredError, BrokenOffError or CommandError."""
        began = self._clock()
        self._phone.dial(self._wanted.uri)
        while True:
            try:
                event = self._phone.next(STEP)
                if event is not None and self._take(event):
                    return
                now = self._clock()
                if self._answered is None:
                    if now - began > NO_ANSWER and not self._ours:
                        self._hang_up("nobody has answered; giving up")
                else:
                    self._turn(now, now - self._answered)
            except KeyboardInterrupt:
                self._hang_up("interrupted")
            except PhoneError as error:
                raise CommandError(f"the phone failed: {error}") from None

    def _take(self, event: Event) -> bool:
        """Take one event; whether the call is over."""
        match event["event"]:
            case "ringing":
                self._tell("ringing")
            case "answered":
                self._answered = self._quiet_since = self._clock()
                self._key_at = self._answered + FIRST_KEY
                self._tell("answered")
                if self._wanted.record is not None:
                    self._phone.record(self._wanted.record)
            case "speaks":
                self._quiet_since = None
                self._tell("they speak")
            case "silent":
                self._quiet_since = self._clock() - FIRST_WORD
                self._tell("they are silent")
                self._write_down()
            case "played":
                self._quiet_since = self._clock()
                self._tell("said")
            case "digit":
                self._tell(f"key {event['digit']} came")
            case "failed":
                raise CommandError(f"{event['order']}: {event['reason']}")
            case "ended":
                self._over(int(event["code"]), str(event["reason"]))
                return True
        return False

    def _turn(self, now: float, up: float) -> None:
        """Do what is due on a call that is up."""
        if self._ours:
            return
        if up >= self._wanted.seconds:
            self._hang_up(f"{self._wanted.seconds:g} seconds are over")
        elif self._keys and now >= self._key_at:
            step = self._keys.popleft()
            self._key_at = now + step.seconds + BETWEEN_KEYS * len(step.digits)
            if step.digits:
                self._phone.press(step.digits)
                self._tell(f"keys {step.digits} sent")
        elif self._sounds and not self._keys and self._quiet(now):
            self._quiet_since = None
            self._phone.play(self._sounds.popleft())
            self._tell("speaking")

    def _quiet(self, now: float) -> bool:
        return self._quiet_since is not None and now - self._quiet_since >= FIRST_WORD

    def _hang_up(self, why: str) -> None:
        if self._ours:
            raise NotAnsweredError("hung up; the other end does not say that it is over")
        self._ours = True
        self._tell(f"hanging up: {why}")
        self._phone.hang_up()

    def _write_down(self) -> None:
        if self._wanted.ears is not None and (heard := self._wanted.ears.heard()):
            self._tell(f"heard: {heard}")

    def _over(self, code: int, reason: str) -> None:
        self._write_down()
        if self._answered is not None:
            up = self._clock() - self._answered
            if self._ours or code == 200:
                self._tell(f"{'we' if self._ours else 'they'} hung up after {up:.1f} s")
                return
            raise BrokenOffError(f"broken off after {up:.1f} s: {code} {reason}")
        if self._ours:
            raise NotAnsweredError("nobody answered")
        said = SERVER_ERRORS.get(code, "")
        raise CallRefusedError(f"refused: {code} {reason}{f' ({said})' if said else ''}")
