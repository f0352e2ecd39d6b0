"""How well labelled sentences are understood: the whole, danger, a row a label, confusions, errors and calibration.

Counts only; knows no file and no form of printing.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from knowledge.asking import STILL_IN_DANGER
from knowledge.intents import Intents, Understanding
from knowledge.known import dangerous

BANDS = 10


@dataclass(frozen=True)
class Answer:
    """A sentence, the label it should have, and what was understood."""

    label: str
    text: str
    found: Understanding

    @property
    def right(self) -> bool:
        return self.label == self.found.code

    @property
    def decided(self) -> bool:
        return self.found.decision != "confirm"

    @property
    def alarmed(self) -> bool:
        """Danger was acted on without a question."""
        return self.decided and dangerous(self.found.code)

    @property
    def asked_of_danger(self) -> bool:
        return self.found.question == STILL_IN_DANGER


def report(intents: Intents, pairs: Sequence[tuple[str, str]]) -> Iterator[dict[str, Any]]:
    """Rows for JSON lines: the whole, danger, a row a label, a confusion, an error, and a confidence band.

    `pairs` are (label, sentence), at least one. Shares are 0..1.
    """
    answers = [Answer(label, text, intents.understand(text)) for label, text in pairs]
    yield whole(answers)
    yield danger(answers, intents)
    yield from by_label(answers)
    confusions = Counter((answer.label, answer.found.code) for answer in answers if not answer.right)
    for (wanted, found), times in sorted(confusions.items(), key=lambda one: (-one[1], one[0])):
        yield {"wanted": wanted, "found": found, "times": times}
    for answer in answers:
        if not answer.right:
            code, decision = answer.found.code, answer.found.decision
            yield {"wanted": answer.label, "found": code, "decision": decision, "text": answer.text}
    yield from calibration(answers)


def whole(answers: Sequence[Answer]) -> dict[str, Any]:
    """The figures over all sentences; `confirm` is the share that is asked back."""
    count = len(answers)
    decided = [answer for answer in answers if answer.decided]
    error = sum(abs(sum(c for c, _ in band) - sum(hit for _, hit in band)) for band in bands(answers)) / count
    top_two = sum(answer.label in [code for code, _ in answer.found.labels[:2]] for answer in answers)
    return {
        "sentences": count,
        "accuracy": share(sum(answer.right for answer in answers), count),
        "among_first_two": share(top_two, count),
        "decided": share(len(decided), count),
        "confirm": share(count - len(decided), count),
        "accuracy_when_decided": share(sum(answer.right for answer in decided), len(decided)),
        "calibration_error": round(error, 4),
    }


def danger(answers: Sequence[Answer], intents: Intents) -> dict[str, Any]:
    """Emergencies and crises: how many were acted on, asked about or missed; false alarms among all the others."""
    present = [answer for answer in answers if dangerous(answer.label)]
    absent = [answer for answer in answers if not dangerous(answer.label)]
    acted = sum(answer.alarmed for answer in present)
    asked = sum(answer.asked_of_danger and not answer.alarmed for answer in present)
    return {
        "dangers": len(present),
        "acted_on": acted,
        "asked_about": asked,
        "missed": len(present) - acted - asked,
        "danger_recall": share(acted + asked, len(present)),
        "before_the_end": sum(intents.alarm(answer.text) is not None for answer in present),
        "false_alarms": sum(answer.alarmed for answer in absent),
        "false_alarm_rate": share(sum(answer.alarmed for answer in absent), len(absent)),
        "false_alarms_before_the_end": sum(intents.alarm(answer.text) is not None for answer in absent),
        "asked_without_danger": sum(answer.asked_of_danger for answer in absent),
    }


def by_label(answers: Sequence[Answer]) -> Iterator[dict[str, Any]]:
    """Precision and recall of each label that was wanted or found; null where there is nothing to divide."""
    given = Counter(answer.label for answer in answers)
    found = Counter(answer.found.code for answer in answers)
    hits = Counter(answer.label for answer in answers if answer.right)
    for label in sorted(given | found):
        yield {
            "label": label,
            "sentences": given[label],
            "precision": share(hits[label], found[label]),
            "recall": share(hits[label], given[label]),
        }


def calibration(answers: Sequence[Answer]) -> Iterator[dict[str, Any]]:
    """Confidence against frequency, band by band; a band without sentences is left out."""
    for i, band in enumerate(bands(answers)):
        if band:
            yield {
                "confidence_from": i / BANDS,
                "sentences": len(band),
                "confidence": round(sum(c for c, _ in band) / len(band), 4),
                "accuracy": share(sum(hit for _, hit in band), len(band)),
            }


def bands(answers: Sequence[Answer]) -> list[list[tuple[float, bool]]]:
    """(confidence, right) of all answers, by tenths of confidence."""
    found: list[list[tuple[float, bool]]] = [[] for _ in range(BANDS)]
    for answer in answers:
        confidence = answer.found.labels[0][1]
        found[min(BANDS - 1, int(confidence * BANDS))].append((confidence, answer.right))
    return found


def share(part: int, of: int) -> float | None:
    return round(part / of, 4) if of else None
