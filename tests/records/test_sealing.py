"""What lies on the disk tells nothing, and keys can be changed."""

import stat
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from config.settings import Settings
from records import accounts, audit, calllog, callrecords
from records.callrecords import CallRecord
from records.engine import Database, open_database
from records.sealing import Sealer, SealError, key_file, load_sealer

SEALER = Sealer([Fernet.generate_key()])


@given(st.text(alphabet=st.characters()))
def test_sealed_text_opens_again(text: str) -> None:
    assert SEALER.open(SEALER.seal(text)) == text


def test_nothing_personal_lies_open_on_the_disk(database: Database, settings: Settings) -> None:
    database.do(callrecords.save, CallRecord("c1", caller="13812341234", transcript="老板欠我工资", agent="li"))
    database.do(callrecords.complete, "c1", "li", "law.labour", "欠薪事项", "先去劳动仲裁", 1.0)
    database.do(calllog.append, [calllog.Entry("fact", "b", 1.0, "c1", "Heard", {"text": "老板欠我工资"})])
    database.do(audit.append, 1.0, "li", "look", "call:c1", {"number": "13812341234"})
    database.do(accounts.add_user, "li", "agent", {"*": 3}, "correct horse", "12348")
    credentials = database.read(accounts.credentials, "1001")
    assert credentials is not None
    secrets = [
        "13812341234",
        "老板欠我工资",
        "欠薪事项",
        "先去劳动仲裁",
        "correct horse",
        credentials.ha1_md5,
        credentials.ha1_sha256,
    ]
    for file in settings.home.glob("hotline.db*"):
        lies = file.read_bytes()
        assert not [secret for secret in secrets if secret.encode() in lies], file
        assert b"c1" in lies or file.suffix != ".db-wal"


def test_files_are_the_owners(database: Database, settings: Settings, sqlite_only: None) -> None:
    for file in (key_file(settings), settings.home / "hotline.db"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(key_file(settings).parent.stat().st_mode) == 0o700


def test_a_new_key_reads_what_the_old_one_wrote(database: Database, settings: Settings) -> None:
    database.do(callrecords.save, CallRecord("c1", caller="13812341234"))
    database.close()
    file = key_file(settings)
    old = file.read_bytes()
    file.write_bytes(Fernet.generate_key() + b"\n" + old)
    again = open_database(settings)
    again.do(callrecords.save, CallRecord("c2", caller="13812341234"))
    assert {record.call for record in again.read(callrecords.latest, caller="13812341234")} == {"c1", "c2"}
    again.close()


@pytest.mark.parametrize("content", [b"", b"\n\n", b"too short\n", b"\xff\xfe"])
def test_a_broken_key_file_is_named(settings: Settings, content: bytes) -> None:
    file = key_file(settings)
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    with pytest.raises(SealError, match=r"records\.key: this is no key.*backup"):
        load_sealer(settings)
    assert file.read_bytes() == content


def test_an_unreadable_key_file_is_named(settings: Settings) -> None:
    key_file(settings).mkdir(parents=True)
    with pytest.raises(SealError, match="cannot be read"):
        load_sealer(settings)


def test_a_value_sealed_elsewhere_does_not_open(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(SealError, match="does not open"):
        load_sealer(settings).open(SEALER.seal("x"))
    with pytest.raises(SealError, match="does not open"):
        SEALER.open("垃圾")


def test_fingerprints_are_equal_for_equals_only() -> None:
    assert SEALER.fingerprint("13812341234") == SEALER.fingerprint("13812341234")
    assert SEALER.fingerprint("13812341234") != SEALER.fingerprint("13812341235")
    assert SEALER.fingerprint("1") != Sealer([Fernet.generate_key()]).fingerprint("1")
