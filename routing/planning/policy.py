"""Other ways to choose an agent, said in the router's own terms, to compare its rules with. PURE.

They change what the router is told about skills and how long it waits; the router's code stays the same.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from math import inf

from routing.planning.day import Seat
from routing.rules import Rules, Waits

POLICIES = ("rules", "longest-idle", "strict")


def applied(policy: str, rules: Rules, seats: Sequence[Seat], labels: Collection[str]) -> tuple[Rules, list[Seat]]:
    """The rules and the seats as the router is to be told them. `labels` are those of the day's calls.

    `rules`: as configured. `longest-idle`: everybody may take everything, whoever has been idle longest does.
    `strict`: only who knows the subject, specialist or generalist alike, whatever the wait; nobody else ever.
    """
    if policy == "longest-idle":
        return replace(rules, waits={}, levels={}, neighbours={}), [Seat(seat.name) for seat in seats]
    if policy == "strict":
        everything = tuple((label, 3) for label in sorted(labels))
        told = [Seat(seat.name, everything) if seat.generalist else seat for seat in seats]
        never = Waits(specialist=0, neighbour=inf, generalist=inf, any_region=inf, overflow=inf)
        return replace(rules, waits={"": never}, any_after_seconds=inf, levels={}), told
    if policy != "rules":
        raise ValueError(f"{policy!r}: must be one of {', '.join(POLICIES)}")
    return rules, list(seats)
