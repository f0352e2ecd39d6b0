"""Callbacks as configured, and what a call's end means for them: asked for, missed, or served after all."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from pydantic import Field, ValidationError
from sqlalchemy.orm import Session

from config.load import ConfigError, describe, find, read_yaml
from config.numbers import reaches
from config.settings import Settings
from records import callbacks, callrecords
from records.callback_entry import Callback
from records.callrecords import CallRecord
from routing.callbacks import CallbackRules, Event, State, ask, dialled, happen, told
from routing.estimate import Abandons
from telephony.calls.sheet import CALL_BACK, OUTBOUND
from telephony.core.sides import Keep

log = logging.getLogger(__name__)

SERVED_OTHERWISE = ("self_served", "voicemail", "transferred")
SPOKEN = ("offer", "taken")
LEAST_FIGURES = 7  # of a resident's number
GREETING = "greeting"  # what a resident hears who is called back; without it, the notice of every call


class CallbackSettings(CallbackRules):
    """All of config/callbacks.yaml."""

    key: str = Field(default="9", pattern="^[1-9*#]?$")
    prompts: Mapping[str, str]

    def texts(self) -> dict[str, str]:
        """Name → text of what callers hear; nothing where no key is offered."""
        words = {f"callback.{name}": text.replace("{key}", self.key) for name, text in self.prompts.items()}
        return words if self.key else {name: text for name, text in words.items() if name.endswith(GREETING)}

    def dials(self, settings: Settings) -> bool:
        """Whether the hotline dials by itself: as `dial` says, else where a trunk goes out."""
        return self.dial == "auto" if self.dial else goes_out(settings)


def load_callbacks(settings: Settings) -> CallbackSettings:
    """Raises ConfigError with every fault at once."""
    file = find(settings, "callbacks.yaml")
    try:
        read = CallbackSettings.model_validate(read_yaml(file))
    except ValidationError as error:
        raise ConfigError([describe(file, problem) for problem in error.errors()]) from None
    found = [f"{file}: prompts.{name}: has no words" for name in SPOKEN if not read.prompts.get(name, "").strip()]
    found += [f"{file}: prompts.{name}: is played nowhere" for name in read.prompts if name not in (*SPOKEN, GREETING)]
    if read.dial == "auto" and not goes_out(settings):
        found.append(f"{file}: dial: 'auto': no trunk has an outbound target; add trunks.NAME.outbound, or say agent")
    if found:
        raise ConfigError(found)
    return read


def goes_out(settings: Settings) -> bool:
    """Whether residents can be called: a trunk to short numbers alone (110, 12345) leads to none."""
    patterns = (pattern for trunk in settings.trunks if trunk.outbound is not None for pattern in trunk.outbound.allow)
    return any(reaches(pattern, LEAST_FIGURES) for pattern in patterns)


def keeping(rules: CallbackRules, abandons: Abandons, priority: Callable[[str], int]) -> Keep:
    """What keeps a call record and, in the same transaction, the callback it leads to.

    A fault in the callback is logged and never costs the record.
    """

    behind: set[str] = set()  # calls whose callback is not kept: the next version of their record leads to it again

    def keep(session: Session, record: CallRecord, before: CallRecord | None = None) -> None:
        callrecords.save(session, record, before)
        if not leads(record, rules) or (record == before and record.call not in behind):
            return
        behind.discard(record.call)
        try:
            with session.begin_nested():
                follow(session, record, rules, abandons, priority)
        except Exception as error:
            behind.add(record.call)
            log.error("call %s: its callback is not kept: %s", record.call, type(error).__name__)

    return keep


def leads(record: CallRecord, rules: CallbackRules) -> bool:
    """Whether anything can follow from the record as it stands; decided without the database."""
    if record.direction == OUTBOUND:
        return bool(record.callback) and record.arrived_at is not None
    return record.ended_at is not None and rules.callable(record.caller or "")


def follow(
    session: Session, record: CallRecord, rules: CallbackRules, abandons: Abandons, priority: Callable[[str], int]
) -> None:
    """Ask for the callback of a call that left the queue without a person; close the one of a caller who was served."""
    if record.direction == OUTBOUND:
        follow_outgoing(session, record, rules)
        return
    number = record.caller or ""
    if record.ended_at is None or not leads(record, rules):
        return
    if record.joined_at is not None:
        there = callbacks.open_of(session, number)
        if there is not None and there.since < (record.arrived_at or 0):
            callbacks.save(session, happen(rules, there, Event.SERVED, record.ended_at, note=record.call))
        return
    asked = record.end_reason == CALL_BACK
    if not asked and not missed(record, rules, abandons):
        return
    if callbacks.of_call(session, record.call) is not None:
        return
    label = record.label or "agent"
    wanted: dict[str, Any] = {
        "since": record.queued_at or record.ended_at,
        "due": record.ended_at,
        "until": record.ended_at,
    }
    wanted |= {"call": record.call, "label": label, "priority": priority(label)}
    source = "queue" if asked else "missed"
    wish(session, rules, Callback("", number, source, **wanted))


def missed(record: CallRecord, rules: CallbackRules, abandons: Abandons) -> bool:
    """Whether a call that is over left somebody unserved, in the queue or after a while in the tree (漏接).

    Who left a message, got what they wanted by themselves or was put through is served.
    """
    if not rules.missed or record.ended_at is None or record.outcome in SERVED_OTHERWISE:
        return False
    if record.queued_at is not None:
        return not abandons.short(record.waited_seconds)
    least = rules.missed_in_tree_seconds
    gave_up = record.ended_by == "caller" or record.outcome == "failed"
    return gave_up and record.answered_at is not None and 0 < least <= record.ended_at - record.answered_at


def follow_outgoing(session: Session, record: CallRecord, rules: CallbackRules) -> None:
    """What became of a callback by the record of the call that dialled it. The same record may come again and again.

    The callback is under way from `arrived_at` on, when its number was called; a later try has a later one.
    """
    there = callbacks.get(session, record.callback or "")
    if there is None or record.arrived_at is None:
        return
    changed = there
    if changed.state == State.WAITING.name and (changed.offered_at or 0.0) < record.arrived_at:
        changed = dialled(rules, changed, record.call, record.agent or "", record.arrived_at)
    if record.ended_at is not None:
        changed = told(rules, changed, record.call, record.outcome, record.ended_at)
    if changed != there:
        callbacks.save(session, changed)


def wish(session: Session, rules: CallbackRules, wanted: Callback) -> Callback:
    """Keep what is wanted, as the number's one callback."""
    there = callbacks.open_of(session, wanted.number)
    kept = ask(rules, there, replace(wanted, id=callbacks.new_id(session)) if there is None else wanted)
    callbacks.save(session, kept)
    return kept
