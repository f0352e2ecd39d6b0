"""What a short answer asks for: yes, no, again, help, back, a person; and which choice is named. PURE.

It decides by the words of config/services.yaml, by their sound where they are long enough. It must not know what was
asked.
"""

import re
from collections.abc import Mapping, Sequence
from enum import Enum
from functools import cached_property

from ivr.slots.numerals import number
from ivr.slots.services import Option, Words
from knowledge.cues import Phrases, cue, surest
from knowledge.sounds import Sentence, sentence

SURE = 0.7  # by characters, or by sound from three syllables on; see knowledge.cues
BY_SOUND = 0.5  # two syllables by sound alone: enough where nothing else was said
CORRECTIONS = ("改成", "改到", "换成", "不是", "不对")
LONGEST_REPLY = 8  # syllables; what is longer is a sentence of its own
PLACE = re.compile(
    "(?:我?(?:要|选|就|按|约))?(?:第([一二三四五六七八九1-9])[个项件种样]?|([一二三四五六七八九1-9]))[的吧]?"
)
LAST = ("最后一个", "最后一项", "最后那个")
AROUND = "嗯啊呃哦唉诶呀吧吗呢了的我请您你就那"  # said around a reply without changing it


class Act(Enum):
    """What a reply asks for."""

    PERSON = "person"
    REPEAT = "repeat"
    HELP = "help"
    BACK = "back"
    CANCEL = "cancel"
    OTHER = "other"
    CHANGE = "change"
    DONE = "done"
    ELSEWHERE = "elsewhere"
    DENY = "deny"
    AGREE = "agree"


class Replies:
    """The words of the configuration, ready to be listened for."""

    def __init__(self, words: Words, options: Mapping[str, Sequence[Option]]) -> None:
        self._words = words
        self._phrases = {act: phrases(getattr(words, act.value)) for act in Act}
        self._slots = {slot: phrases(said) for slot, said in words.slots.items()}
        self._options = {
            slot: [(each, phrases((each.name, *each.words))) for each in listed] for slot, listed in options.items()
        }

    def act(self, text: str) -> Act | None:
        """What `text` asks for, the most telling first: a person before all, 不对 before 对; None for a sentence."""
        said = sentence(text)
        if not len(said):
            return None
        for act in Act:
            if act in (Act.AGREE, Act.DENY):
                if len(said) <= LONGEST_REPLY and self._answers(act, said):
                    return act
            elif len(said) <= LONGEST_REPLY + 4 and meant(self._phrases[act], said):
                return act
        return None

    def denies(self, text: str) -> bool:
        """Whether `text` begins by saying no, or names a correction: 不对是周四, 改成周四."""
        bare = text.lstrip(AROUND)
        return bare.startswith(("不", "错", "没")) or any(
            each in bare for each in ("改成", "改到", "换成", "不是", "不对")
        )

    def agrees(self, text: str) -> bool:
        """Whether `text` begins with a yes: 对下周三上午."""
        bare = text.lstrip(AROUND)
        return not self.denies(text) and any(bare.startswith(each) for each in self._words.agree)

    def named_slot(self, text: str) -> str:
        """The slot a correction names: 时间不对 → time; empty for none."""
        said = sentence(text)
        wrong = self.denies(text) or meant(self._phrases[Act.CHANGE], said) or any(c in text for c in "改换错")
        named = [slot for slot, said_for in self._slots.items() if surest(said_for, said) >= SURE]
        return named[0] if named and (wrong or len(said) <= 5) else ""

    def option(self, slot: str, text: str, labels: Sequence[str] = ()) -> str:
        """The name of the choice that `text` names for `slot`, the longest wording first; empty for none.

        `labels` are what the sentence is about, as understood; a choice that is for one of them is meant by it.
        """
        said = sentence(text)
        found = [
            (max((len(word) for word in (each.name, *each.words) if word in said.text), default=0), -n, each.name)
            for n, (each, words) in enumerate(self._options[slot])
            if meant(words, said)
        ]
        if found:
            return max(found)[2]
        for label in labels:
            for each, _ in self._options[slot]:
                if any(label == own or label.startswith(own + ".") for own in each.labels):
                    return each.name
        return ""

    def placed(self, slot: str, text: str) -> str:
        """The name of the choice for `slot` that `text` names by its place, 第三个 or a bare 三; empty for none."""
        listed = self._options[slot]
        bare = "".join(text.split()).strip(AROUND)
        match = PLACE.fullmatch(bare)
        place = number(match[1] or match[2]) if match else len(listed) if bare in LAST else None
        return listed[place - 1][0].name if place and place <= len(listed) else ""

    def _answers(self, act: Act, said: Sentence) -> bool:
        """A yes or no is the whole reply or begins it; one syllable counts only by its character."""
        bare = said.text.strip(AROUND) or said.text
        if bare in getattr(self._words, act.value) or said.text in getattr(self._words, act.value):
            return True
        if act is Act.DENY:
            head = bare.startswith(("不", "没有", "错")) and len(bare) <= 4
            return head or bare.startswith(("不是这", "不是那", "不是我"))  # 不是这个号
        if self.denies(said.text) or "不" in said.text:
            return False
        doubled = len(bare) > 1 and all(char in self._single_yes for char in bare)
        return doubled or (meant(self._phrases[act], said) and len(said) <= 4)

    @cached_property
    def _single_yes(self) -> frozenset[str]:
        return frozenset(each for each in self._words.agree if len(each) == 1) | {"的"}


def phrases(words: Sequence[str]) -> Phrases:
    return Phrases(cue(word) for word in words)


def meant(known: Phrases, said: Sentence) -> bool:
    """Whether one of `known` is in `said`; by sound alone, two syllables must be nearly all that was said."""
    sure = surest(known, said)
    return sure >= SURE or (sure >= BY_SOUND and len(said) <= 3)
