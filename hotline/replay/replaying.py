"""`hotline replay`: the facts of the log through today's code, beside the commands that were given then."""

from typing import Any

from config.settings import Settings
from hotline.configured.parts import load_parts, switchboard_of
from hotline.replay.reading import log_around
from ivr.commands import Command
from records.calllog import Entry
from telephony.core.journal import command_entry, replay


def replay_call(settings: Settings, call: str) -> tuple[list[dict[str, Any]], bool]:
    """The call's facts and commands in order, and whether the commands are those of the log.

    The router's decisions depend on all calls and agents, so the whole run of the core is replayed up to the call's
    last fact. Raises CommandError for an unknown call.
    """
    logged, boot = log_around(settings, call)
    until = max(entry.seq for entry in logged)
    switchboard = switchboard_of(settings, load_parts(settings))
    given = [entry for entry in logged if entry.kind == "command"]
    rows: list[dict[str, Any]] = []
    again: list[Entry] = []
    for fact, orders in replay([entry for entry in boot if entry.seq <= until], switchboard):
        if fact.call == call:
            rows.append(row(fact))
        for order in orders:
            if isinstance(order, Command) and order.call == call:
                command = command_entry(fact.boot, fact.at, order)
                then = given[len(again)] if len(again) < len(given) else None
                again.append(command)
                rows.append(row(command) | {"same": then is not None and alike(command, then)})
    missing = [row(entry) | {"same": False, "missing": True} for entry in given[len(again) :]]
    return rows + missing, not missing and all(each.get("same", True) for each in rows)


def alike(one: Entry, other: Entry) -> bool:
    return (one.name, one.call, one.fields) == (other.name, other.call, other.fields)


def row(entry: Entry) -> dict[str, Any]:
    return {"at": round(entry.at, 3), entry.kind: entry.name, **entry.fields}
