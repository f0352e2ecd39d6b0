"""The switchboard: one session for each call, one router for all, and the cords between them. PURE.

It has no rules of its own: it hands each fact to whom it concerns (telephony.calls.cords, telephony.calls.wishes) and
turns decisions into orders for legs. It must not know sockets, databases or clocks; telephony.core.exchange carries
orders out.
"""

import logging
from collections.abc import Callable
from dataclasses import replace

from ivr.closure import Doors, HouseFact
from ivr.commands import Command
from ivr.facts import (
    Arrived,
    CallbackDue,
    CallbackWithdrawn,
    EarlyAudio,
    Fact,
    LegCarried,
    LegHeld,
    LegMeasured,
    RecordingFailed,
    RecordingPaused,
    RecordingResumed,
    Referred,
    ReferTold,
    Requested,
    Said,
    TranscriptFailed,
    TranscriptSwitched,
    WorkerLost,
)
from ivr.scripts import Script
from ivr.session import Session, UnexpectedFactError
from routing.estimate import Pace
from routing.facts import AgentFact, CallGone, RoutingFact
from routing.router import Router
from telephony.calls import capture as captures
from telephony.calls import cords, due, outgoing, outside, wishes
from telephony.calls import transcript as transcripts
from telephony.calls.capture import PAUSE_SECONDS, Alarm
from telephony.calls.conversation import Conversation, KeepRecord, Order, Ticked
from telephony.calls.names import AGENT_LEG, BYE
from telephony.calls.outgoing import Begins
from telephony.calls.sheet import Sheet, happened
from telephony.calls.transcript import Transcript, Wanted
from telephony.control import moves as talks
from telephony.control import other_legs, referring
from telephony.control.moves import Calling

__all__ = ["AGENT_LEG", "BYE", "Conversation", "KeepRecord", "Order", "Switchboard", "Ticked"]

log = logging.getLogger(__name__)


class Switchboard:
    """`session_for` makes the session of a new call; `strict` raises where live operation sends to a person.

    `transcript` is whose words are wanted of talks. `begins` is how callbacks are dialled, None where none are.
    `doors` is whom the sessions ask how callers are received. `calling` is how talks are held, passed on, shared.
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
        calling: Calling | None = None,
        pause_seconds: float = PAUSE_SECONDS,
    ) -> None:
        self.router = router
        self.doors = doors or Doors()
        self.calling = calling or Calling()
        self.calls: dict[str, Conversation] = {}
        self._session_for = session_for
        self.domain = domain  # of the agents' SIP addresses
        self._strict = strict
        self.begins = begins
        self._transcript: Wanted = transcript
        self._pause_seconds = pause_seconds  # of a recording, at the most
        self.unrecorded = Alarm()
        self.pace = pace or Pace()  # how long calls lately kept an agent
        self._written: dict[str, Sheet] = {}  # sheets changed by the fact at hand

    def handle(self, fact: Fact | RoutingFact | HouseFact | Ticked, now: float) -> list[Order]:
        """Take one fact; return the orders it leads to, in the order they are to be carried out."""
        match fact:
            case Ticked():
                orders = due.ticked(self, now, self._strict)
            case Fact():
                orders = self._call_fact(fact, now)
            case RoutingFact():
                orders = cords.decisions(self, self.router.handle(fact, now), now)
            case HouseFact():
                self.doors.handle(fact)
                orders = []
        if isinstance(fact, Ticked):
            self.pace.settle(self.router, now)
        elif isinstance(fact, AgentFact):
            self.pace.settle(self.router, now, [fact.agent])
        written, self._written = self._written, {}
        return orders + [KeepRecord(sheet) for sheet in written.values()]

    @property
    def script(self) -> Script:
        """What sessions say and understand."""
        return self._session_for("").script

    def next_deadline(self) -> float | None:
        """When a Ticked is due; None for never."""
        times = [call.session.next_deadline() for call in self.calls.values()]
        times += [call.control.deadline for call in self.calls.values()]
        return min((time for time in [*times, self.router.next_deadline()] if time is not None), default=None)

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
        if conversation is None or outside.refused(conversation, fact):
            return []  # the tail of a call that is over, or a line that cannot be had now
        orders += outside.made_way(self, conversation, fact, now)
        if isinstance(fact, Said | TranscriptFailed | TranscriptSwitched):
            return self._told(conversation, fact, now)
        if isinstance(fact, Requested | Referred | ReferTold | EarlyAudio | LegHeld):
            return self._of_talk(conversation, fact, now)
        self.unrecorded = captures.alarm(self.unrecorded, fact, conversation.sheet.answered_at, now)
        if isinstance(fact, RecordingFailed | RecordingPaused | RecordingResumed | LegMeasured | LegCarried):
            return self._noted(conversation, fact, now)
        was_over = conversation.sheet.ended_at is not None
        self.write(conversation, outside.happened(happened(conversation.sheet, fact, now), fact, now))
        over = conversation.sheet.ended_at is not None and not was_over
        orders += self.tell_session(conversation, fact, now) + cords.leg(self, conversation, fact, now)
        if over:
            orders += other_legs.over(self, conversation, now, lost=False) + self.gone(conversation, now)
        if isinstance(fact, WorkerLost):
            conversation.agent = ""
            orders += other_legs.over(self, conversation, now, lost=True)
            orders += self.gone(conversation, now)
            del self.calls[fact.call]
        return orders

    def _of_talk(
        self, conversation: Conversation, fact: Requested | Referred | ReferTold | EarlyAudio | LegHeld, now: float
    ) -> list[Order]:
        """Call control is nothing the session knows of, until the caller waits again or is let go."""
        match fact:
            case Requested():
                return talks.asked(self, conversation, fact, now)
            case Referred():
                return referring.referred(self, conversation, fact, now)
            case ReferTold():
                return talks.refer_told(self, conversation, fact, now)
            case EarlyAudio():
                return talks.early(self, conversation, fact, now)
            case LegHeld():
                return talks.held(self, conversation, fact, now)

    def gone(self, conversation: Conversation, now: float) -> list[Order]:
        """The call is over for the router, unless an agent is still on the line."""
        if outgoing.agent_waits(conversation):
            return []
        gone = CallGone(conversation.sheet.call, outgoing.talked(conversation))
        return cords.decisions(self, self.router.handle(gone, now), now)

    def _callback(self, fact: CallbackDue, now: float) -> list[Order]:
        """A callback takes its place in the queue; one under way already, or on the line, does not."""
        if self.begins is None or fact.call in self.calls or outgoing.occupied(self.calls, fact):
            return []
        transcript = Transcript(fact.call, self._transcript)
        self.calls[fact.call] = Conversation(self.begins.dialogue(fact), outgoing.sheet_of(fact), transcript)
        waiting = self.calls[fact.call].waiting = outgoing.waiting_of(fact)
        return cords.decisions(self, self.router.handle(waiting, now), now)

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
        self.write(conversation, conversation.sheet)
        return [*commands]

    def _noted(
        self,
        conversation: Conversation,
        fact: RecordingFailed | RecordingPaused | RecordingResumed | LegMeasured | LegCarried,
        now: float,
    ) -> list[Order]:
        """The recording and the quality of legs are nothing the session knows of; they may be told after the end."""
        self.write(conversation, happened(conversation.sheet, fact, now))
        if isinstance(fact, LegMeasured | LegCarried):
            return []
        conversation.capture = replace(conversation.capture, call=fact.call)
        return self.captured(conversation, captures.happened(conversation.capture, fact, now, self._pause_seconds), now)

    def captured(self, conversation: Conversation, change: captures.Change, now: float) -> list[Order]:
        """What a pause or its end leads to: for the recorder and for the transcript."""
        conversation.capture, commands = change
        hushed = bool(conversation.capture.paused_by)
        conversation.transcript, also = transcripts.hushed(conversation.transcript, hushed, now)
        return [*commands, *also]

    def tell_session(self, conversation: Conversation, fact: Fact, now: float) -> list[Order]:
        """Let the session decide. A fact its table does not hold sends the caller to a person."""
        try:
            commands = conversation.session.handle(fact, now)
        except UnexpectedFactError as error:
            if self._strict:
                raise
            log.error("call %s: unexpected %s; to a person", fact.call, error)
            commands = conversation.session.to_person(now)
        else:
            return wishes.orders_of(self, conversation, commands, now)
        return wishes.orders_of(self, conversation, commands, now) + wishes.placed_again(self, conversation, now)

    def write(self, conversation: Conversation, sheet: Sheet) -> None:
        if sheet.ended_at is not None:  # the record gets the transcript whole, once there is an end
            sheet = replace(sheet, said=conversation.transcript.in_order())
        if sheet != conversation.sheet:
            conversation.sheet = sheet
            if sheet.arrived_at is not None:  # of a callback there is no record before its number is dialled
                self._written[sheet.call] = sheet
