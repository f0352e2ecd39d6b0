"""Messages as tickets: opened once, with their clock; found again after a core that died; made whole after a worker."""

from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from config.settings import Settings
from hotline.services import messages
from ivr.commands import OpenMessage
from ivr.lines.voicemail import VoicemailSettings
from ivr.load_lines import load_voicemail
from records import audit, calllog, callrecords, recordings
from records.calllog import Entry
from records.callrecords import CallRecord
from records.engine import Database
from tickets.ticket import get_ticket, list_tickets

NOW = 1795228200.0
CALLER = "13800001234"
ASKED = OpenMessage("c1", CALLER, "law.family", "我想离婚 请回电话", "c1.message.wav", 9.4, "ab")


@pytest.fixture
def voicemail(settings: Settings) -> VoicemailSettings:
    return load_voicemail(settings, "9")


def test_a_message_is_one_ticket_with_a_clock(database: Database, voicemail: VoicemailSettings, tmp_path: Path) -> None:
    first = database.do(messages.take, ASKED, voicemail, tmp_path, NOW)
    again = database.do(messages.take, ASKED, voicemail, tmp_path, NOW + 5)
    assert first == again and first.number
    detail = database.read(get_ticket, first.number)
    assert detail is not None
    ticket = detail.ticket
    assert (ticket.title, ticket.category, ticket.recording) == ("语音留言", "law.family", "c1.message.wav")
    assert (ticket.contact_number, ticket.due_at) == (CALLER, NOW + 24 * 3600)
    assert ticket.content == "我想离婚 请回电话\n留言时长9秒。"
    assert [entry.action for entry in database.read(audit.trail)] == ["message.open"]
    [noted] = database.read(recordings.of_call, "c1")
    assert (noted.file, noted.seconds, noted.sha256) == ("c1.message.wav", 9.4, "ab")


def test_an_unknown_label_and_a_withheld_number_do_not_lose_it(
    database: Database, voicemail: VoicemailSettings, tmp_path: Path
) -> None:
    request = OpenMessage("c1", "anonymous", "gone.label", "", "c1.message.wav", 3.0, "ab")
    taken = database.do(messages.take, request, voicemail, tmp_path, NOW)
    [ticket] = database.read(list_tickets)
    assert (taken.number, ticket.category, ticket.contact_number) == (ticket.number, "agent", None)
    assert ticket.content.startswith(messages.NO_WORDS)


def test_the_message_of_a_worker_that_died_is_named(
    database: Database, voicemail: VoicemailSettings, tmp_path: Path
) -> None:
    (tmp_path / ".c1.message.rec.part").write_bytes(
        b"sealed"
    )  # telephony.core.salvaging closes it and gives it its name
    database.do(messages.take, OpenMessage("c1", CALLER, "agent", "", "", 0.0, ""), voicemail, tmp_path, NOW)
    [ticket] = database.read(list_tickets)
    assert ticket.recording == "c1.message.rec"


def test_a_message_without_its_sound_says_so(database: Database, voicemail: VoicemailSettings, tmp_path: Path) -> None:
    database.do(messages.take, OpenMessage("c1", CALLER, "agent", "请回电话", "", 0.0, ""), voicemail, tmp_path, NOW)
    [ticket] = database.read(list_tickets)
    assert (ticket.recording, messages.NO_SOUND in ticket.content) == (None, True)


def test_what_a_core_left_behind_is_found(database: Database, voicemail: VoicemailSettings, tmp_path: Path) -> None:
    def log(session: Session) -> None:
        for call in ("c1", "c2", "c3"):
            fields = {"file": f"{call}.message.wav", "seconds": 5.0, "sha256": "ab"}
            calllog.append(session, [Entry("fact", "b", NOW, call, "MessageKept", fields)])
        callrecords.save(session, CallRecord("c1", CALLER, label="notary", transcript="公证"))

    database.do(log)
    for call in ("c1", "c2"):  # the caller of c3 took theirs back: its file is gone
        (tmp_path / f"{call}.message.wav").write_bytes(b"x")
    database.do(
        messages.take, OpenMessage("c2", "", "agent", "", "c2.message.wav", 5.0, "ab"), voicemail, tmp_path, NOW
    )
    left = database.read(messages.left_behind, voicemail, tmp_path, NOW + 60)
    assert left == [OpenMessage("c1", CALLER, "notary", "公证", "c1.message.wav", 5.0, "ab")]
    assert database.read(messages.left_behind, voicemail, tmp_path, NOW + 8 * 86400) == []
