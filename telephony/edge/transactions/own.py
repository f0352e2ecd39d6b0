"""Requests of our own (BYE, CANCEL, OPTIONS, REGISTER): sent again until answered, and what follows then. Pure.

Knows when one is due and that it ended; what it says, and what its answer means, is known to who sent it.
"""

import heapq

from telephony.edge.proxy.actions import Action, Send
from telephony.edge.proxy.state import Own, State, Then
from telephony.edge.sip.flows import STREAMS
from telephony.edge.sip.message import Response
from telephony.edge.transactions.invites import LINGER, T1, T2


def send_own(
    state: State, branch: str, send: Send, now: float, then: Then | None = None, seconds: float = LINGER
) -> list[Action]:
    """Send a request of our own, over UDP again after T1, 2·T1 … T2 until answered (§17.1.2.2), for `seconds`."""
    once = send.flow.transport in STREAMS
    if not once or then is not None:
        first = now + (seconds if once else min(T1, seconds))
        state.own[branch] = Own(send, first, T1, now + seconds, then)
        heapq.heappush(state.timers, (first, branch))
    return [send]


def resend_own(state: State, now: float) -> list[Action]:
    """The requests of our own that are due again."""
    actions: list[Action] = []
    while state.timers and state.timers[0][0] <= now:
        _, branch = heapq.heappop(state.timers)
        own = state.own.get(branch)
        if own is None:
            continue
        if now >= own.until:
            del state.own[branch]
            actions += own.then(None, now) if own.then is not None else []
            continue
        own.interval = min(2 * own.interval, T2)
        own.due = min(now + own.interval, own.until)
        heapq.heappush(state.timers, (own.due, branch))
        actions.append(own.send)
    return actions


def own_answered(state: State, response: Response, branch: str, now: float) -> list[Action]:
    """An answer to a request of our own; the first final one is the last."""
    if response.status < 200:
        return []
    own = state.own.pop(branch, None)
    return own.then(response, now) if own is not None and own.then is not None else []


def own_undelivered(state: State, branch: str, now: float) -> list[Action]:
    """No connection for a request of our own: the same as no answer, at once."""
    own = state.own.pop(branch, None)
    return own.then(None, now) if own is not None and own.then is not None else []
