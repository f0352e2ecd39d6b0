"""Is a sentence an alarm before it has ended? Sure enough to act on what was said so far, whatever comes after.

Decides on phrases up to the end of the one that proves the danger: what follows never takes an alarm back.
Knows no legal label, no model and no time.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from knowledge.cues import Cue, Phrases
from knowledge.danger import Danger, Tense
from knowledge.sounds import Sentence

# By sound alone a phrase proves a danger from this many syllables on: 证拿到 sounds like 正拿刀.
HEARD_FROM = 4
# Right before a danger these deny or threaten it (没正在打, 你不想活了); longer ones also a syllable earlier.
DENIALS = ("没", "不是", "没有", "别", "你", "你们", "不会")
FAR_DENIALS = ("不是", "没有")

Span = tuple[int, int]


@dataclass(frozen=True)
class Alarms:
    """`sure` phrases of each code prove it alone; `help` calls for help prove any danger that is named beside them.

    `doubt` phrases before them take the proof away (quotations, conditions), as do those of earlier times.
    """

    sure: Mapping[str, Phrases]
    help: Phrases
    doubt: Phrases


def alarm(said: Sentence, alarms: Alarms, dangers: Mapping[str, Danger], tense: Tense) -> str | None:
    """The code of the danger that `said`, perhaps still unfinished, proves; None while there is none.

    Once it names a danger it does so for every longer sentence that begins the same.
    """
    proofs = sorted(proven(said, alarms, dangers))
    if not proofs:
        return None
    doubts = [start for words in (tense.past, alarms.doubt) for start, _ in places(words, said)]
    for end, start, code in proofs:
        if not any(doubt < end for doubt in doubts) and not denied(said, start):
            return code
    return None


def proven(said: Sentence, alarms: Alarms, dangers: Mapping[str, Danger]) -> Iterator[tuple[int, int, str]]:
    """(end, start, code) of every proof in `said`: `end` is where it is complete, `start` where its danger begins."""
    for code, phrases in alarms.sure.items():
        for start, end in places(phrases, said):
            yield end, start, code
    calls = [end for _, end in places(alarms.help, said)]
    if calls:
        for code, danger in dangers.items():
            for phrases in (danger.now, danger.event):
                for start, end in places(phrases, said):
                    yield max(end, min(calls)), start, code


def denied(said: Sentence, start: int) -> bool:
    """True when a denial ends right before position `start`, or one of the longer ones a syllable earlier."""
    before = "".join(said.chars[max(0, start - 3) : start])
    return before.endswith(DENIALS) or before[:-1].endswith(FAR_DENIALS)


def places(phrases: Phrases, said: Sentence) -> Iterator[Span]:
    """(start, end) of the first place of each of `phrases` in `said`: by character, longer ones by exact sound too."""
    for i, _ in phrases.found(said):
        span = place(phrases.cues[i], said)
        if span is not None:
            yield span


def place(cue: Cue, said: Sentence) -> Span | None:
    """Where `cue` is first, by its characters or, when it is long enough, by its sounds."""
    match = cue.by_text.search(said.text)
    found = match.span() if match and len(said.text) == len(said.chars) else None
    if cue.length >= HEARD_FROM:
        match = cue.by_sound.search(said.sound)
        if match:
            start = said.sound.count(" ", 0, match.start() + 1) - 1
            heard = (start, start + match.group().count(" ") - 1)
            found = min(found, heard, key=lambda span: span[1]) if found else heard
    return found
