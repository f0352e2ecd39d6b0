"""Read config/services.yaml. The only I/O of the services; their rules are ivr.slots.services'."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from config.load import ConfigError, describe, find, read_yaml
from config.settings import Settings
from ivr.slots.services import ServiceSettings, faults
from knowledge.intents import Intents

FILE = "services.yaml"
DANGERS = ("emergency.", "crisis")


def load_services(settings: Settings, labels: Mapping[str, str], intents: Intents) -> ServiceSettings:
    """The services as configured. Raises ConfigError with every fault at once."""
    file = find(settings, FILE)
    values: dict[str, Any] = read_yaml(file)
    try:
        read = ServiceSettings.model_validate(values)
    except ValidationError as error:
        raise ConfigError([describe(file, problem) for problem in error.errors()]) from None

    def alarming(phrase: str) -> bool:
        if intents.alarm(phrase) is not None:
            return True
        understood = intents.understand(phrase)
        return understood.code.startswith(DANGERS) and understood.decision != "confirm"

    found = faults(read, labels, alarming)
    if found:
        raise ConfigError([f"{file}: {fault}" for fault in found])
    return read
