"""A salvaged recording reaches its record before its tracks go: real files, a real SQLite, real threads."""

import hashlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import ensureDeferred
from twisted.internet.selectreactor import SelectReactor
from twisted.internet.task import deferLater

from config.load import PACKAGED
from config.settings import Settings
from ivr.facts import Answered, Arrived, Fact, RecordingKept, WorkerLost
from ivr.scripts import Script
from ivr.session import Session
from ivr.tree import SPOKEN, Tree
from records import callrecords, recordings
from records.audio.form import FRAME, PIECE, Piece, Seal, new_header
from records.audio.keys import load_keyring
from records.callrecords import CallRecord
from records.engine import Database
from records.threads import DatabaseThreads
from routing.router import Router, Rules
from telephony.calls.switchboard import Switchboard
from telephony.core.exchange import Exchange
from telephony.core.salvaging import Salvaging
from telephony.recordings import leftovers, parts_of


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings(home=tmp_path / "home", folder=PACKAGED)
    settings.recordings.mkdir(parents=True)
    return settings


def run(database: Database, settings: Settings, play: Callable[[Salvaging], Any], done: Callable[[], bool]) -> None:
    """Run `play(salvaging)` on a reactor of its own until `done()`."""
    reactor: Any = SelectReactor()
    reactor.startRunning(installSignalHandlers=False)
    threads = DatabaseThreads(reactor, database)

    async def main() -> None:
        play(Salvaging(reactor, settings.recordings, threads, lambda: load_keyring(settings)))
        for _ in range(500):
            if done():
                break
            await deferLater(reactor, 0.01, lambda: None)
        await threads.close()

    finish(reactor, main())


def finish(reactor: Any, work: Awaitable[None]) -> None:
    ended: list[Any] = []
    ensureDeferred(work).addBoth(ended.append)
    for _ in range(6000):
        if ended:
            break
        reactor.iterate(0.005)
    reactor.getThreadPool().stop()
    reactor.disconnectAll()
    if ended[0] is not None:
        ended[0].raiseException()


def tracks(settings: Settings, call: str) -> None:
    """What a worker leaves that died two seconds into a recording, half a second of it paused."""
    key = load_keyring(settings).newest
    header = new_header(key.id)
    seal, silence = Seal(key.master, header), bytes(FRAME * PIECE)
    blocks = [seal.piece(number, Piece(silence, (0, PIECE) if number == 1 else (0, 0))) for number in range(4)]
    parts_of(settings.recordings, f"{call}.wav").hidden.write_bytes(header.raw + b"".join(blocks) + b"cut off")


def recording(database: Database, call: str) -> tuple[Any, Any]:
    record = database.read(callrecords.get, call)
    return (record.recording_file, record.recording_seconds) if record else (None, None)


def test_a_lost_workers_tracks_become_the_records_recording(settings: Settings, database: Database) -> None:
    database.do(callrecords.save, CallRecord("c1", caller="1", outcome="answered"))
    tracks(settings, "c1")
    folder = settings.recordings
    run(database, settings, lambda salvaging: salvaging.worker_lost("c1"), lambda: not list(leftovers(folder)))
    assert recording(database, "c1") == ("c1.rec", 2.0)
    assert [each.name for each in folder.iterdir()] == ["c1.rec"]
    kept = database.read(recordings.of_call, "c1")[0]
    assert (kept.partial, kept.masked, kept.seconds) == (True, ((0.5, 1.0),), 2.0)
    assert kept.sha256 == hashlib.sha256((folder / "c1.rec").read_bytes()).hexdigest()


def test_a_lost_workers_message_is_a_recording_but_not_its_calls(settings: Settings, database: Database) -> None:
    database.do(callrecords.save, CallRecord("c1", caller="1", outcome="voicemail"))
    tracks(settings, "c1")
    tracks(settings, "c1.message")
    folder = settings.recordings
    run(database, settings, lambda salvaging: salvaging.worker_lost("c1"), lambda: not list(leftovers(folder)))
    assert recording(database, "c1") == ("c1.rec", 2.0)
    assert {each.file for each in database.read(recordings.of_call, "c1")} == {"c1.rec", "c1.message.rec"}


def test_a_worker_without_a_recording_changes_nothing(settings: Settings, database: Database) -> None:
    turns = iter(range(50))
    run(database, settings, lambda salvaging: salvaging.worker_lost("c1"), lambda: next(turns) == 49)
    assert database.read(callrecords.get, "c1") is None


def test_the_start_salvages_what_is_left_but_of_calls_that_are_up(settings: Settings, database: Database) -> None:
    for call in ("c1", "c2", "c3"):
        tracks(settings, call)
    folder = settings.recordings
    run(database, settings, lambda salvaging: salvaging.start({"c2"}), lambda: list(leftovers(folder)) == ["c2.rec"])
    assert recording(database, "c1") == ("c1.rec", 2.0)
    assert recording(database, "c2") == (None, None)
    assert recording(database, "c3") == ("c3.rec", 2.0)


def test_tracks_stay_while_the_database_is_away(
    settings: Settings, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    tracks(settings, "c1")
    database.close()
    settings.home.joinpath("hotline.db").unlink()
    settings.home.joinpath("hotline.db").mkdir()
    folder = settings.recordings
    run(database, settings, lambda salvaging: salvaging.worker_lost("c1"), lambda: "not salvaged" in caplog.text)
    assert "not salvaged" in caplog.text
    assert list(leftovers(folder)) == ["c1.rec"]


def test_a_recording_told_late_is_noted(settings: Settings, database: Database) -> None:
    fact = RecordingKept("c1", "c1.rec", 3.5, "ab")
    run(
        database,
        settings,
        lambda salvaging: salvaging.told_late(fact),
        lambda: recording(database, "c1") == ("c1.rec", 3.5),
    )
    assert recording(database, "c1") == ("c1.rec", 3.5)


class Asked:
    """What the exchange asks of a salvage."""

    def __init__(self) -> None:
        self.of: list[str] = []

    def worker_lost(self, call: str) -> None:
        self.of.append(f"lost {call}")

    def told_late(self, fact: RecordingKept) -> None:
        self.of.append(f"late {fact.call}")


def asked(database: Database, *facts: Fact) -> list[str]:
    """What an exchange that takes `facts` asks of a salvage."""
    reactor: Any = SelectReactor()
    reactor.startRunning(installSignalHandlers=False)
    threads = DatabaseThreads(reactor, database)
    words = dict.fromkeys(SPOKEN, "话") | {"confirm": "{label}"}
    tree = Tree.model_validate({"keys": {"0": {"label": "agent"}}, "prompts": words})
    script = Script(tree, None, prompts={"notice": ("notice.wav",)})  # type: ignore[arg-type]
    switchboard = Switchboard(Router(Rules()), lambda call: Session(call, script), strict=True)
    salvage = Asked()
    exchange = Exchange(reactor, switchboard, threads, "b1", lambda _command: None, salvage)

    async def main() -> None:
        for fact in facts:
            await exchange.take(fact)
        exchange.stop()
        await threads.close()

    finish(reactor, main())
    return salvage.of


def test_only_a_worker_that_told_of_no_recording_leaves_one_to_salvage(database: Database) -> None:
    begin = (Arrived("c1", "1", "12348", "local"), Answered("c1"))
    kept = RecordingKept("c1", "c1.rec", 3.5, "ab")
    lost = WorkerLost("c1", "")
    assert asked(database, *begin, lost) == ["lost c1"]
    assert asked(database, *begin, kept, lost) == []
    assert asked(database, *begin, lost, lost) == ["lost c1"]
    assert asked(database, *begin, lost, kept) == ["lost c1", "late c1"]
