"""`hotline run`: starts the hotline's processes, says when it can be called, and starts again what dies.

It knows which processes there are; when each can be said to serve is hotline.run.ready's.
"""

import os
import sys
import threading
from functools import partial
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, DeferredList, FirstError, ensureDeferred
from twisted.internet.interfaces import IReactorProcess, IReactorTime
from twisted.internet.threads import deferToThread
from twisted.python.failure import Failure
from twisted.runner.procmon import ProcessMonitor
from zope.interface import implementer

from config.settings import Settings
from hotline.commands import CommandError
from hotline.run.draining import Draining, at_signals, calls_up, stop_taking
from hotline.run.ready import check_ports, how_to_call, wait_until_serving
from hotline.run.watched import WATCHED
from telephony.edge.kept.remembered import keep_draining

PROCESSES = ("workers", "edge", "core")


@implementer(IReactorTime, IReactorProcess)
class Inheriting:
    """The reactor, whose processes write where we write.

    With pipes of their own a process would count as running until its children, the workers, have closed them.
    """

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reactor, name)

    def spawnProcess(self, *words: Any, **more: Any) -> Any:
        return self._reactor.spawnProcess(*words, childFDs={0: 0, 1: 1, 2: 2}, **more)


class Watch(ProcessMonitor):
    """Restarts processes that die. One that dies before all serve is left dead, and `failed` says so."""

    threshold = 5
    killTime = 10
    minRestartDelay = 0.1  # type: ignore[assignment]  # a core that was killed is missed at once
    maxRestartDelay = 5

    def __init__(self, reactor: Any) -> None:
        super().__init__(Inheriting(reactor))
        self.serving = False
        self.failed: Deferred[None] = Deferred()
        self._empty: Deferred[None] = Deferred()

    def end(self) -> Deferred[None]:
        """End all processes; fires when the last one is gone."""
        self.stopService()
        if not self.protocols:
            return Deferred.fromCoroutine(_nothing())
        return self._empty

    def _monitoredProcessExited(self, name: str, reason: Failure | None = None) -> None:
        if self.running and not self.serving:
            del self.protocols[name]
            if not self.failed.called:
                self.failed.errback(CommandError(f"{name} ended before it served; the lines above say why"))
            return
        super()._monitoredProcessExited(name, reason)  # type: ignore[no-untyped-call, unused-ignore]
        if not self.running and not self.protocols and not self._empty.called:
            self._empty.callback(None)


async def _nothing() -> None:
    return None


def ending(reactor: Any, settings: Settings, monitor: Watch, drain: float) -> Deferred[None]:
    """The end of `hotline run`: at once, or after the calls."""
    if not drain or not monitor.serving:
        return monitor.end()
    draining = Draining(reactor, drain, partial(stop_taking, settings), partial(calls_up, settings), tell)
    at_signals(reactor, draining.give_up)
    return ensureDeferred(draining.wait()).addBoth(lambda _up: monitor.end())


def tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


async def watch(reactor: Any, settings: Settings, file: Path | None, drain: float = 0.0) -> None:
    """Run all processes until the reactor stops. Raises CommandError when they do not come to serve.

    With `drain`, the end waits so many seconds at the most for the calls that are up; a second signal ends the wait.
    """
    check_ports(settings)
    keep_draining(settings, on=False)
    config = ["--config", str(file)] if file else []
    monitor = Watch(reactor)
    for name in PROCESSES:
        monitor.addProcess(name, [sys.executable, "-m", "hotline", name, *config], env=os.environ | {WATCHED: "1"})
    given_up = threading.Event()
    reactor.addSystemEventTrigger("before", "shutdown", given_up.set)
    reactor.addSystemEventTrigger("before", "shutdown", lambda: ending(reactor, settings, monitor, drain))
    monitor.startService()
    serving = deferToThread(wait_until_serving, settings, given_up)
    try:
        await DeferredList([serving, monitor.failed], fireOnOneCallback=True, fireOnOneErrback=True, consumeErrors=True)
    except FirstError as error:
        error.subFailure.raiseException()
    monitor.serving = True
    print(how_to_call(settings), flush=True)
    await Deferred()
