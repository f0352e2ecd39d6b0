"""What a session says and how it understands: the tree, the files of its prompts, the classifier. PURE.

It only looks up and puts together; who rendered the files (ivr.prompts) and trained the classifier (knowledge) is
not known here.
"""

import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from ivr.facts import Placed
from ivr.lines.emergencies import Emergencies
from ivr.lines.neighbour import Neighbour
from ivr.lines.overload import OverloadSettings
from ivr.lines.voicemail import VoicemailSettings
from ivr.needs.settings import NeedsSettings
from ivr.opening import OPEN, Reception
from ivr.slots.offering import Offering
from ivr.speaking.kinds import UnsayableError, Value
from ivr.speaking.pieces import STOP, Part, Pause, Piece, pause_of, tidy
from ivr.speaking.template import Template, assemble
from ivr.tree import Tree
from ivr.waiting import Announcements, said
from knowledge.intents import Intents, Understanding

log = logging.getLogger(__name__)

SILENT = "，。？！：；、"
FALLBACK = "unsayable"  # the sentence for one that cannot be said: it leads to a person

URGENT = ("emergency", "crisis")  # these callers are never sent away to wait for a callback


def nobody(_number: str) -> bool:
    return False


def always_open(_now: float) -> Reception:
    return OPEN


@dataclass(frozen=True)
class Script:
    """`prompts` maps a prompt's name to its files, `phrases` the words of a part of a question to its file.

    `templates` are the prompts with places for values, `parts` the files of their parts and pauses by name.

    `hours` says how a caller is received at a time (UTC epoch seconds). In the queue `callback_key` asks for a
    callback, where the number is `callable`.
    """

    tree: Tree
    intents: Intents
    prompts: Mapping[str, tuple[str, ...]]
    phrases: Mapping[str, str] = field(default_factory=dict)
    music: str = ""
    record: bool = True
    hours: Callable[[float], Reception] = always_open
    announcements: Announcements | None = None
    callback_key: str = ""
    callable: Callable[[str], bool] = nobody
    services: Offering | None = None
    templates: Mapping[str, Template] = field(default_factory=dict)
    parts: Mapping[str, str] = field(default_factory=dict)
    needs: NeedsSettings | None = None  # without it a caller needs nobody in particular
    beep: str = ""  # the file of the tone before a message
    voicemail: VoicemailSettings | None = None
    overload: OverloadSettings | None = None
    emergencies: Emergencies | None = None
    neighbour: Neighbour | None = None  # 12345

    def files(self, prompt: str) -> tuple[str, ...]:
        """The audio of `prompt`; empty where none was rendered, which plays as nothing."""
        return self.prompts.get(prompt, ())

    def say(self, prompt: str, **values: Value) -> tuple[str, ...]:
        """The files that say `prompt` with `values`; never a sentence with a hole.

        What cannot be said whole (a part has no file, a value no words) becomes the sentence that leads to a person,
        and a line in the log.
        """
        try:
            return self.sayable(prompt, **values)
        except UnsayableError as error:
            log.error("prompt %s cannot be said: %s", prompt, error)
            return self.files(FALLBACK)

    def sayable(self, prompt: str, **values: Value) -> tuple[str, ...]:
        """As say, never empty. Raises UnsayableError, whose text names place and kind and never holds a value."""
        template = self.templates.get(prompt)
        if template is None:
            if not self.files(prompt):
                raise UnsayableError("there is no file")
            return self.files(prompt)
        pieces = assemble(template, values)
        missing = [piece.name for piece in pieces if piece.name not in self.parts and not isinstance(piece, Pause)]
        if missing:
            raise UnsayableError(f"{len(missing)} of its parts have no file; see hotline prompts list --missing")
        return tuple(self.parts[piece.name] for piece in pieces if piece.name in self.parts)

    def place(self, announcement: int, placed: Placed) -> tuple[str, ...]:
        """What the `announcement`-th adds on the caller's place and wait; nothing where a part was not rendered."""
        if self.announcements is None:
            return ()
        files: tuple[str, ...] = ()
        for prompt, values in said(self.announcements, announcement, placed.position, placed.low, placed.high):
            try:
                files += self.pause + self.sayable(prompt, **values)
            except UnsayableError as error:
                log.error("prompt %s cannot be said: %s", prompt, error)
                return ()
        return files

    def then(self, prompt: str) -> tuple[str, ...]:
        """As files, after another prompt: with the pause between two sentences."""
        return self.pause + self.files(prompt) if self.files(prompt) else ()

    @property
    def pause(self) -> tuple[str, ...]:
        """Between two sentences; nothing where it was not written."""
        return (self.parts[STOP.name],) if STOP.name in self.parts else ()

    def offers_callback(self, number: str, label: str) -> bool:
        """Whether this caller may ask to be called back: there is a number to call, and the matter can wait."""
        return self.callback_key != "" and self.callable(number) and label.partition(".")[0] not in URGENT

    def offers_message(self, label: str, crowded: str) -> bool:
        """Whether a caller in the queue may leave a message instead; `crowded` says what the matter is with it."""
        settings = self.voicemail
        if settings is None or not settings.enabled or not self.beep or label.partition(".")[0] in URGENT:
            return False
        return settings.in_queue == "always" or (settings.in_queue == "crowded" and crowded != "")

    def question(self, understood: Understanding) -> tuple[str, ...]:
        """The audio of the question back: the classifier's where all its parts were rendered, else the label's."""
        pieces = segment(understood.question or "", self.phrases)
        files = tuple(self._file(piece) for piece in pieces if not isinstance(piece, Pause) or piece.name in self.parts)
        return files or self.files(f"confirm.{understood.labels[0][0]}")

    def _file(self, piece: Piece) -> str:
        """The file of a piece of a question; where its form is missing, the phrase's."""
        return self.parts.get(piece.name) or self.phrases[getattr(piece, "text", "")]


def segment(text: str, phrases: Collection[str]) -> tuple[Piece, ...]:
    """The pieces of `text`, longest phrases first; empty when a part of it is no phrase."""
    pieces: list[Piece] = []
    rest = text
    while rest:
        known = max((phrase for phrase in phrases if rest.startswith(phrase)), key=len, default="")
        pause = pause_of(rest[0])
        if known:
            pieces.append(Part(known))
        elif pause is not None:
            pieces.append(pause)
        else:
            return ()
        rest = rest[len(known) or 1 :]
    return tidy(pieces)
