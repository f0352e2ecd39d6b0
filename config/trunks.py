"""What is said of a trunk besides its addresses: accounts at either side, registration, health, numbers shown.

It knows their shape; who is let in and how a call goes out is telephony.edge's business.
"""

from collections.abc import Sequence

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt, SecretStr

from config.numbers import Digits, Pattern, fits
from config.section import Section

PLAIN = r"^[A-Za-z0-9_.!~*+-]+$"
"""User parts that need no escapes (RFC 3261 §25.1), so that both sides write them alike."""


class Login(Section):
    """With what a trunk shows us who it is (digest, RFC 7616), whatever address it comes from."""

    user: str = Field(min_length=1, pattern=PLAIN)
    password: SecretStr = Field(min_length=1)


class Account(Section):
    """With what we show a carrier who we are. Without `realm` its challenge decides; `domain` is that of the AOR."""

    user: str = Field(min_length=1, pattern=PLAIN)
    password: SecretStr = Field(min_length=1)
    realm: str = ""
    domain: str = ""


class Registration(Section):
    """We register at the trunk's outbound target, for `seconds` at a time; it may ask for more or give less.

    `contact` is the user part carriers send our calls to; empty: the first of `numbers`.
    """

    seconds: int = Field(default=600, ge=60, le=86400)
    contact: str = Field(default="", pattern=r"^[A-Za-z0-9_.!~*+-]*$")
    retry_seconds: PositiveFloat = 5
    retry_cap_seconds: PositiveFloat = 300


class Health(Section):
    """OPTIONS every `seconds` (0: never), an answer awaited for `timeout_seconds`.

    Down after `down_after` misses in a row, up again after `up_after` answers in a row.
    """

    seconds: NonNegativeFloat = 30
    timeout_seconds: PositiveFloat = 5
    down_after: PositiveInt = 3
    up_after: PositiveInt = 2


class Shown(Section):
    """`number` is shown to those called whose number fits one of `to`."""

    to: tuple[Pattern, ...] = Field(min_length=1)
    number: Digits = Field(min_length=1)


def shown_for(shows: Sequence[Shown], number: str, otherwise: str) -> str:
    """The caller id for a call to `number`: that of the first rule that fits."""
    return next((each.number for each in shows if any(fits(pattern, number) for pattern in each.to)), otherwise)
