"""`hotline run --drain SPAN`: the end waits for the calls that are up, with progress, and for no longer than SPAN.

It decides how long is waited and says what becomes of calls that are still up then: they stay with their workers, and
the next start goes on with them. That no more calls are taken is the edge's business.
"""

import re
import signal
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread

from config.settings import Settings
from hotline.asking import ask
from hotline.commands import CommandError, UsageError

LOOK_SECONDS = 1.0
SAY_SECONDS = 30.0  # a line so often though nothing has changed
UNITS = {"s": 1, "m": 60, "h": 3600}

Tell = Callable[[str], None]


class Draining:
    """`limit` seconds at the most. `taking(False)` has the edge take no more calls, `up()` counts those there are."""

    def __init__(
        self, reactor: Any, limit: float, stop_taking: Callable[[], None], up: Callable[[], int | None], tell: Tell
    ) -> None:
        self._reactor = reactor
        self._limit = limit
        self._stop_taking = stop_taking
        self._up = up
        self._tell = tell
        self._given_up = False

    def give_up(self) -> None:
        """Wait no longer."""
        self._given_up = True

    async def wait(self) -> int | None:
        """Until no call is up, the limit is reached or it was given up; the calls still up, None where unknown."""
        began = self._reactor.seconds()
        try:
            await self._off_thread(self._stop_taking)
        except CommandError as error:
            self._tell(f"draining: new calls are still taken: {error}")
        said: tuple[int | None, float] = (-1, began)
        while True:
            up: int | None = await self._off_thread(self._up)
            now = self._reactor.seconds()
            if up == 0:
                self._tell("draining: no call is up")
                return up
            left = began + self._limit - now
            if left <= 0 or self._given_up:
                self._tell(f"draining: {worded(up)} still up; the next start goes on with them")
                return up
            if up != said[0] or now - said[1] >= SAY_SECONDS:
                said = (up, now)
                self._tell(f"draining: {worded(up)} up, waiting {left:.0f} s more at the most")
            await deferLater(self._reactor, LOOK_SECONDS)

    def _off_thread(self, job: Callable[[], Any]) -> "Deferred[Any]":
        return deferToThread(job)


def worded(up: int | None) -> str:
    if up is None:
        return "the core does not answer, calls may be"
    return f"{up} call{'s' if up != 1 else ''} {'are' if up != 1 else 'is'}"


def stop_taking(settings: Settings) -> None:
    """Have the edge take no more calls. Raises CommandError."""
    ask(settings, "drain", "edge", on=True)


def calls_up(settings: Settings) -> int | None:
    """Calls of the running core that have not ended; None where it does not answer."""
    try:
        return sum(1 for call in ask(settings, "board")["calls"] if call["state"] != "ENDED")
    except CommandError:
        return None


def at_signals(reactor: Any, again: Callable[[], None]) -> None:
    """From now on a signal to end calls `again`: the first one has been heard."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: reactor.callFromThread(again))


def seconds_of(text: str) -> float:
    """`90s`, `30m`, `2h` in seconds. Raises UsageError."""
    found = re.fullmatch(r"([0-9]{1,6})([smh])", text)
    if found is None:
        raise UsageError(f"run: --drain {text}: must be a number and s, m or h, such as 30m")
    return float(int(found[1]) * UNITS[found[2]])
