"""One worker: waits idle, takes one call or begins one, and serves it until it is dismissed.

It holds the loop and the links. The call itself is telephony.worker.conversation's, what being left alone means
telephony.worker.alone's, and the process, which may be another worker afterwards, telephony.worker.main's.
"""

import contextlib
import logging
import os
import queue
import secrets
import time
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from ivr import commands as orders
from ivr.commands import Command
from ivr.facts import Fact
from telephony.link.wire import STANDING, LinkError, Message, decode_command
from telephony.worker.accounts import Accounts
from telephony.worker.alone import (
    NO_CORE_AFTER_CALL,
    NO_CORE_ANSWERED,
    NO_CORE_AT_ARRIVAL,
    NO_NURSERY_IDLE,
    Alone,
    orphaned,
)
from telephony.worker.conversation import Conversation
from telephony.worker.ears.listening import Heard, Listening
from telephony.worker.engine import Engine
from telephony.worker.legs.requests import read_invite
from telephony.worker.legs.security import NOT_ACCEPTABLE
from telephony.worker.place import Place
from telephony.worker.rehearsal import rehearse
from telephony.worker.surroundings import Surroundings
from telephony.worker.uplink import Uplink

log = logging.getLogger(__name__)

LEGS_END = 4.0
ACKNOWLEDGED = 10.0
"""Seconds after which nothing more is waited for; without a core NO_CORE_AFTER_CALL bounds the wait."""

IDLE_POLL = 30.0
LOOK_AROUND = 0.25
FAILED = 500


@dataclass(frozen=True)
class Serve:
    """The nursery gives this worker a call that begins here."""

    call: str


@dataclass
class ToldToEnd:
    """The word that the process is to end, as soon as it has no call. No lock: a signal handler may set it."""

    told: bool = False

    def __bool__(self) -> bool:
        return self.told


Event = Command | tuple[Listening, Heard] | Serve


class Worker:
    """Made, run and ended on one thread, the process's first: its signal handlers may tell it to end at any time."""

    def __init__(self, place: Place, engine: Engine, accounts: Accounts, told_to_end: ToldToEnd) -> None:
        self._place = place
        self._engine = engine
        self._accounts = accounts
        self._told_to_end = told_to_end
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._conversation: Conversation | None = None
        self._obeyed = False
        self._answers = False  # the core's standing order
        self._alone = Alone()
        self._due = self._looks_around = 0.0
        self._core = Uplink(place.core, self._core_hello, self._ordered)
        self._nursery = Uplink(place.nursery, self._nursery_hello, self._given)

    def rehearse(self) -> None:
        """Go through what a call needs, without one."""
        rehearse(self._engine, self._accounts.hearing, self._place.security, self._around())

    def run(self) -> bool:
        """Serve one call; returns whether it came to its end in every respect, and another may follow."""
        self._accounts.taken_by = self._incoming
        self._core.start()
        self._nursery.start()
        while True:
            now = time.monotonic()
            pressing = self._conversation is not None and self._conversation.pressing
            if now >= self._due or self._told_to_end or pressing or not self._events.empty():
                self._due = now + self._turn(now)
                if self._idle_and_unwanted(now) or self._finished(now):
                    break
            self._engine.poll(max(1, ceil((self._due - now) * 1000)))
        told = self._wait_acknowledged()
        self._core.close()
        self._nursery.close()
        conversation = self._conversation
        if conversation is None or not conversation.over:
            return False
        conversation.leave()
        return told and not conversation.has_referred

    # The links

    def _core_hello(self) -> Message:
        call = self._conversation.call if self._conversation else None
        return {"hello": "worker", "worker": self._place.worker, "pid": os.getpid(), "call": call}

    def _nursery_hello(self) -> Message:
        return {
            "hello": "worker",
            "worker": self._place.worker,
            "pid": os.getpid(),
            "sip_port": self._engine.sip_port,
            "slot": self._place.slot,
            "state": "busy" if self._conversation else "idle",
        }

    def _ordered(self, message: Message) -> None:
        """On the link's thread."""
        if STANDING in message:
            self._answers = message[STANDING] == orders.Answer.__name__
            return
        try:
            self._events.put(decode_command(message))
        except LinkError as error:
            log.warning("an order cannot be read: %s", error)
            return
        self._engine.wake()

    def _given(self, message: Message) -> None:
        """On the link's thread."""
        if isinstance(message.get("serve"), str):
            self._events.put(Serve(message["serve"]))
            self._engine.wake()

    def _heard(self, source: Listening, event: Heard) -> None:
        """On the recogniser's thread."""
        self._events.put((source, event))
        self._engine.wake()

    def _tell(self, fact: Fact) -> None:
        self._core.fact(fact)

    # The call

    def _incoming(self, call_id: int, message: str) -> None:
        if self._conversation is not None:
            self._accounts.turn_away(call_id, 486)
            return
        try:
            invite = read_invite(message)
            refusal = self._place.security.refusal(invite.trunk, message)
            conversation = self._begin(new_call_id())
            conversation.arrive(invite, call_id, answered=not refusal and self._answers and self._core.connected)
            self._nursery.say({"state": "busy"})
            if refusal:
                conversation.refuse(NOT_ACCEPTABLE, refusal)
        except Exception:
            log.exception("an INVITE cannot be taken")
            self._let_go(call_id)

    def _let_go(self, call_id: int) -> None:
        """Answer 500 and be gone: edge, nursery and core then all know that nobody holds this call."""
        self._told_to_end.told = True
        if self._conversation is None or self._conversation.over:
            self._accounts.turn_away(call_id, FAILED)
        if self._conversation is not None:
            self._conversation.refuse(FAILED, "")
            self._conversation.dismissed = True

    def _around(self) -> Surroundings:
        return Surroundings(
            self._tell,
            self._place.keeping,
            self._place.recogniser,
            self._place.no_speech,
            self._heard,
            time.monotonic,
            self._place.silence_seconds,
            self._accounts.dialling,
        )

    def _begin(self, call: str) -> Conversation:
        self._conversation = Conversation(self._engine, self._accounts.hearing, self._around(), call)
        self._due = 0.0
        return self._conversation

    def _turn(self, now: float) -> float:
        """Carry out what has come; returns the seconds to wait for more."""
        with contextlib.suppress(queue.Empty):
            while True:
                event = self._events.get_nowait()
                if isinstance(event, Serve):
                    if self._conversation is None and not self._told_to_end:
                        self._begin(event.call).originate()
                        self._nursery.say({"state": "busy"})
                    continue
                conversation = self._conversation
                if conversation is None:
                    continue
                self._obeyed = True
                if isinstance(event, Command):
                    conversation.carry_out(event)
                else:
                    conversation.heard(*event)
        conversation = self._conversation
        if conversation is None:
            return 1.0 if self._alone else IDLE_POLL
        wait = conversation.tick(now)
        if now >= self._looks_around:
            self._looks_around = now + LOOK_AROUND
            self._look_around(conversation, now)
        return wait

    def _look_around(self, conversation: Conversation, now: float) -> None:
        """What a worker decides by itself when there is no core."""
        core = self._alone.seconds("core", self._core.connected, now)
        nursery = self._alone.seconds("nursery", self._nursery.connected, now)
        if self._told_to_end and orphaned(core, nursery) and not conversation.dismissed:
            self._end_call(conversation, "no core, no nursery and told to end")
        orders = self._alone.seconds("orders", self._obeyed, now)
        without = orders > NO_CORE_ANSWERED if conversation.accepted else core > NO_CORE_AT_ARRIVAL
        if not self._obeyed and not conversation.over and without:
            self._obeyed = True
            conversation.refuse(503, "no core")
        if conversation.caller_left and core > NO_CORE_AFTER_CALL and not conversation.dismissed:
            self._end_call(conversation, "no core")
        if self._alone.silent(core, conversation.packets_received, now) and not conversation.dismissed:
            self._end_call(conversation, "no core and no audio")

    def _end_call(self, conversation: Conversation, why: str) -> None:
        log.warning("%s: the call is ended by its worker", why)
        conversation.dismissed = True
        conversation.end_all()

    # The end

    def _finished(self, now: float) -> bool:
        conversation = self._conversation
        if conversation is None or not conversation.dismissed:
            return False
        waited = self._alone.seconds("dismissed", False, now)
        if not conversation.over and waited < LEGS_END:
            return False
        conversation.last_words()
        conversation.keep_recording()
        return True

    def _idle_and_unwanted(self, now: float) -> bool:
        if self._conversation is not None:
            return False
        alone = self._alone.seconds("nursery", self._nursery.connected, now)
        return bool(self._told_to_end) or alone > NO_NURSERY_IDLE

    def _wait_acknowledged(self) -> bool:
        """Whether the core has taken every fact."""
        until = time.monotonic() + NO_CORE_AFTER_CALL
        while not self._core.wait_acknowledged(ACKNOWLEDGED if self._core.connected else 0.5):
            if self._core.connected or self._told_to_end or time.monotonic() > until:
                log.warning("%d facts were not acknowledged", self._core.unacknowledged)
                return False
        if self._conversation is not None:
            self._conversation.recording_noted()
        return True


def new_call_id() -> str:
    """`YYYYMMDD-HHMMSS-<6 hex>`, local time."""
    return f"{datetime.now().astimezone():%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
