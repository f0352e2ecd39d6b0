"""`python -m benchmarks`: measure, print a table, keep JSON lines in benchmarks/out/."""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import latency, recogniser
from benchmarks.arrivals import arrivals
from benchmarks.bridged import bridged
from benchmarks.decision import speech_to_decision
from benchmarks.ear import ear
from benchmarks.figures import ASTERISK, Figure, table, write_lines
from benchmarks.listening import listening
from benchmarks.machine import conditions, load
from benchmarks.routing import decisions
from benchmarks.site import NOT_WRITTEN_DOWN, agents, site
from benchmarks.transcript import transcript
from benchmarks.understanding import understanding
from tests.process.sipp import drive

OUT = Path(__file__).parent / "out"


def main(words: list[str]) -> int:
    """Measure what the words ask for; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure the hotline on this machine.")
    parser.add_argument("--quick", action="store_true", help="fewer samples, 20 conversations at most")
    parser.add_argument("--only", choices=PARTS, action="append", metavar="PART", help=f"one of {', '.join(PARTS)}")
    parser.add_argument("--most", type=int, default=50, help="conversations at once, at the most (50)")
    parser.add_argument("--out", type=Path, default=OUT, help="folder of the JSON lines (benchmarks/out)")
    arguments = parser.parse_args(words)
    began, around = time.monotonic(), conditions()

    def say(line: str) -> None:
        print(f"{time.monotonic() - began:6.1f} s  load {load():4.1f}  {line}", file=sys.stderr, flush=True)

    print(json.dumps(around, ensure_ascii=False))
    figures: list[Figure] = []
    try:
        for part in arguments.only or PARTS:
            for figure in PARTS[part](say, arguments):
                figures.append(figure)
    finally:
        around |= {"load_after": load(), "took_seconds": round(time.monotonic() - began, 1), "quick": arguments.quick}
        file = arguments.out / f"{time.strftime('%Y%m%d-%H%M%S')}{'-quick' if arguments.quick else ''}.jsonl"
        write_lines(file, around, figures)
        print(f"\n{table(figures)}\n\nAsterisk: {ASTERISK}.\nLoad at the end {load()}. Written to {file}")
    return 0


def calls(say: latency.Say, arguments: argparse.Namespace) -> Iterator[Figure]:
    """The way of a call: INVITE to 200, digit to prompt, a sentence to what is said about it."""
    quick = arguments.quick
    with TemporaryDirectory(prefix="bench-") as home:
        say("a hotline that asks its callers starts")
        with site(Path(home), direct=False) as hotline:
            yield from latency.invite_to_200(hotline, say, 50 if quick else 100)
            yield from latency.digit_to_prompt(hotline, say, 10 if quick else 30)
            yield from speech_to_decision(hotline, say, 2 if quick else 4)


def talks(say: latency.Say, arguments: argparse.Namespace) -> Iterator[Figure]:
    """Freed agents and bridged conversations, with recording and without."""
    quick, most = arguments.quick, arguments.most
    levels = [level for level in (20, 50) if level <= most and not (quick and level > 20)] or [most]
    window = 5.0 if quick else 10.0
    with_sipp = drive.sipp() is not None and drive.may_send_raw()
    if not with_sipp:
        say(f"bridged conversations are left out. {drive.MISSING}; it needs the right to open raw sockets")
    with TemporaryDirectory(prefix="bench-") as home:
        say("a hotline that queues its callers at once starts")
        with site(Path(home), direct=True, more=NOT_WRITTEN_DOWN) as hotline:
            say("agents get their accounts")
            people = agents(hotline, levels[-1])
            name, user = next(iter(people.items()))
            yield from latency.freed_agent(hotline, say, name, user, 5 if quick else 20)
            yield from latency.queue_to_agent(hotline, say, name, user, 10 if quick else 50)
            if with_sipp:
                yield from bridged(hotline, say, people, levels, window, recording=True)
        if with_sipp:
            say("the same hotline without recording starts")
            with site(Path(home), direct=True, recording=False, more=NOT_WRITTEN_DOWN) as hotline:
                yield from bridged(hotline, say, people, levels, window, recording=False)


Part = Callable[[latency.Say, argparse.Namespace], Iterable[Figure]]

PARTS: dict[str, Part] = {
    "recogniser": lambda say, arguments: recogniser.real_time_factor(say, 20 if arguments.quick else 50),
    "ear": lambda say, arguments: ear(say, arguments.quick),
    "understanding": lambda say, arguments: understanding(say, arguments.quick),
    "listening": lambda say, arguments: listening(say, arguments.quick),
    "calls": calls,
    "talks": talks,
    "arrivals": lambda say, arguments: arrivals(say, [50] if arguments.quick else [50, 100], 150),
    "transcript": lambda say, arguments: transcript(say, arguments.quick),
    "router": lambda say, arguments: decisions(say, arguments.quick),
}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
