"""What matter a sentence is about: labels with confidences from the model, the cues and the signs of danger.

Decides whether one label leads clearly enough to act. Abuse, demands for a person and sure danger are not its affair.
"""

from collections.abc import Sequence

import numpy as np

from knowledge import danger, features
from knowledge.asking import SAY_AGAIN, STILL_IN_DANGER, ask, ask_main
from knowledge.cues import surest
from knowledge.danger import Signs, Verdict
from knowledge.evidence import cue_scores
from knowledge.known import Known, Understanding, dangerous
from knowledge.model import Floats, softmax
from knowledge.sounds import Sentence

# A wrong label costs the caller a little less than two questions, so the first one is acted on from here, if the
# next one is this far behind; what it brings is in docs/understanding.md.
ACT_FROM = 0.45
LEAD = 0.10
# Danger that only the model sees is acted on from here, asked about from there.
DANGER_FROM = 0.6
PERHAPS_FROM = 0.12
# Danger with signs of it: asked about, or acted on when the signs are sure, from here; acted on in any case from there.
PERHAPS_JUDGED_FROM = 0.08
SURE_JUDGED_FROM = 0.8
# Somebody in a crisis gets a person from here.
CRISIS_FROM = 0.35
# The model's kind of danger is taken for that of the signs when it leads by this much.
KIND_LEAD = 0.3
# Below this nothing was understood.
LOST_BELOW = 0.10
# Labels worth showing, and how many at most.
SHOWN_FROM = 0.03
SHOWN = 5
# A demand for a person is short; in a long sentence 人供 and the like only sound like one.
LONGEST_DEMAND = 12
# Two matters of law are both meant from this cue score on.
BOTH_FROM = 1.5

Labels = tuple[tuple[str, float], ...]


def scores(known: Known, said: Sentence, found: Signs) -> tuple[Floats, Floats]:
    """Two arrays, one value a label: the calibrated scores, and the part of them that the cues gave."""
    given = cue_scores(known.cues, len(known.codes), said)
    names = [*features.ngrams(said), *features.concept_names(known.concepts.of(said)), *found.names()]
    total: Floats = (known.model.scores(names) + given) / np.float32(known.model.temperature)
    return total, given


def weighed(
    known: Known, said: Sentence, matter: Sentence, found: Signs, judged: tuple[str, Verdict] | None
) -> Understanding:
    """The model's answer on `matter`, `said` without fillers: act when one label leads clearly, else ask about it.

    `judged` is what the signs `found` alone say of danger.
    """
    total, given = scores(known, matter if len(matter) >= 2 else said, found)
    if len(matter) > LONGEST_DEMAND and "agent" in known.codes:
        total[known.codes.index("agent")] -= 4
    shares = softmax(total)
    ranked = [(known.codes[i], round(float(shares[i]), 3)) for i in np.argsort(-shares, kind="stable")]
    threat = threatened(ranked, found, judged)
    if threat is not None:
        return threat
    labels = tuple(one for one in ranked[:SHOWN] if one[1] >= SHOWN_FROM) or (ranked[0],)
    code, best = labels[0]
    if code == "unclear" or best < LOST_BELOW:
        others = tuple(one for one in labels if one[0] != "unclear")
        return Understanding((("unclear", max(best, LOST_BELOW)), *others), "confirm", SAY_AGAIN)
    if code == "agent":
        return Understanding(labels, "person" if best >= ACT_FROM else "confirm", ask(known, labels))
    several = matters(known, said, given)
    if len(several) > 1 and code in several:
        return asked_which(known, labels, (code, *(other for other in several if other != code)))
    second = labels[1][1] if len(labels) > 1 and not related(code, labels[1][0]) else 0.0
    if best >= ACT_FROM and best - second >= LEAD:
        return Understanding(labels, "act")
    return Understanding(labels, "confirm", ask(known, labels))


def threatened(
    ranked: Sequence[tuple[str, float]], found: Signs, judged: tuple[str, Verdict] | None
) -> Understanding | None:
    """What to do about danger, by its signs (`judged`) and by the model (`ranked`); None where there is none.

    The signs and the model check each other: what only one of them sees is asked about rather than acted on.
    """
    dangers = [one for one in ranked if dangerous(one[0])]
    if not dangers:
        return None
    whole = min(sum(share for _, share in dangers), 0.99)
    elsewhen = danger.elsewhen(found)
    code, share = dangers[0]
    if judged is not None and dict(dangers).get(judged[0], 0.0) > share - KIND_LEAD:
        code, share = judged[0], dict(dangers).get(judged[0], 0.0)
    if judged is None:
        sure, perhaps = whole >= DANGER_FROM and not elsewhen, whole >= PERHAPS_FROM
    elif judged[1] == "act":
        sure, perhaps = whole >= PERHAPS_JUDGED_FROM, True
    else:
        sure = whole >= SURE_JUDGED_FROM and found.past < danger.SURE and found.aftermath < danger.SURE
        perhaps = whole >= PERHAPS_JUDGED_FROM
    if sure or (perhaps and code == "crisis" and whole >= CRISIS_FROM):
        rest = tuple(one for one in ranked if one[0] != code and one[1] >= SHOWN_FROM)
        first = (code, round(whole, 3))
        return Understanding((first, *rest)[:SHOWN], "person" if code == "crisis" else "act")
    if not perhaps:
        return None
    others = [one for one in ranked if not dangerous(one[0])][:2]
    others = [one for one in others if one[1] >= others[0][1] / 2]
    labels = sorted([(code, round(whole, 3)), *others], key=lambda one: -one[1])
    return Understanding(tuple(labels), "confirm", STILL_IN_DANGER)


def asked_which(known: Known, labels: Labels, meant: tuple[str, ...]) -> Understanding:
    """The question which of the matters `meant` comes first, the likeliest of them before the others."""
    shown, best = dict(labels), labels[0][1]
    both = [(one, max(shown.get(one, 0.0), best if one == meant[0] else round(best * 0.6, 3))) for one in meant]
    both.sort(key=lambda one: -one[1])
    # Named first and in the order of the question: "第二个" means the second that was named.
    rest = [(code, min(share, both[-1][1])) for code, share in labels if code not in meant]
    return Understanding(tuple([*both, *rest][:SHOWN]), "confirm", ask_main(known, [code for code, _ in both]))


def behind(known: Known, said: Sentence, found: Signs, first: str, share: float) -> Labels:
    """The labels of the matter behind `first`, their confidences scaled to `share` in all."""
    skipped = {first, "unclear", "agent", "abusive"}
    if not len(said):
        return ()
    probabilities = softmax(scores(known, said, found)[0])
    ranked = [
        (code, round(float(probabilities[i]) * share, 3))
        for i, code in enumerate(known.codes)
        if code not in skipped and not dangerous(code)
    ]
    ranked.sort(key=lambda one: (-one[1], one[0]))
    return tuple(one for one in ranked[:2] if one[1] >= 0.2 * share)


def related(one: str, other: str) -> bool:
    """True when one code is the other's parent: acting on the first is right either way."""
    return one.startswith(other + ".") or other.startswith(one + ".")


def matters(known: Known, said: Sentence, given: Floats) -> list[str]:
    """The matters of law that `said` clearly names side by side, strongest first; empty for one matter only."""
    strong = [(float(given[i]), code) for i, code in enumerate(known.codes) if code.startswith("law.")]
    strong = sorted((one for one in strong if one[0] >= BOTH_FROM), key=lambda one: (-one[0], one[1]))
    codes = [code for _, code in strong]
    codes = [code for code in codes if not any(other.startswith(code + ".") for other in codes)]
    joined = surest(known.rules.also, said) >= danger.SURE
    return codes[:3] if len(codes) >= 3 or (len(codes) == 2 and joined) else []
