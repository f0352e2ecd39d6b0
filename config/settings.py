"""Every setting of the hotline, typed. Unknown keys are refused; config/hotline.yaml holds and explains the defaults.

This module knows the shape of the settings, not where they come from (config.load) nor who uses them.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeFloat,
    PositiveFloat,
    PositiveInt,
    SecretStr,
    field_validator,
    model_validator,
)

from config.numbers import Digits, Pattern, fits, rewritten

Port = int

STAND_INS = "stand-ins"
"""The trunk to stand-ins for lines nobody may reach by mistake (110 and the like): it never leaves this machine."""


Srtp = Literal["off", "optional", "required"]
"""Whether a leg's audio is encrypted (RFC 3711, keys by SDES, RFC 4568)."""


def srtp_of(given: object) -> object:
    """YAML 1.1 reads a bare off as false."""
    return "off" if given is False else given


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Sip(Section):
    """The edge. `port` faces phones and trunks (UDP and TCP), `inside_port` faces the workers on loopback (UDP).

    `digest` are the algorithms phones are challenged with, the preferred one first.
    """

    host: str = "127.0.0.1"
    port: Port = Field(default=5060, ge=1, le=65535)
    inside_port: Port | None = Field(default=None, ge=1, le=65535)
    realm: str = "12348"
    digest: tuple[Literal["SHA-256", "MD5"], ...] = Field(("MD5", "SHA-256"), min_length=1)

    @property
    def inside(self) -> tuple[str, int]:
        """The address workers send to; by default 10000 above (or, near the top, below) the outside port."""
        fallback = self.port + 10000 if self.port <= 55535 else self.port - 10000
        return "127.0.0.1", self.inside_port or fallback


class Outbound(Section):
    """Where calls to numbers of the patterns `allow` go out, showing `caller_id`.

    `strip` is taken off the beginning of a number that has it, then `prefix` is put before; patterns are compared
    with the number as it is dialled here (config.numbers).
    """

    host: IPv4Address | IPv6Address
    port: Port = Field(default=5060, ge=1, le=65535)
    transport: Literal["udp", "tcp"] = "udp"
    allow: tuple[Pattern, ...] = Field(min_length=1)
    caller_id: Digits = Field(min_length=1)
    strip: Digits = ""
    prefix: Digits = ""

    def allows(self, number: str) -> bool:
        return any(fits(pattern, number) for pattern in self.allow)

    def dialled(self, number: str) -> str:
        """The number as this trunk is asked for it."""
        return rewritten(number, self.strip, self.prefix)


class Trunk(Section):
    """A carrier or neighbour from whose addresses calls to `numbers` are taken; with `outbound`, calls go there too.

    `srtp` is for the audio of its calls, both ways; its keys are in SIP, so it is worth something over TLS only.
    """

    name: str = Field(min_length=1)
    addresses: tuple[IPv4Network | IPv6Network, ...] = Field(min_length=1)
    outbound: Outbound | None = None
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
        if target is not None and self.name == STAND_INS and not target.is_loopback:
            raise ValueError(f"outbound.host {target} must be on loopback; for service use a trunk of another name")
        return self


def way_to(trunks: tuple[Trunk, ...], number: str) -> Trunk | None:
    """The first of `trunks` that may be asked for `number`."""
    return next((each for each in trunks if each.outbound is not None and each.outbound.allows(number)), None)


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
    """`warm` processes wait for a call; never more than `most` exist. One process carries one conversation."""

    warm: PositiveInt = 4
    most: PositiveInt = 200


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
