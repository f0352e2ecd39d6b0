"""What a caller wants: a sentence → labels with confidence, and whether to act on them, ask back, or fetch a person.

Danger is looked for first, then abuse, then the matter. Everything it knows is passed in; no I/O, no clock, no chance.
"""

from dataclasses import dataclass

from knowledge import alarm, danger, lasting, replies
from knowledge.asking import NOTARY_OR_FAIR, SAY_AGAIN, STILL_IN_DANGER, phrases
from knowledge.cues import surest
from knowledge.known import Decision, Known, Understanding, chosen, dangerous
from knowledge.matter import behind, weighed
from knowledge.phrasing import perhaps_undenied, stripped, undenied
from knowledge.rules import Rules
from knowledge.sounds import Sentence, sentence

__all__ = [
    "NOTARY_OR_FAIR",
    "SAY_AGAIN",
    "STILL_IN_DANGER",
    "Decision",
    "Intents",
    "Rules",
    "Understanding",
    "phrases",
]

# Beside abuse, a request counts from this confidence.
REQUEST_FROM = 0.3
NO_REQUEST = ("unclear", "abusive")


@dataclass(frozen=True)
class Intents(Known):
    """All that is known of callers' sentences, and what can be asked of it."""

    def understand(self, text: str) -> Understanding:
        """What the caller of `text` wants."""
        return understand(self, text)

    def reply(self, asked: Understanding, text: str) -> Understanding:
        """What the caller wants who answers the question of `asked` with `text`; never asks a second time."""
        return reply(self, asked, text)

    def alarm(self, text: str) -> str | None:
        """The emergency or crisis that `text`, perhaps the first words of a sentence, proves beyond any continuation.

        "emergency.police" and the like, or "crisis"; None while there is no such proof. Once it names one, it names
        one for every longer text that begins the same.
        """
        return alarm.alarm(sentence(text), self.rules.alarms, self.rules.dangers, self.rules.tense)


def understand(known: Known, text: str) -> Understanding:  # noqa: PLR0911  (the order is the decision)
    """The labels, best first, and what to do. `text` is a recogniser's or a typed one, of any length."""
    rules = known.rules
    meant = undenied(sentence(text))
    found = danger.signs(meant, rules.dangers, rules.tense)
    proven = alarm.alarm(meant, rules.alarms, rules.dangers, rules.tense)
    if proven is not None:
        labels = ((proven, 0.97), *behind(known, meant, found, proven, 0.03))
        return Understanding(labels, "person" if proven == "crisis" else "act")
    judged = danger.judge(found)
    calm = stripped(meant, rules.abuse, heard_from=3)
    insulted = len(calm) < len(meant)
    matter = stripped(calm, rules.fillers)
    if judged is None:
        if surest(rules.agent, calm) >= (1.0 if len(matter) > 8 else danger.SURE):
            return Understanding((("agent", 0.97), *behind(known, matter, found, "agent", 0.03)), "person")
        if asks_which_gongzheng(matter, rules):
            return Understanding((("notary", 0.5), ("complaint", 0.4)), "confirm", NOTARY_OR_FAIR)
        if len(matter) < 2:
            nothing = Understanding((("unclear", 0.95),), "confirm", SAY_AGAIN)
            return Understanding((("abusive", 0.95),), "act") if insulted else nothing
    understood = weighed(known, calm if len(calm) else meant, matter, found, judged)
    if judged is None and (other := perhaps_undenied(calm)) is not None:
        understood = rather(understood, weighed(known, other, stripped(other, rules.fillers), found, None))
    if insulted:
        if understood.code in NO_REQUEST or understood.labels[0][1] < REQUEST_FROM:
            return Understanding((("abusive", 0.9), ("unclear", 0.1)), "act")
        return Understanding((*understood.labels, ("abusive", 0.02)), understood.decision, understood.question)
    return understood


def rather(whole: Understanding, undenied: Understanding) -> Understanding:
    """The matter that is left of a sentence without what it denies, where that is clear and none is in danger."""
    told = dangerous(whole.code) or whole.question == STILL_IN_DANGER or dangerous(undenied.code)
    return undenied if undenied.decision == "act" and undenied.code not in NO_REQUEST and not told else whole


def asks_which_gongzheng(matter: Sentence, rules: Rules) -> bool:
    """True for a bare 公证 or 公正, which sound alike: a notary's deed or fairness?"""
    if "gong zheng" not in matter.sound:
        return False
    rest = stripped(matter, rules.notary_bare)
    return len(rest) <= 2 and " gong zheng " in f" {rest.sound} "


def reply(known: Known, asked: Understanding, text: str) -> Understanding:
    """`text` answers `asked.question`: yes, no, the second one, or the matter said anew. What stays open: a person."""
    said = sentence(text)
    fresh = understand(known, text)
    if asked.question == STILL_IN_DANGER:
        return lasting.settled(asked, said, known.rules, fresh)
    codes = [code for code, _ in asked.labels]
    answer = replies.read(said, known.rules, asked.question or "")
    decided = fresh.decision != "confirm" and fresh.code != "unclear"
    # "我要离婚" is no yes to a question about something else.
    other = answer in (None, "yes") and fresh.code not in codes and fresh.labels[0][1] >= replies.SURE
    if decided and (other or not replies.short(said)):
        return fresh
    picked = replies.pick(answer, codes)
    if picked is None:
        shared = [code for code, _ in fresh.labels if code in codes and code != "unclear"]
        picked = fresh.code if fresh.decision == "act" else next(iter(shared), None)
    if picked is None:
        return Understanding(fresh.labels if fresh.code != "unclear" else asked.labels, "person")
    return chosen(asked, picked)
