"""What a caller wants: a sentence → labels with confidence, and whether to act on them, ask back, or fetch a person.

Danger is looked for first, then abuse, then the matter. Everything it knows is passed in; no I/O, no clock, no chance.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from knowledge import danger, replies
from knowledge.alarm import Alarms, alarm
from knowledge.cues import Phrases, surest
from knowledge.evidence import Concepts, WeightedCues, cue_scores
from knowledge.model import Floats, Linear, features, softmax
from knowledge.phrasing import stripped, undenied
from knowledge.sounds import Sentence, sentence

Decision = Literal["act", "confirm", "person"]

# A top label is acted on from here, if the next one is this far behind; measured in docs/understanding.md.
ACT_FROM = 0.55
LEAD = 0.20
# Below this nothing was understood.
LOST_BELOW = 0.10
# Labels worth showing, and how many at most.
SHOWN_FROM = 0.03
SHOWN = 5
# Beside abuse, a request counts from this confidence.
REQUEST_FROM = 0.3
NO_REQUEST = ("unclear", "abusive", "crisis", "emergency.")
# A demand for a person is short; in a long sentence 人供 and the like only sound like one.
LONGEST_DEMAND = 12
# Two matters of law are both meant from this cue score on.
BOTH_FROM = 3.0

STILL_IN_DANGER = "您那里现在还有危险吗？"
SAY_AGAIN = "抱歉，我没有听清。请您再说一遍，是什么事情想咨询？"
NOTARY_OR_FAIR = "您是要办理公证书，还是认为事情处理得不公平？"


@dataclass(frozen=True)
class Understanding:
    """`labels` are (code, confidence 0..1), best first; `question` (Chinese) is asked back once on "confirm"."""

    labels: tuple[tuple[str, float], ...]
    decision: Decision
    question: str | None = None

    @property
    def code(self) -> str:
        """The best label's code."""
        return self.labels[0][0]


@dataclass(frozen=True)
class Rules:
    """Phrase lists: fillers carry no matter, `abuse` insults, `also` joins two matters, `agent` demands a person,
    `notary_bare` is what stands beside a bare 公证; `yes`, `no` and `second` answer a question."""

    fillers: Phrases
    abuse: Phrases
    also: Phrases
    agent: Phrases
    notary_bare: Phrases
    yes: Phrases
    no: Phrases
    second: Phrases
    tense: danger.Tense
    dangers: Mapping[str, danger.Danger]
    alarms: Alarms


@dataclass(frozen=True)
class Intents:
    """All that is known of callers' sentences: codes in the model's order, cues with weights, model, phrase lists."""

    codes: tuple[str, ...]
    topics: Mapping[str, str]
    cues: WeightedCues
    concepts: Concepts
    model: Linear
    temperature: float
    rules: Rules

    def understand(self, text: str) -> Understanding:
        """What the caller of `text` wants."""
        return understand(self, text)

    def alarm(self, text: str) -> str | None:
        """The emergency or crisis that `text`, perhaps the first words of a sentence, proves beyond any continuation.

        "emergency.police" and the like, or "crisis"; None while there is no such proof. Once it names one, it names
        one for every longer text that begins the same.
        """
        said = sentence(text)
        return alarm(said, self.rules.alarms, self.rules.dangers, self.rules.tense)

    def reply(self, asked: Understanding, text: str) -> Understanding:
        """What the caller wants who answers the question of `asked` with `text`; never asks a second time."""
        return reply(self, asked, text)


def understand(intents: Intents, text: str) -> Understanding:  # noqa: PLR0911  (the order is the decision)
    """The labels, best first, and what to do. `text` is a recogniser's or a typed one, of any length."""
    whole = sentence(text)
    rules = intents.rules
    meant = undenied(whole)
    alarm = danger.judge(meant, rules.dangers, rules.tense)
    if alarm is not None and alarm[1] == "act":
        return alarmed(intents, meant, *alarm)
    calm = stripped(meant, rules.abuse, heard_from=3)
    insulted = len(calm) < len(meant)
    matter = stripped(calm, rules.fillers)
    if alarm is None and surest(rules.agent, calm) >= (1.0 if len(matter) > 8 else danger.SURE):
        return Understanding((("agent", 0.97), *behind(intents, matter, "agent", 0.03)), "person")
    if alarm is None and asks_which_gongzheng(matter, rules):
        return Understanding((("notary", 0.5), ("complaint", 0.4)), "confirm", NOTARY_OR_FAIR)
    if alarm is not None:
        return alarmed(intents, meant, *alarm)
    if insulted and len(matter) < 2:
        return Understanding((("abusive", 0.95),), "act")
    if len(matter) < 2:
        return Understanding((("unclear", 0.95),), "confirm", SAY_AGAIN)
    understood = weighed(intents, calm, matter)
    if insulted:
        if understood.code.startswith(NO_REQUEST) or understood.labels[0][1] < REQUEST_FROM:
            return Understanding((("abusive", 0.9), ("unclear", 0.1)), "act")
        return Understanding((*understood.labels, ("abusive", 0.02)), understood.decision, understood.question)
    return understood


def alarmed(intents: Intents, said: Sentence, code: str, verdict: danger.Verdict) -> Understanding:
    """Danger: a crisis goes to a person, the rest is acted on or asked about once."""
    if verdict == "act" or code == "crisis":
        return Understanding(
            ((code, 0.97), *behind(intents, said, code, 0.03)), "person" if code == "crisis" else "act"
        )
    return Understanding(((code, 0.5), *behind(intents, said, code, 0.5)), "confirm", STILL_IN_DANGER)


def behind(intents: Intents, said: Sentence, first: str, share: float) -> tuple[tuple[str, float], ...]:
    """The labels of the matter behind `first`, their confidences scaled to `share` in all."""
    skipped = {first, "unclear", "agent", "abusive"}
    if not len(said):
        return ()
    probabilities = softmax(scores(intents, said)[0])
    ranked = [
        (code, round(float(probabilities[i]) * share, 3))
        for i, code in enumerate(intents.codes)
        if code not in skipped and not code.startswith("emergency.") and code != "crisis"
    ]
    ranked.sort(key=lambda one: (-one[1], one[0]))
    return tuple(one for one in ranked[:2] if one[1] >= 0.2 * share)


def asks_which_gongzheng(matter: Sentence, rules: Rules) -> bool:
    """True for a bare 公证 or 公正, which sound alike: a notary's deed or fairness?"""
    if "gong zheng" not in matter.sound:
        return False
    rest = stripped(matter, rules.notary_bare)
    return len(rest) <= 2 and " gong zheng " in f" {rest.sound} "


def scores(intents: Intents, said: Sentence) -> tuple[Floats, Floats]:
    """Two arrays, one value a label: the calibrated scores, and the part of them that the cues gave."""
    offset = cue_scores(intents.cues, len(intents.codes), said)
    total: Floats = (intents.model.scores(features(said) + intents.concepts.of(said)) + offset) / np.float32(
        intents.temperature
    )
    return total, offset


def weighed(intents: Intents, said: Sentence, matter: Sentence) -> Understanding:  # noqa: PLR0911
    """The model's answer: act when one label leads clearly, else ask about the first or the first two."""
    total, offset = scores(intents, matter if len(matter) >= 2 else said)
    if danger.elsewhen(said, intents.rules.tense):
        for i, code in enumerate(intents.codes):
            if code.startswith("emergency.") or code == "crisis":
                total[i] -= 8
    if len(matter) > LONGEST_DEMAND and "agent" in intents.codes:
        total[intents.codes.index("agent")] -= 4
    probabilities = softmax(total)
    order = np.argsort(-probabilities, kind="stable")
    ranked = [(intents.codes[i], round(float(probabilities[i]), 3)) for i in order[:SHOWN]]
    labels = tuple(one for one in ranked if one[1] >= SHOWN_FROM) or (ranked[0],)
    code, best = labels[0]
    if code == "unclear" or best < LOST_BELOW:
        others = tuple(one for one in labels if one[0] != "unclear")
        return Understanding((("unclear", max(best, LOST_BELOW)), *others), "confirm", SAY_AGAIN)
    if code == "crisis" and best >= ACT_FROM:
        return Understanding(labels, "person")
    if code == "agent":
        return Understanding(labels, "person" if best >= ACT_FROM else "confirm", ask(intents, labels, best))
    if code.startswith("emergency."):
        return Understanding(labels, "act") if best >= 0.8 else Understanding(labels, "confirm", STILL_IN_DANGER)
    second = labels[1][1] if len(labels) > 1 and not related(code, labels[1][0]) else 0.0
    several = matters(intents, said, offset)
    if len(several) > 1 and code in several:
        meant = (code, *(other for other in several if other != code))
        shown = dict(labels)
        both = tuple((one, max(shown.get(one, 0.0), round(best * 0.6, 3) if one != code else best)) for one in meant)
        rest = tuple(one for one in labels if one[0] not in meant)
        return Understanding((*both, *rest)[:SHOWN], "confirm", ask_main(intents, meant))
    if best >= ACT_FROM and best - second >= LEAD:
        return Understanding(labels, "act")
    return Understanding(labels, "confirm", ask(intents, labels, best))


def related(one: str, other: str) -> bool:
    """True when one code is the other's parent: acting on the first is right either way."""
    return one.startswith(other + ".") or other.startswith(one + ".")


def matters(intents: Intents, said: Sentence, offset: Floats) -> list[str]:
    """The matters of law that `said` clearly names side by side, strongest first; empty for one matter only."""
    strong = [(float(offset[i]), code) for i, code in enumerate(intents.codes) if code.startswith("law.")]
    strong = sorted((one for one in strong if one[0] >= BOTH_FROM), key=lambda one: (-one[0], one[1]))
    codes = [code for _, code in strong]
    codes = [code for code in codes if not any(other.startswith(code + ".") for other in codes)]
    joined = surest(intents.rules.also, said) >= danger.SURE
    return codes[:3] if len(codes) >= 3 or (len(codes) == 2 and joined) else []


def phrases(intents: Intents) -> tuple[str, ...]:
    """All pieces that questions back are made of, so that a voice can be given to them ahead of the call."""
    joints = ("请问您是要", "还是", "吗", "您说了几件事", "请问先办哪一件")
    return (STILL_IN_DANGER, SAY_AGAIN, NOTARY_OR_FAIR, *joints, *dict.fromkeys(intents.topics.values()))


def topic(intents: Intents, code: str) -> str:
    return intents.topics.get(code, code)


def ask(intents: Intents, labels: Sequence[tuple[str, float]], best: float) -> str:
    """The question about the first label, or about the first two when the second is near."""
    others = [one for one in labels[1:] if one[0] != "unclear"]
    if others and others[0][1] >= best / 3:
        return f"请问您是要{topic(intents, labels[0][0])}，还是{topic(intents, others[0][0])}？"
    return f"请问您是要{topic(intents, labels[0][0])}吗？"


def ask_main(intents: Intents, codes: Sequence[str]) -> str:
    """The question which of several matters comes first."""
    return f"您说了几件事：{'；'.join(topic(intents, code) for code in codes)}。请问先办哪一件？"


def reply(intents: Intents, asked: Understanding, text: str) -> Understanding:
    """`text` answers `asked.question`: yes, no, the second one, or the matter said anew. What stays open: a person."""
    said = sentence(text)
    rules = intents.rules
    fresh = understand(intents, text)
    codes = [code for code, _ in asked.labels]
    danger_asked = asked.question == STILL_IN_DANGER
    if fresh.decision != "confirm" and fresh.code not in ("unclear",) and not replies.short(said):
        return fresh
    answer = replies.read(said, rules.yes, rules.no, rules.second, danger_asked)
    picked = replies.pick(answer, codes, danger_asked)
    if picked is None and fresh.code != "unclear":
        shared = [code for code, _ in fresh.labels if code in codes]
        picked = fresh.code if fresh.decision == "act" else (shared[0] if shared else None)
    if picked is None:
        return Understanding(fresh.labels if fresh.code != "unclear" else asked.labels, "person")
    decision: Decision = "person" if picked in ("crisis", "agent", "unclear") else "act"
    rest = tuple(one for one in asked.labels if one[0] != picked)
    return Understanding(((picked, 0.95), *((code, min(share, 0.05)) for code, share in rest)), decision)
