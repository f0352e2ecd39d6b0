"""A closure outlives the core: the next run is told it first, unless it was lifted or its time is over."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from twisted.internet.defer import Deferred, succeed

from agent_console.bridge import RefusedError
from config.load import load_settings
from config.settings import Settings
from hotline.configured.hours import load_times
from hotline.desk.closing import closure_of, messages, named, take_over
from ivr.closure import ClosureLifted, ClosureSet
from ivr.hours import Hours
from records import calllog
from records.engine import Database
from routing.facts import ReadyAsked
from telephony.core.journal import fact_entry

UNTIL_LIFTED = ClosureSet("failure", "to_12345", 100.0, None, "wang")
TIMED = ClosureSet("disaster", "person", 100.0, 500.0, "wang")


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("HOTLINE_HOME", str(tmp_path))
    return load_settings()


@pytest.fixture
def hours(settings: Settings) -> Hours:
    return load_times(settings).opening.hours


def taken_over(database: Database, now: float) -> list[Any]:
    """What a core that starts at `now` is told."""
    told: list[Any] = []

    def take(fact: Any) -> Deferred[None]:
        told.append(fact)
        return succeed(None)

    async def read(fn: Any, *arguments: Any) -> Any:
        return database.read(fn, *arguments)

    exchange, threads = SimpleNamespace(take=take, now=lambda: now), SimpleNamespace(read=read)
    done: list[Any] = []
    Deferred.fromCoroutine(take_over(exchange, threads)).addBoth(done.append)  # type: ignore[arg-type]
    assert done == [None]
    return told


def log(database: Database, boot: str, *facts: Any) -> None:
    database.do(calllog.append, [fact_entry(boot, 100.0, fact) for fact in facts])


def test_the_next_run_goes_on_with_it(database: Database) -> None:
    assert taken_over(database, 200.0) == []
    log(database, "b1", ReadyAsked("li"), UNTIL_LIFTED, ReadyAsked("li"))
    assert taken_over(database, 200.0) == [UNTIL_LIFTED]
    log(database, "b2", UNTIL_LIFTED, ReadyAsked("li"))
    assert taken_over(database, 1e9) == [UNTIL_LIFTED]


def test_not_with_one_that_was_lifted_or_is_over(database: Database) -> None:
    log(database, "b1", TIMED)
    assert taken_over(database, 499.0) == [TIMED]
    assert taken_over(database, 500.0) == []
    log(database, "b2", UNTIL_LIFTED, ClosureLifted("li"))
    assert taken_over(database, 200.0) == []


def test_orders_that_cannot_be_done_name_the_field(hours: Hours) -> None:
    order = closure_of(hours, "failure", 300.0, "wang", 200.0)
    assert order == ClosureSet("failure", "to_12345", 200.0, 300.0, "wang")
    for code, until, field in (("rain", None, "code"), ("failure", 200.0, "until"), ("failure", 1e9, "until")):
        with pytest.raises(RefusedError) as refused:
            closure_of(hours, code, until, "wang", 200.0)
        assert refused.value.field == field


def test_what_is_shown_of_it(hours: Hours) -> None:
    assert {each["code"] for each in messages(hours)} == set(hours.closing)
    shown = named({"code": "failure"}, hours)
    assert shown is not None
    assert shown["name"] == hours.closing["failure"].name
    gone = named({"code": "gone"}, hours)
    assert gone == {"code": "gone", "name": "gone", "message": ""}
    assert named(None, hours) is None
