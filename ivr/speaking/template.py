"""A sentence with places for values: reading it, saying it with values, and every part it may need. PURE.

It decides how text and values join. It must not know which files say the parts (ivr.prompts).

A place is `{name:kind}` or `{name:kind:argument}`: the argument of `count` and `position` is the largest number, that
of `choice` the name of the list of texts, by default the place's own name.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ivr.speaking.kinds import KINDS, LARGEST, Range, UnsayableError, Value
from ivr.speaking.pieces import SILENT, Part, Pause, Piece, pause_of, tidy
from ivr.speech.reading import MEASURES

PLACE = re.compile(r"\{(\w+):([a-z]+)(?::(\w+))?\}")


class TemplateError(ValueError):
    """The text is no sentence with places; one line that names the place and the way out."""


@dataclass(frozen=True)
class Slot:
    """The place `name`, to be filled with a value of `kind` within `range`."""

    name: str
    kind: str
    range: Range


@dataclass(frozen=True)
class Template:
    """`items` are, in order, texts that are said, pauses, and slots."""

    items: tuple[str | Pause | Slot, ...]

    @property
    def slots(self) -> tuple[Slot, ...]:
        return tuple(item for item in self.items if isinstance(item, Slot))

    def limited(self, most: int) -> "Template":
        """The same, saying numbers up to `most` only, so that fewer parts are made."""
        return Template(
            tuple(
                replace(item, range=replace(item.range, most=most))
                if isinstance(item, Slot) and item.kind in LARGEST
                else item
                for item in self.items
            )
        )


def parse(text: str, choices: Mapping[str, Sequence[str]] | None = None) -> Template:
    """The template that `text` writes down. Raises TemplateError."""
    items: list[str | Pause | Slot] = []
    at = 0
    for place in PLACE.finditer(text):
        items += _words(text[at : place.start()])
        items.append(_slot(place, text[place.end() :], choices or {}))
        at = place.end()
    items += _words(text[at:])
    names = [item.name for item in items if isinstance(item, Slot)]
    twice = {name for name in names if names.count(name) > 1 and len(_kinds(items, name)) > 1}
    if twice:
        raise TemplateError(f"{{{twice.pop()}}}: stands twice with different kinds; give them two names")
    if not any(isinstance(item, str | Slot) for item in items):
        raise TemplateError("has no words")
    return Template(tuple(_ranges(items)))


def has_places(text: str) -> bool:
    """Whether `text` is a sentence with places, and so never one file."""
    return PLACE.search(text) is not None


def assemble(template: Template, values: Mapping[str, Value]) -> tuple[Piece, ...]:
    """The pieces that say `template` with `values`, never none. Raises UnsayableError, which names place and kind."""
    pieces: list[Piece] = []
    for item in template.items:
        if isinstance(item, Slot):
            if item.name not in values:
                raise UnsayableError(f"{item.name}: no value was given")
            try:
                pieces += KINDS[item.kind].say(values[item.name], item.range)
            except UnsayableError as error:
                raise UnsayableError(f"{item.name}: {error}") from None
        else:
            pieces.append(Part(item) if isinstance(item, str) else item)
    return tidy(pieces)


def fragments(template: Template) -> frozenset[Part]:
    """Every part that `assemble` can give for any values."""
    found: set[Part] = set()
    for item, after in zip(template.items, (*template.items[1:], None), strict=True):
        ends = after is None or isinstance(after, Pause)
        if isinstance(item, Slot):
            every = KINDS[item.kind].every(item.range)
            found |= every.inner | {Part(text, ends) for text in every.last}
        elif isinstance(item, str):
            found.add(Part(item, ends))
    return frozenset(found)


def _words(text: str) -> list[str | Pause]:
    """The words between places, and the pauses their punctuation at both ends asks for."""
    words = text.strip(SILENT)
    if "{" in words or "}" in words:
        raise TemplateError(f"{words!r}: a place is written {{name:kind}}, with a kind of {', '.join(KINDS)}")
    before, _, after = text.partition(words) if words else (text, "", "")
    return [item for item in (pause_of(before), words, pause_of(after)) if item]


def _ranges(items: Sequence[str | Pause | Slot]) -> list[str | Pause | Slot]:
    """The first number of a range is said like the second: 两到五分钟."""
    made = list(items)
    for at in range(len(made) - 2):
        first, last = made[at], made[at + 2]
        if isinstance(first, Slot) and isinstance(last, Slot) and made[at + 1] in ("到", "至") and last.range.measured:
            made[at] = replace(first, range=replace(first.range, measured=first.kind == "count"))
    return made


def _slot(place: re.Match[str], rest: str, choices: Mapping[str, Sequence[str]]) -> Slot:
    name, kind, argument = place[1], place[2], place[3]
    if kind not in KINDS:
        raise TemplateError(f"{{{name}:{kind}}}: is no kind; use one of {', '.join(KINDS)}")
    if kind == "choice":
        texts = choices.get(argument or name, ())
        if not any(text.strip(SILENT) for text in texts):
            raise TemplateError(f"{{{place[0][1:-1]}}}: there is no list {argument or name!r} of texts to choose from")
        return Slot(name, kind, Range(choices=tuple(text for text in texts if text.strip(SILENT))))
    if argument is not None and kind not in LARGEST:
        raise TemplateError(f"{{{place[0][1:-1]}}}: {kind} takes no argument")
    if argument is not None and not (argument.isdecimal() and 1 <= int(argument) <= LARGEST[kind]):
        raise TemplateError(f"{{{place[0][1:-1]}}}: {argument}: must be 1 to {LARGEST[kind]}")
    measured = re.match(MEASURES, rest) is not None and re.match("[月日号楼级层点]", rest) is None
    return Slot(name, kind, Range(most=int(argument or 0), measured=kind == "count" and measured))


def _kinds(items: Sequence[str | Pause | Slot], name: str) -> set[str]:
    return {item.kind for item in items if isinstance(item, Slot) and item.name == name}
