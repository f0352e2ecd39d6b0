"""A callback's way from the queue to the talk, as a table; from then on it is a call as any other. PURE.

It decides when a worker, the agent and the resident are called, and what a try that fails was. It must not know how
callbacks are kept nor when one is due (routing.callbacks), nor what a worker is.
"""

from collections.abc import Callable
from enum import Enum
from typing import Any

from ivr.commands import (
    Command,
    DialResident,
    Dismiss,
    Enqueue,
    HangUp,
    Originate,
    PutThrough,
    RingAgent,
    StartRecording,
)
from ivr.facts import (
    CALLER,
    AgentFound,
    AgentGone,
    Answered,
    CallbackDue,
    CallbackWithdrawn,
    Connected,
    Fact,
    LegEnded,
    LegRinging,
    NoWorker,
    Originated,
    Parted,
    PromptEnded,
    WorkerLost,
)
from ivr.scripts import Script
from ivr.session import HARMLESS, Session, State, UnexpectedFactError

GREETING = "callback.greeting"
WORKER_SECONDS = 10.0  # for a worker to come
HELD_SECONDS = 20.0  # a worker waits for the next agent when one did not pick up
CANCEL_SECONDS = 40.0  # longer than 64*T1, RFC 3261 §17.1.1.2: a leg that is hung up has ended by then

AGENT_HUNG_UP = "坐席挂断"
AGENT_LOST = "坐席话机中断"
NO_AGENT = "无坐席接起"
NO_WORKER = "没有空闲的通话进程"


class Stage(Enum):
    """Where a callback stands before the talk. The value is what people read."""

    QUEUED = "回拨排队"
    STARTING = "回拨准备"  # an agent is reserved, a worker was asked for
    AGENT = "回拨呼叫坐席"  # there is a worker; the agent's phone rings, or the next agent is waited for
    DIALLING = "回拨呼出"  # the agent waits on the line, the resident's phone rings
    CANCELLING = "回拨取消"  # the resident's leg was hung up and has not ended yet
    NOTICE = "回拨告知"  # the resident hears who calls and that the call is recorded
    TALKED = "通话"  # as any call: ivr.session has it
    OVER = "结束"


class Outgoing(Session):
    """The dialogue of one try of a callback. `ring_seconds` is how long the resident's phone rings.

    `worker` says whether the call has had a worker; `ending` is who ended a try that failed, and why ("" where the
    resident's leg tells it).
    """

    def __init__(self, due: CallbackDue, script: Script, ring_seconds: float) -> None:
        super().__init__(due.call, script)
        self.due = due
        self.stage = Stage.QUEUED
        self.worker = False
        self.sought = False  # an agent is reserved, or their phone rings
        self.agent_waits = False  # an agent is on the line
        self.ending = ("system", "")
        self.ring_seconds = ring_seconds

    @property
    def dialled(self) -> bool:
        """Whether the resident's number is being called, or was, and nobody has talked yet."""
        return self.stage in (Stage.DIALLING, Stage.CANCELLING, Stage.NOTICE)

    @property
    def waits_for_agent(self) -> bool:
        """Whether an agent who picks up now is to wait for the resident, instead of being joined."""
        return self.stage is not Stage.TALKED

    def handle(self, fact: Fact, now: float) -> list[Command]:
        """What to do about `fact`. Raises UnexpectedFactError for a pair neither table holds."""
        if self.stage is Stage.TALKED:
            return [] if isinstance(fact, OURS) else super().handle(fact, now)
        step = TABLE.get((self.stage, type(fact)))
        if step is None:
            raise UnexpectedFactError(f"{type(fact).__name__} while {self.stage.name}")
        return step(self, fact, now)

    def tick(self, now: float) -> list[Command]:
        """What to do because the time has come."""
        if self.stage is Stage.TALKED:
            return super().tick(now)
        if self.deadline is None or now < self.deadline:
            return []
        self.deadline = None
        return ON_TIME[self.stage](self, now)

    def to_person(self, now: float) -> list[Command]:
        """Before the talk there is nobody to be sent to a person; the stage goes on."""
        return super().to_person(now) if self.stage is Stage.TALKED else []

    def move(self, stage: Stage, deadline: float | None = None) -> None:
        self.stage, self.deadline = stage, deadline

    def give_up(self, by: str, why: str) -> list[Command]:
        """End the try; what is left of legs and worker goes."""
        self.ending = (by, why)
        return self.over()

    def over(self) -> list[Command]:
        self.stage, self.state, self.deadline = Stage.OVER, State.ENDED, None
        return [Dismiss(self.call)]


Step = Callable[[Outgoing, Any, float], list[Command]]  # Any: the fact of its row in the table


def ignore(_call: Outgoing, _fact: Any, _now: float) -> list[Command]:
    return []


def agent_found(call: Outgoing, _fact: AgentFound, now: float) -> list[Command]:
    call.sought = True
    call.move(Stage.STARTING, now + WORKER_SECONDS)
    return [Originate(call.call)]


def next_agent(call: Outgoing, _fact: AgentFound, _now: float) -> list[Command]:
    """Rung when the worker comes."""
    call.sought = True
    return []


def none_for_now(call: Outgoing, _fact: AgentGone, _now: float) -> list[Command]:
    call.sought = False
    return []


def originated(call: Outgoing, _fact: Originated, now: float) -> list[Command]:
    call.worker = True
    call.move(Stage.AGENT, None if call.sought else now + HELD_SECONDS)
    return [RingAgent(call.call)] if call.sought else []


def no_worker(call: Outgoing, fact: NoWorker, _now: float) -> list[Command]:
    return call.give_up("system", fact.reason)


def ring_agent(call: Outgoing, _fact: AgentFound, _now: float) -> list[Command]:
    call.deadline = None
    return [RingAgent(call.call)]


def agent_gone(call: Outgoing, _fact: AgentGone, now: float) -> list[Command]:
    """The worker waits a while for the next; then the callback stands in the queue without one again."""
    call.deadline = now + HELD_SECONDS
    return []


def agent_there(call: Outgoing, _fact: Connected, now: float) -> list[Command]:
    call.agent_waits = True
    call.move(Stage.DIALLING, now + call.ring_seconds)
    return [DialResident(call.call)]


def answered(call: Outgoing, _fact: Answered, now: float) -> list[Command]:
    call.stage = Stage.NOTICE
    return call.play(GREETING if call.script.files(GREETING) else "notice", now)


def notice_ended(call: Outgoing, fact: PromptEnded, now: float) -> list[Command]:
    return notice_over(call, now) if call.prompt_over(fact) else []


def notice_over(call: Outgoing, now: float) -> list[Command]:
    """From here on the call is as any other: the rating, a phone that vanishes, the end."""
    call.move(Stage.TALKED)
    call.state = State.WAITING
    call.wants = call.due.label
    recording: list[Command] = [StartRecording(call.call, f"{call.call}.wav")] if call.script.record else []
    if call.agent_waits:
        return [*recording, PutThrough(call.call)]
    return [*recording, *call.play("reconnecting", now)]


def agent_came_back(call: Outgoing, _fact: Connected, _now: float) -> list[Command]:
    call.agent_waits = True
    return []


def agent_rung_again(call: Outgoing, _fact: AgentFound, _now: float) -> list[Command]:
    return [RingAgent(call.call)]


def agent_left_dialling(call: Outgoing, fact: Parted, _now: float) -> list[Command]:
    """The resident's phone stops ringing: nobody would be there. A phone that vanished is a fault, no choice."""
    return call.give_up("system", AGENT_LOST) if fact.lost else call.give_up("agent", AGENT_HUNG_UP)


def agent_left_notice(call: Outgoing, _fact: Parted, _now: float) -> list[Command]:
    """The resident is on the line: they hear the notice out and get the next agent, at the place they had."""
    call.agent_waits = False
    return [Enqueue(call.call, call.due.label, call.due.priority)]


def leg_ended(call: Outgoing, fact: LegEnded, _now: float) -> list[Command]:
    return call.over() if fact.leg == CALLER else []


def cancel(call: Outgoing, now: float) -> list[Command]:
    call.move(Stage.CANCELLING, now + CANCEL_SECONDS)
    return [HangUp(call.call, CALLER)]


def withdrawn(call: Outgoing, fact: CallbackWithdrawn, _now: float) -> list[Command]:
    return call.give_up("system", fact.reason)


def lost(call: Outgoing, _fact: WorkerLost, _now: float) -> list[Command]:
    call.stage, call.state, call.deadline = Stage.OVER, State.ENDED, None
    return []


OURS = (AgentFound, AgentGone, CallbackDue, CallbackWithdrawn, Originated, NoWorker)
"""Facts of calls the hotline begins; once the talk has begun they mean nothing."""

STEPS: dict[Stage, dict[type[Fact], Step]] = {
    Stage.QUEUED: {AgentFound: agent_found, CallbackWithdrawn: withdrawn},
    Stage.STARTING: {
        AgentFound: next_agent,
        AgentGone: none_for_now,
        Originated: originated,
        NoWorker: no_worker,
        CallbackWithdrawn: withdrawn,
    },
    Stage.AGENT: {
        AgentFound: ring_agent,
        AgentGone: agent_gone,
        Connected: agent_there,
        CallbackWithdrawn: withdrawn,
    },
    Stage.DIALLING: {
        Answered: answered,
        LegEnded: leg_ended,
        Parted: agent_left_dialling,
        CallbackWithdrawn: withdrawn,
    },
    Stage.CANCELLING: {LegEnded: leg_ended, Parted: agent_left_dialling},
    Stage.NOTICE: {
        PromptEnded: notice_ended,
        LegEnded: leg_ended,
        Parted: agent_left_notice,
        AgentFound: agent_rung_again,
        Connected: agent_came_back,
    },
    Stage.OVER: {},
}


def _table() -> dict[tuple[Stage, type[Fact]], Step]:
    table: dict[tuple[Stage, type[Fact]], Step] = {}
    for stage, own in STEPS.items():
        for fact in (*HARMLESS, *OURS, Answered, Connected, Parted, LegRinging, LegEnded):
            table[stage, fact] = ignore
        table[stage, WorkerLost] = lost
        table |= {(stage, fact): step for fact, step in own.items()}
    return table


TABLE = _table()

ON_TIME: dict[Stage, Callable[[Outgoing, float], list[Command]]] = {
    Stage.QUEUED: lambda _call, _now: [],
    Stage.STARTING: lambda call, _now: call.give_up("system", NO_WORKER),
    Stage.AGENT: lambda call, _now: call.give_up("system", NO_AGENT),
    Stage.DIALLING: cancel,
    Stage.CANCELLING: lambda call, _now: call.over(),
    Stage.NOTICE: notice_over,
    Stage.OVER: lambda _call, _now: [],
}
