"""Calls of trunks: how many are up, and whether one more may come in. Pure.

Knows where calls are counted; the limits are telephony.edge.calls.capacity's.
"""

from telephony.edge.calls.workers import State as WorkerState
from telephony.edge.proxy.actions import Action
from telephony.edge.proxy.state import State, reply
from telephony.edge.sip.flows import Flow
from telephony.edge.sip.message import Request
from telephony.edge.transactions.invites import OPEN


def calls_up(state: State) -> int:
    """Conversations, and callers who wait for a worker."""
    return state.workers.count()[WorkerState.BUSY] + sum(1 for _ in state.invites.held())


def calls_on(state: State, trunk: str) -> int:
    """Calls over `trunk` in either direction, those being set up included."""
    up = sum(1 for dialog in state.ledger.dialogs() if state.trunk_at(dialog.route.flow.host) == trunk)
    coming = sum(1 for invite in state.invites.all() if invite.stage in OPEN and invite.trunk == trunk)
    going = [state.invites.get(key) for key, each in state.going.items() if each.trunk == trunk]
    return up + coming + sum(1 for invite in going if invite is not None and invite.stage in OPEN)


def refused(state: State, request: Request, back: Flow, trunk: str, now: float) -> list[Action] | None:
    """503 with Retry-After (RFC 3261 §21.5.4) for a call that is one too many; None for one that may come in."""
    on_trunk = calls_on(state, trunk) if state.capacity.asks_for(trunk) else 0
    refusal = state.capacity.refuses(trunk, calls_up(state), on_trunk, now)
    if refusal is None:
        return None
    state.counts[refusal.why] += 1
    return reply(state, request, back, 503, [("Retry-After", str(refusal.retry_after))])
