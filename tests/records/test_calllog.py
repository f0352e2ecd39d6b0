"""The call log keeps everything, in order, and lets nobody change it."""

import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from records import audit, calllog
from records.calllog import Entry
from records.engine import Database
from records.errors import ConstraintError

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
ENTRIES = st.builds(
    Entry,
    kind=st.sampled_from(["fact", "command"]),
    boot=st.sampled_from(["b1", "b2"]),
    at=st.floats(0, 4e9),
    call=st.none() | st.sampled_from(["c1", "c2"]),
    name=st.sampled_from(["Heard", "Play"]),
    fields=st.dictionaries(st.text(max_size=5), JSON, max_size=4),
)


numbers = itertools.count()


@given(st.lists(st.lists(ENTRIES, max_size=4), max_size=4))
@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_goes_in_comes_out_in_order(database: Database, batches: list[list[Entry]]) -> None:
    own = f"-{next(numbers)}"
    everything = []
    for batch in batches:
        entries = [replace(each, boot=each.boot + own, call=each.call and each.call + own) for each in batch]
        last = database.do(calllog.append, entries)
        assert last > 0 or not entries
        everything += entries
    for call in ("c1" + own, "c2" + own):
        kept = database.read(calllog.of_call, call)
        assert [replace(entry, seq=0) for entry in kept] == [entry for entry in everything if entry.call == call]
        assert [entry.seq for entry in kept] == sorted({entry.seq for entry in kept})
    for boot in ("b1" + own, "b2" + own):
        kept = database.read(calllog.of_boot, boot)
        assert [replace(entry, seq=0) for entry in kept] == [entry for entry in everything if entry.boot == boot]
    if everything:
        assert database.read(calllog.last_boot) == everything[-1].boot


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE call_log SET name = 'x'",
        "DELETE FROM call_log",
        "REPLACE INTO call_log (seq, boot, at, kind, name, body) VALUES (1, 'b', 0, 'fact', 'x', 'y')",
        "UPDATE audit_trail SET who = 'x'",
        "DELETE FROM audit_trail",
    ],
)
def test_nobody_changes_it(database: Database, change: str) -> None:
    def try_it(session: Session) -> None:
        session.execute(text(change))

    if change.startswith("REPLACE") and database.engine.dialect.name != "sqlite":
        pytest.skip("REPLACE is a word of SQLite")

    database.do(calllog.append, [Entry("fact", "b1", 1.0, "c1", "Arrived", {"caller": "1"})])
    database.do(audit.append, 1.0, "li", "look", "call:c1")
    with pytest.raises(ConstraintError, match=r"append-only|unique constraint"):
        database.do(try_it)
    assert database.read(calllog.of_call, "c1")[0].name == "Arrived"
    assert [entry.who for entry in database.read(audit.trail)] == ["li"]


def test_the_audit_trail_is_newest_first_and_can_be_narrowed(database: Database) -> None:
    for number, (who, thing) in enumerate([("li", "call:1"), ("wang", "call:1"), ("li", "call:2")]):
        database.do(audit.append, float(number), who, "look", thing, {"number": number})
    everything = database.read(audit.trail)
    assert [(entry.at, entry.detail) for entry in everything] == [(n, {"number": n}) for n in (2, 1, 0)]
    assert [entry.at for entry in database.read(audit.trail, who="li")] == [2, 0]
    assert [entry.at for entry in database.read(audit.trail, object="call:1")] == [1, 0]
    assert [entry.at for entry in database.read(audit.trail, 1)] == [2]


def test_fields_that_are_no_json_are_refused(database: Database) -> None:
    odd: Any = {"file": Path("x")}
    with pytest.raises(Exception, match="not JSON serializable"):
        database.do(
            calllog.append, [Entry("fact", "b", 1.0, "c1", "Arrived"), Entry("fact", "b", 1.0, "c1", "Odd", odd)]
        )
    assert database.read(calllog.of_call, "c1") == []
