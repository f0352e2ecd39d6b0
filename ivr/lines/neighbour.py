"""12345 as a neighbour: the number agents transfer to, how long it rings, whose calls come from it. PURE.

It decides which configuration is sound, and the header a call carries (RFC 7433). It must not know what a ticket is
(tickets) nor how a line is called (telephony).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat

from config.numbers import Digits
from config.settings import STAND_INS
from ivr.speaking.wording import Wording

PREFIX = "to_12345."
SPOKEN = ("bridging", "returned", "welcome")
MOST_OCTETS = 128  # of user-to-user information that ISDN carries on (ITU-T Q.931 §4.5.30)


class NeighbourSettings(BaseModel):
    """config/to_12345.yaml. `trunk` goes out; calls over `from_trunks` come from 12345.

    A reference in the header counts on calls over `references_from` and `from_trunks` alone: anybody can write one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = True
    number: Digits = Field(default="12345", min_length=3, max_length=20)
    trunk: str = STAND_INS
    ring_seconds: PositiveFloat = 30
    stay: bool = False
    header: Literal["off", "reference", "summary"] = "reference"
    from_trunks: tuple[str, ...] = ()
    references_from: tuple[str, ...] = ("local",)
    title: str = Field(default="转12345", min_length=1, max_length=60)
    prompts: Mapping[str, str]

    @property
    def wording(self) -> Wording:
        return Wording({f"{PREFIX}{name}": text for name, text in self.prompts.items()} if self.enabled else {})

    def comes_from(self, trunk: str, reference: str) -> bool:
        """Whether a call over `trunk` is one of 12345's."""
        return self.enabled and (trunk in self.from_trunks or (reference != "" and trunk in self.references_from))


@dataclass(frozen=True)
class Neighbour:
    """`shown` is the caller id the trunk shows; empty where no trunk takes the number."""

    settings: NeighbourSettings
    shown: str = ""

    @property
    def reached(self) -> bool:
        return self.settings.enabled and self.shown != ""

    def header(self, ticket: str, summary: str) -> str:
        """What the call out carries; empty for nothing."""
        if self.settings.header == "off" or not ticket:
            return ""
        text = f"{ticket} {summary}".strip() if self.settings.header == "summary" else ticket
        return user_to_user(text)


def user_to_user(text: str) -> str:
    """A User-to-User header's value (RFC 7433 §4), cut between characters to what networks carry on."""
    octets = text.encode()[:MOST_OCTETS].decode("utf-8", "ignore").encode()
    return f"{octets.hex()};encoding=hex"


def read_user_to_user(value: str) -> str:
    """The text of a User-to-User header's value; empty for one that cannot be read."""
    data, _, parameters = value.partition(";")
    names = dict(part.strip().lower().partition("=")[::2] for part in parameters.split(";") if part.strip())
    if names.get("encoding", "hex") != "hex":
        return ""
    try:
        text = bytes.fromhex(data.strip().strip('"')).decode()
    except ValueError:
        return ""
    return text if text.isprintable() else ""


def faults(settings: NeighbourSettings, trunks: tuple[str, ...]) -> list[str]:
    """What the types cannot say. `trunks` are the names of those there are."""
    found = [f"prompts.{name}: has no words" for name in SPOKEN if not settings.prompts.get(name, "").strip()]
    found += [
        f"prompts.{name}: is played nowhere; known prompts: {', '.join(SPOKEN)}"
        for name in settings.prompts
        if name not in SPOKEN
    ]
    for name in settings.from_trunks:
        if name not in trunks:
            found.append(f"from_trunks: {name!r}: is no trunk; hotline.yaml has {', '.join(trunks)}")
    return found
