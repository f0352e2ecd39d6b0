"""Calls being set up between outside and workers: hold, hand out, try the next worker, refuse. Pure.

Decides which worker gets an INVITE and what becomes of it when that worker is silent or gone; not who may call.
"""

from telephony.edge.calls import forking, reading
from telephony.edge.calls.farewells import farewell
from telephony.edge.proxy.actions import Action, Retire, Send
from telephony.edge.proxy.answers import answer, cancel, onward, routes_for
from telephony.edge.proxy.state import State
from telephony.edge.proxy.tokens import Route, mark_of, transaction
from telephony.edge.sip.flows import DIALLED, Flow
from telephony.edge.sip.message import Request, Response
from telephony.edge.transactions.invites import HOLD, LINGER, LONGEST, OPEN, SILENCE, T1, T2, Event, Invite, Stage
from telephony.edge.transactions.own import send_own
from telephony.edge.transactions.refusing import refuse
from telephony.edge.trunks import divert

MOST_ATTEMPTS = 2
"""Workers one caller is offered to, each silent for SILENCE, before the answer is 500."""


def begin(
    state: State, request: Request, source: Flow, back: Flow, caller: tuple[str, str], now: float
) -> list[Action]:
    """A new call from outside that may be taken: 100, then a worker. `caller` is (trunk shown, SIP user or "")."""
    trunk, user = caller
    invite = Invite(transaction(request), request, source, back, trunk, user, now + HOLD)
    state.invites.add(invite)
    return [Send(back, answer(request, 100, state.tokens)), *hand_out(state, invite, now)]


def hand_out(state: State, invite: Invite, now: float) -> list[Action]:
    """Give the held `invite` to the worker idle longest; without one it stays held until `give_up`."""
    if invite.attempt >= MOST_ATTEMPTS:
        return refuse(state, invite, 500, now)
    worker = state.workers.take()
    if worker is None:
        if now >= invite.give_up:
            return refuse(state, invite, 503, now)
        state.invites.arm(invite, invite.give_up)
        return []
    invite.worker, invite.sip_port, invite.passed_over = worker.name, worker.sip_port, False
    route = Route(worker.name, worker.sip_port, invite.source, invite.user)
    token = state.tokens.route(route, invite.request.call_id)
    branch = state.tokens.branch(invite.key, invite.back, invite.attempt, mark_of(invite.request))
    secure = invite.request.uri[:5].lower() == "sips:"
    sent = onward(
        invite.request,
        state.place.via("inside", branch),
        routes_for(state.place, token, invite.source.transport, to_inside=True, secure=secure),
    )
    if secure:
        # TLS ends here: what lies behind is ours, on loopback (RFC 3261 §26.2.2).
        sent.uri = f"sip:{sent.uri[5:]}"
    sent.remove("Proxy-Authorization")
    sent.headers.append(("X-Hotline-Trunk", invite.trunk))
    invite.sent, invite.to = sent, Flow("inside", state.place.inside[0], worker.sip_port)
    invite.happened(Event.TAKEN)
    invite.interval, invite.silent_until = T1, now + SILENCE
    state.invites.arm(invite, now + T1)
    return [Send(invite.to, sent)]


def worker_free(state: State, now: float) -> list[Action]:
    """A worker has become idle: those held longest go first."""
    actions: list[Action] = []
    for invite in state.invites.held():
        sent = hand_out(state, invite, now)
        if not sent:
            break
        actions += sent
    return actions


def caller_cancels(state: State, invite: Invite, request: Request, back: Flow, now: float) -> list[Action]:
    """CANCEL for `invite`: answered here (§16.10); one of our own goes on once there is anything to cancel (§9.1)."""
    actions: list[Action] = [Send(back, answer(request, 200, state.tokens))]
    fork = state.forks.get(invite.key)
    if fork is not None:
        actions += forking.cancelled(state, invite, fork, now)
    elif invite.stage is Stage.HELD:
        actions += refuse(state, invite, 487, now)
    elif invite.stage is Stage.RINGING and not invite.cancelled:
        actions += send_cancel(state, invite, now)
    invite.cancelled = True
    return actions


def send_cancel(state: State, invite: Invite, now: float) -> list[Action]:
    """CANCEL to where `invite` rings; it has 64·T1 to end (§9.1)."""
    if invite.sent is None or invite.to is None:
        return []
    invite.cancelled = True
    state.invites.arm(invite, now + LINGER)
    request = cancel(invite.sent)
    way = Send(invite.to, request, connect=invite.to.transport in DIALLED)
    return send_own(state, request.via.branch, way, now)


def undelivered(state: State, invite: Invite, now: float) -> list[Action]:
    """No connection to where `invite` was to ring: as if 503 had come from there (§16.9); the next trunk, if any."""
    if invite.orphaned or invite.stage not in OPEN:
        return []
    going = state.going.get(invite.key)
    asked = divert.undelivered(state, invite, going, now) if going is not None else None
    return asked if asked is not None else refuse(state, invite, 487 if invite.cancelled else 500, now)


def give_up_on(state: State, invite: Invite, now: float) -> list[Action]:
    """The worker of `invite` is silent or gone before its final answer: the caller gets the next."""
    if invite.from_inside:
        return orphan(state, invite, now)
    invite.happened(Event.LOST)
    actions: list[Action] = [Send(invite.to, cancel(invite.sent))] if invite.to and invite.sent else []
    invite.attempt += 1
    invite.give_up = max(invite.give_up, now + T1)
    return actions + (refuse(state, invite, 487, now) if invite.cancelled else hand_out(state, invite, now))


def orphan(state: State, invite: Invite, now: float) -> list[Action]:
    """The worker that called somebody is gone: stop the ringing, and take what answers still come."""
    invite.orphaned = True
    fork = state.forks.get(invite.key)
    if fork is not None:
        return forking.orphaned(state, invite, fork, now)
    if invite.stage is Stage.RINGING and not invite.cancelled:
        return send_cancel(state, invite, now)
    # A trunk that has said nothing is cancelled when it does (§9.1).
    invite.cancelled = True
    return []


def overdue(state: State, invite: Invite, now: float) -> list[Action]:
    """The timer of `invite` has run out."""
    going, fork = state.going.get(invite.key), state.forks.get(invite.key)
    asked = divert.overdue(state, invite, going, now) if going is not None else None
    if fork is not None:
        asked = forking.overdue(state, invite, fork, now)
    if asked is not None:
        return asked
    if invite.stage is Stage.HELD:
        return hand_out(state, invite, now)
    if invite.stage is Stage.SENT and not invite.from_inside:
        return _ask_again(state, invite, now)
    if invite.stage is Stage.RINGING and not invite.orphaned:
        return refuse(state, invite, 487, now) if invite.cancelled else send_cancel(state, invite, now)
    if invite.stage is Stage.REFUSED and invite.answer is not None and now < invite.give_up:
        invite.interval = min(2 * invite.interval, T2)
        state.invites.arm(invite, min(now + invite.interval, invite.give_up))
        return [Send(invite.back, invite.answer)]
    state.invites.forget(invite)
    return []


def _ask_again(state: State, invite: Invite, now: float) -> list[Action]:
    """The worker that has `invite` says nothing: asked again until it counts as dead, or the INVITE as unreadable."""
    if reading.is_unreadable(state, invite):
        return reading.unread(state, invite, now)
    if now >= invite.silent_until:
        if invite.passed_over:
            # It answers and serves a call: not one to end.
            return give_up_on(state, invite, now)
        state.workers.lost(invite.worker)
        return [Retire(invite.worker), *give_up_on(state, invite, now)]
    first = invite.interval == T1
    invite.interval = min(2 * invite.interval, T2)
    state.invites.arm(invite, min(now + invite.interval, invite.silent_until))
    again: list[Action] = [Send(invite.to, invite.sent)] if invite.to and invite.sent else []
    return again + (reading.ask(state, invite, now) if first else [])


def heard(state: State, invite: Invite, response: Response, now: float) -> list[Action]:
    """An answer below 300 to the current attempt of `invite` passes; a CANCEL that waited for one goes out."""
    first = invite.stage is Stage.SENT
    if response.status >= 200:
        invite.happened(Event.FINAL)
        state.invites.arm(invite, now + LINGER)
        return []
    invite.happened(Event.PROVISIONAL)
    if invite.cancelled:
        return send_cancel(state, invite, now) if first else []
    until = divert.patience(state, invite) if invite.from_inside else None
    state.invites.arm(invite, now + LONGEST if until is None else until)
    return []


def worker_gone(state: State, worker: str, now: float) -> list[Action]:
    """The nursery says that `worker` is gone: its callers get another, its phones stop ringing, its dialogs end."""
    actions: list[Action] = []
    for invite in state.invites.of_worker(worker):
        actions += give_up_on(state, invite, now)
    for dialog in state.ledger.of_worker(worker):
        actions += farewell(state, dialog, now)
    return actions
