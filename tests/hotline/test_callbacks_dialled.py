"""Callbacks between database, queue and records: none lost, none dialled twice at once, whatever happens in between."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import count
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any

import pytest
from hypothesis import HealthCheck, settings, strategies
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from config.load import PACKAGED, ConfigError
from config.settings import Settings
from hotline.callbacks.due import look, plan, runs_of
from hotline.callbacks.following import keeping, load_callbacks, wish
from ivr.commands import Dial, Originate
from ivr.facts import (
    CALLER,
    Answered,
    Arrived,
    DigitPressed,
    LegAnswered,
    LegEnded,
    LegRinging,
    NoWorker,
    Originated,
    PromptEnded,
    WorkerLost,
)
from ivr.outgoing import Outgoing, Stage
from ivr.scripts import Script
from ivr.session import Session
from ivr.tree import SPOKEN, Tree
from records import callbacks, callrecords
from records.callback_entry import Callback
from records.callrecords import CallRecord
from records.engine import Database, open_database
from records.upgrade import upgrade
from routing.callbacks import CallbackRules, standing
from routing.estimate import Abandons
from routing.facts import AgentKnown, PauseAsked, PhoneRegistered, ReadyAsked, WrapUpDone
from routing.router import Router, Rules
from telephony.calls.outgoing import Begins, outgoing
from telephony.calls.switchboard import KeepRecord, Switchboard, Ticked
from telephony.core.exchange import record_of

ZONE = timezone(timedelta(hours=8))
NOON = datetime(2026, 11, 23, 12, tzinfo=ZONE).timestamp()
TRUNK = {
    "name": "carrier",
    "addresses": ["10.0.0.1/32"],
    "outbound": {"host": "10.0.0.1", "allow": ["1[3-9]xxxxxxxxx"], "caller_id": "02012348"},
}
RULES = CallbackRules.model_validate(
    {"windows": {"every": "00:00-24:00"}, "gaps_seconds": [900, 3600], "retry_seconds": 60, "keep_seconds": 86400}
)
WORDS = dict.fromkeys(SPOKEN, "话") | {"confirm": "{label}"}
TREE = Tree.model_validate({"keys": {"0": {"label": "agent"}}, "prompts": WORDS, "rating": False})
SCRIPT = Script(TREE, None, {})  # type: ignore[arg-type]
NUMBERS = ("13800000001", "13800000002", "13800000003")


def site(home: Path, *trunks: dict[str, Any]) -> Settings:
    return Settings.model_validate({"home": home, "folder": PACKAGED, "trunks": trunks})


def names(_day: Any) -> tuple[str, ...]:
    return ("every",)


class Town:
    """A switchboard, and a database that keeps its records as the core does; `now` moves by hand."""

    def __init__(self, home: Path) -> None:
        self.settings = site(home, TRUNK)
        upgrade(self.settings)
        self.database: Database = open_database(self.settings)
        begins = Begins(lambda due: Outgoing(due, SCRIPT, 40.0))
        self.board = Switchboard(Router(Rules()), lambda call: Session(call, SCRIPT), strict=True, begins=begins)
        self.keep = keeping(RULES, Abandons(), TREE.priority)
        self.now = NOON
        self.names = count(1)
        self.asked: list[str] = []  # calls that wait for a worker
        self.ringing: set[str] = set()  # calls in which a resident is dialled or talks
        self.dials: list[str] = []
        self.late: list[CallRecord] = []  # records the database has not been given yet

    def tell(self, fact: Any) -> None:
        for order in self.board.handle(fact, self.now):
            match order:
                case KeepRecord():
                    self.late.append(record_of(order.sheet))
                case Originate():
                    self.asked.append(order.call)
                case Dial() if order.leg == CALLER:
                    self.dials.append(order.call)
                    self.ringing.add(order.call)
        if isinstance(fact, LegEnded) and fact.leg == CALLER:
            self.ringing.discard(fact.call)
        if isinstance(fact, WorkerLost):
            self.ringing.discard(fact.call)

    def pass_time(self, seconds: float) -> None:
        until = self.now + seconds
        while (due := self.board.next_deadline()) is not None and due <= until:
            self.now = max(due, self.now)
            self.tell(Ticked())
        self.now = until

    def write(self) -> None:
        """The writer thread comes to the records it was given."""
        late, self.late = self.late, []
        for record in late:
            self.database.do(self.keep, record)

    def look(self) -> None:
        """As hotline.callbacks.dialling looks: behind every record given before."""
        before = runs_of(self.board)
        self.write()
        there = self.database.do(look, RULES, before.calls, self.now)
        local = datetime.fromtimestamp(self.now, UTC).astimezone(ZONE)
        wanted = standing(RULES, there, (self.now, local), names)
        for fact in plan(self.settings, RULES, wanted, before, runs_of(self.board), self.name):
            self.tell(fact)

    def name(self, callback: Callback) -> str:
        return f"{callback.id}-{next(self.names)}"

    def wish(self, number: str, **more: Any) -> Callback:
        wanted = Callback("", number, "missed", self.now, self.now, self.now, **more)
        return self.database.do(wish, RULES, wanted)

    def callback(self, id: str) -> Callback:
        found = self.database.read(callbacks.get, id)
        assert found is not None
        return found

    def agent(self, name: str) -> None:
        for fact in (AgentKnown(name, name, (("*", 3),)), PhoneRegistered(name), ReadyAsked(name)):
            self.tell(fact)

    def dial(self, call: str) -> None:
        """The worker comes, the agent answers, the resident's number is dialled."""
        self.tell(Originated(call))
        agent = self.board.router.floor.by_call[call].name
        self.tell(LegAnswered(call, f"agent:{agent}"))


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


CODES = strategies.sampled_from([486, 487, 408, 503, 603, 200])
WHICH = strategies.integers(0, 5)


class AnyDay(RuleBasedStateMachine):
    """Wishes, calls in, tries that go any way, records that come late, looks at any moment, cores that die."""

    @initialize()
    def begin(self) -> None:
        self.town = Town(Path(mkdtemp(prefix="hl-days-")))
        self.ids: set[str] = set()
        self.calls = count(1)
        self.died = False
        for name in ("li", "wu"):
            self.town.agent(name)

    def teardown(self) -> None:
        if hasattr(self, "town"):
            self.town.database.close()
            rmtree(self.town.settings.home, ignore_errors=True)

    def outgoing(self, *stages: Stage) -> list[str]:
        found = []
        for call, each in self.town.board.calls.items():
            session = outgoing(each)
            if session is not None and session.stage in stages:
                found.append(call)
        return found

    def one(self, which: int, calls: list[str]) -> str | None:
        return calls[which % len(calls)] if calls else None

    @rule(number=strategies.sampled_from(NUMBERS), preferred=strategies.sampled_from(["", "li", "nobody"]))
    def wished(self, number: str, preferred: str) -> None:
        self.ids.add(self.town.wish(number, preferred=preferred).id)

    @rule(number=strategies.sampled_from(NUMBERS))
    def calls_in(self, number: str) -> None:
        call = f"c{next(self.calls)}"
        for fact in (Arrived(call, number, "12348", "local"), Answered(call), DigitPressed(call, "0")):
            self.town.tell(fact)
        self.town.tell(PromptEnded(call, "notice", True))

    @rule(which=WHICH)
    def hangs_up(self, which: int) -> None:
        calls = [call for call, each in self.town.board.calls.items() if outgoing(each) is None]
        call = self.one(which, calls)
        if call is not None:
            self.town.tell(LegEnded(call, CALLER, 200, ""))
            self.end(call)

    @rule()
    def looks(self) -> None:
        self.town.look()

    @rule()
    def writes(self) -> None:
        self.town.write()

    @rule(seconds=strategies.sampled_from([1.0, 30.0, 1000.0, 4000.0]))
    def time_passes(self, seconds: float) -> None:
        self.town.pass_time(seconds)

    @rule(which=WHICH, comes=strategies.booleans())
    def worker(self, which: int, comes: bool) -> None:
        call = self.one(which, self.outgoing(Stage.STARTING))
        if call is not None:
            self.town.tell(Originated(call) if comes else NoWorker(call, "none"))

    @rule(which=WHICH, code=strategies.sampled_from([0, 0, 0, 486]))
    def agent_picks_up(self, which: int, code: int) -> None:
        call = self.one(which, self.outgoing(Stage.AGENT))
        holder = self.town.board.router.floor.by_call.get(call or "")
        if call is not None and holder is not None:
            leg = f"agent:{holder.name}"
            self.town.tell(LegEnded(call, leg, code, "") if code else LegAnswered(call, leg))

    @rule(which=WHICH, code=strategies.sampled_from([200, 408]))
    def agent_hangs_up(self, which: int, code: int) -> None:
        calls = [call for call, each in self.town.board.calls.items() if each.agent]
        call = self.one(which, calls)
        if call is not None:
            self.town.tell(LegEnded(call, f"agent:{self.town.board.calls[call].agent}", code, ""))

    @rule(which=WHICH)
    def resident_answers(self, which: int) -> None:
        call = self.one(which, self.outgoing(Stage.DIALLING))
        if call is not None:
            self.town.tell(LegRinging(call, CALLER))
            self.town.tell(Answered(call))

    @rule(which=WHICH)
    def notice_over(self, which: int) -> None:
        call = self.one(which, self.outgoing(Stage.NOTICE))
        if call is not None:
            self.town.tell(PromptEnded(call, "notice", True))

    @rule(which=WHICH, code=CODES)
    def resident_ends(self, which: int, code: int) -> None:
        call = self.one(which, sorted(self.town.ringing))
        if call is not None:
            self.town.tell(LegEnded(call, CALLER, code, ""))
            self.end(call)

    @rule(which=WHICH)
    def worker_dies(self, which: int) -> None:
        stages = (Stage.AGENT, Stage.DIALLING, Stage.CANCELLING, Stage.NOTICE, Stage.TALKED, Stage.OVER)
        call = self.one(which, self.outgoing(*stages))
        if call is not None:
            self.town.tell(WorkerLost(call, "通话进程中断"))

    @rule(name=strategies.sampled_from(["li", "wu"]), ready=strategies.booleans())
    def agent_says(self, name: str, ready: bool) -> None:
        self.town.tell(WrapUpDone(name))
        self.town.tell(ReadyAsked(name) if ready else PauseAsked(name, "小休"))

    def end(self, call: str) -> None:
        """Every leg of a dismissed call ends, and its worker goes."""
        conversation = self.town.board.calls.get(call)
        if conversation is not None and conversation.agent:
            self.town.tell(LegEnded(call, f"agent:{conversation.agent}", 200, ""))
        self.town.tell(WorkerLost(call, ""))

    @invariant()
    @precondition(lambda self: hasattr(self, "town"))
    def nobody_is_called_twice_at_once(self) -> None:
        live = [self.town.board.calls[call] for call in self.town.ringing if call in self.town.board.calls]
        numbers = [each.sheet.caller for each in live if each.sheet.ended_at is None]
        assert len(numbers) == len(set(numbers)), "a resident was called twice at once"
        under_way = [each.sheet.callback for each in self.town.board.calls.values() if each.sheet.callback]
        assert len(under_way) == len(set(under_way)), "a callback stands there twice"

    @invariant()
    @precondition(lambda self: hasattr(self, "town"))
    def no_try_comes_before_it_is_due(self) -> None:
        assert len(self.town.dials) == len(set(self.town.dials))
        for each in self.town.database.read(callbacks.latest, 1000):
            tries = [call for call in self.town.dials if call.startswith(f"{each.id}-")]
            assert each.attempts <= len(tries), "a try was counted that was none"
            assert each.attempts <= len(RULES.gaps_seconds) + 1

    @invariant()
    @precondition(lambda self: hasattr(self, "town"))
    def nobody_who_was_talked_to_is_called_again(self) -> None:
        for each in self.town.database.read(callrecords.latest, 1000):
            if each.direction == "outbound" and each.outcome == "answered" and each.callback:
                assert self.town.callback(each.callback).state not in ("WAITING", "OFFERED")

    @rule()
    def all_open_ones_come_again(self) -> None:
        """Whatever happened: each callback is open, or closed for a reason; the open ones come to the queue again."""
        town = self.town
        for call in list(town.board.calls):
            town.tell(WorkerLost(call, "over"))
        town.pass_time(5000)
        town.look()
        town.look()
        stands = {each.sheet.callback for each in town.board.calls.values()}
        for id in self.ids:
            found = town.callback(id)
            closed = found.state in ("DONE", "GIVEN_UP", "CANCELLED")
            late = not (found.due <= town.now < found.until)
            assert closed or late or id in stands, (found.state, found.due - town.now)


TestAnyDay = AnyDay.TestCase
TestAnyDay.settings = settings(
    max_examples=20, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
