"""`python -m benchmarks.soak --calls N`: calls one after another for long, and whether anything is left behind by them.

Bounded by calls, not by hours. Each call waits for an agent, talks with sound both ways, is recorded and hung up. It
prints what processes, descriptors and memory do over the calls, and passes or fails by the bounds stated here.
"""

import argparse
import json
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from benchmarks.machine import children, command, conditions, load, memory
from benchmarks.site import agents, ready, site
from benchmarks.town import Talk, Town
from records import callrecords
from records.engine import open_database
from telephony.nursery.pool import MOST_READY
from tests.running import Hotline, until

PROCESSES = ("edge", "workers", "core")
MORE_DESCRIPTORS = 8  # of one process, at the end against the beginning: no call is up at either
MORE_MEMORY = 16.0  # MiB of one process (RSS: forks share pages), at the end against the first tenth of the calls
MOST_LOST = 0.1  # percent of RTP packets, either way
TALK = (2.0, 6.0)
JOINED_WITHIN, ENDED_WITHIN = 90.0, 120.0
STEP, BOARD = 0.05, 0.5
ROWS = 10
WARM = 6
SETTINGS = f"workers: {{warm: {WARM}, most: 120}}\n"
MORE_IN_WORKERS = 32.0  # MiB (PSS) of the largest worker: it serves many calls


@dataclass
class Row:
    """The house after so many `calls`: descriptors and MiB by process, workers by state, failures so far."""

    calls: int
    seconds: float
    descriptors: dict[str, int]
    mebibytes: dict[str, float]
    workers: int
    largest: float
    """MiB (PSS) of the largest idle worker."""
    load: float


@dataclass
class Course:
    """One call: when it was `dialled` and `joined` (0 before), and the seconds it is to talk."""

    talk: Talk
    dialled: float
    seconds: float
    joined: float = 0.0


@dataclass
class Soak:
    """Calls made, and what went wrong with them by its reason."""

    hotline: Hotline
    town: Town
    pids: dict[str, int]
    rows: list[Row] = field(default_factory=list)
    failed: Counter[str] = field(default_factory=Counter)
    packets: int = 0
    lost: int = 0
    lost_by_them: int = 0
    sent: int = 0
    reports: int = 0
    began: float = field(default_factory=time.monotonic)

    def look(self, calls: int) -> None:
        descriptors = {name: len(list(Path(f"/proc/{pid}/fd").iterdir())) for name, pid in self.pids.items()}
        mebibytes = {name: memory(pid).rss for name, pid in self.pids.items()}
        idle = self.hotline.workers("idle")
        workers, largest = len(idle) + len(self.hotline.workers("busy")), largest_of([each["pid"] for each in idle])
        self.rows.append(Row(calls, time.monotonic() - self.began, descriptors, mebibytes, workers, largest, load()))
        print(line_of(self.rows[-1], self.failed), flush=True)

    def run(self, calls: int, at_once: int) -> None:
        """`calls` calls, `at_once` of them up at a time; each is hung up so long after its agent was joined."""
        chance, made, done, asked = Random(12348), 0, 0, 0.0
        up: dict[str, Course] = {}
        looks = {calls * each // ROWS for each in range(1, ROWS + 1)}
        self.look(0)
        while done < calls:
            now = time.monotonic()
            while made < calls and len(up) < at_once:
                number = f"136{made:08}"
                up[number] = Course(self.town.call(number), now, chance.uniform(*TALK))
                made += 1
            if now >= asked + BOARD:
                asked = now
                for call in self.hotline.board()["calls"]:
                    if call["state"] == "TALKING" and call["caller"] in up and not up[call["caller"]].joined:
                        up[call["caller"]].joined = now
            for number, course in list(up.items()):
                self.go_on(course, now)
                if course.talk.state in ("over", "refused"):
                    self.count(course.talk)
                    del up[number]
                    done += 1
                    if done in looks:
                        self.look(done)
            time.sleep(STEP)
        until(lambda: not self.hotline.board()["calls"] or None, "the end of all calls", ENDED_WITHIN)
        for talk in list(self.town.talks.values()):
            if talk.agent:
                self.count(talk)
        until(lambda: not self.hotline.workers("busy") or None, "the end of all workers", ENDED_WITHIN)

    def go_on(self, course: "Course", now: float) -> None:
        """Hang up what has talked enough, give up what does not come to it."""
        talk = course.talk
        if course.joined and talk.state == "up" and now - course.joined > course.seconds:
            self.town.hang_up(talk)
        elif not course.joined and now - course.dialled > JOINED_WITHIN and talk.state not in ("over", "refused"):
            self.failed[f"{talk.state}, but no agent within {JOINED_WITHIN:.0f} s"] += 1
            self.town.hang_up(talk)
            talk.state = "over"

    def count(self, talk: Talk) -> None:
        """What became of a leg that is over."""
        if talk.state == "refused":
            self.failed[f"refused with {talk.code}"] += 1
        elif talk.by == "them" and not talk.agent:
            self.failed["ended by the hotline"] += 1
        heard = talk.end.heard
        self.packets, self.lost = self.packets + heard.packets, self.lost + max(0, heard.lost)
        self.sent, self.lost_by_them = self.sent + talk.end.sent, self.lost_by_them + max(0, talk.end.their_loss)
        self.reports += talk.end.reports
        self.town.forget(talk)

    def check_records(self, calls: int) -> None:
        """Each call has one record, answered, with its recording; no track is left over."""
        database = open_database(self.hotline.settings)
        try:
            records = database.read(callrecords.latest, 2 * calls)
        finally:
            database.close()
        for record in records:
            if record.outcome != "answered":
                self.failed[f"record: {record.outcome}"] += 1
            elif not record.recording_sha256:
                self.failed["record without its recording"] += 1
        if len(records) != calls:
            self.failed["records missing or double"] += abs(len(records) - calls)
        left = len(list(self.hotline.settings.recordings.glob(".*")))
        if left:
            self.failed["tracks left over"] += left

    def verdicts(self) -> list[tuple[str, str, bool]]:
        """What is bounded, its value, and whether that is within the bound."""
        begin, first, last = self.rows[0], self.rows[1], self.rows[-1]
        found = [(f"failed calls: {dict(self.failed) or 'none'}", "0", not self.failed)]
        for name in self.pids:
            # Each worker that waits has a connection to the core and one to the nursery.
            links = last.workers - begin.workers if name in ("core", "workers") else 0
            more = last.descriptors[name] - begin.descriptors[name] - links
            found.append((f"descriptors of {name}: {more:+d}", f"<= +{MORE_DESCRIPTORS}", more <= MORE_DESCRIPTORS))
            grown = last.mebibytes[name] - first.mebibytes[name]
            found.append((f"memory of {name}: {grown:+.1f} MiB", f"<= +{MORE_MEMORY:g} MiB", grown <= MORE_MEMORY))
        most = MOST_READY * WARM
        found.append((f"workers at the end: {last.workers}", f"<= {most}", last.workers <= most))
        grown = max(row.largest for row in self.rows) - begin.largest
        found.append(
            (
                f"memory of the largest worker: {grown:+.1f} MiB",
                f"<= +{MORE_IN_WORKERS:g} MiB",
                grown <= MORE_IN_WORKERS,
            )
        )
        heard = 100 * self.lost / max(1, self.packets + self.lost)
        told = 100 * self.lost_by_them / max(1, self.sent)
        for what, share, of in (
            ("from the hotline", heard, self.packets),
            (f"to it ({self.reports} RTCP reports)", told, self.reports and self.sent),
        ):
            found.append(
                (f"RTP lost {what}: {share:.4f} % of {of}", f"<= {MOST_LOST} %", share <= MOST_LOST and of > 0)
            )
        return found


def line_of(row: Row, failed: Counter[str]) -> str:
    each = "  ".join(f"{name} {row.descriptors[name]:3d} fd {row.mebibytes[name]:6.1f} MiB" for name in row.descriptors)
    head = f"{row.calls:6d} calls {row.seconds:7.1f} s  load {row.load:4.1f}"
    return f"{head}  {each}  {row.workers} workers to {row.largest:.1f} MiB  {failed.total()} failed"


def largest_of(pids: list[int]) -> float:
    """MiB (PSS) of the largest of these processes, of those that are still there."""
    found = [0.0]
    for pid in pids:
        with suppress(OSError):
            found.append(memory(pid).pss)
    return max(found)


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--calls", type=int, default=2000, metavar="N", help="calls in all (2000)")
    parser.add_argument("--at-once", type=int, default=20, metavar="N", help="calls up at a time (20)")
    arguments = parser.parse_args(words)
    if arguments.calls < ROWS or arguments.at_once < 1:
        parser.error(f"--calls must be {ROWS} or more, --at-once 1 or more")
    print(json.dumps(conditions(), ensure_ascii=False), flush=True)
    with (
        TemporaryDirectory(prefix="soak-") as home,
        site(Path(home), direct=True, more=SETTINGS, wrap_up=0.5) as hotline,
    ):
        town = Town(("127.0.0.1", hotline.sip_port))
        try:
            people = agents(hotline, arguments.at_once + 4)
            town.register(list(people.values()))
            ready(hotline, list(people))
            assert hotline.process is not None
            pids = {name: pid for pid in children(hotline.process.pid) for name in command(pid) if name in PROCESSES}
            soak = Soak(hotline, town, pids)
            soak.run(arguments.calls, arguments.at_once)
            time.sleep(2 * STEP)
            soak.look(arguments.calls)
            soak.check_records(arguments.calls)
            verdicts = soak.verdicts()
        finally:
            town.close()
    print(f"\nsound: {town.late} ticks of {20} ms were left out by this machine; load at the end {load()}")
    for what, bound, good in verdicts:
        print(f"{'pass' if good else 'FAIL'}  {what}  ({bound})")
    return int(not all(good for _, _, good in verdicts))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
