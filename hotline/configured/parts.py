"""The pure parts as configured: labels, tree, intents, script, rules. Used by the core, by `check` and by `replay`."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from config.load import ConfigError, find, load_settings
from config.settings import Settings
from hotline.callbacks.following import CallbackSettings, load_callbacks
from hotline.configured.hours import Times, load_times
from hotline.configured.waiting import Waiting, load_waiting
from ivr.closure import Doors
from ivr.lines.emergencies import Emergencies
from ivr.lines.neighbour import Neighbour
from ivr.lines.overload import OverloadSettings
from ivr.lines.voicemail import VoicemailSettings
from ivr.load import load_speaking, load_tree, with_sound, wording
from ivr.load_lines import load_emergencies, load_neighbour, load_overload, load_voicemail
from ivr.load_needs import load_needs
from ivr.load_services import load_services
from ivr.needs.settings import NeedsSettings
from ivr.outgoing import Outgoing
from ivr.prompts import Progress, silently
from ivr.scripts import Script
from ivr.session import Session
from ivr.slots.offering import Offering
from ivr.slots.services import ServiceSettings
from ivr.slots.services import wording as services_wording
from ivr.speaking.voices import Speaking
from ivr.speaking.wording import Wording
from ivr.tree import Tree
from knowledge.intents import Intents
from knowledge.loading import load_intents
from records.labels import load_labels
from routing.estimate import Pace
from routing.load import load_rules
from routing.router import Router
from routing.rules import Rules
from telephony.calls.outgoing import Begins
from telephony.calls.switchboard import Switchboard
from telephony.control.moves import Calling
from telephony.control.talk import Limits
from tickets.lifecycle import STATE_NAMES

T = TypeVar("T")


@dataclass(frozen=True)
class Parts:
    """Everything pure that configuration decides."""

    labels: dict[str, str]
    script: Script
    times: Times
    waiting: Waiting
    callbacks: CallbackSettings
    rules: Rules


@dataclass(frozen=True)
class Read:
    """What was read of the configuration files, without rendering a prompt."""

    labels: dict[str, str]
    tree: Tree
    intents: Intents
    times: Times
    waiting: Waiting
    callbacks: CallbackSettings
    rules: Rules
    speaking: Speaking
    services: ServiceSettings
    needs: NeedsSettings
    voicemail: VoicemailSettings
    overload: OverloadSettings
    emergencies: Emergencies
    neighbour: Neighbour

    @property
    def wording(self) -> Wording:
        """All that callers can hear."""
        opening, announcements = self.times.opening, self.waiting.announcements
        own = wording(self.speaking, self.tree, self.labels, self.intents, opening, announcements)
        services = services_wording(self.services, self.labels, STATE_NAMES.values())
        lines = self.emergencies.settings.wording | self.neighbour.settings.wording
        return own | services | Wording(self.callbacks.texts()) | self.voicemail.wording | self.overload.wording | lines

    @property
    def offering(self) -> Offering:
        """What callers settle without a person, with the calendar."""
        return Offering(self.services, self.times.opening.calendar, self.times.opening.zone)


def read_files(settings: Settings) -> Read:
    """All files. Raises ConfigError with the errors of all of them at once."""
    errors: list[str] = []

    def attempt(load: Callable[[], T]) -> T | None:
        try:
            return load()
        except ConfigError as error:
            errors.extend(error.errors)
            return None

    labels = attempt(lambda: load_labels(settings))
    tree = attempt(lambda: load_tree(settings, labels or {})) if labels is not None else None
    intents = attempt(
        lambda: load_intents(find(settings, "intents"), find(settings, "labels.yaml"), settings.home / "understanding")
    )
    times = attempt(lambda: load_times(settings))
    waiting = attempt(lambda: load_waiting(settings))
    rules = attempt(lambda: load_rules(settings, labels)) if labels is not None else None
    callbacks = attempt(lambda: load_callbacks(settings))
    needs = attempt(lambda: load_needs(settings, labels)) if labels is not None else None
    speaking = attempt(lambda: load_speaking(settings))
    voicemail = attempt(lambda: load_voicemail(settings, callbacks.key if callbacks is not None else ""))
    overload = attempt(lambda: load_overload(settings, voicemail is None or voicemail.enabled))
    emergencies = attempt(lambda: load_emergencies(settings, labels)) if labels is not None else None
    neighbour = attempt(lambda: load_neighbour(settings))
    if labels is None or tree is None or intents is None or rules is None:
        raise ConfigError(errors)
    services = attempt(lambda: load_services(settings, labels, intents))
    if times is None or waiting is None or callbacks is None or speaking is None or services is None or needs is None:
        raise ConfigError(errors)
    if voicemail is None or overload is None or emergencies is None or neighbour is None:
        raise ConfigError(errors)
    read = Read(
        labels,
        tree,
        intents,
        times,
        waiting,
        callbacks,
        rules,
        speaking,
        services,
        needs,
        voicemail,
        overload,
        emergencies,
        neighbour,
    )
    if faults := read.wording.faults():
        raise ConfigError([*errors, *(f"prompts.{fault}" for fault in faults)])
    return read


def read_all(file: Path | None) -> Read:
    """Settings and all files beside them. Raises ConfigError with the errors of every file at once."""
    errors: list[str] = []
    try:
        settings = load_settings(file)
    except ConfigError as error:
        errors += error.errors
        settings = load_settings()
        if file is not None:
            settings = settings.model_copy(update={"folder": file.absolute().parent})
    try:
        read = read_files(settings)
    except ConfigError as error:
        raise ConfigError(errors + error.errors) from None
    if errors:
        raise ConfigError(errors)
    return read


def load_parts(settings: Settings, progress: Progress = silently) -> Parts:
    """The parts, with every prompt rendered. Raises ConfigError."""
    read = read_files(settings)
    script = Script(
        read.tree,
        read.intents,
        {},
        record=settings.recording.enabled,
        hours=read.times.opening.reception,
        announcements=read.waiting.announcements,
        callback_key=read.callbacks.key,
        callable=read.callbacks.callable,
        services=read.offering,
        needs=read.needs,
        voicemail=read.voicemail,
        overload=read.overload,
        emergencies=read.emergencies,
        neighbour=read.neighbour,
    )
    script = with_sound(settings, script, read.speaking, read.wording, progress)
    return Parts(read.labels, script, read.times, read.waiting, read.callbacks, read.rules)


def switchboard_of(settings: Settings, parts: Parts, strict: bool = False) -> Switchboard:
    """A switchboard without calls, with doors of its own: a closure is part of the run, not of the configuration."""
    pace = Pace(parts.waiting.estimate)
    transcript = settings.speech.transcript
    doors = Doors(parts.script.hours, parts.script.prompts)
    script = replace(parts.script, hours=doors.reception)
    ring_seconds = parts.callbacks.ring_seconds
    begins = Begins(lambda due: Outgoing(due, script, ring_seconds), settings.outside_host)
    calls = settings.calls
    limits = Limits(calls.park_seconds, calls.ring_seconds, calls.consult_seconds)
    return Switchboard(
        Router(parts.rules),
        lambda call: Session(call, script),
        settings.sip.realm,
        strict,
        pace,
        transcript,
        begins,
        doors=doors,
        calling=Calling(script.music, lambda number: shown_to(settings, number), settings.outside_host, limits),
        pause_seconds=settings.recording.pause_seconds,
    )


def shown_to(settings: Settings, number: str) -> str | None:
    """The caller id with which `number` may be called; None where no trunk may be asked for it."""
    way = settings.way_to(number) if number.isascii() and number.isdigit() else None
    return way.outbound.shown(number) if way is not None and way.outbound is not None else None
