"""The switchboard: one session for each call, one router for all, and the cords between them. PURE.

It has no rules of its own: it hands each fact to whom it concerns and turns decisions into orders for legs. It must
not know sockets, databases or clocks; telephony.exchange carries its orders out.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from ivr.commands import (
    AskPlace,
    Command,
    DeskCommand,
    DeskRequest,
    Dial,
    Dismiss,
    Enqueue,
    HangUp,
    Join,
    NoteMatter,
    NoteRating,
    PromiseCallback,
    WantCallback,
)
from ivr.facts import (
    CALLER,
    Arrived,
    Connected,
    Fact,
    LegAnswered,
    LegEnded,
    LegRinging,
    Parted,
    Placed,
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
from telephony import transcript as transcripts
from telephony.needs import possible
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


class Switchboard:
    """`session_for` makes the session of a new call; `strict` raises where live operation sends to a person.

    `transcript` is whose words are wanted of talks.
    """

    def __init__(
        self,
        router: Router,
        session_for: Callable[[str], Session],
        domain: str = "12348",
        strict: bool = False,
        pace: Pace | None = None,
        transcript: Wanted = "off",
    ) -> None:
        self.router = router
        self.calls: dict[str, Conversation] = {}
        self._session_for = session_for
        self._domain = domain  # of the agents' SIP addresses
        self._strict = strict
        self._transcript: Wanted = transcript
        self.pace = pace or Pace()  # how long calls lately kept an agent
        self._written: dict[str, Sheet] = {}  # sheets changed by the fact at hand

    def handle(self, fact: Fact | RoutingFact | Ticked, now: float) -> list[Order]:
        """Take one fact; return the orders it leads to, in the order they are to be carried out."""
        match fact:
            case Ticked():
                orders = self._tick(now)
            case Fact():
                orders = self._call_fact(fact, now)
            case RoutingFact():
                orders = self._decisions(self.router.handle(fact, now), now)
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
        if isinstance(fact, Arrived) and fact.call not in self.calls:
            transcript = Transcript(fact.call, self._transcript)
            self.calls[fact.call] = Conversation(self._session_for(fact.call), Sheet(fact.call), transcript)
        conversation = self.calls.get(fact.call)
        if conversation is None:
            return []  # the tail of a call that is over
        if isinstance(fact, Said | TranscriptFailed | TranscriptSwitched):
            return self._told(conversation, fact, now)
        was_over = conversation.sheet.ended_at is not None
        self._write(conversation, happened(conversation.sheet, fact, now))
        over = conversation.sheet.ended_at is not None and not was_over
        orders = self._session(conversation, fact, now) + self._leg(conversation, fact, now)
        if over:
            orders += self._decisions(self.router.handle(CallGone(fact.call), now), now)
        if isinstance(fact, WorkerLost):
            del self.calls[fact.call]
        return orders

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
                orders = self._decisions(self.router.handle(AgentLegEnded(agent, fact.call, fact.code), now), now)
                self.pace.settle(self.router, now, [agent])
                if conversation.agent == agent and conversation.session.state is not SessionState.ENDED:
                    orders += self._parted(conversation, lost=fact.code != BYE, now=now)
                return orders
        return []

    def _orders(self, conversation: Conversation, commands: list[Command], now: float) -> list[Order]:
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
                case Dismiss():
                    orders.append(command)
                    if conversation.sheet.ended_at is None:
                        orders += self._dismissed(conversation, now)
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

    def _dismissed(self, conversation: Conversation, now: float) -> list[Order]:
        """We ended the call: after a talk the agent hung up first, before one nobody was there to hear."""
        by = "agent" if conversation.sheet.joined_at else "system"
        self._write(conversation, ended(conversation.sheet, by, "", now))
        return self._decisions(self.router.handle(CallGone(conversation.sheet.call), now), now)

    def _write(self, conversation: Conversation, sheet: Sheet) -> None:
        if sheet.ended_at is not None:  # the record gets the transcript whole, once there is an end
            sheet = replace(sheet, said=conversation.transcript.in_order())
        if sheet != conversation.sheet:
            conversation.sheet = sheet
            self._written[sheet.call] = sheet

    # --- decisions of the router

    def _decisions(self, decisions: list[RoutingCommand], now: float) -> list[Order]:
        orders: list[Order] = []
        for decision in decisions:
            conversation = self.calls.get(decision.call)
            if conversation is None:
                orders += self._nobody(decision, now)
                continue
            leg = AGENT_LEG + decision.agent
            match decision:
                case Ring():
                    sip_user = self.router.agents[decision.agent].sip_user
                    orders.append(Dial(decision.call, leg, f"sip:{sip_user}@{self._domain}", conversation.sheet.caller))
                case StopRinging():
                    orders.append(HangUp(decision.call, leg))
                    orders += self._withdrawn(conversation, decision.agent, now)
                case JoinCall():
                    orders += self._join(conversation, decision.agent, now)
        return orders

    def _nobody(self, decision: RoutingCommand, now: float) -> list[Order]:
        """A call the router has and the switchboard has not must not go from agent to agent."""
        if not isinstance(decision, Ring):
            return []
        return self._decisions(self.router.handle(CallGone(decision.call), now), now)

    def _withdrawn(self, conversation: Conversation, agent: str, now: float) -> list[Order]:
        """The router took a call that is under way from the agent: the caller waits again, for the next."""
        if conversation.agent != agent or conversation.session.state is not SessionState.TALKING:
            return []
        return self._parted(conversation, lost=True, now=now)

    def _parted(self, conversation: Conversation, lost: bool, now: float) -> list[Order]:
        conversation.agent = ""
        conversation.transcript, commands = transcripts.parted(conversation.transcript, now)
        return [*commands, *self._session(conversation, Parted(conversation.sheet.call, lost=lost), now)]

    def _join(self, conversation: Conversation, agent: str, now: float) -> list[Order]:
        if conversation.session.state is SessionState.ENDED:
            return [HangUp(conversation.sheet.call, AGENT_LEG + agent)]
        conversation.agent = agent
        self.pace.began(agent, now)
        self._write(conversation, joined(conversation.sheet, agent, now))
        call = conversation.sheet.call
        leg = AGENT_LEG + agent
        conversation.transcript, commands = transcripts.joined(conversation.transcript, leg, now)
        return [Join(call, leg), *commands, *self._session(conversation, Connected(call), now)]
