"""Any day of callbacks: whatever happens in between, nobody is called twice at once and none is lost."""

from itertools import count
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

from hypothesis import HealthCheck, settings, strategies
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

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
from ivr.outgoing import Stage
from records import callbacks, callrecords
from routing.facts import PauseAsked, ReadyAsked, WrapUpDone
from telephony.calls.outgoing import outgoing
from tests.hotline.town import NUMBERS, RULES, Town

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
