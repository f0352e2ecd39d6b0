"""One leg: a SIP call, told as ringing, answered, digit, ended.

It knows the states of a call and nothing of other legs; what happens is given to `LegEvents` on the polling thread.
"""

import logging
import time
from collections.abc import Callable, Mapping
from typing import Protocol

import pjsua2 as pj

from telephony.worker.engine import Account, call_param
from telephony.worker.legs.codecs import narrowed
from telephony.worker.legs.measuring import Meter
from telephony.worker.legs.requests import DIGITS, Refer, Wanted, read_digit, read_refer, read_trunk, read_wanted

log = logging.getLogger(__name__)

LONGEST_REASON = 80
NOBODY = "none"  # Refer-To as telephony.edge.transactions.refers writes it
SIPFRAG = {100: "Trying", 180: "Ringing", 200: "OK", 486: "Busy Here", 603: "Decline"}


class LegEvents(Protocol):
    def ringing(self, leg: "Leg") -> None: ...
    def audio(self, leg: "Leg", media: pj.AudioMedia) -> None:
        """The leg's audio is there, or is another one after a re-INVITE."""

    def answered(self, leg: "Leg") -> None:
        """Confirmed, and audio flows."""

    def digit(self, leg: "Leg", digit: str) -> None: ...
    def referred(self, leg: "Leg", refer: Refer) -> None:
        """The phone asks for a transfer; it was answered 202 and waits to be told how it goes."""

    def refer_told(self, leg: "Leg", code: int, final: bool) -> None:
        """The other end says how our REFER goes."""

    def held(self, leg: "Leg", held: bool) -> None:
        """The phone has put us on hold, or taken us back."""

    def carried(self, leg: "Leg", trunk: str) -> None:
        """The edge says which trunk has taken the call."""

    def ended(self, leg: "Leg", code: int, reason: str) -> None:
        """Over; `leg.meter` has what its audio was like."""


class Leg(pj.Call):  # type: ignore[misc]
    """`call_id` is PJSIP's number of an incoming call, or none for a leg to be dialled."""

    def __init__(self, account: Account, name: str, events: LegEvents, call_id: int = pj.PJSUA_INVALID_ID) -> None:
        super().__init__(account, call_id)
        self.name = name
        self.incoming = call_id != pj.PJSUA_INVALID_ID
        self.sent = self.incoming  # PJSIP has a call of it: asked about one it has not, it ends the process
        self.accepted = False  # a final answer was sent
        self.confirmed = False
        self.early = False  # dialled, not picked up, and can be heard
        self.over = False
        self._flowing = False
        self._rang = False
        self._told = False
        self._both_ways = False
        self._on_hold = False
        self._failure: tuple[int, str] | None = None
        self._events = events
        self.may_refer = False  # whether a REFER of this phone is taken
        self.given_up = False  # ended by us
        self.trunk = ""
        self.wanted: Wanted | None = None  # the offer that is to be made in place of this one
        self._codecs = account.codecs
        self.meter = Meter(self, time.monotonic)

    def dial(self, uri: str, from_uri: str, headers: Mapping[str, str]) -> None:
        """Send the INVITE. Raises pj.Error; it may be tried again."""
        param = call_param()
        if from_uri:
            param.txOption.localUri = from_uri
        add_headers(param.txOption, headers)
        self.makeCall(uri, param)
        self.sent = True

    def accept(self, code: int = 200, reason: str = "") -> None:
        """Send an answer; nothing when it is too late for one, or a final one was sent."""
        if self.sent and not self.over and not self.accepted:
            self.accepted = self._try("answer", lambda: self.answer(call_param(code, reason))) and code >= 200

    def end(self, code: int = 0, reason: str = "") -> None:
        """CANCEL, BYE or a final answer with `code`, as the state asks for. Harmless when over."""
        self.given_up = True
        if self.sent and not self.over:
            self.meter.read()  # PJSIP forgets the stream at once
            self._try("hangup", lambda: self.hangup(call_param(code, reason)))

    def fail(self, code: int, reason: str) -> None:
        """End a leg whose phone is gone; it is told as ended with `code` and `reason`, not with its BYE's answer."""
        self._failure = (code, reason)
        self.end()

    @property
    def owes_audio(self) -> bool:
        """Whether the other end is to send: answered and acknowledged, not on hold, and audio was agreed on."""
        return self.confirmed and self._both_ways and not self.over

    def received(self) -> tuple[int, int]:
        """RTP packets and RTCP reports received so far, of the stream as it is; zeros where there is none."""
        if not self.sent:
            return 0, 0
        try:
            # Parts of a native struct die with it: keep it while they are read.
            statistics = self.getStreamStat(0)
            return int(statistics.rtcp.rxStat.pkt), int(statistics.rtcp.txStat.updateCount)
        except pj.Error:
            return 0, 0

    def refer(self, uri: str, headers: dict[str, str]) -> None:
        """Ask the other end to call `uri` instead. Raises pj.Error."""
        param = call_param()
        add_headers(param.txOption, headers)
        self.xfer(uri, param)

    def onCallTransferStatus(self, prm: pj.OnCallTransferStatusParam) -> None:
        try:
            self._events.refer_told(self, int(prm.statusCode), bool(prm.finalNotify))
        except Exception:
            log.exception("leg: transfer status")

    def tell_referred(self, code: int) -> None:
        """NOTIFY how the REFER of this phone goes (RFC 3515 §2.4.5). Raises pj.Error."""
        param = pj.CallSendRequestParam()
        param.method = "NOTIFY"
        state = "terminated;reason=noresource" if code >= 200 else "active;expires=60"
        add_headers(param.txOption, {"Event": "refer", "Subscription-State": state})
        param.txOption.contentType = "message/sipfrag;version=2.0"
        param.txOption.msgBody = f"SIP/2.0 {code} {SIPFRAG.get(code, 'Failed')}\r\n"
        self.sendRequest(param)

    def _try(self, what: str, act: Callable[[], None]) -> bool:
        """Whether PJSIP has done it."""
        try:
            act()
        except pj.Error as error:
            log.warning("leg %s: %s: %s", self.name.partition(":")[0], what, error.reason)
            return False
        return True

    def onCallState(self, prm: pj.OnCallStateParam) -> None:
        try:
            info = self.getInfo()
            if not self.incoming and not self.confirmed:
                self._read_answer(prm.e)
            if info.state == pj.PJSIP_INV_STATE_EARLY and not self.incoming and not self._rang:
                self._rang = True
                self._events.ringing(self)
            elif info.state == pj.PJSIP_INV_STATE_CONFIRMED:
                self.confirmed = True
                self._tell_answered()
            elif info.state == pj.PJSIP_INV_STATE_DISCONNECTED and not self.over:
                self.over = True
                self.meter.read()
                code, reason = self._failure or (int(info.lastStatusCode), str(info.lastReason)[:LONGEST_REASON])
                self._events.ended(self, code, reason)
        except Exception:
            log.exception("leg: call state")

    def _read_answer(self, event: pj.SipEvent) -> None:
        """What the edge says of the trunk, beside the far end's answer."""
        if event.type != pj.PJSIP_EVENT_TSX_STATE or event.body.tsxState.type != pj.PJSIP_EVENT_RX_MSG:
            return
        message = event.body.tsxState.src.rdata.wholeMsg
        if not message.startswith("SIP/2.0 "):
            return
        self.wanted = read_wanted(message)
        trunk = read_trunk(message)
        if trunk and trunk != self.trunk:
            self.trunk = trunk
            self._events.carried(self, trunk)

    def onCallMediaState(self, _prm: pj.OnCallMediaStateParam) -> None:
        try:
            # The list lives inside `info`: a temporary one would be freed before the list is read.
            info = self.getInfo()
            for number, media in enumerate(info.media):
                # On hold the stream is still there and its port is the same or a new one.
                if media.type == pj.PJMEDIA_TYPE_AUDIO and media.status not in (
                    pj.PJSUA_CALL_MEDIA_NONE,
                    pj.PJSUA_CALL_MEDIA_ERROR,
                ):
                    self._flowing = True
                    self.early = not self.incoming and info.state == pj.PJSIP_INV_STATE_EARLY
                    self.meter.begin()
                    self._both_ways = (
                        media.status == pj.PJSUA_CALL_MEDIA_ACTIVE and media.dir == pj.PJMEDIA_DIR_ENCODING_DECODING
                    )
                    self._events.audio(self, self.getAudioMedia(number))
                    self._tell_held(media.status == pj.PJSUA_CALL_MEDIA_REMOTE_HOLD)
                    break
            self._tell_answered()
        except Exception:
            log.exception("leg: media state")

    def _tell_held(self, held: bool) -> None:
        if self._told and not self.over and held != self._on_hold:
            self._on_hold = held
            self._events.held(self, held)

    def onStreamDestroyed(self, _prm: pj.OnStreamDestroyedParam) -> None:
        self.meter.read()

    def _tell_answered(self) -> None:
        # PJSIP may report the media before the call is confirmed, or after.
        if self.confirmed and self._flowing and not self._told and not self.over:
            self._told = True
            self._events.answered(self)

    def onCallSdpCreated(self, prm: pj.OnCallSdpCreatedParam) -> None:
        try:
            if prm.remSdp.wholeSdp and self._codecs:
                prm.sdp.wholeSdp = narrowed(prm.sdp.wholeSdp, prm.remSdp.wholeSdp, self._codecs)
        except Exception:
            log.exception("leg: SDP")

    def onDtmfDigit(self, prm: pj.OnDtmfDigitParam) -> None:
        self._tell_digit(str(prm.digit))

    def onCallTsxState(self, prm: pj.OnCallTsxStateParam) -> None:
        try:
            event = prm.e
            if event.type != pj.PJSIP_EVENT_TSX_STATE or event.body.tsxState.type != pj.PJSIP_EVENT_RX_MSG:
                return
            message = event.body.tsxState.src.rdata.wholeMsg
            if message.startswith("REFER ") and self.may_refer and (refer := read_refer(message)) is not None:
                self._events.referred(self, refer)
            if message.startswith("INFO ") and "dtmf-relay" not in message.lower():
                # application/dtmf-relay comes through onDtmfDigit.
                digit = read_digit(message)
                if digit:
                    self._tell_digit(digit)
        except Exception:
            log.exception("leg: INFO")

    def onCallTransferRequest(self, prm: pj.OnCallTransferRequestParam) -> None:
        """PJSIP would dial whatever a REFER names; whom this call calls is for the core to say.

        What the edge passes on names nobody whom PJSIP could dial; who is meant stands beside it.
        """
        prm.statusCode = 202 if self.may_refer and str(prm.dstUri) == NOBODY else 603

    def _tell_digit(self, digit: str) -> None:
        try:
            if len(digit) == 1 and digit in DIGITS:
                self._events.digit(self, digit)
        except Exception:
            log.exception("leg: digit")


def add_headers(option: pj.SipTxOption, headers: Mapping[str, str]) -> None:
    for name, value in headers.items():
        header = pj.SipHeader()
        header.hName, header.hValue = name, value
        option.headers.append(header)
