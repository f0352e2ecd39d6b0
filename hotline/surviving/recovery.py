"""A core that starts again: the last run's snapshot and the facts after it give back its switchboard.

It decides whether there is a call to go on with, or only agents at work. Which calls still have a worker shows when
workers reconnect (telephony.core.lines).
"""

import logging
from collections import Counter
from dataclasses import dataclass, field

from config.settings import Settings
from hotline.configured.parts import Parts, switchboard_of
from hotline.surviving.snapshots import EVERY, Snapshot, code_mark, load, standing
from ivr.commands import Command, DeskCommand
from records import callbacks, calllog, callrecords
from records.calllog import Entry
from records.engine import Database
from routing.facts import AgentStands
from telephony.calls.outgoing import holds_worker
from telephony.calls.sheet import Sheet
from telephony.calls.switchboard import KeepRecord, Switchboard
from telephony.core.journal import replay, seq_of
from telephony.core.snapshot import SnapshotError, thaw

log = logging.getLogger(__name__)

MOST_FOR_AGENTS = 4 * EVERY  # entries that are gone through when no call is up


@dataclass(frozen=True)
class Recovered:
    """`boot` goes on under its own name, or is empty where no call is up: then a new run begins, told of `agents`.

    `seen` is the last fact taken of each call; `unsent` may not have gone out; `unlogged` are the commands that the
    log lacks: the core died between acting on a fact and writing them down. `sheets` are records that may not have
    been written. `entries` of the log were gone through.
    """

    switchboard: Switchboard
    boot: str = ""
    agents: tuple[AgentStands, ...] = ()
    seen: dict[str, int] = field(default_factory=dict)
    unsent: dict[str, list[Command]] = field(default_factory=dict)
    unlogged: tuple[Command, ...] = ()
    sheets: tuple[Sheet, ...] = ()
    entries: int = 0


@dataclass
class Tail:
    """What the entries after the snapshot led to."""

    switchboard: Switchboard
    seen: dict[str, int]
    commands: dict[str, list[Command]] = field(default_factory=dict)
    given: Counter[str | None] = field(default_factory=Counter)
    sheets: dict[str, Sheet] = field(default_factory=dict)
    entries: int = 0


def recover(database: Database, settings: Settings, parts: Parts) -> Recovered:
    """What the last run of the core left behind; an empty switchboard when that was nothing."""
    boot = database.read(calllog.last_boot)
    if boot is None:
        return Recovered(switchboard_of(settings, parts))
    snapshot = load(settings, boot)
    up = bool(database.read(callrecords.latest, 1, outcome="open"))
    # A callback that was just dialled is up before its record is written.
    up = up or bool(database.read(callbacks.all_open))
    try:
        tail = gone_through(database, settings, parts, boot, snapshot, up)
    except Exception:
        log.exception("the last run's log cannot be replayed; its calls are closed")
        tail = None
    if tail is None:
        agents = () if snapshot is None else snapshot.agents
        return Recovered(switchboard_of(settings, parts), agents=agents)
    switchboard, sheets = tail.switchboard, tuple(tail.sheets.values())
    # Callbacks that have no worker yet are no calls to go on with: they come to the queue anew, or go on by deadlines.
    held = [call for call, conversation in switchboard.calls.items() if holds_worker(conversation)]
    if not held:
        agents = standing(switchboard.router.agents.values())
        return Recovered(switchboard_of(settings, parts), agents=agents, sheets=sheets, entries=tail.entries)
    log.warning("going on with %d calls of the run before, %d entries after its snapshot", len(held), tail.entries)
    # What the desk was asked and did not answer runs into the session's own patience: it is never asked twice.
    lately = {call: tail.commands.get(call, [])[max(0, tail.given[call]) :] for call in held}
    unsent = {call: [each for each in late if not isinstance(each, DeskCommand)] for call, late in lately.items()}
    unlogged = tuple(each for late in lately.values() for each in late)
    seen = {call: tail.seen.get(call, 0) for call in held}
    return Recovered(switchboard, boot, (), seen, unsent, unlogged, sheets, tail.entries)


def failed(entry: Entry) -> None:
    """A fault that cost the run before one fact must not cost this one every call."""
    log.exception("the switchboard failed on %s of call %s, as it did then", entry.name, entry.call or "-")


def gone_through(
    database: Database, settings: Settings, parts: Parts, boot: str, snapshot: Snapshot | None, up: bool
) -> Tail | None:
    """The last run's switchboard. None where no call is `up` and there is too much to go through for agents alone."""
    tail, since = Tail(switchboard_of(settings, parts), {}), 0
    if snapshot is not None and snapshot.code == code_mark():
        try:
            thaw(snapshot.state, tail.switchboard)
        except SnapshotError as error:
            log.warning("%s; the whole log of the run is gone through", error)
        else:
            since, tail.seen = snapshot.upto, dict(snapshot.seen)
            tail.given.subtract(snapshot.given)
    if not up and database.read(calllog.count_after, boot, since) > MOST_FOR_AGENTS:
        return None
    entries = database.read(calllog.after, boot, since)
    tail.entries = len(entries)
    tail.given.update(entry.call for entry in entries if entry.kind == "command")
    for entry, orders in replay(entries, tail.switchboard, failed):
        if entry.call is not None:
            tail.seen[entry.call] = max(tail.seen.get(entry.call, 0), seq_of(entry))
        for order in orders:
            if isinstance(order, Command):
                tail.commands.setdefault(order.call, []).append(order)
            elif isinstance(order, KeepRecord):
                tail.sheets[order.sheet.call] = order.sheet
    return tail
