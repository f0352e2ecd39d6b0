"""Which callbacks of the database stand in the queue: those there against those that should be, as facts.

It compares and tells; what may be called when is routing.callbacks'. When it looks is hotline.callbacks.dialling's.
"""

import logging
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from config.settings import Settings
from ivr.facts import CallbackDue, CallbackWithdrawn, Fact
from ivr.outgoing import Outgoing, Stage
from records import callbacks, callrecords
from records.callback_entry import Callback
from routing.callbacks import CallbackRules, overdue, told
from telephony.calls.outgoing import outgoing
from telephony.calls.switchboard import Switchboard

log = logging.getLogger(__name__)

FETCHED = (Stage.QUEUED, Stage.STARTING, Stage.AGENT)
"""Stages in which the resident's number has not been called: the callback can still be taken back."""

WITHDRAWN = "暂不回拨"
CHANGED = "回拨内容有变化"


@dataclass(frozen=True)
class Runs:
    """What the switchboard has: `ids` of callbacks under way, `numbers` on the line, `fetched` by callback."""

    ids: frozenset[str]
    numbers: frozenset[str]
    fetched: dict[str, CallbackDue]
    calls: frozenset[str]


def runs_of(switchboard: Switchboard) -> Runs:
    calls = switchboard.calls
    begun: dict[str, Outgoing] = {}
    for each in calls.values():
        session = outgoing(each)
        if session is not None:
            begun[each.sheet.callback] = session
    return Runs(
        ids=frozenset(begun),
        numbers=frozenset(each.sheet.caller for each in calls.values() if each.sheet.ended_at is None),
        fetched={id: session.due for id, session in begun.items() if session.stage in FETCHED},
        calls=frozenset(calls),
    )


def plan(
    settings: Settings,
    rules: CallbackRules,
    wanted: Iterable[Callback],
    before: Runs,
    now: Runs,
    name: Callable[[Callback], str],
) -> list[Fact]:
    """What the switchboard is to be told, for the callbacks `wanted` as the database had them, `before` and `now`.

    One that was under way at either time is left alone: what came of it may not have been in the database yet.
    """
    facts: list[Fact] = []
    there = {each.id: each for each in wanted}
    for id, due in now.fetched.items():
        callback = there.get(id)
        fresh = due_of(settings, rules, callback, due.call) if callback is not None else None
        if fresh is None:
            facts.append(CallbackWithdrawn(due.call, WITHDRAWN))
        elif fresh != due:
            facts.append(CallbackWithdrawn(due.call, CHANGED))
    for callback in there.values():
        if callback.id in before.ids | now.ids or callback.number in now.numbers:
            continue
        fact = due_of(settings, rules, callback, name(callback))
        if fact is not None:
            facts.append(fact)
    return facts


def due_of(settings: Settings, rules: CallbackRules, callback: Callback, call: str) -> CallbackDue | None:
    """The callback as a call for the queue; None for a number no trunk may be asked for."""
    trunk = settings.way_to(callback.number)
    if trunk is None or trunk.outbound is None:
        return None
    kept_until = callback.due + rules.preferred_seconds if callback.preferred else 0.0
    place = (callback.label, callback.priority, callback.since, callback.preferred, kept_until)
    return CallbackDue(call, callback.id, callback.number, trunk.outbound.shown(callback.number), trunk.name, *place)


def look(session: Session, rules: CallbackRules, alive: Collection[str], now: float) -> list[Callback]:
    """All open callbacks, brought up to date: what is overdue, and those whose call is gone without a word."""
    found = []
    for each in callbacks.all_open(session):
        changed = overdue(rules, each, now)
        if changed.dialling and changed.dialling not in alive:
            record = callrecords.get(session, changed.dialling)
            outcome = record.outcome if record is not None and record.outcome != "open" else "failed"
            changed = told(rules, changed, changed.dialling, outcome, now)
            log.warning("callback %s: its call is gone; %s", changed.id, changed.state)
        if changed != each:
            callbacks.save(session, changed)
        found.append(changed)
    return found
