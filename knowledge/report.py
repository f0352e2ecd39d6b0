"""How well labelled sentences are understood: accuracy, precision and recall a label, confusions, calibration.

Counts only; knows no file.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from knowledge.intents import Intents

BANDS = 10


def report(intents: Intents, pairs: Sequence[tuple[str, str]]) -> Iterator[dict[str, Any]]:
    """Rows for JSON lines: first the whole, then a row a label, a row a confusion, and a row a confidence band."""
    answers = [(label, text, intents.understand(text)) for label, text in pairs]
    right = sum(label == answer.code for label, _, answer in answers)
    acted = [(label, answer) for label, _, answer in answers if answer.decision != "confirm"]
    bands: list[list[tuple[float, bool]]] = [[] for _ in range(BANDS)]
    for label, _, answer in answers:
        confidence = answer.labels[0][1]
        bands[min(BANDS - 1, int(confidence * BANDS))].append((confidence, label == answer.code))
    error = sum(abs(sum(c for c, _ in band) - sum(hit for _, hit in band)) for band in bands) / len(answers)
    yield {
        "sentences": len(answers),
        "accuracy": round(right / len(answers), 4),
        "among_first_two": round(
            sum(label in top_two(answer.labels) for label, _, answer in answers) / len(answers), 4
        ),
        "decided": round(len(acted) / len(answers), 4),
        "accuracy_when_decided": round(sum(label == answer.code for label, answer in acted) / max(1, len(acted)), 4),
        "calibration_error": round(error, 4),
    }
    given = Counter(label for label, _, _ in answers)
    found = Counter(answer.code for _, _, answer in answers)
    hits = Counter(label for label, _, answer in answers if label == answer.code)
    for label in sorted(given | found):
        yield {
            "label": label,
            "sentences": given[label],
            "precision": round(hits[label] / found[label], 4) if found[label] else None,
            "recall": round(hits[label] / given[label], 4) if given[label] else None,
        }
    for label, text, answer in answers:
        if label != answer.code:
            yield {"wanted": label, "found": answer.code, "decision": answer.decision, "text": text}
    for i, band in enumerate(bands):
        if band:
            yield {
                "confidence_from": i / BANDS,
                "sentences": len(band),
                "confidence": round(sum(c for c, _ in band) / len(band), 4),
                "accuracy": round(sum(hit for _, hit in band) / len(band), 4),
            }


def top_two(labels: Sequence[tuple[str, float]]) -> list[str]:
    return [code for code, _ in labels[:2]]
