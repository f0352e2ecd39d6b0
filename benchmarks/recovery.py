"""`python -m benchmarks.recovery --calls N`: how long a core that was killed needs to stand where it stood.

A day of N calls is logged as the core logs it, snapshots included; then its recovery is timed with the last snapshot
and without any. It must not know what a snapshot holds.
"""

import argparse
import os
import sys
import time
from collections import Counter
from tempfile import TemporaryDirectory

from benchmarks.figures import Figure, table
from benchmarks.histories import Day
from benchmarks.machine import conditions, load
from config.load import load_settings
from config.settings import Settings
from hotline.configured.parts import Parts, load_parts, switchboard_of
from hotline.surviving.recovery import recover
from hotline.surviving.snapshots import EVERY, Snapshot, code_mark, keep, snapshot_file, standing
from ivr.commands import Command
from records import calllog, callrecords
from records.calllog import Entry
from records.engine import Database, open_database
from records.sealing import load_sealer
from records.upgrade import upgrade
from telephony.core.journal import command_entry, fact_entry
from telephony.core.snapshot import freeze
from telephony.core.writing import record_of

CHUNK = 2000  # entries written at once
UP = 30  # calls that are up when the core is killed, at the least


def live(settings: Settings, parts: Parts, database: Database, calls: int) -> tuple[int, int, float, float]:
    """Log a day of `calls` calls until the last has arrived; entries, calls up, and a snapshot's seconds and octets."""
    board, day = switchboard_of(settings, parts), Day(calls, agents=60, every=2.0)
    entries: list[Entry] = []
    seen: dict[str, int] = {}
    written = since = 0
    took = size = 0.0
    for fact, at, seq, orders in day.facts(board):
        entries.append(fact_entry("b1", at, fact, seq))
        if seq and (call := getattr(fact, "call", None)):
            seen[call] = seq
        if since + len(entries) >= EVERY:
            upto = database.do(calllog.append, entries)
            written, entries, since = written + len(entries), [], 0
            began = time.perf_counter()
            state = freeze(board)
            took, size = max(took, time.perf_counter() - began), max(size, len(state))
            seen = {call: number for call, number in seen.items() if call in board.calls}
            given = dict(Counter(order.call for order in orders if isinstance(order, Command)))
            agents = standing(board.router.agents.values())
            keep(
                snapshot_file(settings),
                load_sealer(settings),
                Snapshot("b1", code_mark(), upto, state, seen, given, agents),
            )
        entries += [command_entry("b1", at, order) for order in orders if isinstance(order, Command)]
        if len(entries) >= CHUNK:
            database.do(calllog.append, entries)
            written, since, entries = written + len(entries), since + len(entries), []
        if type(fact).__name__ == "Arrived" and int(str(getattr(fact, "call", "c0"))[1:]) == calls - 1:
            break
    database.do(calllog.append, entries)
    for conversation in board.calls.values():
        database.do(callrecords.save, record_of(conversation.sheet))
    return written + len(entries), len(board.calls), took, size


def figures(calls: int, whole: bool) -> list[Figure]:
    """Of one day."""
    with TemporaryDirectory(prefix="bench-") as home:
        os.environ["HOTLINE_HOME"] = home
        settings = load_settings()
        (settings.home / "run").mkdir(parents=True)
        upgrade(settings)
        parts, database = load_parts(settings), open_database(settings)
        entries, up, froze, size = live(settings, parts, database, calls)
        notes = {"entries": entries, "calls_up": up, "load": load()}
        name = f"recovery of {up} calls up, {calls} calls ({entries} entries) logged"
        found = [
            Figure(f"{name}: by snapshot", timed(database, settings, parts), "s", None, notes | {"at_most": 5.0}),
            Figure("a snapshot, longest pause of the core", froze * 1000, "ms", None, notes | {"octets": size}),
        ]
        if whole:
            snapshot_file(settings).unlink()
            found.append(Figure(f"{name}: whole log", timed(database, settings, parts), "s", None, notes))
        database.close()
        return found


def timed(database: Database, settings: Settings, parts: Parts) -> float:
    began = time.perf_counter()
    left = recover(database, settings, parts)
    took = time.perf_counter() - began
    if len(left.seen) < UP:
        raise RuntimeError(f"only {len(left.seen)} calls came back")
    return took


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recovery", description=__doc__)
    parser.add_argument("--calls", type=int, action="append", metavar="N", help="calls logged (1000 and 20000)")
    parser.add_argument("--by-snapshot-only", action="store_true", help="leave the whole log out")
    arguments = parser.parse_args(words)
    print(conditions())
    found = [
        figure
        for calls in arguments.calls or (1000, 20000)
        for figure in figures(calls, not arguments.by_snapshot_only)
    ]
    print(table(found))
    return int(any("MISSED" in figure.target for figure in found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
