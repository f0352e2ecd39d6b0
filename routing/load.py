"""Read config/routing.yaml into rules. It checks everything before it decides anything: all errors at once.

The only I/O of the routing package; what the rules mean is routing.rules'.
"""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from math import inf
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, PositiveFloat, ValidationError

from config.load import ConfigError, describe, find, read_yaml
from config.settings import Settings
from routing.needs import GROUP, LANGUAGE, REGION
from routing.rules import RINGS, Rules, Waits

DEFAULT = "default"
FAMILIES = (LANGUAGE, GROUP, REGION)
Wait = NonNegativeFloat | None


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class WaitsFile(Section):
    specialist: Wait = 0
    neighbour: Wait = 0
    generalist: Wait = 0
    any_region: Wait = 20
    overflow: Wait = 45


class RoutingFile(Section):
    """config/routing.yaml as it is written; times in seconds."""

    skills: dict[str, str] = {}
    waits: dict[str, WaitsFile] = {DEFAULT: WaitsFile()}
    levels: dict[str, Annotated[int, Field(ge=1, le=5)]] = {}
    neighbours: dict[str, tuple[str, ...]] = {}
    groups: dict[str, Annotated[int, Field(ge=0, le=9)]] = {}
    ageing_seconds: NonNegativeFloat = 60
    emergency_priority: int = Field(default=10, ge=1)
    preferred_seconds: NonNegativeFloat = 8
    load_limit: float = Field(default=0.8, gt=0, le=1)
    reserved_seconds: PositiveFloat = 20
    talk_seconds: PositiveFloat = 14400
    lost_seconds: PositiveFloat = 60


def load_rules(settings: Settings, labels: Mapping[str, str], file: Path | None = None) -> Rules:
    """The rules of `file`, by default of the site's routing.yaml or, without one, of the packaged one.

    Raises ConfigError with every error at once; each names the file, the key, the value and the way out.
    """
    where, read = read_file(settings, file)
    errors = [f"{where}: {fault}" for fault in faults(read, labels)]
    if errors:
        raise ConfigError(errors)
    waits = {("" if code == DEFAULT else code): waits_of(each) for code, each in read.waits.items()}
    own = ("ageing_seconds", "emergency_priority", "preferred_seconds", "load_limit")
    watchdogs = ("reserved_seconds", "talk_seconds", "lost_seconds")
    return Rules(
        ring_seconds=settings.agents.ring_seconds,
        wrap_up_seconds=settings.agents.wrap_up_seconds,
        any_after_seconds=waits[""].overflow,
        waits=waits,
        levels=read.levels,
        neighbours=read.neighbours,
        groups=read.groups,
        **{name: getattr(read, name) for name in (*own, *watchdogs)},
    )


def read_file(settings: Settings, file: Path | None = None) -> tuple[Path, RoutingFile]:
    """The file as written. Raises ConfigError."""
    where = file or find(settings, "routing.yaml")
    try:
        return where, RoutingFile.model_validate(read_yaml(where))
    except ValidationError as error:
        raise ConfigError([describe(where, problem) for problem in error.errors()]) from None


def waits_of(read: WaitsFile) -> Waits:
    return Waits(*(inf if (wait := getattr(read, ring)) is None else wait for ring in RINGS))


def faults(read: RoutingFile, labels: Mapping[str, str]) -> Iterator[str]:
    """What each value alone does not show: codes nobody knows, waits that fall, names of no family."""
    if DEFAULT not in read.waits:
        yield f"waits: has no {DEFAULT!r}; say what holds for codes not named"
    for code in read.skills:
        if not code.startswith(FAMILIES) or code.endswith("."):
            yield f"skills.{code}: must be a code below {', '.join(FAMILIES)}"
    for section, codes in (("waits", read.waits), ("levels", read.levels), ("neighbours", read.neighbours)):
        for code in codes:
            if code != DEFAULT and not known(code, labels):
                yield f"{section}.{code}: is no code of labels.yaml"
    for code, near in read.neighbours.items():
        for other in near:
            if "." in other or not known(other, labels):
                yield f"neighbours.{code}: {other!r}: must be a first part of codes in labels.yaml, such as 'law'"
    for code in read.groups:
        if not code.startswith(GROUP) or code not in read.skills:
            yield f"groups.{code}: is no {GROUP} code of the section skills"
    for code, written in read.waits.items():
        yield from falling(code, waits_of(written))


def falling(code: str, waits: Waits) -> Iterator[str]:
    for earlier, later in pairwise(RINGS):
        if waits.of(later) < waits.of(earlier):
            yield (
                f"waits.{code}.{later}: {waits.of(later):g}: must not be less than {earlier} ({waits.of(earlier):g}): "
                "each ring opens after those before it"
            )


def known(code: str, labels: Mapping[str, str]) -> bool:
    """Whether the code, or one below it, is in the taxonomy."""
    return code in labels or any(label.startswith(code + ".") for label in labels)
