"""How long phones that ring are waited for, before a refusal of another counts or the next are called. Pure."""

from telephony.edge.calls.ringing import reach
from telephony.edge.calls.rings import Fork, Phase, Ring
from telephony.edge.proxy.state import State
from telephony.edge.transactions.invites import LINGER, SILENCE


def next_look(state: State, fork: Fork, now: float) -> float | None:
    """When somebody who is awaited may be given up or asked again; None where nobody is awaited any more."""
    refused = any(ring.refusal is not None for ring in fork.rings)
    patience = SILENCE if refused or fork.later else LINGER
    awaited = [_until(state, fork, ring, patience, now) for ring in fork.rings if ring.awaited]
    waits = [until for until in awaited if until > now]
    if waits and fork.again_at < fork.asked_at + LINGER and any(ring.unheard for ring in fork.rings):
        waits.append(fork.again_at)
    return min(waits, default=None)


def _until(state: State, fork: Fork, ring: Ring, patience: float, now: float) -> float:
    """One that rings is waited for; one that never spoke, or whose connection is gone, may be nowhere."""
    if ring.phase is Phase.RINGING and reach(state, ring, now):
        return fork.until
    return max(fork.asked_at, ring.lost_at) + patience
