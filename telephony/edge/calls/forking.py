"""A call to a user with several phones: all of them ring, and who picks up has it (RFC 3261 §§16.6, 16.7). Pure.

The worker sees one INVITE and one end of it. Phones of the highest q ring together, those of the next q when none of
these takes the call. One that declines (6xx) declines for all; one that says nothing holds up nobody's refusal.
"""

from telephony.edge.calls.confirming import confirm, is_too_many, repair
from telephony.edge.calls.farewells import farewell
from telephony.edge.calls.patience import next_look
from telephony.edge.calls.ringing import reach, to_phone
from telephony.edge.calls.rings import Event, Fork, Phase, Ring, best, in_groups
from telephony.edge.proxy.actions import Action, Send
from telephony.edge.proxy.answers import acknowledge, answer, cancel
from telephony.edge.proxy.state import State
from telephony.edge.registrar.bindings import Binding
from telephony.edge.sip.flows import Flow
from telephony.edge.sip.message import Message, Response
from telephony.edge.transactions import invites
from telephony.edge.transactions.invites import LINGER, LONGEST, OPEN, T1, Invite
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
        reach(state, ring, now)
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
    actions = _stop_all(state, fork, now)
    lingers(state, invite, fork, now)
    return actions


def undelivered(state: State, invite: Invite, fork: Fork, message: Message, now: float) -> list[Action]:
    """No connection to the phone that `message` was for: as if it had refused (§16.9)."""
    ring = next((each for each in fork.rings if each.sent is message), None)
    if ring is None:
        return []
    return _refused(state, invite, fork, (ring, answer(invite.request, 500, state.tokens)), now)


def overdue(state: State, invite: Invite, fork: Fork, now: float) -> list[Action] | None:
    """Send again, look who is still awaited, give up; None where nothing is left to be done."""
    if invite.stage is invites.Stage.REFUSED and now < invite.give_up:
        return None  # the refusal's own timer, until its ACK comes
    if invite.orphaned or invite.stage not in OPEN:
        again = _again(fork, now)
        return again if lingers(state, invite, fork, now) else None
    if now >= fork.until:
        return _stop_all(state, fork, now) + refuse(state, invite, 408, now)
    again = _again(fork, now)
    return _settle(state, invite, fork, now) or again


def lingers(state: State, invite: Invite, fork: Fork, now: float) -> bool:
    """Set the timer for what is left to do once there is an end of the call; whether anything is."""
    until = fork.ended_at + LINGER
    if now < fork.asked_at + LINGER and any(ring.unheard for ring in fork.rings):
        until = min(until, max(now, fork.again_at))
    elif now >= until:
        return False
    state.invites.arm(invite, until)
    return True


def lost(state: State, flow: Flow, now: float) -> list[Action]:
    """The connection `flow` is closed: a phone that does not come again is waited for no longer than a silent one."""
    actions: list[Action] = []
    for invite, fork in _forks(state):
        mine = [ring for ring in fork.rings if ring.awaited and ring.flow == flow and not reach(state, ring, now)]
        for ring in mine:
            ring.lost_at = now
        if mine:
            actions += _settle(state, invite, fork, now)
    return actions


def came_again(state: State, user: str, now: float) -> list[Action]:
    """A phone of `user` has registered: where it rang over a connection that was closed, it hears that it is over."""
    return [
        action
        for _, fork in _forks(state)
        for ring in fork.rings
        if ring.binding.user == user and reach(state, ring, now) and ring.stopped
        for action in _stop(state, fork, ring, now)
    ]


def sweep(state: State) -> None:
    """Forget what INVITEs that are over left behind."""
    for key in [key for key in state.forks if state.invites.get(key) is None]:
        del state.forks[key]


def _forks(state: State) -> list[tuple[Invite, Fork]]:
    found = [(state.invites.get(key), fork) for key, fork in state.forks.items()]
    return [(invite, fork) for invite, fork in found if invite is not None]


def _again(fork: Fork, now: float) -> list[Action]:
    """The INVITE once more to those that have said nothing (§17.1.1.2), where that is due."""
    if now < fork.again_at:
        return []
    fork.interval *= 2
    fork.again_at = now + fork.interval
    return [Send(ring.flow, ring.sent) for ring in fork.rings if ring.unheard and now < fork.asked_at + LINGER]


def _call_next(state: State, invite: Invite, fork: Fork, now: float) -> list[Action]:
    group = fork.later.pop(0)
    fork.asked_at, fork.again_at, fork.interval = now, now + T1, T1
    worker = invite.worker, invite.sip_port
    new = [Ring(to_phone(state, invite.request, invite.back, worker, each), each) for each in group]
    fork.rings += new
    invite.sent, invite.to = new[0].sent, new[0].flow
    state.invites.arm(invite, now + T1)
    return [Send(ring.flow, ring.sent) for ring in new]


def _picked_up(
    state: State, invite: Invite, fork: Fork, picked: tuple[Ring, Response, int], now: float
) -> list[Action]:
    ring, passed, ours = picked
    ring.happened(Event.PICKED_UP)
    late = invite.orphaned or is_too_many(state, invite, passed)
    dialog = confirm(state, invite, passed, ours, ring.flow)
    if late:
        return farewell(state, dialog, now, ack=True)
    if fork.taken is ring:  # its 2xx again: the worker sees to its ACK
        return [Send(invite.back, passed)]
    fork.taken, invite.sent, invite.to = ring, ring.sent, ring.flow
    invite.happened(invites.Event.FINAL)
    actions = [Send(invite.back, passed), *_stop_all(state, fork, now)]
    lingers(state, invite, fork, now)
    return actions


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
    look = next_look(state, fork, now)
    if look is not None:
        state.invites.arm(invite, look)
        return []
    actions = _stop_all(state, fork, now)
    if fork.later:
        return actions + _call_next(state, invite, fork, now)
    refusals = [ring.refusal for ring in fork.rings if ring.refusal is not None]
    worst = best(refusals) or answer(invite.request, 408, state.tokens)
    return actions + refused(state, invite, worst, now)


def _stop_all(state: State, fork: Fork, now: float) -> list[Action]:
    """All but who picked up."""
    fork.ended_at = now
    return [action for ring in fork.rings if ring is not fork.taken for action in _stop(state, fork, ring, now)]


def _stop(state: State, fork: Fork, ring: Ring, now: float) -> list[Action]:
    """CANCEL to one that has answered; one that has not (§9.1), or is not there, gets it when it does or is."""
    ring.stopped = True
    if ring.phase is not Phase.RINGING or ring.cancelled or not reach(state, ring, now):
        return []
    ring.cancelled = True
    request = cancel(ring.sent)
    if fork.taken is not None:
        request.headers.append(("Reason", ELSEWHERE))
    return send_own(state, request.via.branch, Send(ring.flow, request), now)
