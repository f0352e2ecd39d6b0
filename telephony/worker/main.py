"""The worker process, from its fork to its end: one call after another, each under a name of its own.

A process that has served a call takes another where nothing of the last one is left in it: its memory is its own by
then, and neither a fork nor its caller has to wait for pages to be copied. What cannot be shown to be as it was before
ends. What a call is served with is telephony.worker.serving's.
"""

import gc
import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from telephony.link.turns import take_short_turns
from telephony.worker.accounts import Accounts
from telephony.worker.engine import Engine
from telephony.worker.place import Place
from telephony.worker.serving import ToldToEnd, Worker
from telephony.worker.uplink import ask

log = logging.getLogger(__name__)

LINGER = 0.4
"""Seconds after a call in which PJSIP may still tell of its players: until then they are not freed."""

TICKS = 0.1
"""Seconds the bridge is given to let go of what has been freed; it needs one tick."""


@dataclass(frozen=True)
class Things:
    """What a call could leave behind."""

    descriptors: int
    threads: int
    calls: int
    ports: int
    """Of the bridge."""


def serve(place_of: Callable[[str], Place], worker: str) -> None:
    """Serve calls until there is no other one to serve; the first as `worker`, the others as the nursery names them."""
    place = place_of(worker)
    engine = Engine(place.ports, "12348")
    accounts = Accounts(engine, place.security)
    told_to_end = ToldToEnd()

    def end(*_: object) -> None:
        told_to_end.told = True

    signal.set_wakeup_fd(engine.wake_descriptor, warn_on_full_buffer=False)
    signal.signal(signal.SIGTERM, end)
    before = things(engine)
    serving = Worker(place, engine, accounts, told_to_end)
    serving.rehearse()
    while serving.run() and not told_to_end:
        accounts.taken_by = None
        wait(engine, LINGER)
        del serving
        gc.collect()  # here: a native object collected on another thread would abort the process
        wait(engine, TICKS)
        engine.rest()
        if (left := things(engine)) != before:
            log.warning("worker %s: ends after its call, which has left something: %s, before %s", worker, left, before)
            return
        answer = ask(place.nursery, {"hello": "worker", "worker": worker, "served": True})
        if told_to_end or not isinstance(answer.get("again"), str):
            return
        worker = answer["again"]
        place = place_of(worker)
        serving = Worker(place, engine, accounts, told_to_end)


def wait(engine: Engine, seconds: float) -> None:
    """Let PJSIP do what it has to do, for so long."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        engine.poll(max(1, int(left * 1000)))


def things(engine: Engine) -> Things:
    """What there is of each kind now."""
    descriptors = sum(1 for _ in Path("/proc/self/fd").iterdir())
    return Things(descriptors, threading.active_count(), engine.calls, engine.ports_used)


def run(place_of: Callable[[str], Place], worker: str) -> None:
    """Be a worker; never returns. Call in a process of its own. `place_of` says what each name is given."""
    code = 1
    try:
        os.umask(0o077)
        # A cycle with a native object in it, collected on another thread, would abort the process.
        gc.disable()
        take_short_turns()
        serve(place_of, worker)
        code = 0
    except BaseException:
        log.exception("worker: failed")
    finally:
        # libDestroy would block for a second, and objects left alive would abort.
        os._exit(code)
