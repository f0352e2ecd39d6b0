"""The worker process: waits idle, takes one call or begins one, serves it until it is dismissed, and is gone.

It holds the loop and the links. The call itself is telephony.worker.conversation's, what being left alone means
telephony.worker.alone's.
"""

import contextlib
import gc
import logging
import os
import queue
import secrets
import signal
import time
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any

import pjsua2 as pj

from config.settings import Srtp
from ivr import commands as orders
from ivr.commands import Command
from ivr.facts import Fact
from telephony.link.turns import take_short_turns
from telephony.link.wire import STANDING, LinkError, Message, decode_command
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
from telephony.worker.engine import Account, Engine, call_param
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


Event = Command | tuple[Listening, Heard] | Serve


class Worker:
    """Made, run and ended on one thread."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._conversation: Conversation | None = None
        self._asked_to_end = False
        self._obeyed = False
        self._answers = False  # the core's standing order
        self._alone = Alone()
        self._due = self._looks_around = 0.0
        self._engine = Engine(place.ports, "12348")
        security = place.security
        self._account: Account = self._engine.account("12348", self._incoming, srtp=security.incoming)
        self._dialling: dict[Srtp, Account] = {security.incoming: self._account}
        self._core = Uplink(place.core, self._core_hello, self._ordered)
        self._nursery = Uplink(place.nursery, self._nursery_hello, self._given)

    def run(self) -> None:
        """Serve one call; returns when the process may end."""
        signal.set_wakeup_fd(self._engine.wake_descriptor, warn_on_full_buffer=False)
        signal.signal(signal.SIGTERM, self._terminate)
        rehearse(self._engine, self._account, self._place.security, self._around())
        self._core.start()
        self._nursery.start()
        while True:
            now = time.monotonic()
            if now >= self._due or self._asked_to_end or not self._events.empty():
                self._due = now + self._turn(now)
                if self._idle_and_unwanted(now) or self._finished(now):
                    break
            self._engine.poll(max(1, ceil((self._due - now) * 1000)))
        self._wait_acknowledged()
        self._core.close()
        self._nursery.close()

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
        if self._conversation is not None or self._asked_to_end:
            self._turn_away(call_id, 486 if self._conversation else 503)
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
        self._asked_to_end = True
        if self._conversation is None or self._conversation.over:
            self._turn_away(call_id, FAILED)
        if self._conversation is not None:
            self._conversation.refuse(FAILED, "")
            self._conversation.dismissed = True

    def _turn_away(self, call_id: int, code: int) -> None:
        """End a call of PJSIP's that is nobody's; inside PJSIP's callback nothing may be raised."""
        with contextlib.suppress(pj.Error):
            pj.Call(self._account, call_id).hangup(call_param(code))

    def _around(self) -> Surroundings:
        return Surroundings(
            self._tell,
            self._place.keeping,
            self._place.recogniser,
            self._place.no_speech,
            self._heard,
            time.monotonic,
            self._place.silence_seconds,
            self._account_for,
        )

    def _begin(self, call: str) -> Conversation:
        self._conversation = Conversation(self._engine, self._account, self._around(), call)
        self._due = 0.0
        return self._conversation

    def _account_for(self, uri: str, wanted: Srtp | None) -> Account:
        """The account that dials `uri`: each way of encrypting has its own, made when it is first needed."""
        srtp = wanted or self._place.security.of_uri(uri)
        if srtp not in self._dialling:
            self._dialling[srtp] = self._engine.account("12348", self._incoming, srtp=srtp, hears=False)
        return self._dialling[srtp]

    def _turn(self, now: float) -> float:
        """Carry out what has come; returns the seconds to wait for more."""
        with contextlib.suppress(queue.Empty):
            while True:
                event = self._events.get_nowait()
                if isinstance(event, Serve):
                    if self._conversation is None and not self._asked_to_end:
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
        if self._asked_to_end and orphaned(core, nursery) and not conversation.dismissed:
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
        return self._asked_to_end or alone > NO_NURSERY_IDLE

    def _terminate(self, *_: Any) -> None:
        self._asked_to_end = True

    def _wait_acknowledged(self) -> None:
        until = time.monotonic() + NO_CORE_AFTER_CALL
        while not self._core.wait_acknowledged(ACKNOWLEDGED if self._core.connected else 0.5):
            if self._core.connected or self._asked_to_end or time.monotonic() > until:
                log.warning("%d facts were not acknowledged", self._core.unacknowledged)
                return
        if self._conversation is not None:
            self._conversation.recording_noted()


def new_call_id() -> str:
    """`YYYYMMDD-HHMMSS-<6 hex>`, local time."""
    return f"{datetime.now().astimezone():%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"


def run(place: Place) -> None:
    """Be a worker; never returns. Call in a process of its own."""
    code = 1
    try:
        os.umask(0o077)
        # A cycle with a native object in it, collected on another thread, would abort the process.
        gc.disable()
        take_short_turns()
        Worker(place).run()
        code = 0
    except BaseException:
        log.exception("worker: failed")
    finally:
        # libDestroy would block for a second, and objects left alive would abort.
        os._exit(code)
