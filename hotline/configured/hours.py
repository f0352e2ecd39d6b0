"""Calendar, hours and rosters as configured: what config/calendar and config/shifts.yaml say, errors all at once."""

from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from config.load import ConfigError, describe, find, read_yaml
from config.settings import Settings
from ivr.load_hours import SHIFTS, load_calendar, load_opening
from ivr.opening import Opening
from routing.shifts import Rosters, faults, warning


@dataclass(frozen=True)
class Times:
    """When the hotline is open and who is on shift. Every `now` is UTC epoch seconds."""

    opening: Opening
    rosters: Rosters

    def shift_warning(self, agent: str, now: float) -> str:
        """What an agent who wants calls off shift is told; empty on shift."""
        return warning(self.rosters, agent, self.opening.local(now), self.opening.calendar.names)

    @property
    def refuses_off_shift(self) -> bool:
        return self.rosters.off_shift == "refuse"


def load_times(settings: Settings) -> Times:
    """Raises ConfigError with the faults of all files."""
    errors: list[str] = []
    opening = rosters = None
    try:
        values = read_yaml(find(settings, SHIFTS))
        theirs = {key: value for key, value in values.items() if key in Rosters.model_fields}
        rosters = load_rosters(settings, theirs)
    except ConfigError as error:
        errors += error.errors
        values, theirs = {}, {}
    try:
        calendar = load_calendar(settings)
        if rosters is not None:
            opening = load_opening(settings, calendar, {key: values[key] for key in values.keys() - theirs.keys()})
    except ConfigError as error:
        errors += error.errors
    if opening is None or rosters is None:
        raise ConfigError(errors)
    return Times(opening, rosters)


def load_rosters(settings: Settings, values: dict[str, Any]) -> Rosters:
    """The rosters among the values of config/shifts.yaml. Raises ConfigError."""
    file = find(settings, SHIFTS)
    try:
        rosters = Rosters.model_validate(values)
    except ValidationError as error:
        raise ConfigError([describe(file, problem) for problem in error.errors()]) from None
    found = faults(rosters)
    if found:
        raise ConfigError([f"{file}: {fault}" for fault in found])
    return rosters
