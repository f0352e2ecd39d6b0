"""Read the settings: the defaults, the site's file over them, the environment over both. All errors at once."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from config.settings import Settings

PACKAGED = Path(__file__).parent


class ConfigError(Exception):
    """The configuration cannot be used. `errors` holds one line for each thing to mend."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__("\n".join(errors))
        self.errors = errors


def load_settings(file: Path | None = None, environment: Mapping[str, str] = os.environ) -> Settings:
    """Settings from config/hotline.yaml, `file` and the environment. Raises ConfigError.

    HOTLINE_HOME is where data is kept: `.hotline` in the working folder when it is not set.
    """
    values = read_yaml(PACKAGED / "hotline.yaml")
    where = PACKAGED / "hotline.yaml"
    if file is not None:
        where = file
        values = merge(values, read_yaml(file))
    home = Path(environment.get("HOTLINE_HOME") or ".hotline").absolute()
    values |= {"home": home, "folder": where.absolute().parent}
    problems = override(values, environment)
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        raise ConfigError(problems + [describe(where, problem) for problem in error.errors()]) from None
    if problems:
        raise ConfigError(problems)
    return settings


def find(settings: Settings, name: str) -> Path:
    """A further configuration file: the site's own where there is one, the packaged one otherwise."""
    own = settings.folder / name
    return own if own.exists() else PACKAGED / name


def read_yaml(file: Path) -> dict[str, Any]:
    """The mapping in `file`. Raises ConfigError when it cannot be read or is no mapping."""
    try:
        values = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError([f"{file}: cannot be read: {error.strerror}"]) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError([f"{file}: is not YAML: {' '.join(str(error).split())}"]) from None
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise ConfigError([f"{file}: must hold keys and values, not a {type(values).__name__}"])
    return values


def merge(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """`over` laid on `base`, section by section; lists are replaced whole."""
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        merged[key] = merge(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return merged


def override(values: dict[str, Any], environment: Mapping[str, str]) -> list[str]:
    """Lay HOTLINE_SIP_PORT, HOTLINE_WEB_PORT and HOTLINE_DATABASE_URL over `values`; errors come back as lines."""
    problems = []
    for name, section, key in (
        ("HOTLINE_SIP_PORT", "sip", "port"),
        ("HOTLINE_WEB_PORT", "web", "port"),
        ("HOTLINE_DATABASE_URL", "database", "url"),
    ):
        given = environment.get(name)
        if not given:
            continue
        if key == "port" and not given.isdigit():
            problems.append(f"{name}={given}: must be a port number, 1 to 65535")
            continue
        values[section] = {**values.get(section, {}), key: int(given) if key == "port" else given}
    return problems


def describe(file: Path, problem: Any) -> str:
    """One of pydantic's errors as a line that names the file, the field, the value and the way out."""
    field = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        return f"{file}: {field}: unknown key; see config/hotline.yaml for those there are"
    value = without_secrets(problem.get("input"), str(problem["loc"][-1]) if problem["loc"] else "")
    return f"{file}: {field}: {value!r}: {problem['msg'][0].lower()}{problem['msg'][1:]}"


SECRETS = ("password", "token", "callback_token")


def without_secrets(value: Any, key: str = "") -> Any:
    """`value` as it may be printed: what stands under a name of SECRETS is left out."""
    if key in SECRETS:
        return "…"
    if isinstance(value, Mapping):
        return {name: without_secrets(each, str(name)) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [without_secrets(each) for each in value]
    return value
