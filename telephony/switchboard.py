"""The switchboard: one session for each call, one router for all, and the cords between them. PURE.

It has no rules of its own: it hands each fact to whom it concerns and turns decisions into orders for legs. It must
not know sockets, databases or clocks; telephony.exchange carries its orders out.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from ivr.closure import Doors, HouseFact
from ivr.commands import (
    AskPlace,
    Command,
    DeskCommand,
    DeskRequest,
    Dial,
    DialResident,
    Dismiss,
    Enqueue,
    HangUp,
    Join,
    NoteMatter,
    NoteRating,
    PromiseCallback,
    PutThrough,
    RingAgent,
    StartRecording,
    WantCallback,
)
from ivr.facts import (
    CALLER,
    AgentFound,
    AgentGone,
    Arrived,
    CallbackDue,
    CallbackWithdrawn,
    Connected,
    Fact,
    LegAnswered,
    LegEnded,
    LegMeasured,
    LegRinging,
    Parted,
    Placed,
    RecordingFailed,
    RecordingPaused,
    RecordingResumed,
    Said,
    TranscriptFailed,
    TranscriptSwitched,
    WorkerLost,
)
from ivr.session import Session, UnexpectedFactError
from ivr.session import State as SessionState
from routing.commands import JoinCall, Ring, RoutingCommand, StopRinging
from routing.estimate import Pace, estimate
from routing.facts import (
    AgentAnswered,
    AgentFact,
    AgentLegEnded,
    AgentRinging,
    CallGone,
    RoutingFact,
)
from routing.router import Router
from telephony import capture as captures
from telephony import outgoing
from telephony import transcript as transcripts
from telephony.capture import PAUSE_SECONDS, Alarm, Capture
from telephony.needs import possible
from telephony.outgoing import Begins
from telephony.sheet import Sheet, ended, happened, joined, noted
from telephony.transcript import Transcript, Wanted

log = logging.getLogger(__name__)

AGENT_LEG = "agent:"
BYE = 200  # how a leg ends that was hung up; anything else in a conversation is a failure


@dataclass(frozen=True, slots=True)
class Ticked:
    """The alarm went off: time has passed and something is due."""


@dataclass(frozen=True, slots=True)
class KeepRecord:
    """Store the call record as it stands."""

    sheet: Sheet


Order = Command | KeepRecord


@dataclass
class Conversation:
    """One call: session, sheet, what is written down of its talk, and the agent at the other end while there is one."""

    session: Session
    sheet: Sheet
    transcript: Transcript
    agent: str = ""
    capture: Capture = field(default_factory=lambda: Capture(""))


class Switchboard:
    """`session_for` makes the session of a new call; `strict` raises where live operation sends to a person.

    `transcript` is whose words are wanted of talks. `begins` is how callbacks are dialled, None where none are.
    `doors` is whom the sessions ask how callers are received.
    """

    def __init__(  # noqa: PLR0913 (each is a part of its own)
        self,
        router: Router,
        session_for: Callable[[str], Session],
        domain: str = "12348",
        strict: bool = False,
        pace: Pace | None = None,
        transcript: Wanted = "off",
        begins: Begins | None = None,
        *,
        doors: Doors | None = None,
        pause_seconds: float = PAUSE_SECONDS,
    ) -> None:
        self.router = router
        self.doors = doors or Doors()
        self.calls: dict[str, Conversation] = {}
        self._session_for = session_for
        self._domain = domain  # of the agents' SIP addresses
        self._strict = strict
        self._begins = begins
        self._transcript: Wanted = transcript
        self._pause_seconds = pause_seconds  # of a recording, at the most
        self.unrecorded = Alarm()
        self.pace = pace or Pace()  # how long calls lately kept an agent
        self._written: dict[str, Sheet] = {}  # sheets changed by the fact at hand

    def handle(self, fact: Fact | RoutingFact | HouseFact | Ticked, now: float) -> list[Order]:
        """Take one fact; return the orders it leads to, in the order they are to be carried out."""
        match fact:
            case Ticked():
                orders = self._tick(now)
            case Fact():
                orders = self._call_fact(fact, now)
            case RoutingFact():
                orders = self._decisions(self.router.handle(fact, now), now)
            case HouseFact():
                self.doors.handle(fact)
                orders = []
        if isinstance(fact, Ticked):
            self.pace.settle(self.router, now)
        elif isinstance(fact, AgentFact):
            self.pace.settle(self.router, now, [fact.agent])
        written, self._written = self._written, {}
        return orders + [KeepRecord(sheet) for sheet in written.values()]

    def next_deadline(self) -> float | None:
        """When a Ticked is due; None for never."""
        times = [call.session.next_deadline() for call in self.calls.values()]
        return min((time for time in [*times, self.router.next_deadline()] if time is not None), default=None)

    def _tick(self, now: float) -> list[Order]:
        orders: list[Order] = []
        for conversation in list(self.calls.values()):
            orders += self._orders(conversation, conversation.session.tick(now), now)
        return orders + self._decisions(self.router.tick(now), now)

    # --- facts about a call

    def _call_fact(self, fact: Fact, now: float) -> list[Order]:
        if isinstance(fact, CallbackDue):
            return self._callback(fact, now)
        orders: list[Order] = []
        if isinstance(fact, Arrived) and fact.call not in self.calls:
            for call in outgoing.crossed(self.calls, fact.caller):
                orders += self._call_fact(CallbackWithdrawn(call, outgoing.CALLS_IN), now)
            transcript = Transcript(fact.call, self._transcript)
            self.calls[fact.call] = Conversation(self._session_for(fact.call), Sheet(fact.call), transcript)
        conversation = self.calls.get(fact.call)
        if conversation is None:
            return []  # the tail of a call that is over
        if isinstance(fact, Said | TranscriptFailed | TranscriptSwitched):
            return self._told(conversation, fact, now)
        self.unrecorded = captures.alarm(self.unrecorded, fact, conversation.sheet.answered_at, now)
        if isinstance(fact, RecordingFailed | RecordingPaused | RecordingResumed | LegMeasured):
            return self._noted(conversation, fact, now)
        was_over = conversation.sheet.ended_at is not None
        self._write(conversation, happened(conversation.sheet, fact, now))
        over = conversation.sheet.ended_at is not None and not was_over
        orders += self._session(conversation, fact, now) + self._leg(conversation, fact, now)
        if over:
            orders += self._gone(conversation, now)
        if isinstance(fact, WorkerLost):
            conversation.agent = ""
            orders += self._gone(conversation, now)
            del self.calls[fact.call]
        return orders

    def _gone(self, conversation: Conversation, now: float) -> list[Order]:
        """The call is over for the router, unless an agent is still on the line."""
        if outgoing.agent_waits(conversation):
            return []
        gone = CallGone(conversation.sheet.call, outgoing.talked(conversation))
        return self._decisions(self.router.handle(gone, now), now)

    def _callback(self, due: CallbackDue, now: float) -> list[Order]:
        """A callback takes its place in the queue; one under way already, or on the line, does not."""
        if self._begins is None or due.call in self.calls or outgoing.occupied(self.calls, due):
            return []
        transcript = Transcript(due.call, self._transcript)
        self.calls[due.call] = Conversation(self._begins.dialogue(due), outgoing.sheet_of(due), transcript)
        return self._decisions(self.router.handle(outgoing.waiting_of(due), now), now)

    def _told(
        self, conversation: Conversation, fact: Said | TranscriptFailed | TranscriptSwitched, now: float
    ) -> list[Order]:
        """The transcript is nothing the session knows of. The last words may come after the end."""
        commands: list[Command] = []
        match fact:
            case Said():
                conversation.transcript = transcripts.said(conversation.transcript, fact, now)
            case TranscriptFailed():
                conversation.transcript = transcripts.failed(conversation.transcript, fact)
            case TranscriptSwitched():
                conversation.transcript, commands = transcripts.switched(conversation.transcript, fact, now)
        self._write(conversation, conversation.sheet)
        return [*commands]

    def _noted(
        self,
        conversation: Conversation,
        fact: RecordingFailed | RecordingPaused | RecordingResumed | LegMeasured,
        now: float,
    ) -> list[Order]:
        """The recording and the quality of legs are nothing the session knows of; they may be told after the end."""
        self._write(conversation, happened(conversation.sheet, fact, now))
        if isinstance(fact, LegMeasured):
            return []
        conversation.capture = replace(conversation.capture, call=fact.call)
        return self._captured(
            conversation, captures.happened(conversation.capture, fact, now, self._pause_seconds), now
        )

    def _captured(self, conversation: Conversation, change: captures.Change, now: float) -> list[Order]:
        conversation.capture, commands = change
        hushed = bool(conversation.capture.paused_by)
        conversation.transcript, also = transcripts.hushed(conversation.transcript, hushed, now)
        return [*commands, *also]

    def _session(self, conversation: Conversation, fact: Fact, now: float) -> list[Order]:
        """Let the session decide. A fact its table does not hold sends the caller to a person."""
        try:
            commands = conversation.session.handle(fact, now)
        except UnexpectedFactError as error:
            if self._strict:
                raise
            log.error("call %s: unexpected %s; to a person", fact.call, error)
            commands = conversation.session.to_person(now)
        return self._orders(conversation, commands, now)

    def _leg(self, conversation: Conversation, fact: Fact, now: float) -> list[Order]:
        """What became of an agent's leg is the router's business, and the session's when the person is gone."""
        leg: str = getattr(fact, "leg", CALLER)
        if not leg.startswith(AGENT_LEG):
            return []
        agent = leg.removeprefix(AGENT_LEG)
        match fact:
            case LegRinging():
                return self._decisions(self.router.handle(AgentRinging(agent, fact.call), now), now)
            case LegAnswered():
                return self._decisions(self.router.handle(AgentAnswered(agent, fact.call), now), now)
            case LegEnded():
                orders = self._agent_left(conversation, agent, fact, now)
                self.pace.settle(self.router, now, [agent])
                if conversation.agent == agent and conversation.session.state is not SessionState.ENDED:
                    orders += self._parted(conversation, lost=fact.code != BYE, now=now)
                return orders
        return []

    def _agent_left(self, conversation: Conversation, agent: str, fact: LegEnded, now: float) -> list[Order]:
        """Who waited for a resident who never came is free at once; every other leg's end is for the router to read."""
        holder = self.router.floor.by_call.get(fact.call)
        mine = holder is not None and holder.name == agent
        if mine and fact.code == BYE and not outgoing.talked(conversation) and conversation.agent == agent:
            return self._decisions(self.router.handle(CallGone(fact.call, talked=False), now), now)
        orders: list[Order] = []
        if mine and outgoing.before_talk(conversation) is not None and conversation.agent != agent:
            orders = self._session(conversation, AgentGone(fact.call), now)
        ended_leg = AgentLegEnded(agent, fact.call, fact.code)
        return orders + self._decisions(self.router.handle(ended_leg, now), now)

    def _orders(  # noqa: PLR0912 - one case an order
        self, conversation: Conversation, commands: list[Command], now: float
    ) -> list[Order]:
        """Keep what the desk is to note, queue who wants a person, pass the rest on to the worker."""
        orders: list[Order] = []
        for command in commands:
            match command:
                case NoteMatter() | NoteRating():
                    self._write(conversation, noted(conversation.sheet, command, now))
                case Enqueue():
                    orders += self._sooner(command, now)
                    why, waiting = possible(command, self.router)
                    self._write(conversation, noted(conversation.sheet, replace(command, why=why), now))
                    session = outgoing.outgoing(conversation)
                    if session is not None:
                        waiting = replace(waiting, since=session.due.since)
                    orders += self._decisions(self.router.handle(waiting, now), now)
                case WantCallback():
                    self._write(conversation, noted(conversation.sheet, command, now))
                    orders += self._decisions(self.router.handle(CallGone(command.call), now), now)
                    if command.number:
                        sheet = conversation.sheet
                        since = sheet.queued_at or now
                        orders.append(PromiseCallback(command.call, command.number, sheet.label or "agent", since))
                case DeskRequest():
                    orders.append(command)
                case AskPlace():
                    found = estimate(self.router, self.pace, command.call, now)
                    placed = Placed(command.call, found.position, found.low, found.high)
                    orders += self._session(conversation, placed, now)
                case StartRecording():
                    conversation.capture = captures.started(replace(conversation.capture, call=command.call), command)
                    orders.append(command)
                case Dismiss():
                    orders += self._dismiss(conversation, command, now)
                case RingAgent() | DialResident() | PutThrough():
                    orders += self._go_on(conversation, command, now)
                case DeskCommand():
                    raise TypeError(f"{type(command).__name__} has nobody at the desk")
                case _:
                    orders.append(command)
        return orders

    def _sooner(self, wanted: Enqueue, now: float) -> list[Order]:
        """A caller who waits already and is in danger now leaves the old place for the new one."""
        waiting = self.router.queue.get(wanted.call)
        if waiting is None or wanted.priority <= waiting.priority:
            return []
        return self._decisions(self.router.handle(CallGone(wanted.call), now), now)

    def _dismiss(self, conversation: Conversation, dismiss: Dismiss, now: float) -> list[Order]:
        """The call is over; one that never had a worker leaves nothing to be told to anybody."""
        orders: list[Order] = [dismiss]
        if not outgoing.holds_worker(conversation):
            orders = []
            del self.calls[dismiss.call]
        if conversation.sheet.ended_at is None:
            by, why = outgoing.ending(conversation)
            self._write(conversation, ended(conversation.sheet, by, why, now))
            orders += self._gone(conversation, now)
        return orders

    def _go_on(
        self, conversation: Conversation, command: RingAgent | DialResident | PutThrough, now: float
    ) -> list[Order]:
        """The steps of a callback that need to know who the agent is, and where."""
        session, call = outgoing.outgoing(conversation), conversation.sheet.call
        agent = self.router.floor.by_call.get(call)
        match command:
            case RingAgent() if agent is not None:
                return [self._dial_agent(conversation, agent.name)]
            case DialResident() if session is not None:
                self._write(conversation, outgoing.dialled(conversation.sheet, conversation.agent, now))
                host = self._begins.host if self._begins is not None else ""
                return [*outgoing.dial_resident(conversation, session.due, self._domain, host)]
            case PutThrough():
                return self._talk(conversation, now)
        return []

    def _write(self, conversation: Conversation, sheet: Sheet) -> None:
        if sheet.ended_at is not None:  # the record gets the transcript whole, once there is an end
            sheet = replace(sheet, said=conversation.transcript.in_order())
        if sheet != conversation.sheet:
            conversation.sheet = sheet
            if sheet.arrived_at is not None:  # of a callback there is no record before its number is dialled
                self._written[sheet.call] = sheet

    # --- decisions of the router

    def _decisions(self, decisions: list[RoutingCommand], now: float) -> list[Order]:
        orders: list[Order] = []
        for decision in decisions:
            conversation = self.calls.get(decision.call)
            if conversation is None:
                orders += self._nobody(decision, now)
                continue
            match decision:
                case Ring() if outgoing.before_talk(conversation) is not None:
                    orders += self._session(conversation, AgentFound(decision.call), now)
                case Ring():
                    orders.append(self._dial_agent(conversation, decision.agent))
                case StopRinging():
                    if outgoing.holds_worker(conversation):
                        orders.append(HangUp(decision.call, AGENT_LEG + decision.agent))
                    orders += self._withdrawn(conversation, decision.agent, now)
                case JoinCall():
                    orders += self._join(conversation, decision.agent, now)
        return orders

    def _dial_agent(self, conversation: Conversation, agent: str) -> Order:
        uri = f"sip:{self.router.agents[agent].sip_user}@{self._domain}"
        return Dial(conversation.sheet.call, AGENT_LEG + agent, uri, conversation.sheet.caller)

    def _nobody(self, decision: RoutingCommand, now: float) -> list[Order]:
        """A call the router has and the switchboard has not must not go from agent to agent."""
        if not isinstance(decision, Ring):
            return []
        return self._decisions(self.router.handle(CallGone(decision.call), now), now)

    def _withdrawn(self, conversation: Conversation, agent: str, now: float) -> list[Order]:
        """The router took a call that is under way from the agent: the caller waits again, for the next."""
        if outgoing.before_talk(conversation) is not None and conversation.agent != agent:
            return self._session(conversation, AgentGone(conversation.sheet.call), now)
        if conversation.agent != agent or conversation.session.state is not SessionState.TALKING:
            return []
        return self._parted(conversation, lost=True, now=now)

    def _parted(self, conversation: Conversation, lost: bool, now: float) -> list[Order]:
        conversation.agent = ""
        resumed = self._captured(conversation, captures.parted(conversation.capture), now)
        conversation.transcript, commands = transcripts.parted(conversation.transcript, now)
        return [*resumed, *commands, *self._session(conversation, Parted(conversation.sheet.call, lost=lost), now)]

    def _join(self, conversation: Conversation, agent: str, now: float) -> list[Order]:
        if conversation.session.state is SessionState.ENDED:
            return [HangUp(conversation.sheet.call, AGENT_LEG + agent)]
        conversation.agent = agent
        if outgoing.before_talk(conversation) is not None:
            return self._session(conversation, Connected(conversation.sheet.call), now)
        return self._talk(conversation, now)

    def _talk(self, conversation: Conversation, now: float) -> list[Order]:
        """Caller and agent hear each other from now on."""
        call, agent = conversation.sheet.call, conversation.agent
        self.pace.began(agent, now)
        self._write(conversation, joined(conversation.sheet, agent, now))
        leg = AGENT_LEG + agent
        conversation.transcript, commands = transcripts.joined(conversation.transcript, leg, now)
        return [Join(call, leg), *commands, *self._session(conversation, Connected(call), now)]
