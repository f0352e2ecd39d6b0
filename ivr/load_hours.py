"""Read config/calendar/*.yaml and the hours of config/shifts.yaml. The only I/O of calendar and hours."""

from collections.abc import Mapping
from datetime import timedelta, timezone
from typing import Any

from pydantic import ValidationError

from config.load import PACKAGED, ConfigError, describe, find, read_yaml
from config.settings import Settings
from ivr.calendar import Calendar, Notice, calendar_of
from ivr.hours import Hours, faults
from ivr.opening import Opening

SHIFTS = "shifts.yaml"
# Asia/Shanghai: no summer time since 1991, so that a fixed offset needs no zone files on the machine.
ZONE = timezone(timedelta(hours=8), "CST")


def load_calendar(settings: Settings) -> Calendar:
    """The packaged notices with the site's own in calendar/ over them. Raises ConfigError with every fault at once."""
    files = {file.name: file for folder in (PACKAGED, settings.folder) for file in (folder / "calendar").glob("*.yaml")}
    notices: list[Notice] = []
    errors: list[str] = []
    for name, file in sorted(files.items()):
        try:
            notice = Notice.model_validate(read_yaml(file))
        except ConfigError as error:
            errors += error.errors
        except ValidationError as error:
            errors += [describe(file, problem) for problem in error.errors()]
        else:
            notices.append(notice)
            if name != f"{notice.year}.yaml":
                errors.append(f"{file}: year: {notice.year}: must be the year in the file's name")
    if errors:
        raise ConfigError(errors)
    return calendar_of(notices)


def load_opening(settings: Settings, calendar: Calendar, values: Mapping[str, Any]) -> Opening:
    """The hours among `values`, the keys of config/shifts.yaml that are theirs. Raises ConfigError."""
    file = find(settings, SHIFTS)
    try:
        hours = Hours.model_validate(values)
    except ValidationError as error:
        raise ConfigError([describe(file, problem) for problem in error.errors()]) from None
    found = faults(hours)
    if found:
        raise ConfigError([f"{file}: {fault}" for fault in found])
    return Opening(hours, calendar, ZONE)
