"""How an INVITE is refused: the final answer, our own or another's, sent again until its ACK comes. Pure.

Decides its form and its timer; who is refused, and why, is decided in calls, divert and responses.
"""

from telephony.edge.proxy.actions import Action, Send
from telephony.edge.proxy.answers import answer
from telephony.edge.proxy.state import State
from telephony.edge.sip.flows import STREAMS
from telephony.edge.sip.message import Response
from telephony.edge.transactions.invites import LINGER, T1, Event, Invite


def refuse(state: State, invite: Invite, status: int, now: float) -> list[Action]:
    """Our own final answer."""
    extra = [("Retry-After", "5")] if status == 503 else []
    return refused(state, invite, answer(invite.request, status, state.tokens, extra), now)


def refused(state: State, invite: Invite, refusal: Response, now: float) -> list[Action]:
    """`refusal` goes back, again over UDP until its ACK comes (§17.2.1)."""
    invite.happened(Event.REFUSED)
    invite.answer = refusal
    invite.interval, invite.give_up = T1, now + LINGER
    state.invites.arm(invite, now + (LINGER if invite.back.transport in STREAMS else T1))
    return [Send(invite.back, refusal)]


def acknowledged(state: State, invite: Invite, now: float) -> None:
    """The ACK of its refusal has come: nothing is sent again.

    The record must outlast it: who was asked may still ring or pick up, and copies of the INVITE may come.
    """
    if now < invite.give_up:
        invite.give_up = now
        state.invites.arm(invite, now + LINGER)
