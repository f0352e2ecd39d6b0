"""One conversation: orders are carried out on its legs, and what happens is told as facts.

It never decides what a call is for. Everything here runs on the polling thread; the time is an argument.
"""

import logging
from collections.abc import Mapping

import pjsua2 as pj

from ivr import commands as orders
from ivr import facts
from ivr.commands import Command
from ivr.facts import CALLER, Fact
from telephony.calls.names import AGENT_LEG
from telephony.recordings import LEFT, RIGHT, Kept, RecordingError
from telephony.worker.audio.bridge import Bridge
from telephony.worker.audio.keys import Keys
from telephony.worker.audio.media import Playing
from telephony.worker.audio.ringback import Ringback
from telephony.worker.ears.hearing import Hearing
from telephony.worker.ears.listening import Heard, Listening
from telephony.worker.ears.transcript import Transcribing
from telephony.worker.engine import Account, Engine
from telephony.worker.legs.dialling import Dialled
from telephony.worker.legs.leg import Leg
from telephony.worker.legs.requests import Invite, Refer, Wanted, shown
from telephony.worker.legs.room import Room
from telephony.worker.legs.silence import Silence
from telephony.worker.recorder.capturing import Capturing
from telephony.worker.recorder.message import Message
from telephony.worker.surroundings import Surroundings

log = logging.getLogger(__name__)

SINK = "sink"
NOTHING = Kept("", 0.0, "")
NO_AUDIO_CODE = 408
CANCELLED = 487
FAILED = 500
NO_AUDIO = "no audio"
LEAVING_POLL = 0.01
TALKING_POLL = 0.02
JOINED_POLL = 0.25
"""Seconds between polls: digits come from PJSIP's media thread and wake nothing; SIP and orders wake at once."""

LAST_WORDS = 1.0
"""Seconds a call that is over waits for the last words of its transcript."""


class Conversation:
    """The legs of the call `call`, until it is dismissed. `arrive` or `originate` begins it, once."""

    def __init__(self, engine: Engine, account: Account, around: Surroundings, call: str) -> None:
        self.call = call
        self._engine = engine
        self._account = account
        self._around = around
        self._legs: dict[str, Leg] = {}
        self._bridge = Bridge()
        self._old_legs: list[Leg] = []
        self._dialled: dict[str, Dialled] = {}
        self._anew: dict[str, Wanted] = {}
        self._room = Room()
        self._joined: set[str] = set()
        self._mixed: set[tuple[str, str]] = set()
        self._hearing = Hearing(self._bridge, around, call, CALLER, self)
        self._transcribing = Transcribing(self._bridge, around, call)
        self._capturing = Capturing(self._bridge, around.keeping, call, self._tell)
        self._message: Message | None = None
        self._silence = Silence(around.silence_seconds)
        self._playing = Playing(self._bridge, CALLER, self._prompt_ended, self._hearing)
        self._ringback = Ringback(self._bridge)
        self._keys = Keys(self._bridge)
        self.dismissed = False
        self.caller_left = False
        self.has_referred = False
        """PJSIP keeps a REFER's subscription beyond its call, and would tell of it to whoever is there then."""

    def arrive(self, invite: Invite, call_id: int, answered: bool) -> None:
        """The caller's leg is the INVITE with PJSIP's number `call_id`; `answered` at once, or when it is ordered."""
        self._legs[CALLER] = Leg(self._account, CALLER, self, call_id)
        self._tell(facts.Arrived(self.call, invite.caller, invite.called, invite.trunk, invite.reference))
        if answered:
            self.answer()
        self._begin()  # last: the caller waits for nothing of it

    def originate(self) -> None:
        """There is no leg yet."""
        self._begin()
        self._tell(facts.Originated(self.call))

    def _begin(self) -> None:
        self._engine.start_clock()
        self._bridge.put(SINK, self._engine.sink)

    # Orders

    def carry_out(self, command: Command) -> None:
        """Carry out one order; what cannot be done is told as a fact."""
        if command.call != self.call:
            log.warning("an order for another call is passed over")
            return
        try:
            self._carry_out(command)
        except (pj.Error, OSError, RecordingError) as error:
            reason = error.reason if isinstance(error, pj.Error) else str(error)
            self._tell(facts.WorkerFailed(self.call, f"{type(command).__name__}: {reason}"))
        except Exception as error:
            # One order must not end the call with everybody in it.
            log.exception("an order failed")
            self._tell(facts.WorkerFailed(self.call, f"{type(command).__name__}: {type(error).__name__}"))

    def _carry_out(self, command: Command) -> None:  # noqa: PLR0912, PLR0915 - one case an order
        now = self._around.clock()
        match command:
            case orders.Answer():
                self.answer()
            case orders.Refuse(code=code, reason=reason):
                self.refuse(code, reason)
            case orders.Play(prompt=prompt, files=files, barge_in=barge_in):
                self._playing.play(prompt, files, barge_in, now)
            case orders.PlayMusic(file=file):
                self._playing.loop(file, now)
            case orders.StopPlaying():
                self._playing.stop(now)
            case orders.Listen(grammar=grammar, pause=pause):
                self._hearing.begin(grammar, pause, now)
            case orders.StopListening():
                self._hearing.stop()
            case orders.Transcribe(legs=legs):
                self._transcribing.begin(name for name in legs if name in self._legs)
            case orders.Dial(leg=name, uri=uri, caller=caller, host=host, headers=headers):
                self._dial(name, uri, caller, host, dict(headers))
            case orders.Overhear(leg=name):
                self._mixed.add((CALLER, name))
                self._bridge.connect(CALLER, name)
            case orders.Join(leg=name):
                self._join(name, now)
            case orders.Mix(pairs=pairs):
                self._mix(set(pairs))
            case orders.Ringback(leg=name):
                self._ringback.to(name)
            case orders.SendDigits(leg=name, digits=digits):
                self._keys.press(name, self._leg(name), digits)
            case orders.Refer(leg=name, uri=uri):
                self.has_referred = True
                self._leg(name).refer(uri, {})
            case orders.TellReferred(leg=name, code=code):
                self._leg(name).tell_referred(code)
            case orders.StartRecording(file=file):
                self._record(file, now)
            case orders.PauseRecording(seconds=seconds):
                self._capturing.pause(seconds, now)
            case orders.ResumeRecording():
                self._capturing.resume(now)
            case orders.RecordMessage() | orders.KeepMessage() | orders.PlayMessage() | orders.DropMessage():
                self._of_message(command, now)
            case orders.HangUp(leg=name, code=code):
                # A phone may take long to answer its BYE; it hears nobody from here on.
                self._mix({pair for pair in self._mixed if name not in pair})
                self._end(name, code)
            case orders.Dismiss():
                self.dismissed = True
                self.end_all()
            case _:
                log.warning("an order unknown here is passed over: %s", type(command).__name__)

    def _dial(self, name: str, uri: str, caller: str, host: str, headers: dict[str, str]) -> None:
        if name in self._legs:
            raise OSError("the leg is in use")
        caller_leg = self._legs.get(CALLER)
        if caller_leg is not None:
            self._engine.prefer(caller_leg.meter.codec)
        host = host or f"{self._engine.ports.sip_address}:{self._engine.sip_port}"
        from_uri = f'"{shown(caller)}" <sip:{shown(caller)}@{host}>'
        self._dialled[name] = Dialled(uri, from_uri, {"X-Hotline-Call": self.call, **headers})
        self._ring(name, None)

    def _ring(self, name: str, wanted: Wanted | None) -> None:
        """Send the INVITE of a leg, or another one with the offer that the edge wants.

        Whatever goes wrong is told as the leg's end: the core waits for nothing else.
        """
        dialled = self._dialled[name]
        try:
            account = self._around.account_for(dialled.uri, wanted.srtp if wanted is not None else None)
            leg = self._legs[name] = Leg(account, name, self)
        except Exception as error:
            log.exception("a leg cannot be made")
            self._legs.pop(name, None)
            self._tell(facts.LegEnded(self.call, name, FAILED, type(error).__name__))
            return
        leg.may_refer = name.startswith(AGENT_LEG)
        self._send(leg, dialled.offer(account.srtp, wanted))

    def _send(self, leg: Leg, headers: Mapping[str, str]) -> None:
        """Send the INVITE of a leg, or keep it until PJSIP has a call and sockets for it."""
        dialled, now = self._dialled[leg.name], self._around.clock()
        if self._room.hurries(leg.name, headers, now):
            return
        try:
            leg.dial(dialled.uri, dialled.from_uri, headers)
        except Exception as error:
            status = error.status if isinstance(error, pj.Error) else 0
            if not leg.over:
                if self._room.keeps(leg.name, headers, status, len(self._legs)):
                    return
                leg.over = True
                self.ended(leg, FAILED, str(error.reason if isinstance(error, pj.Error) else type(error).__name__))
        self._room.dialled(now)

    def _join(self, name: str, now: float) -> None:
        if name not in self._legs or CALLER not in self._legs:
            raise OSError("the leg is not there")
        self._playing.stop(now)
        self._mix(self._mixed | {(CALLER, name), (name, CALLER)})

    def _mix(self, wanted: set[tuple[str, str]]) -> None:
        """Connect these legs and no others; what a leg says that is not the caller goes to the recording's right."""
        wanted = {pair for pair in wanted if set(pair) <= self._legs.keys()}
        before = sources(self._mixed)
        for source, listener in self._mixed - wanted:
            self._bridge.disconnect(source, listener)
        for source, listener in wanted - self._mixed:
            self._bridge.connect(source, listener)
        self._mixed = wanted
        self._joined = {name for pair in wanted for name in pair} - {CALLER}
        if self._capturing.on:
            for name in before - sources(wanted):
                self._bridge.disconnect(name, RIGHT)
            for name in sources(wanted) - before:
                self._bridge.connect(name, RIGHT)

    def _leg(self, name: str) -> Leg:
        """A leg that PJSIP knows of. Raises OSError: asked about any other, it would end the process."""
        if name not in self._legs or not self._legs[name].sent:
            raise OSError("the leg is not there")
        return self._legs[name]

    def _record(self, file: str, now: float) -> None:
        if not self._capturing.start(file, now):
            return
        self._bridge.connect(CALLER, LEFT)
        for name in sources(self._mixed):
            self._bridge.connect(name, RIGHT)

    def _of_message(self, command: Command, now: float) -> None:
        match command:
            case orders.RecordMessage(file=file):
                self._drop_message()
                self._message = Message(self._bridge, CALLER, self._around.keeping, file, now)
            case orders.KeepMessage():
                self._end_message()
            case orders.PlayMessage(prompt=prompt):
                self._play_message(prompt, now)
            case orders.DropMessage():
                self._drop_message()

    def _end_message(self) -> None:
        """Nothing more is recorded of it; `tick` tells when it is on disk."""
        if self._message is not None:
            self._message.close()
        else:
            self._tell(facts.MessageKept(self.call, "", 0.0, ""))

    def _play_message(self, prompt: str, now: float) -> None:
        """Play what was kept to the caller. Raises RecordingError and OSError; the prompt is told as not completed."""
        if self._message is None:
            self._playing.play(prompt, (), True, now)
            return
        try:
            with self._message.sound() as file:
                self._playing.play(prompt, (file,), True, now)
        except RecordingError:
            self._prompt_ended(prompt, completed=False)
            raise

    def _drop_message(self) -> None:
        message, self._message = self._message, None
        if message is not None:
            message.discard()

    def _tell_message(self, wait: bool = False) -> None:
        """Tell, once, that the message is kept as soon as it is; with `wait` now."""
        if self._message is None or not self._message.ended or self._message.told:
            return
        try:
            kept = self._message.keep(wait)
        except RecordingError as error:
            self._tell(facts.WorkerFailed(self.call, str(error)))
            kept = NOTHING
        if kept is not None:
            self._message.told = True
            self._tell(facts.MessageKept(self.call, kept.file, kept.seconds, kept.sha256))

    # What happens

    def ringing(self, leg: Leg) -> None:
        self._tell(facts.LegRinging(self.call, leg.name))

    def audio(self, leg: Leg, media: pj.AudioMedia) -> None:
        self._bridge.put(leg.name, media)
        self._bridge.connect(leg.name, SINK)
        if leg.early and leg.name != CALLER:
            self._tell(facts.EarlyAudio(self.call, leg.name))

    def answered(self, leg: Leg) -> None:
        answered = facts.Answered(self.call) if leg.name == CALLER else facts.LegAnswered(self.call, leg.name)
        self._tell(answered)

    def digit(self, leg: Leg, digit: str) -> None:
        if leg.name != CALLER:
            return
        self._tell(facts.DigitPressed(self.call, digit))
        self.barge_in()

    def referred(self, leg: Leg, refer: Refer) -> None:
        self._tell(facts.Referred(self.call, leg.name, refer.target, refer.replaces))

    def refer_told(self, leg: Leg, code: int, final: bool) -> None:
        self._tell(facts.ReferTold(self.call, leg.name, code, final))

    def held(self, leg: Leg, held: bool) -> None:
        self._tell(facts.LegHeld(self.call, leg.name, held))

    def carried(self, leg: Leg, trunk: str) -> None:
        self._tell(facts.LegCarried(self.call, leg.name, trunk))

    def ended(self, leg: Leg, code: int, reason: str) -> None:
        self._bridge.forget(leg.name)
        if leg.wanted is not None and not leg.given_up and self._dialled[leg.name].again:
            self._anew[leg.name] = leg.wanted  # dialled by `tick`, outside PJSIP's callback; nobody is told
            return
        self._transcribing.end(leg.name)
        self._joined.discard(leg.name)
        self._mixed = {pair for pair in self._mixed if leg.name not in pair}
        self._legs.pop(leg.name, None)
        # Freed by `tick`, never inside PJSIP's callback.
        self._old_legs.append(leg)
        if leg.name == CALLER:
            now = self._around.clock()
            self.caller_left = True
            self._playing.stop(now)
            self._hearing.stop()
            self._transcribing.begin(())
            self._capturing.stop(now)
            if self._message is not None:
                self._message.close()
        if (measured := leg.meter.measured(self.call, leg.name)) is not None:
            self._tell(measured)
        self._tell(facts.LegEnded(self.call, leg.name, code, reason))

    def _offer_anew(self) -> None:
        """Dial the legs again that the edge wants another offer of; who was to hear them hears the new ones."""
        anew, self._anew = self._anew, {}
        for name, wanted in anew.items():
            self._old_legs.append(self._legs[name])
            for source, listener in self._mixed:
                if name in (source, listener):
                    self._bridge.connect(source, listener)
            self._ring(name, wanted)

    def _end(self, name: str, code: int = 0, reason: str = "") -> None:
        """End a leg; of one that is between two offers, or not sent yet, PJSIP has no call."""
        leg = self._legs.get(name)
        if leg is not None and (self._anew.pop(name, None) is not None or self._room.gives_up(name)):
            leg.wanted, leg.over = None, True
            self.ended(leg, CANCELLED, "")
        elif leg is not None:
            leg.end(code, reason)

    def heard(self, source: Listening, event: Heard) -> None:
        self._hearing.take(source, event)

    def noticed(self) -> None:
        self._playing.noticed(self._around.clock())

    def mistaken(self) -> None:
        self._playing.mistaken(self._around.clock())

    def barge_in(self) -> None:
        if self._playing.yields:
            self._playing.stop(self._around.clock())

    def _prompt_ended(self, prompt: str, completed: bool) -> None:
        self._tell(facts.PromptEnded(self.call, prompt, completed))

    def _tell(self, fact: Fact) -> None:
        self._around.tell(fact)

    # Time and the end

    def tick(self, now: float) -> float:
        """Do what is due; returns the seconds until the next tick is needed."""
        self._old_legs.clear()
        self._offer_anew()
        for name, headers in self._room.turns():
            self._send(self._legs[name], headers)
        waits = [JOINED_POLL if self._joined and not self._room.waiting else TALKING_POLL]
        if self.dismissed:
            waits.append(LEAVING_POLL)
        if self._silence.wait(now) <= 0:
            self._end_silent(now)
        waits.append(self._silence.wait(now))
        self._transcribing.look()
        if self._message is not None and self._message.ended and not self._message.told:
            self._tell_message()
            waits.append(LEAVING_POLL)
        if (wait := self._playing.tick(now)) is not None:
            waits.append(wait)
        waits.append(self._capturing.tick(now))
        return min(waits)

    @property
    def pressing(self) -> bool:
        """Whether `tick` has something to do at once."""
        return bool(self._anew)

    def _end_silent(self, now: float) -> None:
        """End the legs that are silent: the caller's from its answer on, others once they are in the talk."""
        talking = {CALLER, *self._joined}
        counted = {name: leg for name, leg in self._legs.items() if name in talking and leg.owes_audio}
        signs = {name: leg.received() for name, leg in counted.items()}
        for name in self._silence.look(signs, now):
            self._legs[name].fail(NO_AUDIO_CODE, NO_AUDIO)

    def end_all(self) -> None:
        """End every leg."""
        for name in list(self._legs):
            self._end(name)

    @property
    def over(self) -> bool:
        """Whether every leg has ended."""
        return not self._legs

    def packets_received(self) -> int:
        """RTP packets of all legs so far: while a resident's phone rings, only the agent is heard."""
        return sum(leg.received()[0] for leg in self._legs.values())

    def answer(self) -> None:
        """Answer the caller; harmless for one who is answered, or has left."""
        if CALLER in self._legs:
            self._legs[CALLER].accept()

    @property
    def accepted(self) -> bool:
        """Whether a 200 has gone to the caller who is on the line."""
        return CALLER in self._legs and self._legs[CALLER].accepted

    def refuse(self, code: int, reason: str) -> None:
        """Refuse the caller; one who is answered is let go."""
        self._end(CALLER, code, reason)

    def last_words(self) -> None:
        """Wait until the transcript is told to its end."""
        self._transcribing.wait(LAST_WORDS)

    def keep_recording(self) -> None:
        """Put the recording in its place and tell so, and the message; nothing when there is none."""
        self._tell_message(wait=True)
        self._capturing.keep(self._around.clock())

    def leave(self) -> None:
        """The last call on it, once every leg has ended: what it had on PJSIP's bridge goes."""
        self._ringback.leave()
        self._keys.leave()

    def recording_noted(self) -> None:
        """The core has taken every fact; without that its next start notes the recording."""
        self._capturing.noted()
        if self._message is not None:
            self._message.noted()


def sources(pairs: set[tuple[str, str]]) -> set[str]:
    """Who besides the caller is heard by anybody."""
    return {source for source, _ in pairs} - {CALLER}
