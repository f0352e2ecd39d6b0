"""A day played through the router: its facts are told, its commands are carried out, its deadlines kept. PURE.

It stands where the exchange, the phones and the people stand in a running hotline, on a clock that jumps from one
event to the next. It decides nothing that the router decides, and knows of the router only what the exchange knows.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import Protocol

from routing.commands import JoinCall, Ring, RoutingCommand
from routing.facts import (
    AgentAnswered,
    AgentKnown,
    AgentLegEnded,
    AgentRinging,
    CallGone,
    CallWaiting,
    PhoneRegistered,
    ReadyAsked,
    RoutingFact,
    WrapUpDone,
)
from routing.planning.day import Caller, Seat

BACK_AFTER = 60.0  # seconds until an agent who missed a call is ready again
CANCELLED, HUNG_UP = 487, 200  # SIP status of the agent's leg
MOST_TICKS = 1000  # at one moment; more means that a deadline comes again and again


class SimulationError(Exception):
    """The router did something that would lose a call in a running hotline."""


class Routes(Protocol):
    """What is used of routing.router.Router."""

    def handle(self, fact: RoutingFact, now: float) -> list[RoutingCommand]: ...
    def tick(self, now: float) -> list[RoutingCommand]: ...
    def next_deadline(self) -> float | None: ...


@dataclass(slots=True)
class Course:
    """What became of a call. Times in seconds on the day's clock, None while it has not happened.

    `rang_at` is the last time a phone rang for it; `free_at` when its agent had finished the wrap-up.
    """

    caller: Caller
    agent: str | None = None
    rang_at: float | None = None
    joined_at: float | None = None
    gone_at: float | None = None
    free_at: float | None = None

    @property
    def waited(self) -> float:
        """Seconds until the agent answered or the caller gave up."""
        until = self.joined_at if self.joined_at is not None else self.gone_at
        assert until is not None
        return until - self.caller.at


def play(
    router: Routes, seats: Sequence[Seat], callers: Sequence[Caller], pick_up: float = 0.0, start: float = 0.0
) -> list[Course]:
    """Play the day to the end of its last call; every caller's course in the order given.

    `router` is new and knows nobody. All seats register and are ready at `start`. An agent picks up `pick_up` seconds
    after the phone began to ring. Deterministic. Raises SimulationError.
    """
    floor = _Floor(router, callers, pick_up)
    for seat in seats:
        for fact in (AgentKnown(seat.name, seat.name, seat.skills), PhoneRegistered(seat.name), ReadyAsked(seat.name)):
            floor.tell(fact, start)
    floor.run()
    return list(floor.courses.values())


class _Floor:
    """The callers, phones and people of one day."""

    def __init__(self, router: Routes, callers: Sequence[Caller], pick_up: float) -> None:
        self.router = router
        self.pick_up = pick_up
        self.courses = {caller.call: Course(caller) for caller in callers}
        self.rings: dict[str, str] = {}  # by agent: the call their phone rings for
        self.latest: dict[str, Course] = {}  # by agent: the call they talk to or wrap up
        self.open = self.count = len(callers)
        self.due: list[tuple[float, int, Callable[[float], None]]] = [
            (caller.at, number, _then(self.arrive, self.courses[caller.call])) for number, caller in enumerate(callers)
        ]
        heapify(self.due)

    def run(self) -> None:
        """Until every call is over; a deadline comes before what people do at the same moment."""
        now, repeated = 0.0, 0
        while self.open:
            deadline = self.router.next_deadline()
            if deadline is None or (self.due and deadline > self.due[0][0]):
                if not self.due:
                    raise SimulationError(f"{self.open} calls wait and nobody will ever answer: {self.waiting()}")
                now, _, then = heappop(self.due)
                then(now)
                continue
            repeated = 0 if deadline > now else repeated + 1
            if repeated > MOST_TICKS or deadline == float("inf"):
                raise SimulationError(f"at {now:.3f} s time stands still; {self.open} calls are open: {self.waiting()}")
            now = max(now, deadline)
            self.obey(self.router.tick(now), now)

    def waiting(self) -> str:
        labels = {course.caller.label for course in self.courses.values() if course.gone_at is None}
        return ", ".join(sorted(labels)[:5])

    def tell(self, fact: RoutingFact, now: float) -> None:
        self.obey(self.router.handle(fact, now), now)

    def later(self, at: float, then: Callable[[float], None]) -> None:
        self.count += 1
        heappush(self.due, (at, self.count, then))

    def arrive(self, course: Course, now: float) -> None:
        caller = course.caller
        if caller.patience != float("inf"):
            self.later(now + caller.patience, _then(self.give_up, course))
        self.tell(CallWaiting(caller.call, caller.label, caller.priority), now)

    def give_up(self, course: Course, now: float) -> None:
        if course.joined_at is None:
            course.gone_at = now
            self.open -= 1
            self.tell(CallGone(course.caller.call), now)

    def obey(self, commands: list[RoutingCommand], now: float) -> None:
        for command in commands:
            course = self.courses[command.call]
            if isinstance(command, Ring):
                self.ring(course, command.agent, now)
            elif isinstance(command, JoinCall):
                self.join(course, command.agent, now)
            elif self.rings.get(command.agent) == command.call:  # StopRinging
                self.stop(course, command.agent, now)

    def ring(self, course: Course, agent: str, now: float) -> None:
        call = course.caller.call
        if agent in self.rings or course.joined_at is not None or course.gone_at is not None:
            raise SimulationError(f"{agent} was rung for {call}, which is over, or rings already")
        before = self.latest.get(agent)
        if before is not None and before.free_at is not None and before.free_at > now:
            before.free_at = now  # the wrap-up clock ran out first
        self.rings[agent], course.rang_at = call, now

        def while_it_rings(kind: type[AgentRinging] | type[AgentAnswered], at: float) -> None:
            if self.rings.get(agent) == call and course.rang_at == now:
                if kind is AgentAnswered:
                    del self.rings[agent]
                self.tell(kind(agent, call), at)

        self.later(now, lambda at: while_it_rings(AgentRinging, at))
        self.later(now + self.pick_up, lambda at: while_it_rings(AgentAnswered, at))

    def stop(self, course: Course, agent: str, now: float) -> None:
        del self.rings[agent]
        self.later(now, lambda at: self.tell(AgentLegEnded(agent, course.caller.call, CANCELLED), at))
        if course.gone_at is None:  # it rang too long, and the agent was paused
            self.later(now + BACK_AFTER, lambda at: self.tell(ReadyAsked(agent), at))

    def join(self, course: Course, agent: str, now: float) -> None:
        if course.joined_at is not None:
            raise SimulationError(f"{course.caller.call} was joined twice")
        course.agent, course.joined_at, self.latest[agent] = agent, now, course
        self.later(now + course.caller.talk, _then(self.part, course))

    def part(self, course: Course, now: float) -> None:
        assert course.agent is not None
        course.gone_at, course.free_at = now, now + course.caller.wrap_up
        self.open -= 1
        self.tell(CallGone(course.caller.call), now)
        self.tell(AgentLegEnded(course.agent, course.caller.call, HUNG_UP), now)
        if course.caller.wrap_up:
            self.later(course.free_at, _then(self.save, course))
        else:
            self.save(course, now)

    def save(self, course: Course, now: float) -> None:
        """The agent saves the record, unless the wrap-up clock has freed them for another call already."""
        assert course.agent is not None
        if self.latest[course.agent] is course and course.agent not in self.rings:
            self.tell(WrapUpDone(course.agent), now)


def _then(step: Callable[[Course, float], None], course: Course) -> Callable[[float], None]:
    return lambda at: step(course, at)
