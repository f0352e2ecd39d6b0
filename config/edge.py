"""The edge's own rules: registrations, limits of calls, the guard against scanners; all with defaults that hold.

It knows their shape; what they do to a packet is telephony.edge's business.
"""

from pydantic import NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt, model_validator

from config.addresses import Network
from config.section import Section


class Registrations(Section):
    """Seconds a phone may register for (RFC 3261 §10.3): fewer than `least_seconds` get 423, more are cut."""

    least_seconds: PositiveInt = 60
    default_seconds: PositiveInt = 3600
    most_seconds: PositiveInt = 3600
    contacts: PositiveInt = 8

    @model_validator(mode="after")
    def _in_order(self) -> "Registrations":
        if not self.least_seconds <= self.default_seconds <= self.most_seconds:
            raise ValueError("least_seconds, default_seconds and most_seconds must not decrease in this order")
        return self


class Limits(Section):
    """Calls from outside taken at most, all at once and new ones a second; 0 is no limit."""

    calls: NonNegativeInt = 0
    calls_per_second: NonNegativeFloat = 0


class NodeLimits(Limits):
    """Those of the whole edge; who is refused is told to come again after `retry_after_seconds` (503, Retry-After)."""

    calls_per_second: NonNegativeFloat = 200
    retry_after_seconds: PositiveInt = 5


class Rate(Section):
    """Messages from one source: `per_second` in the long run, `burst` at once."""

    per_second: PositiveFloat
    burst: PositiveInt


class Guarding(Section):
    """When a source is banned, and for how long. Trunks and the networks in `allow` never are.

    Within `window_seconds` a source may have so many wrong passwords, name so many users without showing that it is
    one of them, call in vain so many times, and send so many malformed messages. The first ban lasts `ban_seconds`,
    each further one twice as long up to `longest_ban_seconds`; after `remember_seconds` without one it begins anew.
    """

    allow: tuple[Network, ...] = ()
    strangers: Rate = Rate(per_second=20, burst=100)
    phones: Rate = Rate(per_second=200, burst=1000)
    window_seconds: PositiveFloat = 600
    wrong_passwords: PositiveInt = 10
    users_tried: PositiveInt = 30
    calls_in_vain: PositiveInt = 5
    malformed: PositiveInt = 50
    scanners: tuple[str, ...] = ()
    ban_seconds: PositiveFloat = 600
    longest_ban_seconds: PositiveFloat = 86400
    remember_seconds: PositiveFloat = 604800

    @model_validator(mode="after")
    def _grows(self) -> "Guarding":
        if self.longest_ban_seconds < self.ban_seconds:
            raise ValueError("longest_ban_seconds must not be below ban_seconds")
        if any(len(text.strip()) < 4 for text in self.scanners):
            raise ValueError("scanners: each must have 4 characters or more, or it finds honest phones")
        return self
