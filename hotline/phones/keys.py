"""What `--keys` says: which keys are pressed, and how long is waited in between. PURE."""

import re
from dataclasses import dataclass

PART = re.compile(r"(?P<digits>[0-9*#A-D]+)|w(?P<wait>\d+(\.\d+)?)", re.ASCII)
HOW = "give digits and waits between commas, such as 1,w2,34# (w2 waits 2 seconds)"
LONGEST_WAIT = 600.0


class KeysError(ValueError):
    """The text says no keys; one line with the way out."""


@dataclass(frozen=True, slots=True)
class Step:
    """Press `digits`, or wait so many `seconds`."""

    digits: str = ""
    seconds: float = 0.0


def steps(text: str) -> tuple[Step, ...]:
    """The steps of `1,w2,34#`. Raises KeysError."""
    found = []
    for part in text.split(","):
        match = PART.fullmatch(part.strip())
        if match is None:
            raise KeysError(f"--keys {text}: {part.strip()!r} is neither keys nor a wait; {HOW}")
        seconds = float(match["wait"] or 0)
        if seconds > LONGEST_WAIT:
            raise KeysError(f"--keys {text}: {part.strip()!r}: waits {LONGEST_WAIT:.0f} seconds at the most")
        found.append(Step(match["digits"] or "", seconds))
    return tuple(found)
