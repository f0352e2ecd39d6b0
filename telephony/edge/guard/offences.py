"""What sources do wrong, counted for a while, and how fast they send; says when it is too much. Pure.

Decides by the counts of the settings alone. Knows addresses, no messages, and not whom one must never ban.
"""

from dataclasses import dataclass, field
from enum import Enum

from config.edge import Guarding, Rate

MOST_SOURCES = 20_000
"""Sources remembered; above it the one heard of longest ago is forgotten."""


class Offence(Enum):
    """The value is what a list of bans says as its reason."""

    SCANNER = "scanner"
    FLOOD = "flood"
    PASSWORD = "wrong passwords"  # noqa: S105 (a reason, no password)
    USERS = "users tried"
    VAIN = "calls in vain"
    MALFORMED = "malformed messages"


@dataclass(slots=True)
class _Source:
    """`score` falls from 1 to 0 within the window; `tried` are users named and not shown, and calls."""

    tokens: float
    at: float
    score: float = 0.0
    tried: set[str] = field(default_factory=set)


class Offences:
    """A source is what telephony.edge.guard.bans.source_of gives."""

    def __init__(self, rules: Guarding, most: int = MOST_SOURCES) -> None:
        self._rules = rules
        self._most = most
        self._sources: dict[str, _Source] = {}
        self._weights = {
            Offence.SCANNER: 1.0,
            Offence.FLOOD: 1.0 / (5 * rules.strangers.burst),
            Offence.PASSWORD: 1.0 / rules.wrong_passwords,
            Offence.USERS: 1.0 / rules.users_tried,
            Offence.VAIN: 1.0 / rules.calls_in_vain,
            Offence.MALFORMED: 1.0 / rules.malformed,
        }

    def sent(self, source: str, phone: bool, now: float) -> bool:
        """One message of `source` came; whether it is within its rate. `phone` says whether phones live there."""
        rate = self._rules.phones if phone else self._rules.strangers
        known = self._look(source, rate, now)
        if known.tokens < 1.0:
            return False
        known.tokens -= 1.0
        return True

    def committed(self, source: str, offence: Offence, now: float, user: str = "") -> bool:
        """`source` did wrong; whether that is enough for a ban. `user` is the one it named, or the mark of its call;
        each counts once.
        """
        known = self._look(source, self._rules.strangers, now)
        if user:
            if user in known.tried:
                return False
            known.tried.add(user)
        known.score += self._weights[offence]
        return known.score >= 1.0 - 1e-9

    def shown(self, source: str, user: str, now: float) -> None:
        """`user` has shown who they are: what was counted for naming them was none."""
        known = self._sources.get(source)
        if known is not None and user in known.tried:
            known.tried.discard(user)
            known.score = max(0.0, self._look(source, self._rules.strangers, now).score - self._weights[Offence.USERS])

    def forget(self, source: str) -> None:
        """Begin anew with `source`: it is banned now, or was pardoned."""
        self._sources.pop(source, None)

    def __len__(self) -> int:
        return len(self._sources)

    def _look(self, source: str, rate: Rate, now: float) -> _Source:
        """What is known of `source` as of `now`; it becomes the one heard of last."""
        known = self._sources.pop(source, None)
        if known is None:
            known = _Source(float(rate.burst), now)
            while len(self._sources) >= self._most:
                del self._sources[next(iter(self._sources))]
        self._sources[source] = known
        passed = max(0.0, now - known.at)
        known.tokens = min(float(rate.burst), known.tokens + passed * rate.per_second)
        known.score = max(0.0, known.score - passed / self._rules.window_seconds)
        if known.score == 0.0:
            known.tried.clear()
        known.at = max(known.at, now)
        return known
