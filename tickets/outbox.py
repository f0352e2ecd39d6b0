"""The outbox at work: what tickets owe to outside systems is carried there, each entry exactly once at its receiver.

Decides when to try and how often; one lane a channel, so that a channel that is down or slow holds up nobody else.
The time of each next try is in the database. Knows nothing of HTTP.
"""

import logging
from collections.abc import Callable
from time import time
from typing import Any

from twisted.internet.defer import CancelledError, Deferred, ensureDeferred, gatherResults
from twisted.internet.task import deferLater
from twisted.python.failure import Failure

from config.settings import Channel, Settings
from records.errors import DatabaseError
from records.threads import DatabaseThreads
from tickets import outbox_entries
from tickets.channels.client import Arrived, ChannelClient, Outcome, Refused, TryLater
from tickets.outbox_entries import CHANNELS, OutboxEntry

log = logging.getLogger(__name__)

AT_ONCE = 8  # requests under way to one channel
DOWN_AFTER = 3  # failures in a row, then one request at a time probes the channel
LOOK_SECONDS = 30.0  # longest time between two looks into the database
DATABASE_SECONDS = 2.0  # until the database is asked again after it failed


def pause(attempts: int, channel: Channel, asked: float = 0.0) -> float:
    """Seconds until the next try after `attempts` earlier ones: doubling, capped; `asked` by the channel if longer."""
    return min(max(channel.retry_seconds * 2.0 ** min(attempts, 30), asked), channel.retry_cap_seconds)


class Outbox:
    """Use from the reactor's thread. Channels without a URL are left alone; their entries wait."""

    def __init__(
        self, reactor: Any, threads: DatabaseThreads, settings: Settings, clock: Callable[[], float] = time
    ) -> None:
        channels = settings.channels
        known = dict(zip(CHANNELS, (channels.online, channels.window, channels.to_12345), strict=True))
        self._lanes = [Lane(reactor, threads, name, channel, clock) for name, channel in known.items() if channel.url]

    def start(self) -> None:
        for lane in self._lanes:
            lane.start()

    def nudge(self) -> None:
        """Something was added or asked for again: look at once."""
        for lane in self._lanes:
            lane.look()

    async def stop(self) -> None:
        """Break off what is under way; it is sent again, with the same keys, after the next start."""
        await gatherResults([ensureDeferred(lane.stop()) for lane in self._lanes])


class Lane:
    """The way to one channel."""

    def __init__(
        self, reactor: Any, threads: DatabaseThreads, name: str, channel: Channel, clock: Callable[[], float]
    ) -> None:
        self._reactor, self._threads, self._name, self._channel, self._clock = reactor, threads, name, channel, clock
        self._client = ChannelClient(reactor, channel)
        self._running = False
        self._looking: Deferred[None] | None = None
        self._again = False
        self._alarm: Any = None  # a delayed call
        self._under_way: dict[str, Deferred[None]] = {}
        self._failures = 0

    def start(self) -> None:
        self._running = True
        self.look()

    def look(self) -> None:
        """Send what is due now and set the alarm for what is due next."""
        if not self._running:
            return
        if self._looking is not None:
            self._again = True
            return
        looking = self._looking = ensureDeferred(self._look())
        looking.addBoth(self._looked)

    def _looked(self, result: Any) -> None:
        self._looking = None
        if isinstance(result, Failure):
            if not isinstance(result.value, DatabaseError):
                log.error("outbox %s: %s", self._name, result.getTraceback())
            self._wake_in(DATABASE_SECONDS)
        elif self._again:
            self._again = False
            self.look()

    async def _look(self) -> None:
        room = (1 if self._failures >= DOWN_AFTER else AT_ONCE) - len(self._under_way)
        if room > 0:
            due = outbox_entries.due
            for entry in await self._threads.read(due, self._name, self._clock(), room, list(self._under_way)):
                if self._running:
                    self._launch(entry)
        soonest = await self._threads.read(outbox_entries.next_due, self._name, list(self._under_way))
        wait = LOOK_SECONDS if soonest is None else soonest - self._clock()
        # What is due already is waiting for room, and leaves when something under way is over.
        self._wake_in(LOOK_SECONDS if wait <= 0 and self._under_way else wait)

    def _wake_in(self, seconds: float) -> None:
        if self._alarm is not None and self._alarm.active():
            self._alarm.cancel()
        self._alarm = None
        if self._running:
            self._alarm = self._reactor.callLater(min(max(seconds, 0.0), LOOK_SECONDS), self.look)

    def _launch(self, entry: OutboxEntry) -> None:
        carrying = ensureDeferred(self._carry(entry))
        self._under_way[entry.id] = carrying

        def over(result: Any) -> None:
            self._under_way.pop(entry.id, None)
            if isinstance(result, Failure) and not isinstance(result.value, CancelledError):
                log.error("outbox %s: %s", self._name, result.getTraceback())
            self.look()

        carrying.addBoth(over)

    async def _carry(self, entry: OutboxEntry) -> None:
        outcome = await self._client.deliver(entry)
        if isinstance(outcome, TryLater) and not self._running:
            return
        was_down = self._count(outcome)
        while True:
            try:
                await self._threads.write(note, entry, outcome, self._clock(), self._channel, was_down)
            except DatabaseError:
                # Sending again before this is noted would only make the channel sort out more doubles.
                await deferLater(self._reactor, DATABASE_SECONDS)
            else:
                return

    def _count(self, outcome: Outcome) -> bool:
        """Count failures in a row; says whether the channel was down and has just answered again."""
        before, self._failures = self._failures, self._failures + 1 if isinstance(outcome, TryLater) else 0
        if isinstance(outcome, TryLater) and self._failures == DOWN_AFTER:
            log.warning("outbox %s: the channel fails: %s", self._name, outcome.reason.split("：")[0])
        if isinstance(outcome, Refused):
            log.warning("outbox %s: an entry was refused: %s", self._name, outcome.reason.split("：")[0])
        came_back = not isinstance(outcome, TryLater) and before >= DOWN_AFTER
        if came_back:
            log.info("outbox %s: the channel answers again", self._name)
        return came_back

    async def stop(self) -> None:
        self._running = False
        if self._alarm is not None and self._alarm.active():
            self._alarm.cancel()
        while self._looking is not None or self._under_way:
            waiting = [*self._under_way.values(), *([self._looking] if self._looking is not None else [])]
            over: list[Deferred[None]] = []
            for one in waiting:
                told: Deferred[None] = Deferred()
                one.addBoth(tell, told)
                over.append(told)
            for carrying in list(self._under_way.values()):
                carrying.cancel()
            await gatherResults(over)


def tell(_result: object, told: Deferred[None]) -> None:
    told.callback(None)


def note(session: Any, entry: OutboxEntry, outcome: Outcome, now: float, channel: Channel, came_back: bool) -> None:
    """Write down what became of an entry; after a failure of the channel the others need not wait any longer."""
    match outcome:
        case Arrived(reference):
            outbox_entries.delivered(session, entry.id, reference, now)
        case Refused(reason):
            outbox_entries.park(session, entry.id, reason)
        case TryLater(reason, after):
            outbox_entries.put_off(session, entry.id, reason, now + pause(entry.attempts, channel, after))
    if came_back:
        outbox_entries.wake(session, entry.channel, now)
