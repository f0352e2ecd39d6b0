"""The one taxonomy (config/labels.yaml): code → Chinese name. Reads and checks the file, decides nothing else."""

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
