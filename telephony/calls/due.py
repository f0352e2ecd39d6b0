"""What is due at the switchboard: on each call, then for agents and queue. A fault stays with the call it is in. PURE.

It decides what a fault costs, not what is due: that is the session's, the talk's and the router's.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from ivr.session import State
from telephony.calls import cords, wishes
from telephony.calls.conversation import Conversation, Order
from telephony.control import moves

if TYPE_CHECKING:
    from telephony.calls.switchboard import Switchboard

log = logging.getLogger(__name__)

AGAIN_SECONDS = 60.0


def ticked(board: Switchboard, now: float, strict: bool) -> list[Order]:
    """The orders of all that is due; with `strict` a fault is raised."""
    orders: list[Order] = []
    for conversation in list(board.calls.values()):
        try:
            orders += wishes.orders_of(board, conversation, conversation.session.tick(now), now)
            orders += moves.tick(board, conversation, now)
        except Exception:
            if strict:
                raise
            log.exception("call %s: what was due failed", conversation.sheet.call)
            put_off(conversation, now + AGAIN_SECONDS)
    try:
        return orders + cords.decisions(board, board.router.tick(now), now)
    except Exception:
        if strict:
            raise
        log.exception("what was due for agents and queue failed")
        return orders


def put_off(conversation: Conversation, until: float) -> None:
    """Nothing of this call is due before `until`: neither again at once, nor never where failing took its deadline."""
    session, control = conversation.session, conversation.control
    if session.state is not State.ENDED:
        session.deadline = max(session.deadline or until, until)
    if control.deadline is not None:
        conversation.control = replace(control, deadline=max(control.deadline, until))
