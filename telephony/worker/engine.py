"""PJSIP set up the way it was measured to behave: one thread, no sound device, 8 kHz, SIP over UDP.

It knows nothing of conversations. Everything native is made, polled and freed on the thread that made the Engine.
"""

import contextlib
import ctypes
import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pjsua2 as pj

from config.settings import Srtp
from telephony.worker.native import count_calls

CLOCK_RATE = 8000
PR_SET_TIMERSLACK = 29  # linux/prctl.h; 0 is the default again
MEDIA_SLACK = 90_000_000
"""Nanoseconds."""

SRTP = {
    "off": pj.PJMEDIA_SRTP_DISABLED,
    "optional": pj.PJMEDIA_SRTP_OPTIONAL,
    "required": pj.PJMEDIA_SRTP_MANDATORY,
}
CRLF = b"\r\n\r\n"
"""RFC 5626 4.4.1 keep-alive: PJSIP drops it, but its poll returns."""


@dataclass(frozen=True)
class Ports:
    """Where an engine sends and hears. RTP takes even ports from `rtp_port`, `rtp_range` ports wide.

    `accounts` are (realm, user, password) at carriers that challenge calls out; a realm of * fits any.
    """

    rtp_port: int
    rtp_range: int
    media_address: str = "127.0.0.1"
    sip_address: str = "127.0.0.1"
    sip_port: int = 0
    proxy: str = ""
    codecs: tuple[str, ...] = ("PCMA", "PCMU", "G722")
    accounts: tuple[tuple[str, str, str], ...] = field(default=(), repr=False)
    session_seconds: int = 0
    """Of session timers (RFC 4028), where the far end supports them; 0: none."""


class Account(pj.Account):  # type: ignore[misc]
    """Gives every INVITE to `incoming(call_id, message)`: PJSIP's call number and the request's text."""

    def __init__(self, incoming: Callable[[int, str], None], registered: Callable[[int], None]) -> None:
        super().__init__()
        self._incoming = incoming
        self._registered = registered
        self.codecs: tuple[str, ...] = ()
        self.srtp: Srtp = "off"

    def onIncomingCall(self, prm: pj.OnIncomingCallParam) -> None:
        self._incoming(prm.callId, prm.rdata.wholeMsg)

    def onRegState(self, prm: pj.OnRegStateParam) -> None:
        self._registered(prm.code)


class Engine:
    """The endpoint and its SIP transport; `account` makes the one account. With `vad` it sends no RTP while silent."""

    def __init__(self, ports: Ports, user_agent: str, vad: bool = False) -> None:
        self.ports = ports
        self.endpoint = pj.Endpoint()
        with _silent():
            self.endpoint.libCreate()
            with _lazy_timers():
                self.endpoint.libInit(_config(user_agent, vad))
            transport = pj.TransportConfig()
            transport.boundAddress = ports.sip_address
            transport.publicAddress = ports.sip_address
            transport.port = ports.sip_port
            self._transport = self.endpoint.transportCreate(pj.PJSIP_TRANSPORT_UDP, transport)
            self.endpoint.libStart()
        self.sip_port = int(self.endpoint.transportGetInfo(self._transport).localAddress.rsplit(":", 1)[1])
        self._chosen: tuple[str, ...] = ()
        self._choose_codecs(ports.codecs)
        self._waker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._waker.connect((ports.sip_address, self.sip_port))
        self._clock = False

    def account(
        self,
        user: str,
        incoming: Callable[[int, str], None],
        registered: Callable[[int], None] = lambda _: None,
        change: Callable[[pj.AccountConfig], None] = lambda _: None,
        srtp: Srtp = "off",
        hears: bool = True,
    ) -> Account:
        """An account that sends and hears; `change` may set what is not common to all.

        Of several, INVITEs come to the one that `hears`.
        """
        ports = self.ports
        config = pj.AccountConfig()
        config.idUri = f"sip:{user}@{ports.sip_address}:{self.sip_port}"
        config.sipConfig.transportId = self._transport
        if ports.proxy:
            config.sipConfig.proxies.append(ports.proxy)
        config.natConfig.contactRewriteUse = 0
        config.natConfig.viaRewriteUse = 0
        config.natConfig.sdpNatRewriteUse = 0
        config.natConfig.sipOutboundUse = 0
        config.natConfig.udpKaIntervalSec = 0
        config.priority = 1 if hears else 0
        config.callConfig.timerUse = pj.PJSUA_SIP_TIMER_INACTIVE
        if ports.session_seconds:
            config.callConfig.timerUse = pj.PJSUA_SIP_TIMER_OPTIONAL
            config.callConfig.timerMinSESec = 90  # RFC 4028 4: never less
            config.callConfig.timerSessExpiresSec = ports.session_seconds
        config.callConfig.prackUse = pj.PJSUA_100REL_NOT_USED
        config.mediaConfig.lockCodecEnabled = False
        config.mediaConfig.srtpUse = SRTP[srtp]
        config.mediaConfig.srtpSecureSignaling = 0  # the worker's SIP is on loopback; TLS is the edge's
        keyings = pj.IntVector()
        keyings.append(pj.PJMEDIA_SRTP_KEYING_SDES)  # DTLS is not in the wheel: offered, it would mean plain RTP
        config.mediaConfig.srtpOpt.keyings = keyings
        media = config.mediaConfig.transportConfig
        media.port = ports.rtp_port
        media.portRange = ports.rtp_range
        media.publicAddress = ports.media_address
        if is_local(ports.media_address):
            media.boundAddress = ports.media_address
        for realm, name, password in ports.accounts:
            config.sipConfig.authCreds.append(pj.AuthCredInfo("digest", realm, name, 0, password))
        change(config)
        account = Account(incoming, registered)
        account.codecs = ports.codecs
        account.srtp = srtp
        account.create(config, True)
        return account

    def add_tcp(self) -> None:
        """Let SIP go over TCP as well (phones only)."""
        transport = pj.TransportConfig()
        transport.boundAddress = self.ports.sip_address
        transport.port = 0
        self.endpoint.transportCreate(pj.PJSIP_TRANSPORT_TCP, transport)

    def poll(self, milliseconds: int) -> None:
        """Handle events; returns after `milliseconds`, an event or `wake`."""
        with contextlib.suppress(pj.Error):  # EINTR
            self.endpoint.libHandleEvents(milliseconds)

    def greet(self) -> None:
        """Ask ourselves OPTIONS (RFC 3261 11) and take it: the way of a request through PJSIP, once."""
        host, port = self._waker.getsockname()
        request = (
            f"OPTIONS sip:{host}:{self.sip_port} SIP/2.0\r\nVia: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{port}\r\n"
            f"From: <sip:{host}>;tag=1\r\nTo: <sip:{host}>\r\nCall-ID: {port}\r\nCSeq: 1 OPTIONS\r\n"
            "Max-Forwards: 0\r\nContent-Length: 0\r\n\r\n"
        )
        with contextlib.suppress(OSError):
            self._waker.send(request.encode())
        self.poll(20)

    def wake(self) -> None:
        """Make `poll` return; from any thread."""
        with contextlib.suppress(OSError):
            self._waker.send(CRLF)

    @property
    def wake_descriptor(self) -> int:
        """A descriptor on which any write makes `poll` return (for signal.set_wakeup_fd)."""
        return self._waker.fileno()

    def start_clock(self) -> None:
        """Start the bridge's clock. Not before there is a call: it wakes 50 times a second."""
        if not self._clock:
            self.endpoint.audDevManager().setNullDev()
            self._clock = True

    def rest(self) -> None:
        """As before the first call: no clock, codecs in their order. Call when no leg and no player is left."""
        if self._clock:
            self.endpoint.audDevManager().setNoDev()
            self._clock = False
        self._choose_codecs(self.ports.codecs)

    @property
    def calls(self) -> int:
        """How many calls PJSIP holds; 0 where that cannot be known."""
        return count_calls() if count_calls is not None else 0

    @property
    def ports_used(self) -> int:
        """How many ports the bridge has."""
        return int(self.endpoint.mediaActivePorts())

    @property
    def sink(self) -> pj.AudioMedia:
        """Where a leg's audio goes that nobody hears, so that its jitter buffer is emptied."""
        return self.endpoint.audDevManager().getPlaybackDevMedia()

    def prefer(self, codec: str) -> None:
        """Offer `codec` first from now on, the others in their order; an unknown one changes nothing."""
        first = tuple(each for each in self.ports.codecs if each.upper() == codec.upper())
        self._choose_codecs((*first, *(each for each in self.ports.codecs if each not in first)))

    def _choose_codecs(self, wanted: tuple[str, ...]) -> None:
        if wanted == self._chosen:
            return
        self._chosen = wanted
        known = {codec.codecId: codec.codecId.split("/")[0].upper() for codec in self.endpoint.codecEnum2()}
        order = [name.upper() for name in wanted]
        if not set(order) & set(known.values()):
            order = ["PCMA", "PCMU"]
        for codec, name in known.items():
            with contextlib.suppress(pj.Error):  # L16 cannot be set
                self.endpoint.codecSetPriority(codec, 200 - order.index(name) if name in order else 0)


def _config(user_agent: str, vad: bool) -> pj.EpConfig:
    config = pj.EpConfig()
    config.uaConfig.threadCnt = 0
    config.uaConfig.mainThreadOnly = True
    config.uaConfig.userAgent = user_agent
    # Level 0: PJSIP's errors hold addresses with numbers in them.
    config.logConfig.level = 0
    config.logConfig.consoleLevel = 0
    config.logConfig.msgLogging = 0
    media = config.medConfig
    media.clockRate = media.sndClockRate = CLOCK_RATE
    media.noVad = not vad
    media.sndAutoCloseTime = -1
    media.ecTailLen = 0
    # RTP has a native thread of its own: read where SIP is polled, every packet would wake Python. The price is that
    # digits (RFC 4733) wait for the next poll; docs/worker.md has the figures of both ways.
    media.hasIoqueue = True
    media.threadCnt = 1
    return config


@contextlib.contextmanager
def _lazy_timers() -> Iterator[None]:
    """Threads begun meanwhile take their time-outs late, by MEDIA_SLACK at the most; what they wait for wakes at once.

    PJSIP's media thread looks for packets every 10 ms, come or not: an idle worker would wake 100 times a second.
    prctl(2), PR_SET_TIMERSLACK; where there is none, nothing changes.
    """
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is not None:
        prctl(PR_SET_TIMERSLACK, ctypes.c_ulong(MEDIA_SLACK))
    try:
        yield
    finally:
        if prctl is not None:
            prctl(PR_SET_TIMERSLACK, ctypes.c_ulong(0))


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    """PJSIP writes its banner to descriptor 1 before its log can be configured."""
    kept = os.dup(1)
    try:
        with open(os.devnull, "wb") as nowhere:  # noqa: PTH123
            os.dup2(nowhere.fileno(), 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def is_local(address: str) -> bool:
    """Whether a socket can be bound to `address` on this machine."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
        return True


def call_setting() -> pj.CallSetting:
    """One audio stream and no more."""
    setting = pj.CallSetting(True)
    setting.audioCount = 1
    setting.videoCount = 0
    if hasattr(setting, "textCount"):
        setting.textCount = 0
    return setting


def call_param(code: int = 0, reason: str = "") -> pj.CallOpParam:
    """Parameters of an answer, a hang-up or a call."""
    param = pj.CallOpParam(True)
    param.opt = call_setting()
    param.statusCode = code
    param.reason = reason
    return param
