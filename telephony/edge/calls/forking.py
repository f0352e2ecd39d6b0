"""A call to a user with several phones: all of them ring, and who picks up has it (RFC 3261 §§16.6, 16.7). Pure.

The worker sees one INVITE and one end of it. Phones of the highest q ring together, those of the next q when none of
these takes the call. One that declines (6xx) declines for all; one that says nothing holds up nobody's refusal.
"""

from telephony.edge.calls.confirming import confirm, repair
from telephony.edge.calls.farewells import farewell
from telephony.edge.calls.ringing import to_phone
from telephony.edge.calls.rings import Event, Fork, Phase, Ring, best, in_groups
from telephony.edge.proxy.actions import Action, Send
from telephony.edge.proxy.answers import acknowledge, answer, cancel
from telephony.edge.proxy.state import State
from telephony.edge.registrar.bindings import Binding
from telephony.edge.sip.flows import STREAMS, Flow
from telephony.edge.sip.message import Message, Response
from telephony.edge.transactions import invites
from telephony.edge.transactions.invites import LINGER, LONGEST, OPEN, SILENCE, T1, Invite
from telephony.edge.transactions.own import send_own
from telephony.edge.transactions.refusing import refuse, refused

ELSEWHERE = 'SIP;cause=200;text="Call completed elsewhere"'
"""RFC 3326: so that a phone does not count the call as one it missed."""


def begin(state: State, invite: Invite, bindings: list[Binding], now: float) -> list[Action]:
    """Call the phones `bindings`, which are in their order. 100 makes the worker wait: it is us who send again."""
    fork = Fork(in_groups(bindings), now + LONGEST)
    state.forks[invite.key] = fork
    invite.happened(invites.Event.TAKEN)
    invite.answer = answer(invite.request, 100, state.tokens)
    state.invites.add(invite)
    return [Send(invite.back, invite.answer), *_call_next(state, invite, fork, now)]


def answered(state: State, invite: Invite, fork: Fork, answers: tuple[Response, Response], now: float) -> list[Action]:
    """One of the phones has answered: `answers` is it as it came and as it would go on."""
    response, passed = answers
    ring = fork.of_branch(response.via.branch)
    if ring is None:
        return []
    if response.status >= 300:
        return [Send(ring.flow, acknowledge(ring.sent, response)), *_refused(state, invite, fork, (ring, passed), now)]
    ours = repair(state, ring.sent, passed)
    if response.status >= 200:
        return _picked_up(state, invite, fork, (ring, passed, ours), now)
    if not ring.happened(Event.PROVISIONAL) or response.status == 100:
        return _stop(state, fork, ring, now) if ring.stopped else []
    if ring.stopped:
        return _stop(state, fork, ring, now)
    invite.happened(invites.Event.PROVISIONAL)
    invite.answer = passed
    return [Send(invite.back, passed)]


def cancelled(state: State, invite: Invite, fork: Fork, now: float) -> list[Action]:
    """The worker wants none of them any more: whoever still picks up is let go."""
    if invite.stage not in OPEN:
        return []
    return _stop_all(state, fork, now) + refuse(state, invite, 487, now)


def orphaned(state: State, invite: Invite, fork: Fork, now: float) -> list[Action]:
    """The worker is gone: the ringing stops, and there is nobody to be told so."""
    state.invites.arm(invite, now + LINGER)
    return _stop_all(state, fork, now)


def undelivered(state: State, invite: Invite, fork: Fork, message: Message, now: float) -> list[Action]:
    """No connection to the phone that `message` was for: as if it had refused (§16.9)."""
    ring = next((each for each in fork.rings if each.sent is message), None)
    if ring is None:
        return []
    return _refused(state, invite, fork, (ring, answer(invite.request, 500, state.tokens)), now)


def overdue(state: State, invite: Invite, fork: Fork, now: float) -> list[Action] | None:
    """Send again, look who is still awaited, give up; None once there is an end of the call."""
    if invite.orphaned or invite.stage not in OPEN:
        return None
    if now >= fork.until:
        return _stop_all(state, fork, now) + refuse(state, invite, 408, now)
    end = fork.asked_at + LINGER
    asked = [ring for ring in fork.rings if ring.awaited and ring.phase is Phase.ASKED]
    fork.interval *= 2
    state.invites.arm(invite, min(now + fork.interval, end) if asked and now < end else fork.until)
    again: list[Action] = [Send(ring.flow, ring.sent) for ring in asked if ring.unheard and now < end]
    return _settle(state, invite, fork, now) or again


def sweep(state: State) -> None:
    """Forget what INVITEs that are over left behind."""
    for key in [key for key in state.forks if state.invites.get(key) is None]:
        del state.forks[key]


def _call_next(state: State, invite: Invite, fork: Fork, now: float) -> list[Action]:
    group = fork.later.pop(0)
    fork.asked_at, fork.interval = now, T1
    worker = invite.worker, invite.sip_port
    new = [Ring(to_phone(state, invite.request, invite.back, worker, each), each.flow, each.user) for each in group]
    fork.rings += new
    invite.sent, invite.to = new[0].sent, new[0].flow
    state.invites.arm(invite, now + T1)
    return [Send(ring.flow, ring.sent) for ring in new]


def _picked_up(
    state: State, invite: Invite, fork: Fork, picked: tuple[Ring, Response, int], now: float
) -> list[Action]:
    ring, passed, ours = picked
    ring.happened(Event.PICKED_UP)
    dialog = confirm(state, invite, passed, ours, ring.flow)
    if invite.orphaned or (fork.taken is not ring and invite.stage not in OPEN):
        return farewell(state, dialog, now, ack=True)
    if fork.taken is ring:  # its 2xx again: the worker sees to its ACK
        return [Send(invite.back, passed)]
    fork.taken, invite.sent, invite.to = ring, ring.sent, ring.flow
    invite.happened(invites.Event.FINAL)
    state.invites.arm(invite, now + LINGER)
    return [Send(invite.back, passed), *_stop_all(state, fork, now)]


def _refused(state: State, invite: Invite, fork: Fork, said: tuple[Ring, Response], now: float) -> list[Action]:
    ring, refusal = said
    if not ring.happened(Event.REFUSAL) or invite.orphaned or (ring.stopped and refusal.status < 600):
        return []
    ring.refusal = refusal
    if refusal.status < 600 or invite.stage not in OPEN:
        return _settle(state, invite, fork, now)
    fork.later.clear()
    return [*_stop_all(state, fork, now), *refused(state, invite, refusal, now)]


def _settle(state: State, invite: Invite, fork: Fork, now: float) -> list[Action]:
    """Call the next, or tell the worker that nobody takes the call, where nobody is awaited any more."""
    if invite.stage not in OPEN or invite.orphaned:
        return []
    awaited = [ring for ring in fork.rings if ring.awaited]
    refusals = [ring.refusal for ring in fork.rings if ring.refusal is not None]
    patience = SILENCE if refusals or fork.later else LINGER
    if any(ring.phase is Phase.RINGING for ring in awaited) or (awaited and now < fork.asked_at + patience):
        return []
    actions = _stop_all(state, fork, now)
    if fork.later:
        return actions + _call_next(state, invite, fork, now)
    worst = best(refusals) or answer(invite.request, 408, state.tokens)
    return actions + refused(state, invite, worst, now)


def _stop_all(state: State, fork: Fork, now: float) -> list[Action]:
    """All but who picked up."""
    return [action for ring in fork.rings if ring is not fork.taken for action in _stop(state, fork, ring, now)]


def _stop(state: State, fork: Fork, ring: Ring, now: float) -> list[Action]:
    """CANCEL to one that has answered; one that has not gets it when it does (§9.1)."""
    ring.stopped = True
    if ring.phase is not Phase.RINGING or ring.cancelled:
        return []
    ring.cancelled = True
    request = cancel(ring.sent)
    if fork.taken is not None:
        request.headers.append(("Reason", ELSEWHERE))
    return send_own(state, request.via.branch, Send(_way_to(state, ring, now), request), now)


def _way_to(state: State, ring: Ring, now: float) -> Flow:
    """Where the phone is that rings: on the connection it came again with, where the one it was called over is gone."""
    if ring.flow.transport in STREAMS and ring.flow not in state.connections:
        phones = state.registrar.in_order(ring.user, now)
        return next((each.flow for each in phones if each.contact == ring.sent.uri), ring.flow)
    return ring.flow
