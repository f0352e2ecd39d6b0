"""The one way from Flask's threads to the reactor, and what the console needs of the exchange behind it.

It decides how long a page waits. It must not know what the facts it carries mean.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.defer import TimeoutError as DeferredTimeoutError
from twisted.internet.threads import blockingCallFromThread

from ivr.facts import TranscriptSwitched
from records.utterance import Utterance
from routing.facts import RoutingFact

T = TypeVar("T")
PATIENCE_SECONDS = 10.0


class Desk(Protocol):
    """The exchange as the console sees it. Every method is called on the reactor's thread.

    `board()` holds plain JSON types, numbers unmasked, times UTC epoch seconds:
    {"at", "speech": {"on", "reason"}, "log": {"ok", "reason"},
     "agents": [{"name", "state", "since", "reason", "call", "phone", "skills"}],
     "queue": [{"call", "label", "priority", "since", "position"}],
     "calls": [{"call", "caller", "state", "transcript", "label", "confidence", "entered_by", "agent", "arrived_at",
                "queued_at", "joined_at",
                "talk": {"wanted", "legs", "off_by", "failed": [{"leg", "kind", "reason"}]}}]}
    """

    def tell(self, fact: RoutingFact | TranscriptSwitched) -> Deferred[Any]:
        """Log the fact and act on it; fires when that is done."""

    def board(self) -> dict[str, Any]:
        """What is going on now."""

    def said(self, call: str) -> Sequence[Utterance]:
        """What was said in the talk of a call that is up, in order of arrival; it only grows."""

    def watch(self, seen: Callable[[], None]) -> Callable[[], None]:
        """Call `seen` after every change until the returned canceller is called."""

    def off_shift(self, agent: str) -> tuple[str, bool]:
        """What the agent who wants calls is told about their shift (empty on shift), and whether they are refused."""

    def outbox_nudge(self) -> None:
        """A ticket was opened: deliver it."""


class DeskBusyError(Exception):
    """The reactor did not answer in time. The fact may still be acted on."""


class Bridge:
    """For Flask's threads only: each call blocks its thread, never the reactor."""

    def __init__(self, reactor: Any, desk: Desk, patience: float = PATIENCE_SECONDS) -> None:
        self._reactor = reactor
        self._desk = desk
        self._patience = patience

    def tell(self, fact: RoutingFact | TranscriptSwitched) -> None:
        """Returns once the fact is logged and acted on. Raises DeskBusyError, or what the desk raises."""
        self._ask(self._desk.tell, fact)

    def board(self) -> dict[str, Any]:
        found: dict[str, Any] = self._ask(self._desk.board)
        return found

    def said(self, call: str) -> list[Utterance]:
        found: list[Utterance] = list(self._ask(self._desk.said, call))
        return found

    def off_shift(self, agent: str) -> tuple[str, bool]:
        told: tuple[str, bool] = self._ask(self._desk.off_shift, agent)
        return told

    def outbox_nudge(self) -> None:
        self._reactor.callFromThread(self._desk.outbox_nudge)

    def _ask(self, fn: Callable[..., Any], *args: object) -> Any:
        try:
            return blockingCallFromThread(self._reactor, self._patiently, fn, *args)
        except DeferredTimeoutError:
            raise DeskBusyError from None

    def _patiently(self, fn: Callable[..., Any], *args: object) -> Deferred[Any]:
        # The time-out is on a Deferred of our own: cancelling the desk's would stop it half way through its work.
        waiting: Deferred[Any] = Deferred()

        def told(result: Any) -> None:
            if not waiting.called:
                waiting.callback(result)

        maybeDeferred(fn, *args).addBoth(told)
        return waiting.addTimeout(self._patience, self._reactor)
