"""Callbacks: one for each number, tried again with gaps, in the order of the queue. PURE.

It decides what becomes of a callback, which ones stand in the queue, and which one an agent who dials by hand gets
next. It must not know how callbacks are kept (records.callbacks) nor how one is dialled (ivr.outgoing).
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from enum import Enum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, PositiveFloat

from config.spans import ByDay, DayNames, under_way
from records.callback_entry import Callback

SERVED = "来电已接听"
OVERDUE = "逾期未能联系"
NO_ANSWER = "多次未接通"


class State(Enum):
    """Where a callback stands; the value is what people read."""

    WAITING = "等待回拨"
    OFFERED = "坐席回拨中"
    DONE = "已回拨"
    GIVEN_UP = "未能联系"
    CANCELLED = "已取消"


class Event(Enum):
    """What can happen to a callback."""

    OFFER = "offer"  # an agent gets it
    REACHED = "reached"
    MISSED = "missed"  # nobody answered, busy, switched off
    FAILED = "failed"  # a fault on our side, or the carrier's: no try of the resident
    LAPSE = "lapse"  # the agent said nothing of it in time
    SERVED = "served"  # the caller called again and was answered
    EXPIRE = "expire"
    CANCEL = "cancel"


# None: WAITING for the next try, or GIVEN_UP after the last.
TABLE: dict[tuple[State, Event], State | None] = {
    (State.WAITING, Event.OFFER): State.OFFERED,
    (State.WAITING, Event.SERVED): State.DONE,
    (State.WAITING, Event.EXPIRE): State.GIVEN_UP,
    (State.WAITING, Event.CANCEL): State.CANCELLED,
    (State.OFFERED, Event.REACHED): State.DONE,
    (State.OFFERED, Event.MISSED): None,
    (State.OFFERED, Event.FAILED): State.WAITING,
    (State.OFFERED, Event.LAPSE): State.WAITING,
    (State.OFFERED, Event.SERVED): State.DONE,
    (State.OFFERED, Event.CANCEL): State.CANCELLED,
}
OPEN = (State.WAITING.name, State.OFFERED.name)


class CallbackRules(BaseModel):
    """config/callbacks.yaml without its words. `windows` are the hours in which people are called, by day.

    `dial` says who dials: the hotline ("auto") or an agent by hand; None means the hotline where a trunk goes out.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    missed: bool = True
    missed_in_tree_seconds: NonNegativeFloat = 15
    dial: Literal["auto", "agent"] | None = None
    ring_seconds: PositiveFloat = 40
    retry_seconds: PositiveFloat = 60
    gaps_seconds: tuple[PositiveFloat, ...] = (900, 3600, 14400)
    windows: ByDay = Field(min_length=1)
    offer_seconds: PositiveFloat = 900
    keep_seconds: PositiveFloat = 259200
    preferred_seconds: NonNegativeFloat = 14400
    least_digits: int = Field(default=7, ge=3, le=15)

    def callable(self, number: str) -> bool:
        """Whether there is a number to call: withheld and internal ones are none."""
        return number.isascii() and number.isdigit() and len(number) >= self.least_digits


class CallbackError(Exception):
    """What is asked means nothing in the callback's state; the text names both."""


def ask(rules: CallbackRules, there: Callback | None, wanted: Callback) -> Callback:
    """The number's one callback after another wish: the earlier place, the higher priority, the latest matter.

    `there` is its open callback, if any. One an agent has already stays with them.
    """
    if there is None:
        return replace(wanted, until=max(wanted.until, wanted.due + rules.keep_seconds))
    return replace(
        there,
        since=min(there.since, wanted.since),
        due=there.due if there.attempts else min(there.due, wanted.due),
        until=max(there.until, wanted.due + rules.keep_seconds),
        call=wanted.call or there.call,
        label=wanted.label if wanted.call else there.label,
        priority=max(there.priority, wanted.priority),
        preferred=wanted.preferred or there.preferred,
        source="queue" if "queue" in (there.source, wanted.source) else there.source,
    )


def happen(
    rules: CallbackRules, callback: Callback, event: Event, now: float, agent: str = "", note: str = ""
) -> Callback:
    """The callback after `event`. Raises CallbackError for a pair the table does not hold.

    Whatever happens to it, the call that dialled it (`dialling`) is over; `dialled` sets it.
    """
    state = State[callback.state]
    if (state, event) not in TABLE:
        raise CallbackError(f"{callback.id}: {state.value}，不能{event.value}")
    target = TABLE[state, event]
    changed = replace(callback, note=note or callback.note, dialling="")
    if event is Event.OFFER:
        return replace(changed, state=State.OFFERED.name, agent=agent, offered_at=now)
    if event in (Event.REACHED, Event.MISSED):
        changed = replace(changed, attempts=changed.attempts + 1, result=event.value)
    if event is Event.MISSED:
        if changed.attempts > len(rules.gaps_seconds):
            return replace(changed, state=State.GIVEN_UP.name, closed_at=now, result=NO_ANSWER)
        return replace(changed, state=State.WAITING.name, due=now + rules.gaps_seconds[changed.attempts - 1])
    if event is Event.FAILED:
        return replace(changed, state=State.WAITING.name, due=now + rules.retry_seconds)
    assert target is not None
    closed = None if target is State.WAITING else now
    result = {Event.SERVED: SERVED, Event.EXPIRE: OVERDUE}.get(event, changed.result)
    return replace(changed, state=target.name, closed_at=closed, result=result)


def overdue(rules: CallbackRules, callback: Callback, now: float) -> Callback:
    """The callback after the time that has passed: what an agent forgot waits again, what is too old is given up.

    One that the hotline dials is not forgotten: its call will tell what came of it.
    """
    if (
        callback.state == State.OFFERED.name
        and not callback.dialling
        and now >= (callback.offered_at or 0) + rules.offer_seconds
    ):
        callback = happen(rules, callback, Event.LAPSE, now)
    if callback.state == State.WAITING.name and now >= callback.until:
        callback = happen(rules, callback, Event.EXPIRE, now)
    return callback


def dialled(rules: CallbackRules, callback: Callback, call: str, agent: str, now: float) -> Callback:
    """The callback while `call` dials it, `agent` waiting on the line. Raises CallbackError unless it waited."""
    return replace(happen(rules, callback, Event.OFFER, now, agent), dialling=call)


def told(rules: CallbackRules, callback: Callback, call: str, outcome: str, now: float) -> Callback:
    """The callback after the record of `call`, which went out for it, says `outcome` (records.callrecords).

    Who has been talked to needs no callback, whatever its state; another call's failure is none of this try's. May be
    told again and again.
    """
    if callback.state not in OPEN:
        return callback
    if outcome == "answered":
        event = Event.REACHED if callback.state == State.OFFERED.name else Event.SERVED
        return happen(rules, callback, event, now)
    if callback.dialling != call or outcome == "open":
        return callback
    return happen(rules, callback, Event.MISSED if outcome == "unreached" else Event.FAILED, now)


def standing(
    rules: CallbackRules, callbacks: Iterable[Callback], at: tuple[float, datetime], names: DayNames
) -> list[Callback]:
    """The callbacks that may be called at `at` (the time as epoch and as local time), in order."""
    now, local = at
    if under_way(rules.windows, local, names) is None:
        return []
    return [each for each in in_order(callbacks) if each.state == State.WAITING.name and each.due <= now < each.until]


def in_order(callbacks: Iterable[Callback]) -> list[Callback]:
    """The order of the queue: priority, then since when, then id."""
    return sorted(callbacks, key=lambda each: (-each.priority, each.since, each.id))


def next_for(
    rules: CallbackRules,
    callbacks: Iterable[Callback],
    agent: str,
    may_take: Callable[[str], bool],
    at: tuple[float, datetime],
    names: DayNames,
) -> Callback | None:
    """The callback the agent gets now, `at` being the time as epoch and as local time; None when there is none.

    Their own callers come first. Who prefers another agent waits for them `preferred_seconds` from when it was due.
    `may_take` says whether the agent answers a label.
    """
    now, _ = at
    ready = [
        each
        for each in standing(rules, callbacks, at, names)
        if each.preferred == agent or may_take(each.label)
        if each.preferred in ("", agent) or now >= each.due + rules.preferred_seconds
    ]
    mine = [each for each in ready if each.preferred == agent]
    return next(iter(mine or ready), None)
