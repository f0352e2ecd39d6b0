"""Which legs of a worker must, may or must not have their audio encrypted (SRTP, keys by SDES, RFC 4568). PURE.

It decides by trunk and by phone, as configured. How audio is encrypted is PJSIP's business.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from config.settings import Settings, Srtp

_NUMBER = re.compile(r"sips?:([^@;]+)@[^;]*;(?:.*;)?user=phone", re.IGNORECASE)
_AUDIO = re.compile(r"^m=audio \d+(?:/\d+)? (\S+)", re.MULTILINE)
_KEY = re.compile(r"^a=crypto:", re.MULTILINE)
NOT_ACCEPTABLE = 488


@dataclass(frozen=True)
class Security:
    """`phones` for registered phones, `trunks` by name, `trunk_for` the trunk a number is called over."""

    phones: Srtp = "off"
    trunks: dict[str, Srtp] = field(default_factory=dict)
    trunk_for: Callable[[str], str] = lambda _number: ""

    @property
    def incoming(self) -> Srtp:
        """What PJSIP is told for callers: it cannot tell trunks apart, `refusal` can."""
        return "off" if {self.phones, *self.trunks.values()} == {"off"} else "optional"

    def of_caller(self, trunk: str) -> Srtp:
        """`trunk` as the edge names it in X-Hotline-Trunk: a trunk's name, or phone:USER."""
        return self.phones if trunk.startswith("phone:") else self.trunks.get(trunk, "off")

    def of_uri(self, uri: str) -> Srtp:
        """For a leg that is dialled: a number (user=phone) goes over a trunk, everything else is a phone."""
        number = _NUMBER.match(uri)
        return self.trunks.get(self.trunk_for(number.group(1)), "off") if number else self.phones

    def refusal(self, trunk: str, message: str) -> str:
        """Why the INVITE `message` cannot be taken, for a 488; empty where it can. No offer is made later by us."""
        offered, wanted = offers_srtp(message), self.of_caller(trunk)
        if offered is True and wanted == "off":
            return "SRTP is off"
        if offered is False and wanted == "required":
            return "SRTP is required"
        return ""


def security_of(settings: Settings) -> Security:
    """As configured: media.srtp for phones, trunks[].srtp for trunks."""

    def trunk_for(number: str) -> str:
        trunk = settings.way_to(number)
        return trunk.name if trunk is not None else ""

    return Security(settings.media.srtp, {trunk.name: trunk.srtp for trunk in settings.trunks}, trunk_for)


def offers_srtp(message: str) -> bool | None:
    """Whether the SDP of `message` offers audio as SRTP: RTP/SAVP, or a key beside RTP/AVP. None without audio."""
    body = message.replace("\r\n", "\n").partition("\n\n")[2]
    found = _AUDIO.search(body)
    if found is None:
        return None
    return "SAVP" in found.group(1).upper() or _KEY.search(body) is not None
