"""Callbacks between database, queue and records: none lost, none dialled twice at once."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from config.load import PACKAGED, ConfigError
from hotline.callbacks.due import plan, runs_of
from hotline.callbacks.following import load_callbacks
from ivr.facts import (
    CALLER,
    Answered,
    LegEnded,
    PromptEnded,
    WorkerLost,
)
from ivr.session import Session
from records import callbacks, callrecords
from records.callrecords import CallRecord
from routing.router import Router, Rules
from telephony.calls.switchboard import Switchboard
from tests.hotline.town import NUMBERS, RULES, SCRIPT, TRUNK, Town, site


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path / "home")
    yield made
    made.database.close()


def test_a_try_that_reaches_nobody_comes_again_later_with_the_place_kept(town: Town) -> None:
    kept = town.wish(NUMBERS[0])
    town.pass_time(30)
    town.agent("li")
    town.look()
    [call] = town.asked
    town.dial(call)
    town.write()
    assert (town.callback(kept.id).state, town.callback(kept.id).dialling) == ("OFFERED", call)
    assert town.callback(kept.id).agent == "li"
    town.tell(LegEnded(call, CALLER, 486, ""))
    town.tell(LegEnded(call, "agent:li", 200, ""))
    town.tell(WorkerLost(call, ""))
    town.write()
    again = town.callback(kept.id)
    assert (again.state, again.attempts, again.due, again.since) == ("WAITING", 1, town.now + 900, kept.since)
    town.look()
    assert town.asked == [call] and town.board.calls == {}
    town.pass_time(900)
    town.look()
    assert len(town.asked) == 2
    [waiting] = town.board.router.held.values()
    assert waiting.since == kept.since


def test_a_record_told_again_and_again_counts_once(town: Town) -> None:
    kept = town.wish(NUMBERS[0])
    town.agent("li")
    town.look()
    town.dial(town.asked[0])
    town.tell(LegEnded(town.asked[0], CALLER, 486, ""))
    records = list(town.late)
    town.write()
    for record in (*records, records[-1], replace(records[-1], recording_file="x.wav")):
        town.database.do(town.keep, record)
    assert town.callback(kept.id).attempts == 1


def test_a_record_that_comes_whole_after_a_database_was_away_counts_too(town: Town) -> None:
    """Only its last form is kept meanwhile: that the number was dialled must be read from it."""
    kept = town.wish(NUMBERS[0])
    town.agent("li")
    town.look()
    town.dial(town.asked[0])
    town.tell(LegEnded(town.asked[0], CALLER, 486, ""))
    town.late = town.late[-1:]
    town.write()
    assert (town.callback(kept.id).state, town.callback(kept.id).attempts) == ("WAITING", 1)


def test_a_fault_of_the_line_costs_no_try(town: Town) -> None:
    kept = town.wish(NUMBERS[0])
    town.agent("li")
    town.look()
    town.dial(town.asked[0])
    town.tell(LegEnded(town.asked[0], CALLER, 503, ""))
    town.write()
    again = town.callback(kept.id)
    assert (again.state, again.attempts, again.due) == ("WAITING", 0, town.now + RULES.retry_seconds)


@pytest.mark.parametrize(("outcome", "state"), [("open", "WAITING"), ("answered", "DONE")])
def test_what_a_core_that_died_was_dialling_is_settled_by_its_record(town: Town, outcome: str, state: str) -> None:
    kept = town.wish(NUMBERS[0])
    town.agent("li")
    town.look()
    [call] = town.asked
    town.dial(call)
    town.write()
    town.board = Switchboard(Router(Rules()), lambda call: Session(call, SCRIPT))
    if outcome == "answered":
        town.database.do(callrecords.save, CallRecord(call, outcome=outcome, direction="outbound", callback=kept.id))
    town.look()
    found = town.callback(kept.id)
    assert (found.state, found.dialling, found.since) == (state, "", kept.since)


def test_one_that_is_dialled_is_not_forgotten_however_long_the_talk(town: Town) -> None:
    kept = town.wish(NUMBERS[0])
    town.agent("li")
    town.look()
    town.dial(town.asked[0])
    town.tell(Answered(town.asked[0]))
    town.tell(PromptEnded(town.asked[0], "notice", True))
    town.pass_time(RULES.offer_seconds + 100)
    town.look()
    assert town.callback(kept.id).state == "OFFERED"


def test_a_cancelled_one_leaves_the_queue_and_a_changed_one_takes_its_new_place(town: Town) -> None:
    kept, other = town.wish(NUMBERS[0]), town.wish(NUMBERS[1])
    town.look()
    assert len(town.board.router.queue) == 2
    town.database.do(callbacks.save, replace(town.callback(kept.id), state="CANCELLED"))
    town.wish(NUMBERS[1], priority=7, call="c9")
    town.look()
    town.look()
    [waiting] = town.board.router.queue
    assert (waiting.call.split("-")[0], waiting.priority) == (other.id, 7)


def test_outside_the_window_the_queue_is_left(town: Town) -> None:
    town.wish(NUMBERS[0])
    town.look()
    before = runs_of(town.board)
    [withdrawn] = plan(town.settings, RULES, [], before, before, town.name)
    town.tell(withdrawn)
    assert town.board.calls == {}


def test_a_number_no_trunk_allows_is_left_to_people(town: Town) -> None:
    town.wish("057187654321")
    town.look()
    assert town.board.calls == {}


def test_who_dials_is_what_the_file_says_or_the_trunks_can(tmp_path: Path) -> None:
    without, with_trunk = site(tmp_path), site(tmp_path, TRUNK)
    rules = load_callbacks(without)
    assert (rules.dials(without), rules.dials(with_trunk)) == (False, True)
    by_hand = rules.model_copy(update={"dial": "agent"})
    assert by_hand.dials(with_trunk) is False
    text = (PACKAGED / "callbacks.yaml").read_text(encoding="utf-8").replace("# dial: auto ", "dial: auto ")
    (tmp_path / "callbacks.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="dial: 'auto': no trunk has an outbound target"):
        load_callbacks(without.model_copy(update={"folder": tmp_path}))
