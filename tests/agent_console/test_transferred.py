"""What counts as what among transfers, emergencies and messages: tables, no database, no clock."""

from dataclasses import replace
from typing import Any

import pytest

from agent_console.dangers import BECAME, Danger, became, emergencies, unanswered, unseen
from agent_console.due import Message, count, in_order
from agent_console.transferred import STANDS, Tally, day_start, out, running, tallies, tally
from records.transfer_entry import Transfer

MIDNIGHT = 1795276800.0  # 2026-11-22 00:00 in Beijing
HOUR = 3600.0
TRY = Transfer("c1.1", "c1", "12345", "out", "12345", "li", "T1", MIDNIGHT + 60)


def tried(outcome: str, rang: float | None = None, **more: Any) -> Transfer:
    answered = None if rang is None else TRY.asked_at + rang
    over = None if outcome in ("open", "answered") else TRY.asked_at + 30
    return replace(TRY, outcome=outcome, answered_at=answered, ended_at=over, **more)


@pytest.mark.parametrize(
    ("now", "start"),
    [
        (MIDNIGHT, MIDNIGHT),
        (MIDNIGHT + 0.5, MIDNIGHT),
        (MIDNIGHT + 24 * HOUR - 1, MIDNIGHT),
        (MIDNIGHT + 24 * HOUR, MIDNIGHT + 24 * HOUR),
        (MIDNIGHT - 1, MIDNIGHT - 24 * HOUR),
    ],
)
def test_a_day_begins_at_midnight_in_beijing(now: float, start: float) -> None:
    assert day_start(now) == start


@pytest.mark.parametrize(
    ("transfers", "expected", "came_back"),
    [
        ([], Tally(), 0),
        ([tried("open")], Tally(1, open=1), 0),
        ([tried("answered", 12)], Tally(1, answered=1, median=12, longest=12), 0),
        ([tried("answered", 4), tried("answered", 30), tried("answered", 8)], Tally(3, 3, median=8, longest=30), 0),
        ([tried("answered", 4), tried("answered", 8)], Tally(2, 2, median=6, longest=8), 0),
        ([tried("answered", 0), tried("answered", 9)], Tally(2, 2, median=9, longest=9), 0),
        ([tried("answered", 0)], Tally(1, 1), 0),
        ([tried("busy"), tried("busy"), tried("no_answer")], Tally(3, busy=2, no_answer=1), 3),
        ([tried("refused"), tried("failed"), tried("cancelled")], Tally(3, refused=1, failed=1, cancelled=1), 2),
    ],
)
def test_tries_are_counted_by_what_became_of_them(transfers: list[Transfer], expected: Tally, came_back: int) -> None:
    assert (tally(transfers), tally(transfers).came_back) == (expected, came_back)


def test_ways_are_told_apart_and_yesterday_does_not_count() -> None:
    found = [
        tried("busy"),
        tried("answered", 5, kind="number"),
        tried("answered", 7, direction="in"),
        tried("answered", 3, kind="emergency", number="110"),
        tried("answered", 99, asked_at=MIDNIGHT - 1),
    ]
    assert {way: each.tries for way, each in tallies(found, MIDNIGHT).items()} == {
        "12345": 1,
        "number": 1,
        "from_12345": 1,
    }
    assert out(found, MIDNIGHT) == Tally(2, answered=1, busy=1, median=5, longest=5)


@pytest.mark.parametrize(
    ("transfer", "agent", "stands", "since", "who"),
    [
        (tried("open"), "wu", "ringing_with", 60, "wu"),
        (tried("open"), "", "ringing_alone", 60, "li"),
        (tried("open"), None, "ringing", 60, "li"),
        (tried("answered", 9), "wu", "joined_with", 69, "wu"),
        (tried("answered", 9), "", "joined", 69, "li"),
        (tried("answered", 9), None, "joined", 69, "li"),
        (tried("open", direction="in", by=""), "", "waiting", 60, ""),
        (tried("answered", 9, direction="in", by=""), "wu", "taken", 69, "wu"),
    ],
)
def test_how_one_under_way_stands(transfer: Transfer, agent: str | None, stands: str, since: float, who: str) -> None:
    calls = None if agent is None else {"c1": {"agent": agent}}
    [found] = running([transfer], calls)
    assert (found.stands, found.since - MIDNIGHT, found.agent) == (stands, since, who)
    assert stands in STANDS


def test_what_is_over_is_not_under_way() -> None:
    up = {"c1": {"agent": "li"}}
    over = [tried("busy"), tried("cancelled"), replace(tried("answered", 9), ended_at=MIDNIGHT + 90)]
    assert running(over, up) == []
    assert running([tried("open", call="c2")], up) == [], "its call is over: a power cut left the row"
    later = tried("open", asked_at=MIDNIGHT + 70, id="c1.2")
    assert [each.transfer.id for each in running([later, tried("open")], up)] == ["c1.1", "c1.2"], "the longest first"
    assert running([tried("open", asked_at=MIDNIGHT - 5)], up) != [], "one from before midnight goes on"


DANGER = Danger("c1", "emergency.police", MIDNIGHT + 60)


@pytest.mark.parametrize(
    ("outcomes", "joined", "ended", "expected"),
    [
        ([], None, None, "waiting"),
        ([], None, 9.0, "unanswered"),
        ([], 5.0, None, "with_agent"),
        ([], 5.0, 9.0, "with_agent"),
        (["open"], None, None, "calling"),
        (["open"], 5.0, None, "calling"),
        (["answered"], None, None, "bridged"),
        (["busy", "answered"], 5.0, 9.0, "bridged"),
        (["busy"], None, None, "waiting"),
        (["busy"], 5.0, None, "with_agent"),
        (["no_answer", "refused"], None, 9.0, "unanswered"),
        (["cancelled"], None, 9.0, "unanswered"),
    ],
)
def test_what_became_of_an_emergency(
    outcomes: list[str], joined: float | None, ended: float | None, expected: str
) -> None:
    assert became(replace(DANGER, joined_at=joined, ended_at=ended), outcomes) == expected
    assert expected in BECAME


def test_emergencies_the_newest_first_with_their_lines_and_looks() -> None:
    later = Danger("c2", "crisis", MIDNIGHT + 90, joined_at=MIDNIGHT + 95)
    lines = [tried("busy", kind="emergency", number="110"), tried("answered", 5, kind="emergency", number="120"), TRY]
    found = emergencies([DANGER, later], lines, {"c1": [("wang", 5.0), ("zhao", 6.0), ("wang", 9.0)]})
    assert [each.danger.call for each in found] == ["c2", "c1"]
    assert found[1].lines == (("110", "busy"), ("120", "answered"))
    assert (found[1].became, found[1].seen) == ("bridged", (("wang", 5.0), ("zhao", 6.0)))
    assert (found[0].became, found[0].seen) == ("with_agent", ())
    assert (unseen(found), unanswered(found)) == (1, 0)
    assert unanswered(emergencies([DANGER], [], {})) == 1


MESSAGE = Message("T1", "c1", "138****1234", "agent", MIDNIGHT, MIDNIGHT + 24 * HOUR)


@pytest.mark.parametrize(
    ("hours", "colour"), [(0, ""), (19.99, ""), (20, "amber"), (23.99, "amber"), (24, "red"), (240, "red")]
)
def test_the_clock_of_a_message(hours: float, colour: str) -> None:
    assert MESSAGE.colour(MIDNIGHT + hours * HOUR) == colour


def test_messages_are_counted_and_the_earliest_promise_comes_first() -> None:
    late, soon = replace(MESSAGE, number="T2", due_at=MIDNIGHT), replace(MESSAGE, number="T3", due_at=MIDNIGHT + HOUR)
    now = MIDNIGHT + 0.9 * HOUR
    assert count([MESSAGE, late, soon], now) == (3, 1, 1)
    assert count([], now) == (0, 0, 0)
    assert [each.number for each in in_order([MESSAGE, soon, late])] == ["T2", "T3", "T1"]
