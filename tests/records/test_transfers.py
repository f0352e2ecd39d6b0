"""Transfers at rest: those of a day with those that are not over, what is refused, and their lines in the trail."""

from dataclasses import replace

import pytest

from records import audit, transfers
from records.engine import Database
from records.transfer_entry import KINDS, Transfer

DAY = 86400.0
NOON = 1795291200.0
TRY = Transfer("c1.1", "c1", "12345", "out", "12345", "li", "T1", NOON)


def test_a_day_has_its_tries_and_those_that_are_not_over(database: Database) -> None:
    over = replace(TRY, outcome="busy", ended_at=NOON + 9)
    before = NOON - 60
    kept = [
        replace(over, id="yesterday.1", asked_at=before),
        replace(TRY, id="goes-on.1", asked_at=before),
        replace(TRY, id="talks.1", asked_at=before + 1, answered_at=before + 9, outcome="answered"),
        replace(TRY, id="forgotten.1", asked_at=before - DAY),
        over,
        replace(over, id="c1.2", asked_at=NOON + 30),
    ]
    database.do(transfers.save, kept)
    found = database.read(transfers.since, NOON)
    assert [each.id for each in found] == ["goes-on.1", "talks.1", "c1.1", "c1.2"]
    assert found[2:] == [kept[4], kept[5]]


@pytest.mark.parametrize(
    ("kind", "action"), list(zip(KINDS, ("transfer", "emergency", "outside"), strict=True)), ids=list(KINDS)
)
def test_each_kind_has_its_lines_in_the_trail_once(database: Database, kind: str, action: str) -> None:
    asked = replace(TRY, kind=kind)
    refused = replace(asked, outcome="refused", ended_at=NOON + 9)
    for one in (asked, asked, refused, refused):
        database.do(transfers.save, [one])
    trail = database.read(audit.trail, object="call:c1")
    assert [(each.action, each.at) for each in reversed(trail)] == [
        (f"{action}.asked", NOON),
        (f"{action}.refused", NOON + 9),
    ]


@pytest.mark.parametrize("wrong", [{"kind": "fax"}, {"outcome": "gone"}])
def test_what_nobody_knows_is_refused(database: Database, wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="no such value"):
        database.do(transfers.save, [replace(TRY, **wrong)])
