"""The services with what they depend on: the calendar, the zone, the words ready to be listened for. PURE.

It decides when somebody can be seen. It must not know how a dialogue runs.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo

from config.spans import Span, of_day
from ivr.calendar import Calendar
from ivr.slots.replies import Replies
from ivr.slots.services import ServiceSettings
from ivr.slots.when import Diary


@dataclass(frozen=True)
class Offering:
    """What a session is given to serve callers with. Every `now` is UTC epoch seconds; `zone` is the province's."""

    settings: ServiceSettings
    calendar: Calendar
    zone: tzinfo
    replies: Replies = field(init=False)
    diary: Diary = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "replies", Replies(self.settings.words, self.settings.options))
        object.__setattr__(self, "diary", Diary(self.calendar, self.spans, self.settings.appointment.farthest_days))

    def local(self, now: float) -> datetime:
        return datetime.fromtimestamp(now, self.zone)

    def spans(self, day: date) -> tuple[Span, ...]:
        """The hours of `day`; empty when there is nobody."""
        found: tuple[Span, ...] | None = of_day(self.settings.appointment.hours, self.calendar.names(day))
        return found or ()
