"""The inside of telephony.softphone.remote: one account and one call, driven by orders.

It runs in the phone's own process, never in a worker; it shares the workers' engine because what was measured of
PJSIP holds for a phone as well. What it plays and records is telephony.softphone.sounds'.
"""

import argparse
import contextlib
import os
import queue
import time
from collections.abc import Callable
from typing import Any

import pjsua2 as pj

from telephony.softphone.sounds import Sounds, Tell
from telephony.worker.engine import Engine, Ports, call_param
from telephony.worker.legs.leg import Leg
from telephony.worker.legs.requests import Refer, read_invite

FAREWELL = 3.0
POLL = 0.01


def taken_back() -> pj.CallOpParam:
    """Both ways again, after a hold."""
    param = call_param()
    param.opt.flag = pj.PJSUA_CALL_UNHOLD
    return param


class Phone:
    """`tell(event, **fields)` reports. Orders are dicts with `do`."""

    def __init__(self, arguments: argparse.Namespace, password: str, tell: Tell) -> None:
        self._arguments = arguments
        self._tell = tell
        self._orders: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        registrar = arguments.registrar
        transport = ";transport=tcp" if arguments.tcp else ""
        proxy = f"{registrar}{transport};lr" if registrar else ""
        codecs = tuple(arguments.codecs.split(","))
        ports = Ports(arguments.rtp_port, 20, sip_port=arguments.sip_port, proxy=proxy, codecs=codecs)
        self._engine = Engine(ports, "softphone", vad=arguments.vad)
        if arguments.tcp:
            self._engine.add_tcp()
        self._leg: Leg | None = None
        self._sounds = Sounds(self._engine, tell)
        self._answer_at: float | None = None
        self._quit_at: float | None = None
        self._registration_answered = False

        def change(config: pj.AccountConfig) -> None:
            if arguments.tcp:
                config.sipConfig.transportId = -1
            if registrar:
                host = registrar.removeprefix("sip:")
                config.idUri = f"sip:{arguments.user}@{host}"
                config.regConfig.registrarUri = registrar + transport
                config.regConfig.timeoutSec = 300
                config.regConfig.firstRetryIntervalSec = 1
                config.regConfig.retryIntervalSec = 2
                config.regConfig.proxyUse = 0
                config.sipConfig.authCreds.append(
                    pj.AuthCredInfo("digest", arguments.realm, arguments.user, 0, password)
                )

        self._account = self._engine.account(arguments.user, self._incoming, self._registered, change, arguments.srtp)

    def run(self, read_orders: Callable[[Callable[[dict[str, Any]], None]], None]) -> None:
        """Until the order to quit; never returns."""
        self._tell("ready", sip_port=self._engine.sip_port)
        read_orders(self._give)
        while self._quit_at is None or (time.monotonic() < self._quit_at and self._leg is not None):
            self._turn(time.monotonic())
            self._engine.poll(int(POLL * 1000) if self._leg else 500)
        if self._arguments.registrar:
            self._registration_answered = False
            with contextlib.suppress(pj.Error):
                self._account.setRegistration(False)
            until = time.monotonic() + 1
            # regIsActive is over with the request; the answer to it comes after a challenge.
            while time.monotonic() < until and not self._registration_answered:
                self._engine.poll(20)
        self._sounds.stop_recording()
        os._exit(0)

    def _give(self, order: dict[str, Any]) -> None:
        """On the reading thread."""
        self._orders.put(order)
        self._engine.wake()

    def _turn(self, now: float) -> None:
        self._sounds.forget(now)
        with contextlib.suppress(queue.Empty):
            while True:
                order = self._orders.get_nowait()
                try:
                    self._carry_out(order)
                except (pj.Error, OSError, KeyError) as error:
                    reason = error.reason if isinstance(error, pj.Error) else str(error)
                    self._tell("failed", order=str(order.get("do")), reason=reason)
        self._sounds.look(now)
        if self._answer_at is not None and now >= self._answer_at:
            self._answer_at = None
            if self._leg is not None:
                self._leg.accept(200)
        self._sounds.look_at_player()

    def _carry_out(self, order: dict[str, Any]) -> None:  # noqa: PLR0912 (one case an order)
        match order.get("do"):
            case "dial":
                self._dial(order["uri"], order.get("headers", {}))
            case "answer" if self._leg is not None:
                self._leg.accept(int(order.get("code", 200)))
            case "hang_up" if self._leg is not None:
                self._leg.end()
            case "hold" if self._leg is not None:
                self._leg.setHold(call_param())
            case "take_back" if self._leg is not None:
                self._leg.reinvite(taken_back())
            case "refer" if self._leg is not None:
                self._leg.refer(order["uri"], order.get("headers", {}))
            case "play":
                self._sounds.play(order["file"], bool(order.get("loop")))
            case "press" if self._leg is not None:
                self._press(self._leg, order["digits"], order.get("method", "rfc4733"))
            case "record":
                self._sounds.record(order["file"])
            case "stop_recording":
                self._sounds.stop_recording()
            case "quit":
                self._quit_at = time.monotonic() + FAREWELL
                if self._leg is not None:
                    self._leg.end()
            case other:
                raise OSError(f"{other}: cannot be done now")

    def _dial(self, uri: str, headers: dict[str, str]) -> None:
        if self._leg is not None:
            raise OSError("a call is up")
        self._sounds.start()
        leg = Leg(self._account, "leg", self)
        transport = ";transport=tcp" if self._arguments.tcp else ""
        leg.dial(f"{uri}{transport}", "", headers)
        self._leg = leg
        self._tell("dialled")

    def _incoming(self, call_id: int, message: str) -> None:
        if self._leg is not None:
            busy = pj.Call(self._account, call_id)
            busy.hangup(call_param(486))
            return
        self._sounds.start()
        self._leg = Leg(self._account, "leg", self, call_id)
        invite = read_invite(message)
        self._tell("incoming", caller=invite.caller, called=invite.called, reference=invite.reference)
        self._leg.accept(180)
        if self._arguments.answer_after is not None:
            self._answer_at = time.monotonic() + self._arguments.answer_after

    def _registered(self, code: int) -> None:
        self._registration_answered = True
        self._tell("registered" if code // 100 == 2 else "registration_failed", code=code)

    def _press(self, leg: Leg, digits: str, method: str) -> None:
        if method == "rfc4733":
            leg.dialDtmf(digits)
            return
        for digit in digits:
            param = pj.CallSendRequestParam()
            param.method = "INFO"
            param.txOption.contentType = f"application/{method}"
            param.txOption.msgBody = digit if method == "dtmf" else f"Signal={digit}\r\nDuration=160\r\n"
            leg.sendRequest(param)

    # What happens on the leg

    def ringing(self, _leg: Leg) -> None:
        self._tell("ringing")

    def audio(self, _leg: Leg, media: pj.AudioMedia) -> None:
        self._sounds.audio(media)

    def answered(self, _leg: Leg) -> None:
        self._sounds.listen_anew()
        self._tell("answered")
        if self._arguments.record and not self._sounds.recording:
            self._sounds.record(str(self._arguments.record))
        if self._arguments.play:
            self._sounds.play(str(self._arguments.play), loop=False)

    def digit(self, _leg: Leg, digit: str) -> None:
        self._tell("digit", digit=digit)

    def referred(self, _leg: Leg, refer: Refer) -> None:
        """Nobody asks a phone for a transfer."""

    def held(self, _leg: Leg, held: bool) -> None:
        """What the other end does with its music is heard."""

    def carried(self, _leg: Leg, trunk: str) -> None:
        """A phone knows no trunks."""

    def refer_told(self, _leg: Leg, code: int, final: bool) -> None:
        self._tell("refer_told", code=code, final=final)

    def ended(self, leg: Leg, code: int, reason: str) -> None:
        self._sounds.drop_leg(leg)
        self._leg = None
        self._answer_at = None
        self._sounds.stop_player()
        self._sounds.stop_recording()
        self._tell("ended", code=code, reason=reason, codec=leg.meter.codec, secure=leg.meter.secure)
