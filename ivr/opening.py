"""When an office is open, and how a caller is received when the hotline is not. PURE.

It decides from the calendar, the hours and the closures. It must not know who is on duty (routing.shifts) nor how a
prompt is played (ivr.session).
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import Enum, auto

from config.spans import Span, of_day, under_way
from ivr.calendar import Calendar
from ivr.hours import Hours, described

FARTHEST = 60  # days looked ahead for the next opening


class Then(Enum):
    """How a call goes on after what the hours had to say."""

    GO_ON = auto()
    LEAVE = auto()
    MESSAGE = auto()  # a voicemail may be left


@dataclass(frozen=True)
class Reception:
    """How a caller is received now: `prompt` is said first (none when empty), then the call goes on or ends."""

    prompt: str = ""
    then: Then = Then.GO_ON


OPEN = Reception()
AFTER = {"person": Then.GO_ON, "to_12345": Then.LEAVE, "voicemail": Then.MESSAGE}
MESSAGES = {
    "person": Reception("closed"),
    "to_12345": Reception("closed_12345", Then.LEAVE),
    "voicemail": Reception("closed_voicemail", Then.MESSAGE),
}


@dataclass(frozen=True)
class Opening:
    """The hours with what they depend on. Every `now` is UTC epoch seconds; `zone` is the province's."""

    hours: Hours
    calendar: Calendar
    zone: tzinfo

    def local(self, now: float) -> datetime:
        return datetime.fromtimestamp(now, self.zone)

    def closure(self, office: str, now: float) -> int | None:
        """The number of the closure that holds for `office`, counted from 0."""
        wall = self.local(now).replace(tzinfo=None)
        for number, closure in enumerate(self.hours.closures):
            if closure.first <= wall < closure.until and (not closure.offices or office in closure.offices):
                return number
        return None

    def open(self, office: str, now: float) -> bool:
        """Whether `office` is open. Raises KeyError for an office that is not configured."""
        by_day = self.hours.offices[office].open
        return self.closure(office, now) is None and under_way(by_day, self.local(now), self.calendar.names) is not None

    def next_opening(self, office: str, now: float) -> float | None:
        """When `office` opens next (now when it is open); None when it does not within 60 days."""
        if self.open(office, now):
            return now
        for at in self._beginnings(office, now):
            if at > now and self.open(office, at):
                return at
        return None

    def _beginnings(self, office: str, now: float) -> list[float]:
        """The moments at which the office may open: starts of its spans and ends of closures."""
        today = self.local(now).date()
        moments = [closure.until.replace(tzinfo=self.zone).timestamp() for closure in self.hours.closures]
        for day in (today + timedelta(days=n) for n in range(FARTHEST)):
            midnight = datetime(day.year, day.month, day.day, tzinfo=self.zone)
            moments += [(midnight + timedelta(minutes=each.first)).timestamp() for each in self.spans(office, day)]
        return sorted(moments)

    def spans(self, office: str, day: date) -> tuple[Span, ...]:
        """The hours of `office` that begin on `day`, closures left aside."""
        found: tuple[Span, ...] | None = of_day(self.hours.offices[office].open, self.calendar.names(day))
        return found or ()

    def reception(self, now: float) -> Reception:
        """How the hotline receives a caller now."""
        office = self.hours.hotline
        closed = self.closure(office, now)
        if closed is not None:
            return Reception(f"closure.{closed + 1}", AFTER[self.hours.closures[closed].then])
        if self.open(office, now):
            return OPEN
        outside = self.hours.outside
        if outside.action == "person":
            return Reception("night") if self.hours.prompts.get("night", "").strip() else OPEN
        return MESSAGES[outside.then]

    def prompts(self) -> dict[str, str]:
        """Name → text of every prompt that `reception` can name."""
        said = described(self.hours.offices[self.hours.hotline].open)
        texts = {name: text.replace("{hours}", said) for name, text in self.hours.prompts.items() if text.strip()}
        closures = {f"closure.{number}": each.message for number, each in enumerate(self.hours.closures, 1)}
        return texts | closures | {f"shut.{code}": each.message for code, each in self.hours.closing.items()}
