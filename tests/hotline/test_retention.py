"""What goes when: by kind and age, never what is held or complained about; the file goes with its mark, or stays."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import ensureDeferred
from twisted.internet.selectreactor import SelectReactor

from config.load import PACKAGED
from config.settings import KeepDays, Settings
from hotline.retention import DAY, Retention, judged, kind_of, look, next_run, purge
from records import callrecords, recordings
from records.audit import trail
from records.callrecords import CallRecord
from records.engine import Database
from records.recordings import Recording, RecordingRefusedError
from records.threads import DatabaseThreads
from records.upgrade import upgrade
from tickets.numbers import BEIJING
from tickets.writing import Draft, open_ticket

KEEP = KeepDays(talk=365, unanswered=90, voicemail=365, complaint=1095)
NOW = 1_800_000_000.0


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    settings = Settings(home=tmp_path, folder=PACKAGED)
    settings.recordings.mkdir()
    upgrade(settings)
    return settings


@pytest.fixture
def settings(home: Settings) -> Settings:
    return home


def keep(database: Database, home: Settings, call: str, days: float, outcome: str, now: float = NOW) -> Path:
    file = home.recordings / f"{call}.rec"
    file.write_bytes(b"sealed")
    database.do(callrecords.save, CallRecord(call, outcome=outcome))
    database.do(recordings.keep, Recording(file.name, call, now - days * DAY, 1.0, "ab" * 32))
    return file


@given(st.floats(0, 2000), st.sampled_from(["answered", "abandoned_queue", "failed"]), st.booleans())
def test_age_and_kind_decide_and_a_hold_stops_it(days: float, outcome: str, held: bool) -> None:
    recording = Recording("c.rec", "c", NOW - days * DAY, 1.0, "ab", held_at=NOW if held else None)
    verdict = judged(recording, outcome, [], KEEP, NOW)
    most = 365 if outcome == "answered" else 90
    assert bool(verdict.why) == (not held and NOW - recording.at >= most * DAY)


def test_kinds_by_what_is_known() -> None:
    assert kind_of("20260101-1.rec", "answered", []) == "talk"
    assert kind_of("20260101-1.rec", "abandoned_ivr", []) == "unanswered"
    assert kind_of("20260101-1.message.rec", "abandoned_queue", []) == "voicemail"


def test_zero_days_keep_for_ever(database: Database, home: Settings) -> None:
    keep(database, home, "c1", 5000, "answered")
    assert database.read(look, KeepDays(talk=0, unanswered=0, voicemail=0, complaint=0), NOW, "") == ([], "")
    verdicts, _ = database.read(look, KeepDays(talk=0), NOW, "")
    assert [each.why for each in verdicts] == [""]


def test_an_open_complaint_keeps_it_whatever_its_age(database: Database, home: Settings) -> None:
    keep(database, home, "c1", 5000, "answered")
    draft = Draft(category="complaint", title="投诉", content="投诉律师", accepted_by="li", call="c1")
    database.do(open_ticket, draft, NOW - 4999 * DAY)
    verdicts, _ = database.read(look, KEEP, NOW, "")
    assert [(each.kind, each.why) for each in verdicts] == [("complaint", "")]


def test_the_file_goes_with_its_mark_and_a_held_one_stays(database: Database, home: Settings) -> None:
    file, other = keep(database, home, "c1", 400, "answered"), keep(database, home, "c2", 400, "answered")
    keep(database, home, "c3", 100, "answered")
    verdicts, last = database.read(look, KEEP, NOW, "")
    assert [each.file for each in verdicts if each.why] == ["c1.rec", "c2.rec"]
    assert database.read(look, KEEP, NOW, last) == ([], "")
    database.do(recordings.hold, "c2", "chen", "法院调取", NOW)
    assert database.do(purge, home.recordings, verdicts[0], "cli:test", NOW)
    assert not database.do(purge, home.recordings, verdicts[1], "cli:test", NOW), "held since it was judged"
    assert not database.do(purge, home.recordings, verdicts[0], "cli:test", NOW), "gone already"
    assert not file.exists() and other.exists()
    found = database.read(recordings.of_call, "c1")[0]
    assert found.purged_at == NOW and not found.there
    assert [each.action for each in database.read(trail, object="call:c1")] == ["recording.purge"]
    assert [each.file for each in database.read(recordings.listed, held=True)] == ["c2.rec"]
    with pytest.raises(RecordingRefusedError, match="没有可保全的录音"):
        database.do(recordings.hold, "c1", "chen", "太晚", NOW)
    database.do(recordings.release, "c2", "chen", NOW)
    assert database.do(purge, home.recordings, verdicts[1], "cli:test", NOW)


def test_what_cannot_be_removed_is_not_marked(database: Database, home: Settings) -> None:
    keep(database, home, "c1", 400, "answered").unlink()
    (home.recordings / "c1.rec").mkdir()
    verdicts, _ = database.read(look, KEEP, NOW, "")
    with pytest.raises(OSError, match="directory"):
        database.do(purge, home.recordings, verdicts[0], "cli:test", NOW)
    assert database.read(recordings.of_call, "c1")[0].there


def test_a_purged_recording_is_not_brought_back_by_what_comes_late(database: Database, home: Settings) -> None:
    keep(database, home, "c1", 400, "answered")
    database.do(purge, home.recordings, database.read(look, KEEP, NOW, "")[0][0], "cli:test", NOW)
    database.do(recordings.keep, Recording("c1.rec", "c1", NOW, 2.0, "cd" * 32))
    assert not database.read(recordings.of_call, "c1")[0].there


@pytest.mark.parametrize(
    ("now", "at", "run"),
    [
        ("2026-03-01T03:29:59", "03:30", "2026-03-01T03:30:00"),
        ("2026-03-01T03:30:00", "03:30", "2026-03-02T03:30:00"),
        ("2026-02-28T23:59:00", "00:00", "2026-03-01T00:00:00"),
    ],
)
def test_the_next_night(now: str, at: str, run: str) -> None:
    moments = [datetime.fromisoformat(each).replace(tzinfo=BEIJING).timestamp() for each in (now, run)]
    assert next_run(moments[0], at) == moments[1]


def test_a_night_purges_every_batch_and_goes_on_after_a_fault(
    database: Database, home: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("hotline.retention.BATCH", 2)
    reactor: Any = SelectReactor()
    reactor.startRunning(installSignalHandlers=False)
    now = float(reactor.seconds())
    files = [keep(database, home, f"c{number}", 400, "answered", now) for number in range(5)]
    files[2].unlink()
    files[2].mkdir()
    threads = DatabaseThreads(reactor, database)
    gone: list[Any] = []

    async def main() -> None:
        gone.append(await Retention(reactor, home, threads).run())
        await threads.close()

    ended: list[Any] = []
    ensureDeferred(main()).addBoth(ended.append)
    for _ in range(6000):
        if ended:
            break
        reactor.iterate(0.005)
    reactor.getThreadPool().stop()
    reactor.disconnectAll()
    assert (ended, gone) == ([None], [4])
    assert [file.exists() for file in files] == [False, False, True, False, False]
    assert "c2.rec cannot be removed" in caplog.text
