"""Forking: a child that begins with nothing of its parent's signals, terminal and input, and what ended one.

It knows how a process is made. What the child then is, it is given.
"""

import logging
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

log = logging.getLogger(__name__)

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)


def fork(begin: Callable[[], None]) -> int:
    """Fork a child that does `begin` and ends; returns its pid. Raises RuntimeError where there are threads."""
    threads = len(os.listdir("/proc/self/task"))  # noqa: PTH208
    if threads != 1:
        raise RuntimeError(f"the nursery has {threads} threads and cannot fork; a library has started them")
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    pid = os.fork()
    if pid == 0:
        _be_child(begin)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    return pid


def _be_child(begin: Callable[[], None]) -> NoReturn:
    try:
        signal.set_wakeup_fd(-1)
        for number in SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        # A call outlives the terminal and the nursery.
        os.setsid()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        with Path(os.devnull).open("rb") as nothing:
            os.dup2(nothing.fileno(), 0)
        begin()
    except BaseException:
        log.exception("worker: cannot begin")
    finally:
        os._exit(1)


def ending(status: int) -> str:
    """A wait status in words."""
    if os.WIFSIGNALED(status):
        return f"signal {signal.Signals(os.WTERMSIG(status)).name}"
    return f"exit code {os.waitstatus_to_exitcode(status)}"
