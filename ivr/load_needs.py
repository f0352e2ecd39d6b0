"""Read config/needs.yaml. The only I/O of the needs; their rules are ivr.needs'."""

from collections.abc import Mapping

from pydantic import ValidationError

from config.load import ConfigError, describe, find, read_yaml
from config.settings import Settings
from ivr.needs.settings import NeedsSettings, faults
from records.labels import load_skills

FILE = "needs.yaml"


def load_needs(settings: Settings, labels: Mapping[str, str]) -> NeedsSettings:
    """The needs as configured. Raises ConfigError with every fault at once."""
    file = find(settings, FILE)
    try:
        read = NeedsSettings.model_validate(read_yaml(file))
    except ValidationError as error:
        raise ConfigError([describe(file, problem) for problem in error.errors()]) from None
    found = [f"{file}: {fault}" for fault in faults(read, labels, load_skills(settings))]
    if found:
        raise ConfigError(found)
    return read
