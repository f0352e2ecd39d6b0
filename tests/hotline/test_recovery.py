"""A core that is killed at any fact: the next one stands where it stood, by snapshot and tail as by the whole log."""

from collections.abc import Coroutine
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session
from twisted.internet.defer import ensureDeferred
from twisted.internet.selectreactor import SelectReactor

from benchmarks.histories import Day
from config.load import load_settings
from config.settings import Settings
from hotline.configured.parts import Parts, read_files, switchboard_of
from hotline.surviving.recovery import recover
from hotline.surviving.snapshots import Snapshot, Snapshots, code_mark, keep, load, snapshot_file, standing
from ivr.commands import Command, DeskCommand
from ivr.facts import LegRinging
from ivr.scripts import Script
from records import calllog, callrecords
from records.callrecords import CallRecord
from records.engine import Database
from records.errors import DatabaseError
from records.sealing import load_sealer
from records.threads import DatabaseThreads
from records.upgrade import upgrade
from routing.agent import State
from telephony.calls.sheet import Sheet
from telephony.calls.switchboard import KeepRecord, Switchboard
from telephony.core.exchange import Exchange
from telephony.core.journal import command_entry, fact_entry, replay
from telephony.core.snapshot import freeze
from telephony.core.writing import record_of
from tests.routing.test_router_properties import whole


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Parts:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOTLINE_HOME", str(tmp_path_factory.mktemp("home")))
        read = read_files(load_settings())
    # Names of sounds are enough: nobody hears them, and to render them all takes long.
    sounds = {name: f"{name}.wav" for name in read.wording.sounds()}
    files = {name: (sounds[name],) for name in read.wording.texts if name in sounds}
    script = Script(read.tree, read.intents, files, music="music.wav", parts=sounds, needs=read.needs)
    return Parts(read.labels, script, read.times, read.waiting, read.callbacks, read.rules)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("HOTLINE_HOME", str(tmp_path))
    (tmp_path / "run").mkdir()
    settings = load_settings()
    upgrade(settings)
    return settings


class Core:
    """A day lived through until it is killed: facts and commands in the log, records and snapshots written."""

    def __init__(self, settings: Settings, parts: Parts, database: Database) -> None:
        self.board = switchboard_of(settings, parts)
        self.settings, self.database = settings, database
        self.seen: dict[str, int] = {}
        self.last: list[Command] = []

    def live(self, day: Day, facts: int, snapshot_every: int = 0, code: str = "") -> None:
        """Through `facts` facts; the commands of the last one are not in the log any more."""
        for number, (fact, at, seq, orders) in enumerate(day.facts(self.board), 1):
            upto = self.database.do(calllog.append, [fact_entry("b1", at, fact, seq)])
            if seq and (call := getattr(fact, "call", None)):
                self.seen[call] = seq
            self.last = [order for order in orders if isinstance(order, Command)]
            for order in orders:
                if isinstance(order, KeepRecord):
                    self.database.do(callrecords.save, record_of(order.sheet))
            if number == facts:
                return
            self.database.do(calllog.append, [command_entry("b1", at, order) for order in self.last])
            if snapshot_every and number % snapshot_every == 0:
                given = {call: sum(each.call == call for each in self.last) for call in {c.call for c in self.last}}
                agents = standing(self.board.router.agents.values())
                made = Snapshot("b1", code or code_mark(), upto, freeze(self.board), self.seen, given, agents)
                keep(snapshot_file(self.settings), load_sealer(self.settings), made)
        raise AssertionError(f"the day has only {number} facts")


def state_of(board: Switchboard) -> dict[str, Any]:
    """Everything a switchboard will decide by."""
    calls = {
        call: (
            {name: value for name, value in vars(each.session).items() if name not in ("script", "told")},
            vars(each.session.told),
            asdict(each.sheet),
            each.transcript,
            each.agent,
        )
        for call, each in board.calls.items()
    }
    pace = (board.pace.mean, board.pace.calls, board.pace.seen, board.pace.busy)
    return {"calls": calls, "pace": pace, "router": whole(board.router), "closure": board.doors.ordered}


@pytest.mark.parametrize("facts", [150, 331, 512])
@pytest.mark.parametrize("every", [0, 40])
def test_the_next_core_stands_where_the_last_one_stood(
    facts: int, every: int, settings: Settings, parts: Parts, database: Database
) -> None:
    core = Core(settings, parts, database)
    core.live(Day(40, agents=4, every=3.0, talk=30.0), facts, every)
    left = recover(database, settings, parts)
    assert left.boot == "b1"
    assert len(left.seen) >= 5, "calls are up"
    assert state_of(left.switchboard) == state_of(core.board)
    assert left.seen == {call: core.seen[call] for call in left.seen}
    assert list(left.unlogged) == [each for each in core.last if each.call in left.seen]
    unsent = [each for each in core.last if each.call in left.seen and not isinstance(each, DeskCommand)]
    assert [each for late in left.unsent.values() for each in late] == unsent
    assert left.entries < 2 * every + 10 if every else left.entries > facts


def test_a_snapshot_of_other_code_or_that_is_broken_is_passed_over(
    settings: Settings, parts: Parts, database: Database
) -> None:
    core = Core(settings, parts, database)
    core.live(Day(40, agents=4, every=3.0, talk=30.0), 300, 40, code="another")
    assert state_of(recover(database, settings, parts).switchboard) == state_of(core.board)
    for broken in ("", "nonsense", snapshot_file(settings).read_text()[:-9]):
        snapshot_file(settings).write_text(broken)
        assert load(settings, "b1") is None
        assert state_of(recover(database, settings, parts).switchboard) == state_of(core.board)


def test_without_a_call_a_new_run_is_told_where_the_agents_stood(
    settings: Settings, parts: Parts, database: Database
) -> None:
    """Those of a killed core by its log; those of another version, or of a log too long, by the snapshot."""
    core, day = Core(settings, parts, database), Day(3, agents=4, every=1.0, talk=10.0)
    facts = len(list(Day(3, agents=4, every=1.0, talk=10.0).facts(switchboard_of(settings, parts))))
    core.live(day, facts - 2, 20)
    before = core.board.router.agents
    assert core.board.calls == {}
    assert State.WRAP_UP in {agent.state for agent in before.values()}
    left = recover(database, settings, parts)
    assert (left.boot, left.switchboard.calls) == ("", {})
    board = switchboard_of(settings, parts)
    for stands in left.agents:
        board.handle(stands, day.now)
    after = board.router.agents
    assert {n: (a.state, a.since, a.willing) for n, a in after.items()} == {
        n: (a.state, a.since, a.willing) for n, a in before.items()
    }
    assert board.router.next_deadline() == core.board.router.next_deadline()


def test_too_long_a_log_for_agents_alone(
    settings: Settings, parts: Parts, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    core, day = Core(settings, parts, database), Day(3, agents=4, every=1.0, talk=10.0)
    facts = len(list(Day(3, agents=4, every=1.0, talk=10.0).facts(switchboard_of(settings, parts))))
    core.live(day, facts - 2, 20, code="another")
    monkeypatch.setattr("hotline.surviving.recovery.MOST_FOR_AGENTS", 10)
    left = recover(database, settings, parts)
    assert {each.agent for each in left.agents} == set(core.board.router.agents)
    snapshot_file(settings).unlink()
    assert recover(database, settings, parts).agents == ()


def test_a_fact_the_switchboard_failed_on_costs_no_call(
    settings: Settings,
    parts: Parts,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """As it did when it was told: no orders for it, and the calls go on."""
    handle, failing = Switchboard.handle, 0

    def fails_at_times(board: Switchboard, fact: Any, now: float) -> list[Any]:
        nonlocal failing
        if isinstance(fact, LegRinging):
            failing += 1
            raise KeyError("a fault of this version")
        return handle(board, fact, now)

    core = Core(settings, parts, database)
    core.live(Day(40, agents=4, every=3.0, talk=30.0), 331)
    calls = set(core.board.calls)
    monkeypatch.setattr(Switchboard, "handle", fails_at_times)
    left = recover(database, settings, parts)
    assert failing > 0
    assert set(left.switchboard.calls) == calls
    assert left.boot == "b1"
    told = [each for each in caplog.records if "failed on LegRinging" in each.getMessage()]
    assert len(told) == failing
    assert all(each.exc_info is not None for each in told)
    with pytest.raises(KeyError, match="a fault of this version"):
        replay(database.read(calllog.of_boot, "b1"), switchboard_of(settings, parts))


def test_a_record_that_was_not_written_is_written(settings: Settings, parts: Parts, database: Database) -> None:
    core = Core(settings, parts, database)
    core.live(Day(10, agents=4, every=3.0, talk=30.0), 150)
    left = recover(database, settings, parts)
    assert {sheet.call for sheet in left.sheets} >= set(left.seen)


def test_a_running_core_makes_them(
    settings: Settings, parts: Parts, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """Facts through the exchange, on a reactor: the snapshot on disk and the facts after it give the same state."""
    day, board = Day(30, agents=4, every=3.0, talk=30.0, now=4e9), switchboard_of(settings, parts)
    ghost = switchboard_of(settings, parts)
    told = [(fact, at, seq) for fact, at, seq, _ in day.facts(ghost)][:250]
    reactor: Any = SelectReactor()
    reactor.startRunning(installSignalHandlers=False)
    threads = DatabaseThreads(reactor, database)
    exchange = Exchange(reactor, board, threads, "b1", lambda _command: None)
    now = [0.0]
    exchange.now = lambda: now[0]  # type: ignore[method-assign]

    between: list[Snapshot | None] = []

    async def main() -> None:
        snapshots = Snapshots(reactor, settings, threads, exchange, every=60)
        snapshots.start({}, 0)
        for fact, at, seq in told:
            now[0] = at
            await exchange.take(fact, seq)
            if at == told[200][1]:
                between.append(load(settings, "b1"))
        await exchange.stop()
        await snapshots.stop()
        await threads.close()

    run(reactor, main())
    assert [each.getMessage() for each in caplog.records if each.levelname == "ERROR"] == []
    made = load(settings, "b1")
    assert made is not None and between[0] is not None and 0 < between[0].upto < made.upto
    left = recover(database, settings, parts)
    assert left.entries == len(made.given), "the last one is of the end"
    assert state_of(left.switchboard) == state_of(board)


def test_no_snapshot_overtakes_a_record_that_was_refused(settings: Settings, parts: Parts, database: Database) -> None:
    """The records of two calls are refused together, and lie behind the snapshot when they are tried one by one."""
    reactor: Any = SelectReactor()
    reactor.startRunning(installSignalHandlers=False)
    threads = DatabaseThreads(reactor, database)
    refusing: list[bool] = []

    def save(session: Session, record: CallRecord, before: CallRecord | None = None) -> None:
        if refusing:
            raise DatabaseError("it refuses")
        callrecords.save(session, record, before)

    exchange = Exchange(reactor, switchboard_of(settings, parts), threads, "b1", lambda _command: None, keep=save)

    async def main() -> None:
        snapshots = Snapshots(reactor, settings, threads, exchange)
        snapshots.start({}, 0)
        await exchange.take(LegRinging("gone", "agent"), 1)
        exchange.keep(Sheet(call, arrived_at=1.0) for call in "ab")
        await threads.write(lambda _session: refusing.append(True))
        exchange.keep(Sheet(call, arrived_at=1.0, answered_at=2.0) for call in "ab")
        await exchange.stop()
        await snapshots.stop()
        await threads.close()

    run(reactor, main())
    assert exchange.log_trouble
    assert load(settings, "b1") is None


def run(reactor: Any, main: Coroutine[Any, Any, None]) -> None:
    ended: list[Any] = []
    ensureDeferred(main).addBoth(ended.append)
    for _ in range(20000):
        if ended:
            break
        reactor.iterate(0.005)
    reactor.getThreadPool().stop()
    reactor.disconnectAll()
    assert ended == [None]
