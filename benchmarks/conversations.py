"""`python -m benchmarks.conversations --at-once 100`: bridged and recorded conversations, and what each leg loses.

Callers and agents on plain sockets send a packet every 20 ms and count by RFC 3550 what comes; of what they send, the
workers' RTCP says what was lost. Transcripts are off, as in the scenario Asterisk was measured with.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.bridged import measure, rest_of
from benchmarks.figures import Figure, percentile, table
from benchmarks.machine import conditions, load
from benchmarks.site import NOT_WRITTEN_DOWN, agents, ready, site, talking
from benchmarks.town import Talk, Town
from records import callrecords
from records.engine import open_database
from telephony.core.writing import BEHIND
from tests.running import Hotline, until

SETTINGS = "workers: {{warm: 8, most: {most}}}\n"
PER_SECOND = 5
SETTLE = 6.0  # until every leg has had RTCP
MOST_LOST = 0.1  # percent
ASTERISK_CPU = 1.10  # percent of a core, queue bridge with MixMonitor, 50 and 100 at once


def converse(hotline: Hotline, town: Town, count: int, seconds: float, say: Callable[[str], None]) -> list[Figure]:
    """Bring `count` conversations up, measure for `seconds`, hang up; the figures, of all legs."""
    callers: list[Talk] = []
    say(f"{count} callers, {PER_SECOND} a second")
    for number in range(count):
        callers.append(town.call(f"133{number:08}"))
        time.sleep(1 / PER_SECOND)
    until(lambda: talking(hotline) >= count or None, f"{count} conversations", 120)
    say("all are up; settling")
    time.sleep(SETTLE)
    legs = town.up()
    before = {talk.id + str(talk.agent): (talk.end.sent, talk.end.their_loss) for talk in legs}
    town.reset()
    late, rest = town.late, rest_of(hotline)
    say(f"measuring {seconds:.0f} s")
    used = measure(rest, [worker["pid"] for worker in hotline.workers("busy")], seconds)
    heard = {talk.id + str(talk.agent): replace(talk.end.heard) for talk in legs}
    still, pushed = sum(talk.state == "up" for talk in legs), town.late - late
    sent = sum(talk.end.sent - before[talk.id + str(talk.agent)][0] for talk in legs)
    time.sleep(SETTLE)  # the reports of the last seconds
    their = {key: talk.end.their_loss - before[key][1] for talk in legs for key in [talk.id + str(talk.agent)]}
    say("hanging up")
    for talk in callers:
        town.hang_up(talk)
    until(lambda: not hotline.board()["calls"] or None, "the end of all calls", 120)
    packets = sum(each.packets for each in heard.values())
    lost = sum(max(0, each.lost) for each in heard.values())
    shares = [100 * max(0, each.lost) / max(1, each.packets + each.lost) for each in heard.values()]
    gaps = [each.gap * 1000 for each in heard.values()]
    notes = {"conversations": count, "legs": len(legs), "load": load(), "ticks_left_out": pushed}
    bound, share = notes | {"at_most": MOST_LOST}, 100 / count
    from_us, to_us = 100 * lost / max(1, packets + lost), 100 * sum(their.values()) / max(1, sent)
    found: list[tuple[str, float, str, float | None, dict[str, Any]]] = [
        ("legs that did not stay up", 2 * count - still, "legs", None, notes | {"at_most": 0}),
        ("RTP from the hotline lost, all legs", from_us, "%", None, bound | {"packets": packets}),
        ("RTP from the hotline lost, the worst leg", max(shares), "%", None, notes),
        ("legs that lost any", sum(lossy > 0 for lossy in shares), "legs", None, notes),
        (
            "RTP to the hotline lost by its RTCP, all legs",
            to_us,
            "%",
            None,
            bound | {"packets": sent, "reports": sum(talk.end.reports for talk in legs)},
        ),
        ("longest gap in RTP of a leg p50", percentile(gaps, 50), "ms", None, notes),
        ("longest gap in RTP of a leg p99", percentile(gaps, 99), "ms", None, notes),
        ("CPU per conversation: workers", used.workers * share, "% of a core", ASTERISK_CPU, notes),
        ("the same with edge and core", (used.workers + used.rest) * share, "% of a core", ASTERISK_CPU, notes),
        ("all cores busy, this program included", used.machine, "cores", None, notes),
    ]
    return [Figure(*each) for each in found]


def records(hotline: Hotline, count: int) -> Figure:
    """Calls without a closed record of an answered call with its recording."""
    database = open_database(hotline.settings)
    try:
        found = database.read(callrecords.latest, 2 * count)
    finally:
        database.close()
    whole = [each for each in found if each.outcome == "answered" and each.recording_sha256]
    return Figure("calls without a whole record", count - len(whole), "calls", None, {"at_most": 0})


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.conversations", description=__doc__)
    parser.add_argument("--at-once", type=int, default=100, metavar="N")
    parser.add_argument("--seconds", type=float, default=20.0, metavar="S", help="of measuring (20)")
    arguments = parser.parse_args(words)
    began = time.monotonic()

    def say(line: str) -> None:
        print(f"{time.monotonic() - began:6.1f} s  load {load():4.1f}  {line}", file=sys.stderr, flush=True)

    print(json.dumps(conditions(), ensure_ascii=False), flush=True)
    more = SETTINGS.format(most=arguments.at_once + 20) + NOT_WRITTEN_DOWN
    with TemporaryDirectory(prefix="bench-") as home, site(Path(home), direct=True, more=more) as hotline:
        town = Town(("127.0.0.1", hotline.sip_port))
        try:
            say("agents get their accounts and register")
            people = agents(hotline, arguments.at_once)
            town.register(list(people.values()))
            ready(hotline, list(people))
            figures = converse(hotline, town, arguments.at_once, arguments.seconds, say)
            until(lambda: not hotline.workers("busy") or None, "the end of all workers", 120)
            time.sleep(2 * BEHIND)  # the last of a record lies behind its call
            figures.append(records(hotline, arguments.at_once))
        finally:
            town.close()
    for figure in figures:
        print(json.dumps({"figure": figure.name, "value": figure.value, **figure.notes}, ensure_ascii=False))
    print(f"{table(figures)}\n\nload at the end {load()}")
    return int(any("MISSED" in figure.target for figure in figures))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
