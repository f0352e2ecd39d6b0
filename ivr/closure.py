"""An emergency closure that a supervisor orders while the hotline runs, as facts, and the doors it shuts. PURE.

It decides how a caller is received while one stands. It must not know who may order one, nor the hours
(ivr.opening), which it asks when none stands.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from ivr.opening import AFTER, MESSAGES, OPEN, Reception

TO_12345 = "to_12345"


@dataclass(frozen=True, slots=True)
class HouseFact:
    """Something that happened to the hotline as a whole, not on a call. Workers never send it."""


@dataclass(frozen=True, slots=True)
class ClosureSet(HouseFact):
    """`by` closes the hotline: callers hear the message `code` of config/shifts.yaml, then go on as `then` says.

    `then` is "person", "to_12345" or "voicemail"; `until` UTC epoch seconds, None until it is lifted; `since` when it
    was ordered.
    """

    code: str
    then: str
    since: float
    until: float | None
    by: str


@dataclass(frozen=True, slots=True)
class ClosureLifted(HouseFact):
    """`by` opens the hotline again before the closure's time, or ends one that had none."""

    by: str


def usually_open(_now: float) -> Reception:
    return OPEN


class Doors:
    """How callers are received: by the closure that stands, else as `usual` says.

    `prompts` are the names that can be said: a closure ordered with words that were since taken out of the
    configuration is said with those of the hours.
    """

    def __init__(
        self, usual: Callable[[float], Reception] = usually_open, prompts: Collection[str] | None = None
    ) -> None:
        self._usual = usual
        self._prompts = prompts
        self._ordered: ClosureSet | None = None

    def handle(self, fact: HouseFact) -> None:
        match fact:
            case ClosureSet():
                self._ordered = fact
            case ClosureLifted():
                self._ordered = None

    @property
    def ordered(self) -> ClosureSet | None:
        """The closure that was ordered last and not lifted, whether its time is over or not."""
        return self._ordered

    def closure(self, now: float) -> ClosureSet | None:
        """The closure that stands at `now` (UTC epoch seconds)."""
        ordered = self._ordered
        return None if ordered is None or (ordered.until is not None and now >= ordered.until) else ordered

    def reception(self, now: float) -> Reception:
        """How a caller is received at `now`."""
        standing = self.closure(now)
        if standing is None:
            return self._usual(now)
        prompt, then = prompt_of(standing.code), standing.then if standing.then in AFTER else "person"
        if self._prompts is not None and prompt not in self._prompts:
            prompt = MESSAGES[then].prompt
        return Reception(prompt, AFTER[then])


def prompt_of(code: str) -> str:
    """The prompt that says the closure message `code`."""
    return f"shut.{code}"
