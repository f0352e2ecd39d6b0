"""A core that starts again: the last run's facts, replayed, give back its switchboard and the calls that are up.

It decides whether there is anything to go on with. Which of those calls still have a worker shows when workers
reconnect (telephony.lines).
"""

import logging
from collections import Counter
from dataclasses import dataclass, field

from config.settings import Settings
from hotline.parts import Parts, switchboard_of
from ivr.commands import Command, DeskCommand
from records import calllog, callrecords
from records.engine import Database
from telephony.journal import replay, seq_of
from telephony.switchboard import Switchboard

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Recovered:
    """`boot` goes on under its own name; `seen` is the last fact taken of each call; `unsent` may not have gone out.

    `unlogged` are the commands that the log lacks: the core died between acting on a fact and writing them down.
    """

    boot: str
    switchboard: Switchboard
    seen: dict[str, int] = field(default_factory=dict)
    unsent: dict[str, list[Command]] = field(default_factory=dict)
    unlogged: tuple[Command, ...] = ()


def recover(database: Database, settings: Settings, parts: Parts) -> Recovered | None:
    """What the last run of the core left behind, or None when no call was up."""
    boot = database.read(calllog.last_boot)
    if boot is None or not database.read(callrecords.latest, 1, outcome="open"):
        return None
    entries = database.read(calllog.of_boot, boot)
    switchboard = switchboard_of(settings, parts)
    given: Counter[str | None] = Counter(entry.call for entry in entries if entry.kind == "command")
    commands: dict[str, list[Command]] = {}
    seen: dict[str, int] = {}
    try:
        for entry, orders in replay(entries, switchboard):
            if entry.call is not None:
                seen[entry.call] = max(seen.get(entry.call, 0), seq_of(entry))
            for order in orders:
                if isinstance(order, Command):
                    commands.setdefault(order.call, []).append(order)
    except Exception:
        log.exception("the last run's log cannot be replayed; its calls are closed")
        return None
    if not switchboard.calls:
        return None
    log.warning("going on with %d calls of the run before", len(switchboard.calls))
    # What the desk was asked and did not answer runs into the session's own patience: it is never asked twice.
    lately = {call: commands.get(call, [])[given[call] :] for call in switchboard.calls}
    unsent = {call: [each for each in late if not isinstance(each, DeskCommand)] for call, late in lately.items()}
    unlogged = tuple(each for late in lately.values() for each in late)
    return Recovered(boot, switchboard, {call: seen.get(call, 0) for call in switchboard.calls}, unsent, unlogged)
