"""What a session says and how it understands: the tree, the files of its prompts, the classifier. PURE.

It only looks up and puts together; who rendered the files (ivr.prompts) and trained the classifier (knowledge) is
not known here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ivr.facts import Placed
from ivr.opening import OPEN, Reception
from ivr.tree import Tree
from ivr.waiting import Announcements, said
from knowledge.intents import Intents, Understanding

SILENT = "，。？！：；、"


URGENT = ("emergency", "crisis")  # these callers are never sent away to wait for a callback


def nobody(_number: str) -> bool:
    return False


def always_open(_now: float) -> Reception:
    return OPEN


@dataclass(frozen=True)
class Script:
    """`prompts` maps a prompt's name to its files, `phrases` the words of a part of a question to its file.

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

    def files(self, prompt: str) -> tuple[str, ...]:
        """The audio of `prompt`; empty where none was rendered, which plays as nothing."""
        return self.prompts.get(prompt, ())

    def place(self, announcement: int, placed: Placed) -> tuple[str, ...]:
        """What the `announcement`-th adds on the caller's place and wait; nothing where a part was not rendered."""
        if self.announcements is None:
            return ()
        names = said(self.announcements, announcement, placed.position, placed.low, placed.high)
        return tuple(file for name in names for file in self.files(name)) if self.prompts.keys() >= set(names) else ()

    def offers_callback(self, number: str, label: str) -> bool:
        """Whether this caller may ask to be called back: there is a number to call, and the matter can wait."""
        return self.callback_key != "" and self.callable(number) and label.partition(".")[0] not in URGENT

    def question(self, understood: Understanding) -> tuple[str, ...]:
        """The audio of the question back: the classifier's where all its parts were rendered, else the label's."""
        own = assemble(understood.question or "", self.phrases)
        return own or self.files(f"confirm.{understood.labels[0][0]}")


def assemble(text: str, phrases: Mapping[str, str]) -> tuple[str, ...]:
    """The files that say `text`, longest phrases first; empty when a part of it has none."""
    files = []
    rest = text.strip(SILENT)
    while rest:
        known = max((phrase for phrase in phrases if rest.startswith(phrase)), key=len, default="")
        if not known:
            return ()
        files.append(phrases[known])
        rest = rest[len(known) :].strip(SILENT)
    return tuple(files)
