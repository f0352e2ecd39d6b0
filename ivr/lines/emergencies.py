"""The emergency lines as configured: which danger is bridged to which number, and what is said on the way. PURE.

It decides which configuration is sound and what a label or a word leads to. It must not know how danger is told from
other words (knowledge) nor how a line is called (telephony).
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat

from config.numbers import Digits
from config.settings import STAND_INS
from ivr.speaking.wording import Wording

PREFIX = "emergency."
SPOKEN = ("bridging", "unreachable", "after")
LONGEST_REQUEST = 12  # characters: in a longer sentence a number may be part of a story (我打110没人管)


class Line(BaseModel):
    """One line: its number, what it is called, and words that ask for it by name.

    `also` are the long forms agents may dial, such as 0571110; the line is called by its `number` all the same.

    Without `at_once` only an agent's key leads there; callers get a person first.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    number: Digits = Field(min_length=3, max_length=12)
    name: str = Field(min_length=1, max_length=20)
    at_once: bool = True
    words: tuple[str, ...] = ()
    also: tuple[Digits, ...] = ()

    def is_dialled(self, number: str) -> bool:
        return number in (self.number, *self.also)


class EmergencySettings(BaseModel):
    """config/emergencies.yaml. `lines` are found by the label of the danger; `trunk` is the one they go out over."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = True
    trunk: str = STAND_INS
    ring_seconds: PositiveFloat = 25
    listen_in_queue: bool = True
    lines: Mapping[str, Line]
    prompts: Mapping[str, str]

    def named(self, number: str) -> Line | None:
        """The line with this number, short or long, whether it can be reached or not."""
        return next((line for line in self.lines.values() if self.enabled and line.is_dialled(number)), None)

    @property
    def wording(self) -> Wording:
        """The prompts of each line, such as emergency.bridging.110."""
        texts = {}
        for line in self.lines.values() if self.enabled else ():
            for name, text in self.prompts.items():
                said = text.replace("{name}", line.name).replace("{number}", line.number)
                texts[prompt(name, line.number)] = said
        return Wording(texts)


def prompt(name: str, number: str) -> str:
    return f"{PREFIX}{name}.{number}"


@dataclass(frozen=True)
class Emergencies:
    """The lines that can be reached from here; `shown` is the caller id their trunk shows, `shows` by number.

    `reached` are the labels whose line the trunk takes: the others stay with agents.
    """

    settings: EmergencySettings
    shown: str = ""
    reached: frozenset[str] = frozenset()
    shows: Mapping[str, str] = field(default_factory=dict)

    def shown_at(self, number: str) -> str:
        """The caller id with which `number` is called."""
        return self.shows.get(number, self.shown)

    def line(self, label: str) -> Line | None:
        """The line a caller with `label` is bridged to at once; None where a person serves them."""
        found = self.settings.lines.get(label)
        return found if found is not None and found.at_once and label in self.reached else None

    def of_number(self, number: str) -> tuple[str, Line] | None:
        """The line with this number, for an agent's key, with its label."""
        return next(((label, line) for label, line in self.offered() if line.number == number), None)

    def dialled(self, number: str) -> Line | None:
        """The line that an agent means who dials `number`, short or long."""
        return next((line for _, line in self.offered() if line.is_dialled(number)), None)

    def offered(self) -> Iterator[tuple[str, Line]]:
        """All lines that can be reached, in the order of the configuration, with their labels."""
        return ((label, line) for label, line in self.settings.lines.items() if label in self.reached)

    def asked_for(self, text: str) -> str | None:
        """The label of the line that a short sentence asks for by name."""
        if len(text) > LONGEST_REQUEST:
            return None
        return next((label for label, line in self.offered() if any(word in text for word in line.words)), None)


def faults(settings: EmergencySettings, labels: Collection[str]) -> list[str]:
    """What the types cannot say."""
    found = []
    for label in settings.lines:
        if label not in labels:
            found.append(f"lines.{label}: is no label; see labels.yaml for those there are")
        elif not label.startswith(("emergency.", "crisis")):
            found.append(f"lines.{label}: is no danger; only emergency.… and crisis are bridged past the queue")
    said: dict[str, str] = {}
    for label, line in settings.lines.items():
        for word in line.words:
            if said.setdefault(word, label) != label:
                found.append(f"lines.{label}.words: {word!r} asks for {said[word]} already")
    dialled: dict[str, str] = {}
    for label, line in settings.lines.items():
        for number in (line.number, *line.also):
            if dialled.setdefault(number, label) != label:
                found.append(f"lines.{label}: {number} is the number of {dialled[number]} already")
    found += [f"prompts.{name}: has no words" for name in SPOKEN if not settings.prompts.get(name, "").strip()]
    found += [
        f"prompts.{name}: is played nowhere; known prompts: {', '.join(SPOKEN)}"
        for name in settings.prompts
        if name not in SPOKEN
    ]
    if "{number}" not in settings.prompts.get("unreachable", "{number}"):
        found.append("prompts.unreachable: must hold {number}, which the caller is to dial")
    return found
