"""Read voicemail.yaml, overload.yaml, emergencies.yaml and to_12345.yaml. The only I/O of ivr.lines."""

from collections.abc import Callable, Collection
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from config.load import ConfigError, describe, find, read_yaml
from config.settings import STAND_INS, Settings
from ivr.lines import emergencies, neighbour, overload, voicemail
from ivr.lines.emergencies import Emergencies, EmergencySettings
from ivr.lines.neighbour import Neighbour, NeighbourSettings
from ivr.lines.overload import OverloadSettings
from ivr.lines.voicemail import VoicemailSettings

T = TypeVar("T", bound=BaseModel)
URGENCIES = ("一般", "普通", "紧急", "特急")  # as in tickets.writing, which is above this room


def load_voicemail(settings: Settings, callback_key: str) -> VoicemailSettings:
    """Raises ConfigError with every fault at once; so do the others."""
    return _load(
        settings, "voicemail.yaml", VoicemailSettings, lambda read: voicemail.faults(read, URGENCIES, callback_key)
    )


def load_overload(settings: Settings, messages: bool) -> OverloadSettings:
    """`messages` tells whether a voicemail can be left."""
    return _load(settings, "overload.yaml", OverloadSettings, lambda read: overload.faults(read, messages))


def load_emergencies(settings: Settings, labels: Collection[str]) -> Emergencies:
    """The lines, with what the trunk of the settings takes of them."""

    def found(read: EmergencySettings) -> list[str]:
        numbers = {f"lines.{label}.number": line.number for label, line in read.lines.items()}
        return emergencies.faults(read, labels) + (_way_faults(settings, read.trunk, numbers) if read.enabled else [])

    read = _load(settings, "emergencies.yaml", EmergencySettings, found)
    if not read.enabled:
        return Emergencies(read)
    reached = frozenset(label for label, line in read.lines.items() if goes_over(settings, read.trunk, line.number))
    numbers = [line.number for line in read.lines.values()]
    shows = {number: shown_by(settings, read.trunk, number) for number in numbers}
    return Emergencies(read, shown_by(settings, read.trunk), reached, shows)


def load_neighbour(settings: Settings) -> Neighbour:
    """12345, and whether it can be reached."""
    names = tuple(trunk.name for trunk in settings.trunks)

    def found(read: NeighbourSettings) -> list[str]:
        ways = _way_faults(settings, read.trunk, {"number": read.number}) if read.enabled else []
        return neighbour.faults(read, names) + ways

    read = _load(settings, "to_12345.yaml", NeighbourSettings, found)
    reached = read.enabled and goes_over(settings, read.trunk, read.number)
    return Neighbour(read, shown_by(settings, read.trunk, read.number) if reached else "")


def goes_over(settings: Settings, trunk: str, number: str) -> bool:
    """Whether `number` goes out over `trunk`, and over no other that stands before it."""
    way = settings.way_to(number)
    return way is not None and way.name == trunk


def shown_by(settings: Settings, trunk: str, number: str = "") -> str:
    """The caller id that `trunk` shows, or shows `number`; empty where it does not go out."""
    found = next((each for each in settings.trunks if each.name == trunk), None)
    return found.outbound.shown(number) if found is not None and found.outbound is not None else ""


def _way_faults(settings: Settings, trunk: str, numbers: dict[str, str]) -> list[str]:
    """A trunk that a site names must be there and take the numbers; the stand-ins may be missing, never elsewhere."""
    if trunk == STAND_INS:
        return []  # config.settings keeps them on loopback
    if all(each.name != trunk for each in settings.trunks):
        return [f"trunk: {trunk!r}: is no trunk; hotline.yaml has {', '.join(each.name for each in settings.trunks)}"]
    found = []
    for field, number in numbers.items():
        way = settings.way_to(number)
        if way is None:
            found.append(f"{field}: {number}: trunk {trunk} does not allow it; add it to its outbound.allow")
        elif way.name != trunk:
            found.append(f"{field}: {number}: trunk {way.name} stands first and allows it; take it out of its allow")
    return found


def _load(settings: Settings, name: str, kind: type[T], faults: Callable[[T], list[str]]) -> T:
    file = find(settings, name)
    try:
        read = kind.model_validate(read_yaml(file))
    except ValidationError as error:
        raise ConfigError([describe(file, problem) for problem in error.errors()]) from None
    found = faults(read)
    if found:
        raise ConfigError([f"{file}: {fault}" for fault in found])
    return read
