"""The steps of one demonstrated call and when each was reached."""

import time
from dataclasses import dataclass, field

from hotline.commands import CommandError

ASKED_BACK = "asked back"  # only where the caller was not understood at once
STEPS = (
    *("answered", "prompt heard", ASKED_BACK, "text", "label", "queued", "ringing", "joined", "agent hears caller"),
    *("caller hears agent", "ended", "record", "ticket", "delivered online", "delivered at the window"),
)


class MissingStepError(CommandError):
    """A step of the demonstration did not happen."""


@dataclass
class Timeline:
    """Steps with the seconds since the caller dialled; `started` is UTC epoch seconds."""

    started: float = field(default_factory=time.time)
    steps: dict[str, tuple[float, str]] = field(default_factory=dict)

    def add(self, step: str, at: float | None = None, detail: str = "") -> None:
        """Step reached `at` (UTC epoch seconds, now when not given). Raises MissingStepError for a step unknown."""
        if step not in STEPS:
            raise MissingStepError(f"{step}: is no step of the demonstration")
        self.steps[step] = ((time.time() if at is None else at) - self.started, detail)

    def complete(self) -> None:
        """Raise MissingStepError, naming every step that is missing."""
        missing = [step for step in STEPS if step not in self.steps and step != ASKED_BACK]
        if missing:
            raise MissingStepError(f"missing: {', '.join(missing)}")

    def lines(self) -> list[str]:
        reached = sorted(self.steps.items(), key=lambda step: step[1][0])
        return [f"{seconds:8.2f} s  {step:<24} {detail}" for step, (seconds, detail) in reached]
