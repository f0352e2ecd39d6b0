"""A row is inserted once, and who inserts is told whether it was."""

from typing import Any

from sqlalchemy.orm import Session

from records.engine import Database
from records.inserting import insert_new
from records.schema import RecordingRow


def test_who_inserts_is_told_whether_the_row_was_there(database: Database) -> None:
    row: dict[str, Any] = {"file": "f", "call": "c", "at": 1.0, "seconds": None, "sha256": None, "masked": []}

    def seconds(session: Session) -> float | None:
        return session.get_one(RecordingRow, "f").seconds

    assert database.do(insert_new, RecordingRow, {**row, "seconds": 2.0})
    assert not database.do(insert_new, RecordingRow, {**row, "seconds": 3.0})
    assert database.read(seconds) == 2.0
    assert database.do(insert_new, RecordingRow, {**row, "file": "g"})
