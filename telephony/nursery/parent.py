"""The warm parent: it has everything imported and the speech model loaded, and forks workers from itself.

It keeps a few workers idle, tells edges of them, replaces the dead and adopts those of a nursery before it. It has
one thread and no Twisted, since a fork copies one thread only; it knows nothing of calls. The socket is
telephony.nursery.peers', the fork itself telephony.nursery.forking's.
"""

import contextlib
import gc
import importlib
import logging
import os
import secrets
import signal
import time
from collections import deque
from itertools import count
from typing import Any

from config.settings import Settings
from telephony.link.wire import LinkError, Message, socket_path
from telephony.nursery.forking import ending, fork
from telephony.nursery.peers import Peer, Peers
from telephony.nursery.pool import Entry, Pool, State
from telephony.worker.place import Speech, load_keeping, load_speech, place, slots

log = logging.getLogger(__name__)

FAREWELL = 3.0
"""Seconds idle workers are given to end."""

STALE = 10.0
"""Seconds after which nobody waits for a worker any more (ivr.outgoing.WORKER_SECONDS)."""


class Nursery:
    """`speech` makes recognisers, or is None for the reason `no_speech`."""

    def __init__(self, settings: Settings, speech: Speech | None, no_speech: str) -> None:
        self._settings = settings
        self._speech = speech
        self._no_speech = no_speech
        self._pool = Pool(settings.workers.warm, min(settings.workers.most, slots(settings)), settings.workers.calls)
        self._numbers = count(1)
        self._asked: deque[tuple[Peer, str, float]] = deque()  # calls that begin here and wait for a worker
        self._ending = False
        self._peers = Peers(socket_path(settings, "nursery"), self._take, self._lost, self._reap)

    def run(self) -> None:
        """Until SIGTERM or SIGINT; then idle workers end and busy ones are left to their calls."""
        signal.set_wakeup_fd(self._peers.signaller, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        gc.collect()
        gc.freeze()
        while not self._ending:
            now = time.monotonic()
            for _ in range(self._pool.wanted(now)):
                self._fork()
            self._peers.serve(self._pool.pause_left(now) or 60.0)
        self._say_farewell()

    # Forking

    def _fork(self) -> None:
        slot = self._pool.free_slot()
        if slot is None:
            return
        worker = self._new_name()
        self._pool.forked(worker, fork(lambda: self._be_worker(worker, slot)), slot)

    def _be_worker(self, worker: str, slot: int) -> None:
        """In the child: nothing of the parent's sockets stays. Never returns."""
        self._peers.leave()

        from telephony.worker import main  # noqa: PLC0415 - see run(): not before its libraries are held to one thread

        main.run(lambda name: place(self._settings, name, slot, self._speech, self._no_speech), worker)

    def _new_name(self) -> str:
        return f"w{next(self._numbers)}-{secrets.token_hex(3)}"

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            entry = self._pool.of_pid(pid)
            if entry is not None:
                if status:
                    log.warning("worker %s: ended with %s", entry.worker, ending(status))
                self._gone(entry)

    def _gone(self, entry: Entry) -> None:
        self._pool.gone(entry.worker, time.monotonic())
        if entry.sip_port:
            self._tell_edges({"worker": entry.worker, "sip_port": entry.sip_port, "state": "gone"})

    # What peers say

    def _take(self, peer: Peer, message: Message) -> None:
        if not peer.who:
            peer.who = str(message.get("hello", ""))
            if peer.who == "worker" and message.get("served") is True:
                self._served(peer, str(message.get("worker")))
            elif peer.who == "worker":
                self._hello(peer, message)
            elif peer.who == "edge":
                workers = [described(entry) for entry in self._pool if entry.sip_port]
                self._peers.send(peer, {"workers": workers})
            elif peer.who != "core":
                raise LinkError("hello: must be worker, edge or core")
        elif peer.who == "worker" and message.get("state") == "busy":
            entry = self._pool.busy(peer.worker, time.monotonic())
            if entry is not None:
                self._tell_edges(described(entry))
        elif peer.who == "edge" and "retire" in message:
            self._retire(str(message["retire"]), hung=message.get("hung") is True)
        elif peer.who == "core" and isinstance(message.get("take"), str):
            self._take_worker(peer, message["take"])

    def _take_worker(self, peer: Peer, call: str) -> None:
        """A worker for a call without an INVITE: one that is forked for it, never one that an edge may hand out.

        Where no more may be forked, one that has served and is kept beyond the warm ones makes room.
        """
        if self._pool.full:
            spare = self._pool.spare()
            if spare is None:
                self._peers.send(peer, {"refused": call, "reason": "no more workers than workers.most"})
                return
            # Busy, not gone: nobody hands it out any more, and a caller it was given a moment ago is served first.
            self._tell_edges(described(self._pool.busy(spare.worker, time.monotonic()) or spare))
            os.kill(spare.pid, signal.SIGTERM)
        self._asked.append((peer, call, time.monotonic()))
        self._pool.asked = len(self._asked)

    def _next_asked(self, now: float) -> str | None:
        """The call that waits longest for a worker, of those somebody still waits for."""
        call = None
        while self._asked and call is None:
            _, waiting, since = self._asked.popleft()
            call = waiting if now < since + STALE else None
        self._pool.asked = len(self._asked)
        return call

    def _retire(self, worker: str, hung: bool) -> None:
        """An edge got no answer from an idle worker, or it would be busy: it is stuck, or its port is.

        One that is busy is ended only when it is `hung`: it has left a BYE unanswered for longer than any call's end.
        """
        entry = self._pool.get(worker)
        if entry is not None and (hung or entry.state is not State.BUSY):
            log.warning("worker %s: does not answer and is ended", worker)
            with contextlib.suppress(ProcessLookupError):
                os.kill(entry.pid, signal.SIGKILL)

    def _hello(self, peer: Peer, message: Message) -> None:
        kinds = {"worker": str, "pid": int, "sip_port": int, "slot": int}
        for field, kind in kinds.items():
            if type(message.get(field)) is not kind:
                raise LinkError(f"{field}: must be {kind.__name__}")
        try:
            state = State(message.get("state", ""))
        except ValueError:
            raise LinkError("state: must be idle or busy") from None
        peer.worker = message["worker"]
        known = self._pool.get(peer.worker)
        newborn = known is not None and known.state is State.STARTING and state is State.IDLE
        entry = self._pool.reported(peer.worker, message["pid"], message["slot"], message["sip_port"], state)
        if self._pool.surplus(peer.worker):
            # Told to end before any edge hears of it.
            os.kill(message["pid"], signal.SIGTERM)
        elif entry is not None:
            call = self._next_asked(time.monotonic()) if newborn else None
            if call is not None:  # no edge has heard of it: nobody else can have given it a call
                entry = self._pool.busy(peer.worker, time.monotonic()) or entry
            self._tell_edges(described(entry))
            if call is not None:
                self._peers.send(peer, {"serve": call})

    def _served(self, peer: Peer, worker: str) -> None:
        """A process is done with its call as `worker`: it serves another under another name, or ends."""
        name = self._new_name()
        before = self._pool.get(worker)
        again = None if self._ending else self._pool.again(worker, name)
        if before is not None and again is not None:
            self._tell_edges(described(before) | {"state": "gone"})
        self._peers.send(peer, {"again": name if again is not None else None})

    def _lost(self, peer: Peer) -> None:
        self._asked = deque(asked for asked in self._asked if asked[0] is not peer)
        self._pool.asked = len(self._asked)
        entry = self._pool.get(peer.worker)
        # A child is gone when it is reaped; one that was adopted has only its socket.
        if entry is not None and not entry.child:
            self._gone(entry)

    def _tell_edges(self, message: Message) -> None:
        self._peers.tell("edge", message)

    # The end

    def _end(self, *_: Any) -> None:
        self._ending = True

    def _say_farewell(self) -> None:
        for entry in self._pool:
            if entry.state is not State.BUSY:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(entry.pid, signal.SIGTERM)
        until = time.monotonic() + FAREWELL
        while time.monotonic() < until and any(entry.state is not State.BUSY for entry in self._pool):
            self._peers.serve(0.1)
        self._peers.close()


def described(entry: Entry) -> Message:
    """As edges are told of it; with the pid they see whether it lives while no nursery names it."""
    return {"worker": entry.worker, "pid": entry.pid, "sip_port": entry.sip_port, "state": str(entry.state)}


def run(settings: Settings) -> None:
    """Be the nursery until SIGTERM or SIGINT. Raises LinkError when the socket cannot be had."""
    if not logging.getLogger().handlers:
        logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    # Numerical libraries start threads when they are imported, and a process with threads cannot be forked.
    for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(variable, "1")

    importlib.import_module("telephony.worker.main")
    speech, no_speech = load_speech(settings)
    if speech is None:
        log.warning("speech is off: %s", no_speech)
    if reason := load_keeping(settings).no_key:  # each worker loads it anew; once here, its libraries are shared
        log.error("nothing will be recorded: %s", reason)
    Nursery(settings, speech, no_speech).run()
