"""How long callers are ready to wait, from calls some of which were answered before anybody could know. PURE."""

from collections.abc import Iterable

FEWEST = 10  # abandoned calls below which nothing is said


def mean_patience(waits: Iterable[tuple[float, bool]]) -> float | None:
    """Mean patience in seconds from pairs (seconds waited, whether the caller gave up); None when too few did.

    The maximum-likelihood estimate for exponential patience where answered calls are censored: all seconds waited
    over the number of callers who gave up (L. Brown et al., JASA 100, 2005, section 5).
    """
    waited, gave_up = 0.0, 0
    for seconds, abandoned in waits:
        waited, gave_up = waited + seconds, gave_up + abandoned
    return waited / gave_up if gave_up >= FEWEST and waited > 0 else None
