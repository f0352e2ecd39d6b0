"""The clerks' phrase lists in `_rules.txt`: what each section is for, and every error in it.

Holds phrases only; what follows from them is decided in knowledge.danger, .alarm, .matter and .replies.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from knowledge import phrasebook
from knowledge.alarm import Alarms
from knowledge.cues import Cue, Known, Phrases
from knowledge.danger import Danger, Tense

PLACES = ("first", "second", "third", "last")
WORDS = ("fillers", "abuse", "also", "agent", "notary_bare", "yes", "no", "still", "unsure", *PLACES)
TENSES = ("immediate", "past", "aftermath")
ALARMS = ("help", "doubt")
KINDS = ("now", "event", "alarm")


@dataclass(frozen=True)
class Rules:
    """Phrase lists: fillers carry no matter, `abuse` insults, `also` joins two matters, `agent` demands a person,
    `notary_bare` is what stands beside a bare 公证; `yes`, `no` and the places `first` to `last` answer a question,
    `still` and `unsure` the one whether a danger lasts."""

    fillers: Phrases
    abuse: Phrases
    also: Phrases
    agent: Phrases
    notary_bare: Phrases
    yes: Phrases
    no: Phrases
    still: Phrases
    unsure: Phrases
    first: Phrases
    second: Phrases
    third: Phrases
    last: Phrases
    tense: Tense
    dangers: Mapping[str, Danger]
    alarms: Alarms

    def cues(self) -> Iterator[Cue]:
        """Every cue of every list."""
        lists = [getattr(self, name) for name in WORDS] + [getattr(self.tense, name) for name in TENSES]
        lists += [self.alarms.help, self.alarms.doubt, *self.alarms.sure.values()]
        for danger in self.dangers.values():
            lists += [danger.now, danger.event]
        return (one for phrases in lists for one in phrases.cues)


def read_rules(file: Path, names: Mapping[str, str], problems: list[str], known: Known) -> Rules | None:
    """The phrase lists of `file`; danger sections are `[CODE now]`, `[CODE event]`, `[CODE alarm]`, CODE of `names`."""

    def allowed(name: str) -> bool:
        code, _, kind = name.partition(" ")
        return name in (*WORDS, *TENSES, *ALARMS) or (kind in KINDS and code in names)

    sections = phrasebook.read_sections(file, allowed, problems)
    for name in (*WORDS, *TENSES, *ALARMS):
        if not sections.get(name) and file.exists():
            problems.append(f"{file}: [{name}]: this section is missing or empty")
    lists = {name: Phrases(phrasebook.cues_of(lines, problems, known)) for name, lines in sections.items()}
    if problems:
        return None
    codes = dict.fromkeys(name.partition(" ")[0] for name in sections if " " in name)
    nothing = Phrases(())
    dangers = {code: Danger(lists.get(f"{code} now", nothing), lists.get(f"{code} event", nothing)) for code in codes}
    sure = {code: lists[f"{code} alarm"] for code in codes if f"{code} alarm" in lists}
    return Rules(
        **{name: lists[name] for name in WORDS},
        tense=Tense(**{name: lists[name] for name in TENSES}),
        dangers=dangers,
        alarms=Alarms(sure=sure, **{name: lists[name] for name in ALARMS}),
    )
