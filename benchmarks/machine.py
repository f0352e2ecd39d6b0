"""What /proc says: the machine the figures hold for, and the CPU time and memory of processes. Linux only."""

import os
import platform
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

TICK = os.sysconf("SC_CLK_TCK")


def conditions() -> dict[str, Any]:
    """The machine, its software and how busy it is now."""
    found = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text())
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cpu": found[1] if found else platform.processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(int(memory[1]) / 2**20, 1) if memory else None,
        "load_before": load(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "pjsua2": version("pjsua2-python"),
        "vosk": version("vosk"),
    }


def load() -> float:
    """The load average of the last minute."""
    return round(os.getloadavg()[0], 1)


def cpu_seconds(pids: Iterable[int]) -> dict[int, float]:
    """User and system time each process has used so far; processes that are gone are left out."""
    used = {}
    for pid in pids:
        try:
            after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        used[pid] = (int(after_name[11]) + int(after_name[12])) / TICK
    return used


def busy_seconds() -> float:
    """The CPU time all cores together have spent on anything."""
    times = [int(each) for each in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return (sum(times) - times[3] - times[4]) / TICK


def children(pid: int) -> list[int]:
    """Direct children."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def ended_children_seconds(pid: int) -> float:
    """The CPU time of those children of a process that it has reaped."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[13]) + int(after_name[14])) / TICK


def command(pid: int) -> list[str]:
    """The words a process was started with."""
    return Path(f"/proc/{pid}/cmdline").read_text().split("\0")


@dataclass(frozen=True)
class Memory:
    """MiB: `pss` counts shared pages by share, `rss` counts them whole."""

    pss: float
    rss: float


def memory(pid: int) -> Memory:
    """The memory of a process. Raises OSError when it is gone."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    sizes = {name: int(size) / 1024 for name, size in re.findall(r"^(Pss|Rss):\s+(\d+) kB", text, re.MULTILINE)}
    return Memory(sizes["Pss"], sizes["Rss"])
