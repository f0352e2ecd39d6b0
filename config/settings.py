"""Every setting of the hotline, typed. Unknown keys are refused; config/hotline.yaml holds and explains the defaults.

This module knows the shape of the settings, not where they come from (config.load) nor who uses them.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)

from config.addresses import Address, Network
from config.edge import Guarding, Limits, NodeLimits, Registrations
from config.numbers import Digits, Pattern, fits, rewritten
from config.section import Section
from config.streams import Tls, WebSocket
from config.trunks import Account, Health, Login, Registration, Shown, shown_for

Port = int

STAND_INS = "stand-ins"
"""The trunk to stand-ins for lines nobody may reach by mistake (110 and the like): it never leaves this machine."""


Srtp = Literal["off", "optional", "required"]
"""Whether a leg's audio is encrypted (RFC 3711, keys by SDES, RFC 4568)."""


def srtp_of(given: object) -> object:
    """YAML 1.1 reads a bare off as false."""
    return "off" if given is False else given


class Sip(Section):
    """The edge. `port` faces phones and trunks (UDP and TCP), `inside_port` faces the workers on loopback (UDP).

    `digest` are the algorithms phones are challenged with, the preferred one first. `names` are host names that lead
    here, the one of the certificate first. `tls` and `websocket` are off while they are None.
    """

    host: str = "127.0.0.1"
    port: Port = Field(default=5060, ge=1, le=65535)
    inside_port: Port | None = Field(default=None, ge=1, le=65535)
    realm: str = "12348"
    digest: tuple[Literal["SHA-256", "MD5"], ...] = Field(("MD5", "SHA-256"), min_length=1)
    names: tuple[str, ...] = ()
    tls: Tls | None = None
    websocket: WebSocket | None = None
    registrations: Registrations = Registrations()
    limits: NodeLimits = NodeLimits()
    guard: Guarding = Guarding()

    @model_validator(mode="after")
    def _streams_fit_together(self) -> "Sip":
        if self.websocket is not None and self.websocket.secure and self.tls is None:
            raise ValueError("websocket.secure needs the certificate of sip.tls; set that, or websocket.secure: false")
        ports = {"port": self.port}
        ports |= {"tls.port": self.tls.port} if self.tls is not None else {}
        ports |= {"websocket.port": self.websocket.port} if self.websocket is not None else {}
        for name, port in ports.items():
            if list(ports.values()).count(port) > 1:
                raise ValueError(f"{name} {port} is taken by another of sip.port, tls.port and websocket.port")
        return self

    @property
    def inside(self) -> tuple[str, int]:
        """The address workers send to; by default 10000 above (or, near the top, below) the outside port."""
        fallback = self.port + 10000 if self.port <= 55535 else self.port - 10000
        return "127.0.0.1", self.inside_port or fallback


class Outbound(Section):
    """Where calls to numbers of the patterns `allow` go out, showing `caller_id`.

    `strip` is taken off the beginning of a number that has it, then `prefix` is put before; patterns are compared
    with the number as it is dialled here (config.numbers). Of trunks that allow a number those of the lowest `priority`
    come first, among equals each with its share by `weight` (as RFC 2782); one that says nothing for `answer_seconds`
    gives way to the next, as does one that has said no more than 100 Trying for `progress_seconds` (timer C of RFC 3261
    §16.8 would wait for minutes). `shows` are exceptions to `caller_id`.
    """

    host: Address
    port: Port = Field(default=5060, ge=1, le=65535)
    transport: Literal["udp", "tcp", "tls"] = "udp"
    allow: tuple[Pattern, ...] = Field(min_length=1)
    caller_id: Digits = Field(min_length=1)
    strip: Digits = ""
    prefix: Digits = ""
    shows: tuple[Shown, ...] = ()
    priority: NonNegativeInt = 0
    weight: PositiveInt = 1
    answer_seconds: PositiveFloat = 4
    progress_seconds: PositiveFloat = 10

    @model_validator(mode="after")
    def _progress_comes_after_the_answer(self) -> "Outbound":
        if self.progress_seconds < self.answer_seconds:
            raise ValueError(
                f"progress_seconds {self.progress_seconds:g}: is less than answer_seconds {self.answer_seconds:g}; "
                "both count from the INVITE, say at least as much"
            )
        return self

    def allows(self, number: str) -> bool:
        return any(fits(pattern, number) for pattern in self.allow)

    def dialled(self, number: str) -> str:
        """The number as this trunk is asked for it."""
        return rewritten(number, self.strip, self.prefix)

    def shown(self, number: str) -> str:
        """The caller id who is called at `number` sees."""
        return shown_for(self.shows, number, self.caller_id)


class Trunk(Section):
    """A carrier or neighbour from whose addresses calls to `numbers` are taken; with `outbound`, calls go there too.

    With `login` it may come from any address and shows who it is. `account` is ours at the carrier, for `registration`
    and for its challenges. What a `trusted` one asserts about the caller is believed (RFC 3325). Numbers of `area_code`
    come without it.

    `srtp` is for the audio of its calls, both ways; its keys are in SIP, so it is worth something over TLS only.
    """

    name: str = Field(min_length=1)
    addresses: tuple[Network, ...] = ()
    outbound: Outbound | None = None
    login: Login | None = None
    account: Account | None = None
    registration: Registration | None = None
    health: Health = Health()
    limits: Limits = Limits()
    trusted: bool = True
    area_code: Digits = ""
    srtp: Srtp = "off"

    @field_validator("srtp", mode="before")
    @classmethod
    def _off_is_a_word(cls, given: object) -> object:
        return srtp_of(given)

    @model_validator(mode="after")
    def _target_is_its_own(self) -> "Trunk":
        """Requests within a call come from the target: it must be one of the trunk's addresses."""
        target = self.outbound.host if self.outbound is not None else None
        if target is not None and not any(
            target.version == network.version and target in network for network in self.addresses
        ):
            raise ValueError(f"outbound.host {target} must be one of the trunk's addresses; add it there")
        if not self.addresses and self.login is None:
            raise ValueError("addresses: none; say where the trunk's calls come from, or give it a login")
        if self.registration is not None and (self.account is None or self.outbound is None):
            raise ValueError("registration needs an account, and outbound to say where")
        if target is not None and self.name == STAND_INS and not target.is_loopback:
            raise ValueError(f"outbound.host {target} must be on loopback; for service use a trunk of another name")
        return self


def way_to(trunks: tuple[Trunk, ...], number: str) -> Trunk | None:
    """The trunk of the lowest priority that may be asked for `number`, the first among equals."""
    allowing = [(each.outbound.priority, each) for each in trunks if each.outbound and each.outbound.allows(number)]
    return min(allowing, key=lambda found: found[0])[1] if allowing else None


class Media(Section):
    """RTP of the workers: the address put into SDP and the even port every worker's slot counts from.

    A leg in a conversation that sent neither RTP nor RTCP for `silence_seconds` is ended; 0 never ends one.
    `codecs` are those of both our offers and our answers, the preferred one first. `srtp` is for phones, trunks have
    their own. `session_seconds` (RFC 4028) is how long a leg lives whose far end no longer answers; 0 never asks.
    """

    address: str = "127.0.0.1"
    first_port: Port = Field(default=20000, ge=1024, le=65000)
    codecs: tuple[Literal["PCMA", "PCMU", "G722"], ...] = ("PCMA", "PCMU", "G722")
    silence_seconds: NonNegativeFloat = 20
    srtp: Srtp = "off"
    session_seconds: int = 1800

    @field_validator("srtp", mode="before")
    @classmethod
    def _off_is_a_word(cls, given: object) -> object:
        return srtp_of(given)

    @field_validator("session_seconds")
    @classmethod
    def _long_enough(cls, given: int) -> int:
        if given != 0 and not 90 <= given <= 86400:
            raise ValueError("must be 0 (never ask) or 90 to 86400 seconds (RFC 4028 §4)")
        return given


class Workers(Section):
    """`warm` processes wait for a call; never more than `most` exist. One process carries one conversation at a time.

    After `calls` conversations, one after another, it is replaced; 1: a new process for every conversation.
    """

    warm: PositiveInt = 4
    most: PositiveInt = 200
    calls: PositiveInt = 50


class Web(Section):
    host: str = "127.0.0.1"
    port: Port = Field(default=8348, ge=1, le=65535)


class Database(Section):
    """An SQLAlchemy URL; empty means the embedded SQLite file in the home folder."""

    url: str = ""


class Agents(Section):
    """Seconds an agent's phone rings, and seconds of wrap-up before the agent is ready again."""

    ring_seconds: PositiveFloat = 20
    wrap_up_seconds: PositiveFloat = 120


class Calls(Section):
    """Seconds: how long a parked call waits, a number rings that an agent has called, an agent is sought to consult."""

    park_seconds: PositiveFloat = 120
    ring_seconds: PositiveFloat = 45
    consult_seconds: PositiveFloat = 60


class Speech(Section):
    """`model` is a name `hotline model list` shows; `voice` one of the built-in synthesiser's voices.

    `transcript` is whose words are written down live while caller and agent talk.
    """

    enabled: bool = True
    model: str = "default"
    voice: str = "cmn"
    transcript: Literal["off", "caller", "both"] = "caller"

    @field_validator("transcript", mode="before")
    @classmethod
    def _off_is_a_word(cls, given: object) -> object:
        return "off" if given is False else given  # YAML 1.1 reads a bare off as false


Days = Annotated[int, Field(ge=0, le=36500)]


class KeepDays(Section):
    """Days a recording is kept, by what it is of; 0 keeps it for ever. Complaints and holds: docs/recordings.md."""

    talk: Days = 365
    unanswered: Days = 90
    voicemail: Days = 365
    complaint: Days = 1095


class Recording(Section):
    """`sync_seconds`: what a power cut may cost. Below `min_free_mb` of free disk nothing is recorded.

    `pause_seconds` is the longest pause an agent may make; `purge_at` the time of day (Beijing) of the nightly purge.
    """

    enabled: bool = True
    sync_seconds: PositiveFloat = 5
    min_free_mb: NonNegativeFloat = 200
    pause_seconds: PositiveFloat = 180
    keep_days: KeepDays = KeepDays()
    purge_at: str = Field("03:30", pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")

    @field_validator("purge_at", mode="before")
    @classmethod
    def _sexagesimal(cls, given: object) -> object:
        """YAML 1.1 reads a bare 23:30 as base 60."""
        return f"{given // 60:02}:{given % 60:02}" if type(given) is int else given


class Channel(Section):
    """An outside system that receives tickets; without a URL its entries wait in the outbox.

    After a failure the next try comes `retry_seconds` later, then twice that, up to `retry_cap_seconds`.
    """

    url: str = ""
    token: SecretStr = SecretStr("")
    timeout_seconds: PositiveFloat = 10
    retry_seconds: PositiveFloat = 1
    retry_cap_seconds: PositiveFloat = 60


class Channels(Section):
    online: Channel = Channel()
    window: Channel = Channel()
    to_12345: Channel = Channel()
    callback_token: SecretStr = SecretStr("")


class Settings(Section):
    """All of it. `home` is where data lives; `folder` where the configuration's other files are looked up first."""

    home: Path
    folder: Path
    numbers: tuple[str, ...] = ("12348",)
    sip: Sip = Sip()
    trunks: tuple[Trunk, ...] = ()
    media: Media = Media()
    workers: Workers = Workers()
    web: Web = Web()
    database: Database = Database()
    agents: Agents = Agents()
    calls: Calls = Calls()
    speech: Speech = Speech()
    recording: Recording = Recording()
    channels: Channels = Channels()

    @field_validator("trunks")
    @classmethod
    def _told_apart(cls, trunks: tuple[Trunk, ...]) -> tuple[Trunk, ...]:
        for what, found in (
            ("name", [each.name for each in trunks]),
            ("login.user", [each.login.user for each in trunks if each.login is not None]),
        ):
            if len(set(found)) < len(found):
                raise ValueError(f"two trunks have the same {what}; each needs its own")
        return trunks

    @field_validator("trunks")
    @classmethod
    def _tls_both_ways(cls, trunks: tuple[Trunk, ...], info: ValidationInfo) -> tuple[Trunk, ...]:
        sip = info.data.get("sip")
        for trunk in trunks if sip is not None and sip.tls is None else ():
            if trunk.outbound is not None and trunk.outbound.transport == "tls":
                raise ValueError(
                    f"{trunk.name}: outbound.transport tls needs sip.tls, where the carrier calls; set that, or tcp"
                )
        return trunks

    def way_to(self, number: str) -> Trunk | None:
        """The first trunk that may be asked for `number`; None when there is none."""
        return way_to(self.trunks, number)

    @property
    def outside_host(self) -> str:
        """Our host as others see it: a wildcard cannot be written into messages, the media address stands in for it."""
        return self.sip.host if self.sip.host not in ("0.0.0.0", "::", "") else self.media.address

    @property
    def database_url(self) -> str:
        return self.database.url or f"sqlite:///{self.home / 'hotline.db'}"

    @property
    def recordings(self) -> Path:
        return self.home / "recordings"

    @property
    def prompts(self) -> Path:
        """Rendered prompts; recorded takes lie in `home/recorded` and win over them."""
        return self.home / "prompts"

    @property
    def models(self) -> Path:
        return self.home / "models"
