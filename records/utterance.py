"""One utterance of a talk as it is shown and kept. Pure; who kept it and who may read it is not known here."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Utterance:
    """What `leg` ("caller" or "agent:<name>") said. `at` is when it began, UTC epoch seconds; `seconds` its length."""

    leg: str
    at: float
    seconds: float
    text: str
