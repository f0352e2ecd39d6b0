"""Snapshots of the running core: when one is made, where it lies, and whether a core that starts may use it.

A snapshot bounds how much of the call log a start goes through; it is never needed, and one that cannot be read or
was made by other code counts as none. What is in it is telephony.core.snapshot's business.
"""

import base64
import hashlib
import json
import logging
import os
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThreadPool

from config.settings import Settings
from records.calllog import Entry
from records.sealing import Sealer, SealError, load_sealer
from records.threads import DatabaseThreads
from routing.agent import HOLDING, Agent
from routing.facts import AgentStands
from telephony.core.exchange import Exchange
from telephony.core.journal import frozen
from telephony.core.sides import Facts
from telephony.core.snapshot import SnapshotError, freeze

log = logging.getLogger(__name__)

FORM = 1
EVERY = 5000  # entries of the log between two snapshots
SOURCES = ("ivr", "routing", "telephony", "knowledge")


@dataclass(frozen=True)
class Snapshot:
    """The state after all facts of the run `boot` up to the place `upto` of the log, made by the code `code`.

    `seen` is the number of the last fact of each call at its worker; `given` counts the commands that the last of
    those facts led to, by call: they come after `upto` in the log. `agents` is readable by any version.
    """

    boot: str
    code: str
    upto: int
    state: bytes = b""
    seen: Mapping[str, int] = field(default_factory=dict)
    given: Mapping[str, int] = field(default_factory=dict)
    agents: tuple[AgentStands, ...] = ()


class Snapshots:
    """Implements telephony.core.exchange.Keeping. Makes one when `every` entries were written since the last."""

    def __init__(
        self, reactor: Any, settings: Settings, threads: DatabaseThreads, exchange: Exchange, every: int = EVERY
    ) -> None:
        self._reactor = reactor
        self._file, self._sealer = snapshot_file(settings), load_sealer(settings)
        self._threads = threads
        self._exchange = exchange
        self._every = every
        self._entries = 0
        self._seen: dict[str, int] = {}
        self._busy: Deferred[None] | None = None
        self._last: tuple[int, list[Entry], Deferred[int]] | None = None  # what `taken` told since the last one

    def start(self, seen: Mapping[str, int], gone_through: int) -> None:
        """`seen` is what is known of the calls that are up; `gone_through` entries lay behind the last snapshot."""
        self._seen, self._entries = dict(seen), gone_through
        self._exchange.snapshots = self

    def taken(self, upto: int, facts: Facts, commands: list[Entry], written: "Deferred[int]") -> None:
        """See telephony.core.exchange.Keeping."""
        for fact, seq in facts:
            call = getattr(fact, "call", None)
            if seq and isinstance(call, str):
                self._seen[call] = max(seq, self._seen.get(call, 0))
        self._entries += len(facts) + len(commands)
        self._last = upto, commands, written
        if self._entries >= self._every and self._busy is None:
            self._make(*self._last)

    async def stop(self) -> None:
        """Make a last one of an exchange that was stopped; returns once it is on disk."""
        self._exchange.snapshots = None
        if self._busy is not None:
            await self._busy
        if self._last is not None:
            self._make(*self._last)
        if self._busy is not None:
            await self._busy

    def _make(self, upto: int, commands: list[Entry], written: "Deferred[int]") -> None:
        board = self._exchange.switchboard
        self._seen = {call: seq for call, seq in self._seen.items() if call in board.calls}
        given = Counter(entry.call for entry in commands if entry.call is not None)
        try:
            state = freeze(board)
        except SnapshotError as error:
            log.error("snapshot: not made: %s", error)
            self._entries = 0
            return
        agents = standing(board.router.agents.values())
        made = Snapshot(self._exchange.boot, code_mark(), upto, state, dict(self._seen), dict(given), agents)
        self._busy, self._last, self._entries = Deferred(), None, 0
        logged: Deferred[Any] = Deferred()
        written.addCallback(_pass_on, logged)
        logged.addCallback(lambda place: self._behind_records(made) if place else None)
        logged.addErrback(lambda failure: log.error("snapshot: not written: %s", failure.value))
        logged.addBoth(self._done)

    def _behind_records(self, made: Snapshot) -> "Deferred[None]":
        """Write it when every record that was to be written before is written, not at all where one was refused."""
        self._exchange.flush()
        return self._threads.write(_nothing).addCallback(lambda _none: self._write(made))

    def _write(self, made: Snapshot) -> "Deferred[None] | None":
        if self._exchange.log_trouble or self._exchange.records_lacking:
            return None
        job = partial(keep, self._file, self._sealer, made)
        done: Deferred[None] = deferToThreadPool(self._reactor, self._reactor.getThreadPool(), job)
        return done

    def _done(self, _result: object) -> None:
        busy, self._busy = self._busy, None
        if busy is not None:
            busy.callback(None)


def _pass_on(place: int, to: "Deferred[Any]") -> int:
    to.callback(place)
    return place


def _nothing(_session: Session) -> None:
    """Takes its turn on the writer's thread."""


def standing(agents: Any) -> tuple[AgentStands, ...]:
    """What a next run is told of the agents. Who holds a call that is up is none of it: then the run goes on."""
    return tuple(stands(agent) for agent in agents if not agent.leaving)


def stands(agent: Agent) -> AgentStands:
    state = agent.state
    if state in HOLDING:
        state = agent.rests_in
    return AgentStands(
        agent.name,
        agent.sip_user,
        tuple(sorted(agent.skills.items())),
        state.name,
        agent.since,
        agent.idle_since,
        agent.phone,
        agent.willing,
        agent.reason,
        agent.load,
    )


def snapshot_file(settings: Settings) -> Path:
    return settings.home / "run" / "snapshot"


def keep(file: Path, sealer: Sealer, made: Snapshot) -> None:
    """Write it in place of the one before. Raises OSError."""
    fields = asdict(made) | {"form": FORM, "state": base64.b64encode(made.state).decode()}
    sealed = sealer.seal(json.dumps(fields, ensure_ascii=False))
    new = file.with_name(f"{file.name}.new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.write(sealed)
        out.flush()
        os.fsync(out.fileno())
    new.replace(file)


def load(settings: Settings, boot: str) -> Snapshot | None:
    """The snapshot of the run `boot`; None where there is none or it cannot be read, which is logged."""
    file = snapshot_file(settings)
    try:
        fields = json.loads(load_sealer(settings).open(file.read_text()))
        if fields.pop("form") != FORM or fields["boot"] != boot:
            return None
        agents = tuple(
            AgentStands(**{name: frozen(value) for name, value in each.items()}) for each in fields["agents"]
        )
        return Snapshot(**fields | {"state": base64.b64decode(fields["state"]), "agents": agents})
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, SealError) as error:
        log.warning("%s: cannot be used and is passed over: %s", file, type(error).__name__)
        return None


@cache
def code_mark() -> str:
    """A mark of the code whose objects lie in snapshots: another mark, another code."""
    mark = hashlib.sha256(sys.version.encode())
    root = Path(__file__).parents[2]
    for package in SOURCES:
        for file in sorted((root / package).rglob("*.py")):
            mark.update(str(file.relative_to(root)).encode() + file.read_bytes())
    return mark.hexdigest()[:16]
