"""Random walks of one call with agents and lines outside: a worker that does as it is told, and what must always hold.

Legs are those that were dialled: they ring, answer, end when they are hung up, or by themselves. The worker's PJSIP
has so many calls and no more; one of a leg that is ending is not free yet, nor always when the leg is told as ended.
"""

import random
from typing import Any

from ivr.commands import Dial, Dismiss, HangUp
from ivr.facts import (
    CALLER,
    Answered,
    Arrived,
    DigitPressed,
    EarlyAudio,
    Heard,
    HeardSoFar,
    LegAnswered,
    LegEnded,
    LegHeld,
    LegRinging,
    LineAsked,
    LineDropAsked,
    ListeningFailed,
    MessageKept,
    MessageTaken,
    PromptEnded,
    ReferTold,
    Requested,
    SpeechStarted,
    WorkerLost,
)
from ivr.scripts import Script
from ivr.session import State as SessionState
from routing.agent import HOLDING
from routing.agent import State as AgentState
from routing.facts import AgentForgotten, ForceAsked, PhoneLost, PhoneRegistered, ReadyAsked, WrapUpDone
from telephony.control.talk import ALONE, MOST_LEGS, State
from tests.telephony.control_hall import NUMBER
from tests.telephony.lines_hall import TICKET, C, LinesHall

AGENTS = ("li", "wu", "zhou")
SUPERVISORS = (("boss", "9001"), ("chief", "9002"))
SECONDS = (*(0.05, 1) * 8, 3, 5, 16, 26, 46, 125)
CALLS = ("consult", "conference", "transfer", "refer")
REQUESTS = (*CALLS, "consult", "transfer", "hold", "resume", "complete", "return", "swap", "park", "retrieve", "pickup")
WHOM = (
    ("agent", "wu"),
    ("agent", "zhou"),
    ("skill", "notary"),
    ("number", NUMBER),
    ("number", "110"),
    ("number", "119"),
    ("", ""),
)
WORDS = ("他正在打我快来人", "我要报警", "你好", "法律援助怎么申请")


SERVED = (
    SessionState.ASKING,
    SessionState.MORE,
    SessionState.CALLING_OUT,
    SessionState.OUTSIDE,
    SessionState.TALKING,
    SessionState.RATING,
    SessionState.LEAVING,
)
"""Where nobody has a place in the queue."""


class Walk(LinesHall):
    """`legs` says of each leg whether it waits for a call of PJSIP's, is new, up, or ending.

    `lingering` counts calls whose legs were told as ended and whose far end has not answered yet.
    """

    def __init__(self, script: Script, seed: int) -> None:
        self.random = random.Random(seed)
        self.legs: dict[str, str] = {}
        self.lingering = 0
        self.trace: list[tuple[Any, float]] = []
        super().__init__(script, strict=False)

    # --- the worker

    def handle(self, fact: Any) -> list[Any]:
        orders = super().handle(fact)
        for order in orders:
            match order:
                case Dial(leg=leg):
                    assert self.legs.get(leg) != "up", f"{leg} is dialled again"
                    there = sum(how != "ending" for how in self.legs.values())
                    assert leg in self.legs or there < MOST_LEGS, f"the worker refuses {leg}: all its legs are up"
                    self.legs.setdefault(leg, "waits")
                    self.dial_waiting()
                case HangUp(leg=leg) if leg in self.legs:
                    self.legs[leg] = "ending"
                case Dismiss():
                    self.legs = dict.fromkeys(self.legs, "ending")
        return orders

    def dial_waiting(self) -> None:
        """Legs that wait are dialled as far as there are calls."""
        for leg in [leg for leg, how in self.legs.items() if how == "waits"]:
            busy = self.lingering + sum(how != "waits" for how in self.legs.values())
            if busy < MOST_LEGS:
                self.legs[leg] = "new"

    def tell(self, fact: Any, after: float = 0.1) -> None:
        """One fact; legs are as it says from then on."""
        self.trace.append((fact, after))
        if self.lingering and self.random.random() < 0.5:
            self.lingering -= 1
        match fact:
            case LegAnswered(leg=leg) if self.legs.get(leg) == "new":
                self.legs[leg] = "up"
            case LegEnded(leg=leg):
                self.lingering += self.legs.pop(leg, None) == "ending" and self.random.random() < 0.5
            case WorkerLost():
                self.legs.clear()
        self.dial_waiting()
        self.take(fact, after=after)

    @property
    def live(self) -> bool:
        return C in self.board.calls and CALLER in self.legs and self.session is not SessionState.ENDED

    # --- what happens

    def begin(self, talk: bool, line: bool, crowd: bool = False) -> None:
        for agent in AGENTS:
            if self.random.random() < 0.8:
                self.tell(ReadyAsked(agent))
        self.legs[CALLER] = "up"
        for fact in (Arrived(C, "13800001234", "12348", "t"), Answered(C), PromptEnded(C, "notice", True)):
            self.tell(fact)
        if not talk:
            return
        self.tell(DigitPressed(C, "0"))
        for leg in [leg for leg in self.legs if leg.startswith("agent:")]:
            self.tell(LegAnswered(C, leg))
        for agent in AGENTS:
            self.tell(ReadyAsked(agent))
        if crowd:
            self.crowd()
        if line:
            self.tell(self.line_asked("li"))

    def crowd(self) -> None:
        """Colleagues are called in and supervisors look on, as many as there may be; some do not pick up yet."""
        for _ in range(3):
            if self.random.random() < 0.4:
                self.tell(ForceAsked(self.random.choice(AGENTS[1:]), "paused", "boss"))
            self.tell(self.random.choice([*self.watched(), *self.called_in()]))
            for leg in [leg for leg, how in self.legs.items() if how == "new"]:
                if self.random.random() < 0.7:
                    self.tell(LegAnswered(C, leg))

    def watched(self) -> list[Requested]:
        modes = ["listen", "whisper", "barge"]
        return [Requested(C, self.random.choice(modes), by, "phone", phone) for by, phone in SUPERVISORS]

    def called_in(self) -> list[Requested]:
        return [Requested(C, "conference", "li", kind, target) for kind, target in (WHOM[0], *WHOM[2:4])]

    def line_asked(self, by: str) -> LineAsked:
        number = self.random.choice(["110", "119", "12345"])
        return LineAsked(C, "12345" if number == "12345" else "emergency", number, by, TICKET)

    def next_fact(self) -> Any:  # noqa: PLR0911 (one return a kind)
        """Something that can happen now; None where it would be of a leg and there is none."""
        pick, choose = self.random.random(), self.random.choice
        mine = self.call.agent
        by = mine if mine and self.random.random() < 0.8 else choose(AGENTS)
        if pick < 0.35:
            return self.of_a_leg()
        if pick < 0.62:
            request = choose([*REQUESTS, "drop"])
            kind, target = choose(WHOM) if request in CALLS else ("", "")
            if request == "drop":
                target = choose(self.call.control.guests or ("",))
            return Requested(C, request, by, kind, target)
        if pick < 0.74:
            return choose([self.line_asked(by), self.line_asked(by), LineDropAsked(C, by)])
        if pick < 0.83:
            return ReadyAsked(choose(AGENTS))
        if pick < 0.89:
            state = choose(["ready", "paused", "offline", "wrap-up"])
            forced = ForceAsked(mine or choose(AGENTS), state, "boss")
            return choose([forced, forced, WrapUpDone(by), PhoneLost(by), PhoneRegistered(by), AgentForgotten("zhou")])
        if pick < 0.95:
            return self.of_the_caller()
        if pick < 0.97:
            return choose(
                [ReferTold(C, CALLER, choose([200, 603]), True), LegHeld(C, f"agent:{by}", choose([True, False]))]
            )
        if pick < 0.985:
            return choose([*self.watched(), Requested(C, "leave", "boss")])
        return choose([LegEnded(C, CALLER, 200, ""), WorkerLost(C, "x"), None])

    def of_a_leg(self) -> Any:
        legs = [leg for leg in self.legs if leg != CALLER]
        if not legs:
            return None
        choose = self.random.choice
        calls = [leg for leg in legs if self.legs[leg] == "new"]
        leg = choose(calls if calls and self.random.random() < 0.7 else legs)
        match self.legs[leg]:
            case "waits":
                return None
            case "new":
                answers = [LegAnswered(C, leg)] * 4
                failed = LegEnded(C, leg, choose([486, 408, 503, 603]), "")
                return choose([*answers, LegRinging(C, leg), EarlyAudio(C, leg), failed])
            case "ending":
                over = LegEnded(C, leg, choose([200, 487]), "")
                return choose([over, over, over, LegAnswered(C, leg)])
        return choose([None, LegEnded(C, leg, choose([200, 200, 408]), "")])

    def of_the_caller(self) -> Any:
        choose = self.random.choice
        return choose(
            [
                DigitPressed(C, choose("0123456789*#")),
                PromptEnded(C, self.call.session._playing, True),
                Heard(C, choose(WORDS), 0.9, 1.0),
                HeardSoFar(C, WORDS[0]),
                SpeechStarted(C),
                MessageKept(C, "m.wav", 5.0, "ab"),
                MessageTaken(C, "GD1"),
                ListeningFailed(C, "x"),
            ]
        )

    def walk(self, steps: int) -> None:
        """Until the call is over, or `steps` facts have been told; what must hold is looked at after each."""
        for _ in range(steps):
            if not self.live:
                return
            fact = self.next_fact()
            if fact is None:
                self.wait(self.random.choice(SECONDS))
            else:
                self.tell(fact, self.random.choice(SECONDS))
            self.look()

    # --- what must hold

    def look(self) -> None:
        due = self.board.next_deadline()
        assert due is None or due >= self.now - 0.001, "a deadline in the past"
        self.look_at_agents()
        if not self.live:
            return
        self.look_at_legs()
        state, control = self.session, self.call.control
        if state is SessionState.TALKING:
            self.look_at_talk()
        else:
            assert control.state is State.IDLE
            assert self.call.agent == ""
            if state is SessionState.OUTSIDE:
                line = self.call.session.outside
                assert line is not None
                assert line.leg in self.legs, "the caller talks with a line that is not there"
            else:
                assert self.call.session.deadline is not None or self.known, f"nothing leads out of {state.name}"
        if state is SessionState.WAITING:
            assert self.known, "the caller waits and nobody knows"
        elif state in SERVED:
            assert self.known == bool(self.call.agent), f"the router has a caller who is {state.name}"

    def look_at_talk(self) -> None:
        control = self.call.control
        assert control.state is not State.IDLE
        assert control.agent == (f"agent:{self.call.agent}" if self.call.agent else "")
        assert (control.agent != "") == (control.state not in ALONE)
        if control.agent:
            assert self.board.router.agents[self.call.agent].call == C
            assert control.agent in self.legs
            return
        there = [leg for leg in control.guests if leg in self.legs]
        assert there or control.deadline is not None, "the caller is alone for ever"

    def look_at_legs(self) -> None:
        control, line = self.call.control, self.call.session.outside
        lines = {line.leg} if line is not None else set()
        for leg, how in self.legs.items():
            if how == "up" and leg != CALLER:
                assert leg in {*control.legs, *lines}, f"{leg} is up and nobody's"
        for leg in control.guests:
            assert leg in self.legs, f"{leg} is gone and still in the talk"
        there = sum(how != "ending" for how in self.legs.values())
        assert there <= MOST_LEGS, f"{there} legs"
        if line is not None and line.joined and self.session is SessionState.TALKING and line.leg in self.legs:
            ending = self.legs[line.leg] == "ending"
            assert line.leg in control.legs or ending, "a line that has answered is in the talk"

    def look_at_agents(self) -> None:
        for agent in self.board.router.agents.values():
            call = (agent.call or "").partition("/")[0]
            if agent.state in HOLDING and call not in self.board.calls:
                raise AssertionError(f"{agent.name} is {agent.state.name} on a call that is gone")
            if agent.state is AgentState.TALKING and agent.call is not None:
                assert f"agent:{agent.name}" in self.legs, f"{agent.name} is TALKING and has no leg"

    # --- the end

    def end(self) -> None:
        """Every leg ends, and time passes: the caller waits for a person, or the call has ended; then all is free."""
        for code in (200, 408):
            for leg in [leg for leg in self.legs if leg != CALLER]:
                if leg in self.legs and C in self.board.calls:
                    self.tell(LegEnded(C, leg, code, ""))
                    self.look()
            self.wait(7000)
            self.legs = {leg: how for leg, how in self.legs.items() if leg == CALLER} | {
                leg: how for leg, how in self.legs.items() if leg != CALLER and how == "new"
            }
        if self.live:
            assert self.session is SessionState.WAITING, f"the caller stands in {self.session.name}"
            assert self.known
        if C in self.board.calls:
            self.tell(WorkerLost(C, "x"))
        assert C not in self.board.calls
        router = self.board.router
        assert [agent.name for agent in router.agents.values() if agent.state in HOLDING] == []
        assert [waiting.call for waiting in router.queue] == []
        assert router.held == {}
        self.now += 20_000
        self.take(ReadyAsked("nobody"))
        assert self.board.next_deadline() is None
