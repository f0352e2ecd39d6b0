"""The one taxonomy (config/labels.yaml) and the further skills of agents (routing.yaml): code → Chinese name.

Reads them and checks that names are texts; what routing makes of skills is routing's.
"""

from typing import Any

from config.load import ConfigError, find, read_yaml
from config.settings import Settings


def load_labels(settings: Settings) -> dict[str, str]:
    """Codes and names in the file's order. Raises ConfigError naming each entry that is no text."""
    file = find(settings, "labels.yaml")
    labels = read_yaml(file)
    wrong = [f"{file}: {code}: {name!r}: must be a name" for code, name in labels.items() if not isinstance(name, str)]
    if wrong:
        raise ConfigError(wrong)
    return {str(code): name for code, name in labels.items()}


def load_skills(settings: Settings) -> dict[str, str]:
    """Languages, special groups and regions that agents may be skilled in. Raises ConfigError as load_labels does."""
    file = find(settings, "routing.yaml")
    skills: Any = read_yaml(file).get("skills") or {}
    if not isinstance(skills, dict) or not all(isinstance(name, str) for name in skills.values()):
        raise ConfigError([f"{file}: skills: must hold codes and their names"])
    return {str(code): name for code, name in skills.items()}
