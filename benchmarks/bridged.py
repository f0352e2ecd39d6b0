"""What conversations cost: CPU and memory while SIPp callers talk with SIPp agents, RTP flowing both ways."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from benchmarks.figures import Figure
from benchmarks.machine import busy_seconds, children, cpu_seconds, load, memory
from benchmarks.site import ready, talking
from tests.process.sipp import drive, media
from tests.running import Hotline, until

Say = Callable[[str], None]

TONE = 700.0
LONGEST = 110  # seconds of pcap
PER_SECOND = 10
SETTLE = 2.0
MARGIN = 8.0
IDLE_WINDOW = 3.0
ASTERISK = {(20, False): 0.38, (50, False): 0.38, (20, True): 1.10, (50, True): 1.10}
"""Of measurements of 50 at once; none was made of 20."""


@dataclass(frozen=True)
class Used:
    """CPU time by kind of process in a window, as shares of one core; `machine` is all cores' busy share."""

    workers: float
    rest: float
    machine: float


def bridged(
    hotline: Hotline, say: Say, people: dict[str, drive.User], levels: list[int], window: float, recording: bool
) -> list[Figure]:
    """Figures with as many conversations at once as `levels` say, in rising order; `people` are the agents."""
    folder = hotline.home / f"sipp-{on(recording)}"
    folder.mkdir()
    idle = idle_figures(hotline) if recording else []
    port = drive.free_udp(drive.AGENTS)
    drive.register(list(people.values()), ("127.0.0.1", hotline.sip_port), port, folder)
    scenario = drive.filled("agent", folder, speak="")
    words = ("-m", str(levels[-1]), "-l", "200", "-rtp_echo")
    phones = drive.Sipp(scenario, folder, drive.AGENTS, *words, port=port, timeout=600)
    ready(hotline, list(people))
    voice = folder / "voice.pcap"
    media.write_pcap(voice, TONE, LONGEST)
    rest = rest_of(hotline)
    before = measure(rest, [], IDLE_WINDOW)
    figures: list[Figure] = []
    callers: list[drive.Sipp] = []
    try:
        for step, level in enumerate(levels):
            more = level - talking(hotline)
            left = [
                ramp(upper - lower) + SETTLE + window + MARGIN
                for lower, upper in zip([0, *levels], levels, strict=False)
            ]
            callers.append(call(hotline, folder, voice, f"134{step}00", more, sum(left[step:])))
            say(f"{level} conversations, recording {on(recording)}: calls come in")
            until(lambda level=level: talking(hotline) >= level or None, f"{level} conversations", 60)  # type: ignore[misc]
            time.sleep(SETTLE)
            say(f"{level} conversations, recording {on(recording)}: measuring {window:.0f} s")
            pids = [worker["pid"] for worker in hotline.workers("busy")]
            used = measure(rest, pids, window)
            still = talking(hotline)
            if still != level:
                say(f"only {still} of {level} conversations were up at the end: no figure of this window")
                continue
            figures += level_figures(level, recording, used, before, window)
        if recording:
            figures += memory_figures("in a call", pids)
        say("hanging up")
        for each in callers:
            each.finish(120)
    finally:
        for each in [*callers, phones]:
            each.stop()
    return idle + figures


def call(hotline: Hotline, folder: Path, voice: Path, prefix: str, count: int, seconds: float) -> drive.Sipp:
    scenario = drive.filled("caller", folder, prefix=prefix, voice=str(voice))
    words = [f"127.0.0.1:{hotline.sip_port}", "-s", "12348", "-m", str(count), "-l", str(count)]
    words += ["-r", str(PER_SECOND), "-d", str(int(seconds * 1000))]
    return drive.Sipp(scenario, folder, drive.CALLERS, *words, timeout=600)


def ramp(count: int) -> float:
    return count / PER_SECOND


def on(recording: bool) -> str:
    return "on" if recording else "off"


def rest_of(hotline: Hotline) -> list[int]:
    """The pids of `hotline run`, edge, nursery and core."""
    assert hotline.process is not None
    workers = {worker["pid"] for state in ("idle", "busy") for worker in hotline.workers(state)}
    return [hotline.process.pid, *(pid for pid in children(hotline.process.pid) if pid not in workers)]


def measure(rest: list[int], workers: list[int], seconds: float) -> Used:
    """Sleep through a window and see what was used in it."""
    began, all_before, before = time.monotonic(), busy_seconds(), cpu_seconds([*rest, *workers])
    time.sleep(seconds)
    after, all_after, took = cpu_seconds([*rest, *workers]), busy_seconds(), time.monotonic() - began

    def share(pids: list[int]) -> float:
        return sum(after.get(pid, before.get(pid, 0.0)) - before.get(pid, 0.0) for pid in pids) / took

    return Used(share(workers), share(rest), (all_after - all_before) / took)


def level_figures(level: int, recording: bool, used: Used, before: Used, window: float) -> list[Figure]:
    name = f"CPU per conversation, {level} at once, recording {on(recording)}"
    notes = {
        "window_seconds": window,
        "load": load(),
        "busy_cores": round(used.machine, 2),
        "rest_percent": round(used.rest * 100, 2),
        "rest_percent_idle": round(before.rest * 100, 2),
    }
    workers, whole = used.workers / level * 100, (used.workers + used.rest) / level * 100
    return [
        Figure(f"{name}: workers", workers, "% of a core", ASTERISK.get((level, recording)), notes),
        Figure(f"{name}: workers, edge, core", whole, "% of a core", ASTERISK.get((level, recording)), notes),
    ]


def idle_figures(hotline: Hotline) -> list[Figure]:
    return memory_figures("idle", [worker["pid"] for worker in hotline.workers("idle")])


def memory_figures(what: str, pids: list[int]) -> list[Figure]:
    each = [memory(pid) for pid in pids]
    notes = {"workers": len(each), "load": load()}
    return [
        Figure(f"memory of a worker {what}: PSS", fmean(one.pss for one in each), "MiB", None, notes),
        Figure(f"memory of a worker {what}: RSS", fmean(one.rss for one in each), "MiB", None, notes),
    ]
