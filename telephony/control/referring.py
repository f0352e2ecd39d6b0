"""A desk phone's REFER, turned into what the pages ask for: a transfer, or the end of a consultation. PURE.

It decides whom the phone means and what it is told; the rest is as for any request (telephony.control.moves).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.commands import TellReferred
from ivr.facts import Referred, Requested
from telephony.calls import dangers
from telephony.calls.conversation import Conversation, Order
from telephony.calls.names import AGENT_LEG
from telephony.control import moves
from telephony.control.rules import refusal
from telephony.control.talk import Control, Request, State

if TYPE_CHECKING:
    from telephony.calls.switchboard import Switchboard

DONE, UNKNOWN, REFUSED, NOT_SUPPORTED = 200, 404, 603, 501
ASKS = (State.CALLING, State.CONSULT, State.SWAPPED)


def referred(board: Switchboard, conversation: Conversation, fact: Referred, now: float) -> list[Order]:
    """The phone is told at once (RFC 3515 §2.4.5): done when the caller is on their way, or why not.

    A REFER that names another dialog of the phone (Replaces) cannot be met: no phone here has one with anybody else.
    """
    if fact.replaces:
        return [TellReferred(fact.call, fact.leg, NOT_SUPPORTED)]
    kind, target = meant(board, fact.target)
    if not kind:
        return [TellReferred(fact.call, fact.leg, UNKNOWN)]
    by = fact.leg.removeprefix(AGENT_LEG)
    asked = Requested(fact.call, request_for(conversation.control, kind, target).value, by, kind, target)
    if refusal(board, conversation, asked):
        return [TellReferred(fact.call, fact.leg, REFUSED)]
    return [TellReferred(fact.call, fact.leg, DONE), *moves.asked(board, conversation, asked, now)]


def meant(board: Switchboard, user: str) -> tuple[str, str]:
    """Kind and target of the user part in Refer-To: an agent's phone, or a number that may be called."""
    agent = next((each for each in board.router.agents.values() if each.sip_user == user), None)
    if agent is not None:
        return "agent", agent.name
    allowed = dangers.line_of(board, user) is not None or board.calling.way(user) is not None
    return ("number", user) if allowed else ("", "")


def request_for(control: Control, kind: str, target: str) -> Request:
    """Whoever is consulted already gets the caller; anybody else is called for them."""
    same = control.state in ASKS and (control.seeks, control.target) == (kind, target)
    return Request.COMPLETE if same else Request.TRANSFER
