"""config/services.yaml: its shape, its rules, and every prompt of the services. PURE.

It decides which configuration is sound and what can be chosen. It must not know how a dialogue runs through it
(ivr.dialogue) nor what a booking does (the desk).
"""

import re
from collections.abc import Callable, Collection, Mapping
from functools import cached_property
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, PositiveInt

from config.spans import ByDay
from ivr.hours import described
from ivr.speaking.wording import Wording

PREFIX = "service."
SLOTS = ("what", "where", "day", "time")
PLACES: Mapping[str, tuple[str, ...]] = {
    "day_which": ("first", "second"),
    "day_past": ("day",),
    "day_far": ("days",),
    "day_closed": ("day", "next"),
    "day_shut": ("day",),
    "provisional": ("day",),
    "time_which": ("first", "second"),
    "summary": ("what", "where", "day", "time"),
    "booked": ("number",),
    "number_check": ("number",),
    "told": ("opened", "category", "state", "changed"),
    "phone_check": ("number",),
}
PLACE = re.compile(r"\{(\w+):(\w+)(?::\w+)?\}")
SPOKEN = (
    *(
        "again",
        "off_keys",
        "choose",
        "choose_help",
        "what",
        "what_help",
        "where",
        "where_help",
        "day",
        "day_help",
        "day_keys",
    ),
    *("day_which", "day_open", "day_past", "day_far", "day_closed", "day_shut", "day_no_such", "provisional"),
    *("time", "time_help", "time_which", "time_closed", "time_past", "summary", "summary_help", "change", "booking"),
    *("booked", "number", "number_help", "number_check", "number_short", "number_wrong", "looking", "unknown"),
    *("proof", "proof_help", "proof_wrong", "told", "trouble", "phone_shown", "phone_shown_help", "phone"),
    *("phone_help", "phone_check", "phone_short", "phone_wrong", "phone_taken", "keep_waiting", "cancelled"),
    *("more", "other"),
)


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Option(Shape):
    """One thing to choose: what it is called, what callers say for it, the matters it is for."""

    name: str = Field(min_length=1)
    words: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()


class Way(Option):
    """An option that leads to a service."""

    service: Literal["appointment", "progress"]


class Appointment(Shape):
    label: str = "appointment"
    farthest_days: int = Field(default=60, ge=1, le=365)
    hours: ByDay = Field(min_length=1)
    what: tuple[Option, ...] = Field(min_length=1, max_length=9)
    where: tuple[Option, ...] = Field(min_length=1, max_length=9)


class Progress(Shape):
    label: str = "progress"


class Words(Shape):
    """Phrases by what they ask for; see config/services.yaml."""

    agree: tuple[str, ...] = Field(min_length=1)
    deny: tuple[str, ...] = Field(min_length=1)
    repeat: tuple[str, ...] = Field(min_length=1)
    help: tuple[str, ...] = Field(min_length=1)
    back: tuple[str, ...] = Field(min_length=1)
    person: tuple[str, ...] = Field(min_length=1)
    cancel: tuple[str, ...] = Field(min_length=1)
    other: tuple[str, ...] = Field(min_length=1)
    change: tuple[str, ...] = Field(min_length=1)
    done: tuple[str, ...] = Field(min_length=1)
    elsewhere: tuple[str, ...] = Field(min_length=1)
    slots: Mapping[Literal["what", "where", "day", "time"], tuple[str, ...]]


class ServiceSettings(Shape):
    """All of config/services.yaml."""

    enabled: bool = True
    failures: PositiveInt = 2
    pause_seconds: float = Field(default=1.2, ge=0.3, le=5)
    between_keys_seconds: PositiveFloat = 4
    answer_seconds: PositiveFloat = 10
    appointment: Appointment
    progress: Progress = Progress()
    choose: tuple[Way, ...] = Field(min_length=1, max_length=9)
    words: Words
    alarms: tuple[str, ...] = Field(min_length=1)
    prompts: Mapping[str, str]

    @cached_property
    def options(self) -> Mapping[str, tuple[Option, ...]]:
        """The choices of each slot that has any."""
        return {"choose": self.choose, "what": self.appointment.what, "where": self.appointment.where}

    def prompts_said(self) -> dict[str, str]:
        """Name → text of every prompt, {name:kind} left in it: the templates a voice renders."""
        hours = described(self.appointment.hours)
        said = {}
        for name, text in self.prompts.items():
            if name in self.options:
                keys = "，".join(f"{each.name}请按{n}" for n, each in enumerate(self.options[name], 1))
                text = text.replace("{options}", keys)  # noqa: PLW2901
            said[f"{PREFIX}{name}"] = text.replace("{hours}", hours)
        return said

    def service_of(self, label: str) -> str:
        """The service that `label` leads to; empty where a person serves it."""
        ways = {self.appointment.label: "appointment", self.progress.label: "progress"}
        return ways.get(label, "") if self.enabled else ""


def wording(settings: ServiceSettings, labels: Mapping[str, str], states: Collection[str]) -> Wording:
    """All that the services can say. `labels` are the names of categories by code, `states` those of tickets."""
    choices = {
        "what": tuple(each.name for each in settings.appointment.what),
        "where": tuple(each.name for each in settings.appointment.where),
        "category": tuple(dict.fromkeys(labels.values())),
        "state": tuple(states),
    }
    limits = {f"{PREFIX}day_far": settings.appointment.farthest_days}
    return Wording(settings.prompts_said(), choices, limits)


def faults(settings: ServiceSettings, labels: Collection[str], alarming: Callable[[str], bool]) -> list[str]:
    """What the types cannot say. `alarming` says whether a phrase names a danger, as knowledge.intents does."""
    found = []
    for name, code in (("appointment", settings.appointment.label), ("progress", settings.progress.label)):
        if code not in labels:
            found.append(f"{name}.label: {code!r} is no label; see labels.yaml for those there are")
    for slot, options in settings.options.items():
        found += _option_faults(slot, options, labels)
    for slot in SLOTS:
        if not settings.words.slots.get(slot):  # type: ignore[call-overload]
            found.append(f"words.slots.{slot}: has no words; callers could not correct it by name")
    for phrase in settings.alarms:
        if not alarming(phrase):
            found.append(f"alarms: {phrase!r} is no alarm; see config/intents/_rules.txt for those there are")
    return found + _prompt_faults(settings.prompts)


def _option_faults(slot: str, options: tuple[Option, ...], labels: Collection[str]) -> list[str]:
    found = []
    said: dict[str, str] = {}
    for option in options:
        for word in (option.name, *option.words):
            if said.setdefault(word, option.name) != option.name:
                found.append(f"{slot}: {word!r} stands for {said[word]} and for {option.name}; it must mean one")
        for label in option.labels:
            if label not in labels:
                found.append(f"{slot}: {option.name}: labels: {label!r} is no label; see labels.yaml")
    return found


def _prompt_faults(prompts: Mapping[str, str]) -> list[str]:
    found = [f"prompts.{name}: has no words" for name in SPOKEN if not prompts.get(name, "").strip()]
    for name, text in prompts.items():
        if name not in SPOKEN:
            found.append(f"prompts.{name}: is played nowhere; known prompts: {', '.join(SPOKEN)}")
            continue
        places = {match[1] for match in PLACE.finditer(text)}
        wanted = PLACES.get(name, ())
        found += [f"prompts.{name}: must hold {{{place}:…}}" for place in wanted if place not in places]
    return found
