"""The one way from Flask's threads to the reactor, and what the console needs of the exchange behind it.

It decides how long a page waits. It must not know what the facts it carries mean.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.defer import TimeoutError as DeferredTimeoutError
from twisted.internet.threads import blockingCallFromThread

from ivr.closure import HouseFact
from ivr.facts import (
    LineAsked,
    LineDropAsked,
    RecordingPaused,
    RecordingResumed,
    Requested,
    TranscriptSwitched,
)
from records.callback_entry import Callback
from records.utterance import Utterance
from routing.facts import RoutingFact

T = TypeVar("T")
PATIENCE_SECONDS = 10.0
CallFact = TranscriptSwitched | Requested | LineAsked | LineDropAsked | RecordingPaused | RecordingResumed
DeskFact = RoutingFact | CallFact | HouseFact


class RefusedError(Exception):
    """What is asked cannot be done. `field` is the field to mend, or empty; the text is Chinese, for the page."""

    def __init__(self, text: str, field: str = "") -> None:
        super().__init__(text)
        self.field = field


class Desk(Protocol):
    """The exchange as the console sees it. Every method is called on the reactor's thread.

    `board()` holds plain JSON types, numbers unmasked, times UTC epoch seconds:
    {"at", "speech": {"on", "reason"}, "log": {"ok", "reason"}, "load_limit",
     "recording": {"ok", "reason", "since"},
     "closure": None or {"code", "name", "message", "then", "since", "until", "by"},
     "agents": [{"name", "state", "stage", "since", "reason", "call", "asked", "phone", "skills", "load"}],
     "queue": [{"call", "label", "priority", "since", "position", and what routing.standing says}],
     "calls": [{"call", "caller", "state", "transcript", "label", "confidence", "entered_by", "agent", "arrived_at",
                "queued_at", "joined_at", "ticket",
                "outside": [{"kind", "direction", "number", "by", "ticket", "asked_at", "answered_at", "ended_at",
                             "outcome"}],
                "recording": {"on", "paused_by", "since", "trouble"},
                "talk": {"wanted", "legs", "off_by", "failed": [{"leg", "kind", "reason"}]},
                "control": {"state", "since", "agent", "other", "guests", "muted", "trouble", "watchers"}}]}
    """

    def tell(self, fact: DeskFact) -> Deferred[Any]:
        """Log the fact and act on it; fires when that is done."""

    def board(self) -> dict[str, Any]:
        """What is going on now."""

    def said(self, call: str) -> Sequence[Utterance]:
        """What was said in the talk of a call that is up, in order of arrival; it only grows."""

    def ask_call(self, asked: Requested) -> Deferred[Any]:
        """Hold, transfer, listen …: fires when it is done. Raises RefusedError."""

    def line_refusal(self, asked: LineAsked) -> str:
        """Why the line outside cannot be had now, in Chinese; empty where it can."""

    def watch(self, seen: Callable[[], None]) -> Callable[[], None]:
        """Call `seen` after every change until the returned canceller is called."""

    def off_shift(self, agent: str) -> tuple[str, bool]:
        """What the agent who wants calls is told about their shift (empty on shift), and whether they are refused."""

    def outbox_nudge(self) -> None:
        """A ticket was opened: deliver it."""

    def closings(self) -> list[dict[str, Any]]:
        """The messages with which the hotline can be closed at once: [{"code", "name", "message", "then"}]."""

    def close(self, code: str, until: float | None, by: str) -> Deferred[Any]:
        """Close the hotline; fires when callers are received so. Raises RefusedError."""

    def callback_take(self, agent: str) -> Deferred[Callback | None]:
        """The next callback for the agent, who is paused for it; None when there is none. Raises RefusedError."""

    def callback_told(self, id: str, event: str, who: str, own: bool, note: str) -> Deferred[Callback]:
        """What came of a callback: "reached", "missed" or "cancel"; with `own` only for who has it."""

    def callback_add(self, wanted: Mapping[str, Any], who: str) -> Deferred[Callback]:
        """A new one: `number`, `due`, `label`, `agent`, `note`. Raises RefusedError."""

    def callbacks_refresh(self) -> Deferred[None]:
        """Bring callbacks up to date: what was forgotten waits again, what is too old is given up."""


class DeskBusyError(Exception):
    """The reactor did not answer in time. The fact may still be acted on."""


class Bridge:
    """For Flask's threads only: each call blocks its thread, never the reactor."""

    def __init__(self, reactor: Any, desk: Desk, patience: float = PATIENCE_SECONDS) -> None:
        self._reactor = reactor
        self._desk = desk
        self._patience = patience

    def tell(self, fact: DeskFact) -> None:
        """Returns once the fact is logged and acted on. Raises DeskBusyError, or what the desk raises."""
        self._ask(self._desk.tell, fact)

    def board(self) -> dict[str, Any]:
        found: dict[str, Any] = self._ask(self._desk.board)
        return found

    def said(self, call: str) -> list[Utterance]:
        found: list[Utterance] = list(self._ask(self._desk.said, call))
        return found

    def ask_call(self, asked: Requested) -> None:
        self._ask(self._desk.ask_call, asked)

    def line_refusal(self, asked: LineAsked) -> str:
        why: str = self._ask(self._desk.line_refusal, asked)
        return why

    def off_shift(self, agent: str) -> tuple[str, bool]:
        told: tuple[str, bool] = self._ask(self._desk.off_shift, agent)
        return told

    def outbox_nudge(self) -> None:
        self._reactor.callFromThread(self._desk.outbox_nudge)

    def closings(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._ask(self._desk.closings)
        return found

    def close(self, code: str, until: float | None, by: str) -> None:
        self._ask(self._desk.close, code, until, by)

    def callback_take(self, agent: str) -> Callback | None:
        found: Callback | None = self._ask(self._desk.callback_take, agent)
        return found

    def callback_told(self, id: str, event: str, who: str, own: bool, note: str) -> Callback:
        found: Callback = self._ask(self._desk.callback_told, id, event, who, own, note)
        return found

    def callback_add(self, wanted: Mapping[str, Any], who: str) -> Callback:
        found: Callback = self._ask(self._desk.callback_add, wanted, who)
        return found

    def callbacks_refresh(self) -> None:
        self._ask(self._desk.callbacks_refresh)

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
