"""Whether it is the worker or the INVITE when a worker says nothing to one. Pure.

PJSIP drops an INVITE that it cannot read without a word, and answers OPTIONS by itself. Both go the same way in order,
so a worker that answers OPTIONS and not the INVITE before it has not taken that.
"""

from telephony.edge.proxy.actions import Action, Send
from telephony.edge.proxy.answers import answer, cancel
from telephony.edge.proxy.state import State
from telephony.edge.sip.message import Response
from telephony.edge.transactions import probing
from telephony.edge.transactions.invites import T1, Invite, Stage
from telephony.edge.transactions.refusing import refuse, refused

UNREADABLE = "Bad Request - a header cannot be read"


def ask(state: State, invite: Invite, now: float) -> list[Action]:
    """OPTIONS to the worker of `invite`, behind the INVITE that was sent to it again."""
    if invite.to is None:
        return []
    attempt = invite.attempt

    def then(response: Response | None, now: float) -> list[Action]:
        if response is not None and invite.attempt == attempt and invite.stage is Stage.SENT:
            invite.passed_over = True
            # What it has to say to the INVITE after all may still come.
            state.invites.arm(invite, now + T1)
        return []

    return probing.ask(state, invite.to, f"{invite.key}|{attempt}", now, then, max(T1, invite.silent_until - now))


def is_unreadable(state: State, invite: Invite) -> bool:
    """Whether `invite` is at fault: its worker answers, and serves no call as far as the nursery knows."""
    return invite.passed_over and not state.workers.serves(invite.worker)


def unread(state: State, invite: Invite, now: float) -> list[Action]:
    """The caller is refused, and the worker serves the next one."""
    state.workers.sent_away(invite.worker, now)
    # Should it have taken the INVITE since, it is to end that call.
    actions: list[Action] = [Send(invite.to, cancel(invite.sent))] if invite.to and invite.sent else []
    if invite.cancelled:
        return actions + refuse(state, invite, 487, now)
    state.counts["refused_unreadable"] += 1
    return actions + refused(state, invite, answer(invite.request, 400, state.tokens, reason=UNREADABLE), now)
