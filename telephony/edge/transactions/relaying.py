"""Requests within calls on their way: sent again until answered, answered again when they come again, cancelled. Pure.

The proxy's part of RFC 3261 §16.7 to §16.10 on top of the table in telephony.edge.transactions.relays; where a request
goes is decided by outside and inside.
"""

from telephony.edge.proxy.actions import Action, Send
from telephony.edge.proxy.answers import acknowledge, answer, cancel
from telephony.edge.proxy.state import State, pass_on, reply
from telephony.edge.sip.flows import STREAMS, Flow
from telephony.edge.sip.message import Request, Response
from telephony.edge.transactions import refers
from telephony.edge.transactions.invites import LINGER, LONGEST, T1, T2
from telephony.edge.transactions.own import own_undelivered, send_own
from telephony.edge.transactions.probing import suspect
from telephony.edge.transactions.relays import T4, Event, Phase, Relay, key_of


def relay(
    state: State, request: Request, back: Flow, way: tuple[Flow, bool], now: float, worker: str = ""
) -> list[Action]:
    """Send `request` over `way` (flow, whether a connection may be made for it), once; an ACK is never remembered.

    `worker` is who is to answer it where it goes inside.
    """
    flow, connect = way
    if request.method == "ACK":
        return pass_on(state, request, back, flow, connect)
    sent = pass_on(state, request, back, flow, connect)
    first = sent[0]
    assert isinstance(first, Send)
    until = now + (refers.NOTIFY_SECONDS if request.method == "NOTIFY" and back.transport == "inside" else LINGER)
    made = Relay(key_of(request, request.method), request, back, first, until, worker=worker)
    if not state.relays.add(made):
        return sent
    state.relays.arm(made, now + T1 if made.unreliable else made.until)
    if made.is_invite:
        made.last = answer(request, 100, state.tokens)
        return [Send(back, made.last), *sent]
    return sent


def again(state: State, request: Request, now: float) -> list[Action] | None:
    """What belongs to a transaction there is: the request again, its CANCEL, the ACK of its refusal; else None."""
    method = "INVITE" if request.method in ("ACK", "CANCEL") else request.method
    known = state.relays.get(request, method)
    if known is None:
        return None
    if request.method == "CANCEL":
        return _cancel(state, known, request, now)
    if request.method == "ACK":
        if known.phase not in (Phase.REFUSED, Phase.CONFIRMED):
            return None
        if known.happened(Event.ACK):
            state.relays.arm(known, now + T4)
        return []
    if known.last is None or (known.is_invite and known.phase in (Phase.ANSWERED, Phase.CONFIRMED)):
        # 2xx to INVITE is sent again by who gave it (RFC 6026 §7.1).
        return []
    return [Send(known.back, known.last)]


def answered(state: State, known: Relay, answers: tuple[Response, Response], now: float) -> list[Action]:
    """An answer has come: `answers` is it as it came and as it would go on."""
    response, passed = answers
    if response.status < 200:
        return _provisional(state, known, passed, now)
    if known.is_invite and response.status >= 300:
        actions: list[Action] = [Send(known.sent.flow, acknowledge(_request(known), response))]
        return actions + (_refused(state, known, passed, now) if known.open else [])
    first = known.happened(Event.FINAL)
    if first:
        known.last, known.until = passed, now + LINGER
        state.relays.arm(known, known.until)
    return [Send(known.back, passed)] if first or known.is_invite else []


def overdue(state: State, known: Relay, now: float) -> list[Action]:  # noqa: PLR0911 (one return a rule)
    """The time of `known` has come: send again, give up or forget."""
    if known.phase is Phase.REFUSED and known.last is not None and now < known.until:
        known.interval = min(2 * known.interval, T2)
        state.relays.arm(known, min(now + known.interval, known.until))
        return [Send(known.back, known.last)]
    if known.open and known.worker and not state.workers.lives(known.worker, now):
        return _failed(state, known, 200 if known.request.method == "BYE" else 481, now)
    if known.open and now < known.until:
        return _send_again(state, known, now)
    if known.open and known.is_invite:
        return _given_up(state, known, now)
    if known.open and known.request.method == "NOTIFY" and known.back.transport == "inside":
        return _failed(state, known, 200, now)
    # No 408 for anything but INVITE (RFC 4320 §4.2): who asked has given up at the same time.
    state.relays.forget(known)
    if known.open and known.worker and known.request.method == "BYE":
        return suspect(state, known.worker, known.sent.flow, now)
    return []


def undelivered(state: State, send: Send, now: float) -> list[Action]:
    """No connection for a request that was to go on: as if its next hop had answered 503 (RFC 3261 §16.9)."""
    if not isinstance(send.message, Request):
        return []
    followed = own_undelivered(state, send.message.via.branch, now)
    asked = send.message.copy()
    del asked.headers[0]
    known = state.relays.get(asked, asked.method) if asked.get("Via") else None
    if known is None or not known.open:
        return followed
    return followed + _failed(state, known, 500, now)


def _provisional(state: State, known: Relay, passed: Response, now: float) -> list[Action]:
    if not known.happened(Event.PROVISIONAL):
        return []
    actions: list[Action] = []
    if known.is_invite:
        known.until = now + LONGEST
        state.relays.arm(known, known.until)
        if known.cancelled:
            actions += _send_cancel(state, known, now)
    if passed.status > 100:
        known.last = passed
        actions.append(Send(known.back, passed))
    return actions


def _failed(state: State, known: Relay, status: int, now: float) -> list[Action]:
    """Our own final answer in place of the one that cannot come."""
    extra = [("Retry-After", "5")] if status == 500 else []
    failed = answer(known.request, status, state.tokens, extra)
    if known.is_invite:
        return _refused(state, known, failed, now)
    known.happened(Event.FINAL)
    known.last, known.until = failed, now + LINGER
    state.relays.arm(known, known.until)
    return [Send(known.back, failed)]


def _refused(state: State, known: Relay, refusal: Response, now: float) -> list[Action]:
    """Towards who asked: sent again over UDP until its ACK comes (§17.2.1, timers G and H)."""
    known.happened(Event.REFUSAL)
    known.last, known.interval, known.until = refusal, T1, now + LINGER
    state.relays.arm(known, known.until if known.back.transport in STREAMS else now + T1)
    return [Send(known.back, refusal)]


def _send_again(state: State, known: Relay, now: float) -> list[Action]:
    """Timers A and E (§§17.1.1.2, 17.1.2.2)."""
    if not known.unreliable or (known.is_invite and known.phase is Phase.PROCEEDING):
        state.relays.arm(known, known.until)
        return []
    doubled = 2 * known.interval
    known.interval = doubled if known.is_invite else T2 if known.phase is Phase.PROCEEDING else min(doubled, T2)
    state.relays.arm(known, min(now + known.interval, known.until))
    return [known.sent]


def _given_up(state: State, known: Relay, now: float) -> list[Action]:
    """Nothing came (timer B), or nothing final for very long (timer C, §16.8): that one is cancelled first."""
    if known.phase is Phase.PROCEEDING and not known.cancelled:
        known.cancelled, known.until = True, now + LINGER
        state.relays.arm(known, known.until)
        return _send_cancel(state, known, now)
    status = 487 if known.cancelled else 408
    return _failed(state, known, status, now)


def _cancel(state: State, known: Relay, request: Request, now: float) -> list[Action]:
    """Answered here, and a CANCEL of our own goes on once there is anything to cancel (§§9.1, 16.10)."""
    actions = reply(state, request, known.back, 200)
    if known.open and not known.cancelled:
        known.cancelled = True
        if known.phase is Phase.PROCEEDING:
            # What is cancelled has 64·T1 to say so (§9.1); then it counts as gone.
            known.until = now + LINGER
            state.relays.arm(known, known.until)
            actions += _send_cancel(state, known, now)
    return actions


def _send_cancel(state: State, known: Relay, now: float) -> list[Action]:
    request = cancel(_request(known))
    return send_own(state, request.via.branch, Send(known.sent.flow, request), now)


def _request(known: Relay) -> Request:
    assert isinstance(known.sent.message, Request)
    return known.sent.message
