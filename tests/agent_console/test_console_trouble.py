"""A database that cannot be written: agents still sign in and serve; what must be audited is refused."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session


def away(session: Session, table: str) -> None:
    session.execute(text(f"ALTER TABLE {table} RENAME TO {table}_away"))


def back(session: Session, table: str) -> None:
    session.execute(text(f"ALTER TABLE {table}_away RENAME TO {table}"))


@pytest.fixture
def no_audit(console: Any) -> Iterator[None]:
    console.database.do(away, "audit_trail")
    yield
    console.database.do(back, "audit_trail")


@pytest.fixture
def no_tickets(console: Any) -> Iterator[None]:
    console.database.do(away, "tickets")
    yield
    console.database.do(back, "tickets")


@pytest.fixture(scope="module")
def record(console: Any) -> str:
    agent = console.agent()
    folder: Path = console.settings.recordings
    folder.mkdir(parents=True)
    call = console.call()
    console.join(call, agent.name)
    (folder / "a.wav").write_bytes(b"RIFF")
    console.order(fact="RecordingKept", call=call, file="a.wav", seconds=1.0, sha256="00")
    console.end(call)
    console.finish(call)
    return str(call)


def test_people_sign_in_and_out_without_the_audit_trail(console: Any, no_audit: None) -> None:
    agent = console.person("agent")
    assert agent.get("/").status_code == 200
    assert agent.post("/signout").status_code == 303


def test_nothing_of_others_is_shown_without_the_audit_trail(console: Any, record: str, no_audit: None) -> None:
    supervisor = console.person("supervisor")
    recording = f"/records/{record}/recording"
    for path in (f"/records/{record}", recording, recording):
        answer = supervisor.get(path)
        assert answer.status_code == 503, path
        assert "已保存的内容都在" in answer.text
        assert "老板" not in answer.text
    assert supervisor.post(f"/records/{record}/number").status_code == 503


def test_a_record_that_cannot_be_kept_says_so(console: Any, record: str, no_tickets: None) -> None:
    agent = console.agent()
    call = console.talked(agent.name)
    answer = agent.post(f"/calls/{call}/ticket", category="notary", title="a", content="b")
    assert answer.status_code == 503
    assert "正在填写的内容保留在原页面" in answer.json()["kept"]
    assert "tickets" not in answer.text


def test_it_goes_on_when_the_tables_are_back(console: Any, record: str) -> None:
    supervisor = console.person("supervisor")
    assert supervisor.get(f"/records/{record}").status_code == 200
    assert supervisor.get("/tickets").status_code == 200
