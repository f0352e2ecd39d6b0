"""The announcements and estimates as configured: what config/waiting.yaml says, errors all at once."""

from pydantic import BaseModel, ConfigDict, ValidationError

from config.load import ConfigError, describe, find, read_yaml
from config.settings import Settings
from ivr.waiting import Announcements, faults
from routing.estimate import Abandons, EstimateRules


class Waiting(BaseModel):
    """The sections of config/waiting.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    announcements: Announcements
    estimate: EstimateRules = EstimateRules()
    abandons: Abandons = Abandons()


def load_waiting(settings: Settings) -> Waiting:
    """Raises ConfigError with every fault at once."""
    file = find(settings, "waiting.yaml")
    try:
        waiting = Waiting.model_validate(read_yaml(file))
    except ValidationError as error:
        raise ConfigError([describe(file, problem) for problem in error.errors()]) from None
    found = faults(waiting.announcements)
    if found:
        raise ConfigError([f"{file}: announcements.{fault}" for fault in found])
    return waiting
