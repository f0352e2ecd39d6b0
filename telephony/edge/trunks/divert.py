"""Calls out over trunks: the one asked now, and the next where it fails before the called phone rings. Pure.

A trunk fails a call by silence, by 100 and no more, by 408 or 5xx, or by a challenge we have no account for. What the
called party says (busy, unknown, declined) is never asked again elsewhere. The order is that of .carriers.
"""

from telephony.edge.proxy.actions import Action, Send
from telephony.edge.proxy.answers import answer, cancel
from telephony.edge.proxy.state import State
from telephony.edge.sip.digest_client import challenge_in
from telephony.edge.sip.flows import DIALLED, STREAMS
from telephony.edge.sip.message import Response
from telephony.edge.transactions.invites import LINGER, OPEN, T1, Event, Invite, Stage
from telephony.edge.transactions.own import send_own
from telephony.edge.transactions.refusing import refuse, refused
from telephony.edge.trunks import offers
from telephony.edge.trunks.carriers import flow_of
from telephony.edge.trunks.going import Going
from telephony.edge.trunks.proving import prove
from telephony.edge.trunks.towards import to_trunk

CHALLENGED = (401, 407)
TRUNK = "X-Hotline-Trunk"
"""Tells the worker, in answers, which trunk has taken the call."""

MOST_PROVING = 1000


def begin(state: State, invite: Invite, number: str, ways: offers.Split, now: float) -> list[Action]:
    """Ask the first of `ways` for `number`; the others while it fails. A trunk that challenged this call goes first.

    The second of `ways` are those that another offer is needed for.
    """
    proving = state.proving.pop(invite.request.call_id, ("", ""))
    suited = sorted(ways[0], key=lambda trunk: trunk.name != proving[0])
    tried = offers.names_in(invite.request.get(offers.TRIED))
    going = Going(number, "", suited, now, T1, proving=proving, others=ways[1], tried=tried)
    state.going[invite.key] = going
    return _ask_next(state, invite, going, now)


def answered(state: State, invite: Invite, response: Response, passed: Response, now: float) -> list[Action] | None:
    """A trunk has answered `invite`: what to do instead of passing it on, None to do that."""
    going = state.going.get(invite.key)
    if going is None:
        return None
    pulse = state.carriers.pulse(going.trunk)
    if pulse is not None and not going.heard:
        pulse.met(response.status != 503, now)
    going.heard = True
    going.rang = going.rang or response.status in (180, 181, 182)
    going.moved = going.moved or response.status > 100
    if invite.sent is not None and invite.sent.get("From") != invite.request.get("From"):
        passed.set("From", invite.request.get("From") or "")
    if 100 < response.status < 300:
        passed.set(TRUNK, going.trunk)
    if response.status in CHALLENGED and _may_prove(state, invite, going, response):
        return None
    if invite.stage not in OPEN or invite.orphaned or invite.cancelled or going.rang or not going.left:
        return None
    if response.status in CHALLENGED or response.status == 408 or 500 <= response.status < 600:
        state.counts["diverted"] += 1
        return _ask_next(state, invite, going, now)
    return None


def patience(state: State, invite: Invite) -> float | None:
    """Until when a trunk that has said 100 Trying alone is waited for; None where there is none to ask in its place."""
    going = state.going.get(invite.key)
    return going.moved_until if going is not None and not going.moved and going.left else None


def overdue(  # noqa: PLR0911 (one return a rule)
    state: State, invite: Invite, going: Going, now: float
) -> list[Action] | None:
    """The timer of `invite` has run out; None where that is not for trunks to decide."""
    if invite.stage is Stage.RINGING and not (invite.orphaned or invite.cancelled or going.moved):
        return _stuck(state, invite, going, now)
    if invite.stage is not Stage.SENT or going.heard or invite.sent is None or invite.to is None:
        return None
    if invite.orphaned:
        if now >= invite.give_up:
            return None
        state.invites.arm(invite, invite.give_up)
        return []
    if now >= going.silent_until and (going.left or now >= invite.give_up) and not invite.cancelled:
        _missed(state, going, now)
        if going.left:
            state.counts["diverted"] += 1
            going.silent[invite.attempt] = invite.sent, invite.to
            return _ask_next(state, invite, going, now)
    if now >= invite.give_up:
        return refuse(state, invite, 487 if invite.cancelled else 408, now)
    going.interval *= 2
    least = going.silent_until if going.left and now < going.silent_until else invite.give_up
    state.invites.arm(invite, min(now + going.interval, least))
    # Cancelled or not: only who has answered can be cancelled (§9.1).
    return [Send(invite.to, invite.sent)] if invite.to.transport not in STREAMS else []


def _stuck(state: State, invite: Invite, going: Going, now: float) -> list[Action] | None:
    """100 Trying and nothing more: CANCEL to that trunk, which may have it now (§9.1), and the next one is asked."""
    if not going.left or invite.sent is None or invite.to is None or now < going.moved_until:
        return None
    state.counts["diverted"] += 1
    going.silent[invite.attempt] = invite.sent, invite.to
    going.stopped.add(invite.attempt)
    stop = cancel(invite.sent)
    actions = send_own(state, stop.via.branch, Send(invite.to, stop, connect=invite.to.transport in DIALLED), now)
    return actions + _ask_next(state, invite, going, now)


def undelivered(state: State, invite: Invite, going: Going, now: float) -> list[Action] | None:
    """No connection to the trunk that was to be asked: the next one at once; None where there is none to ask."""
    if not going.heard:
        _missed(state, going, now)
    if going.rang or invite.cancelled or not going.left:
        return None
    state.counts["diverted"] += 1
    return _ask_next(state, invite, going, now)


def _missed(state: State, going: Going, now: float) -> None:
    pulse = state.carriers.pulse(going.trunk)
    if pulse is not None:
        pulse.met(False, now)


def sweep(state: State) -> None:
    """Forget what INVITEs that are over left behind."""
    for key in [key for key in state.going if state.invites.get(key) is None]:
        del state.going[key]


def _may_prove(state: State, invite: Invite, going: Going, response: Response) -> bool:
    """Whether the worker can answer this trunk's challenge; its next INVITE of the call goes the same way then."""
    trunk = state.guard.trunk_named(going.trunk)
    account = trunk.account if trunk is not None else None
    challenge = challenge_in(response, account.realm) if account is not None else None
    if challenge is None or going.proving == (going.trunk, challenge.realm):
        return False
    state.proving[invite.request.call_id] = (going.trunk, challenge.realm)
    if len(state.proving) > MOST_PROVING:
        del state.proving[next(iter(state.proving))]
    return True


def _ask_next(state: State, invite: Invite, going: Going, now: float) -> list[Action]:
    if not going.ways:
        # The worker makes another INVITE of it; late answers to this one are for `responses` to end.
        invite.attempt += 1
        anew = offers.asking_anew(going.others[0], going.tried)
        return refused(state, invite, answer(invite.request, offers.ANEW, state.tokens, anew), now)
    trunk = going.ways.pop(0)
    going.tried.append(trunk.name)
    out = trunk.outbound
    assert out is not None
    if invite.stage is not Stage.HELD:
        invite.attempt += 1
    flow = flow_of(out)
    worker = invite.worker, invite.sip_port
    sent = to_trunk(state, invite.request, invite.back, worker, out, (going.number, invite.attempt))
    asked, realm = going.proving
    prove(sent, trunk.account, realm if asked == trunk.name else "")
    invite.sent, invite.to = sent, flow
    invite.happened(Event.TAKEN if invite.stage is Stage.HELD else Event.DIVERTED)
    going.trunk, going.heard, going.moved, going.interval = trunk.name, False, False, T1
    going.silent_until, invite.give_up = now + out.answer_seconds, now + LINGER
    going.moved_until = now + out.progress_seconds
    state.invites.add(invite)
    state.invites.arm(invite, now + T1)
    return [Send(flow, sent, connect=flow.transport in DIALLED)]
