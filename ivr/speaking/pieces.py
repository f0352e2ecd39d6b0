"""The pieces a sentence is played from: a part that a voice says, or a pause. PURE.

It decides how a part is named, which is the name of its recorded take. It must not know what a sentence means nor who
says it.
"""

import hashlib
import re
from dataclasses import dataclass

COMMAS, STOPS = "，,、；;：:", "。.！!？?"
SILENT = COMMAS + STOPS + " 　"
LONGEST = 30  # characters of text in a name: three bytes each, and file names end at 255


@dataclass(frozen=True, slots=True)
class Part:
    """Words said in one breath. `final`: a pause follows; otherwise the voice must sound as if it went on."""

    text: str
    final: bool = False

    @property
    def name(self) -> str:
        """`part.TEXT`, or `part.TEXT.end` for the final form; a long text is cut and told apart by a hash."""
        words = re.sub(r"[/\\\0\s]", "_", self.text.strip(SILENT))
        if len(words) > LONGEST:
            words = f"{words[:LONGEST]}~{hashlib.sha256(words.encode()).hexdigest()[:6]}"
        return f"part.{words}{'.end' if self.final else ''}"


@dataclass(frozen=True, slots=True)
class Pause:
    """Silence of `seconds` that belongs into the sentence."""

    seconds: float

    @property
    def name(self) -> str:
        return f"pause.{round(self.seconds * 1000)}"


GROUP, COMMA, STOP = Pause(0.1), Pause(0.15), Pause(0.3)
PAUSES = (GROUP, COMMA, STOP)
Piece = Part | Pause


def pause_of(marks: str) -> Pause | None:
    """The pause that punctuation asks for; none for no punctuation."""
    if any(mark in STOPS for mark in marks):
        return STOP
    return COMMA if any(mark in COMMAS for mark in marks) else None


def tidy(pieces: list[Piece]) -> tuple[Piece, ...]:
    """Pauses side by side become the longest of them, none ends a sentence; parts before a pause take their final form.

    >>> [piece.name for piece in tidy([Part("三"), Part("四"), COMMA, STOP, Part("五"), STOP])]
    ['part.三', 'part.四.end', 'pause.300', 'part.五.end']
    """
    made: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, Pause):
            if not made:
                continue
            last = made[-1]
            if isinstance(last, Pause):
                made[-1] = max(last, piece, key=lambda each: each.seconds)
                continue
            made[-1] = Part(last.text, final=True)
        made.append(piece)
    while made and isinstance(made[-1], Pause):
        made.pop()
    if made:
        last = made[-1]
        assert isinstance(last, Part)
        made[-1] = Part(last.text, final=True)
    return tuple(made)
