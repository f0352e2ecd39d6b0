"""What is known of callers' sentences, and the form of the answer about one.

Data only; how it is used is decided in knowledge.intents and .matter.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from knowledge.evidence import Concepts, WeightedCues
from knowledge.model import Linear
from knowledge.rules import Rules

Decision = Literal["act", "confirm", "person"]
# Labels that no service and no matter follows from, only a person.
NOBODYS = ("crisis", "agent", "unclear")


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
class Known:
    """Codes in the model's order, the topic a question names each by, cues with weights, model, phrase lists."""

    codes: tuple[str, ...]
    topics: Mapping[str, str]
    cues: WeightedCues
    concepts: Concepts
    model: Linear
    rules: Rules


def dangerous(code: str) -> bool:
    """True for the labels that say somebody is in danger."""
    return code == "crisis" or code.startswith("emergency.")


def chosen(asked: Understanding, code: str) -> Understanding:
    """The answer to a question about `asked` that settles it: `code`, the other labels behind it."""
    decision: Decision = "person" if code in NOBODYS else "act"
    rest = tuple((other, min(share, 0.05)) for other, share in asked.labels if other != code)
    return Understanding(((code, 0.95), *rest), decision)
