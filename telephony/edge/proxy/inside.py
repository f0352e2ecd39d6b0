"""Requests from the workers: calls to registered phones and to numbers, and what belongs to calls. Pure.

Decides by the port the request came from and the token it carries; it is stateless but for the way an INVITE went, so
the worker's own transaction sees to sending again.
"""

from telephony.edge.calls.setup import caller_cancels
from telephony.edge.calls.workers import Worker
from telephony.edge.proxy.actions import Action, Send
from telephony.edge.proxy.answers import acknowledge, cancel, hops_left, onward, routes_for
from telephony.edge.proxy.routes import looped, tighten
from telephony.edge.proxy.state import State, reply, take_routes, way_out
from telephony.edge.proxy.tokens import Route, mark_of, transaction
from telephony.edge.registrar.register import Binding
from telephony.edge.sip.flows import STREAMS, Flow
from telephony.edge.sip.message import METHODS, Request
from telephony.edge.sip.uri import FormError, parse_uri
from telephony.edge.transactions.invites import LONGEST, Event, Invite, Stage
from telephony.edge.transactions.own import send_own
from telephony.edge.transactions.relaying import again, relay
from telephony.edge.trunks.numbers import call_number, is_number_call


def received(state: State, request: Request, source: Flow, back: Flow, now: float) -> list[Action]:  # noqa: PLR0911 (one return a rule)
    """`source` is the port of a worker on loopback; its answers go `back`."""
    route, forged = take_routes(state, request)
    if not hops_left(request):
        return reply(state, request, back, 483)
    if looped(state, request):
        return reply(state, request, back, 482)
    if route is not None and route.sip_port == source.port:
        known = again(state, request, now)
        if known is not None:
            return known
        state.ledger.passed(request, from_inside=True)
        way = way_out(state, route, request, now)
        tighten(request)
        return relay(state, request, back, way, now)
    if route is not None or forged or request.get("Route") is not None:
        return reply(state, request, back, 403)
    invite = state.invites.get(transaction(request)) if request.method in ("INVITE", "ACK", "CANCEL") else None
    if invite is not None and invite.source == source:
        return _again(state, invite, request, back, now)
    if request.method in ("ACK", "CANCEL"):
        return _of_an_edge_before(state, request, source, back, now)
    if request.to_tag or request.method == "BYE":
        return reply(state, request, back, 481)
    if request.method == "OPTIONS":
        return reply(state, request, back, 200)
    if request.method != "INVITE":
        return reply(state, request, back, 403 if request.method in METHODS else 501)
    if is_number_call(request):
        return call_number(state, request, source, back, now)
    return _call_phone(state, request, source, back, now)


def _again(state: State, invite: Invite, request: Request, back: Flow, now: float) -> list[Action]:
    """The INVITE again, which goes on again while nothing was answered, its CANCEL or the ACK of its refusal."""
    if invite.sent is None or invite.to is None:
        return []
    if request.method == "CANCEL":
        return caller_cancels(state, invite, request, back, now)
    if request.method == "INVITE":
        # To a trunk it is sent again by our own timer: the one asked now may not be the one the worker means.
        if invite.stage is Stage.SENT and invite.to.transport not in STREAMS and invite.key not in state.going:
            return [Send(invite.to, invite.sent)]
        return [Send(back, invite.answer)] if invite.answer is not None and invite.stage is not Stage.FINAL else []
    if invite.stage is Stage.REFUSED:
        # The record stays until its timer, so that late copies of the INVITE are known; nothing is sent again.
        invite.give_up = now
    return []


def _of_an_edge_before(state: State, request: Request, source: Flow, back: Flow, now: float) -> list[Action]:
    """CANCEL of an INVITE nobody here knows, or the ACK of its refusal: on with the branch the INVITE had."""
    if not state.workers.known:
        return []
    worker = state.workers.at(source.port)
    binding = _rung(state, request, now) if worker is not None and state.place.is_ours(request.uri) else None
    if worker is None or binding is None or is_number_call(request):
        return reply(state, request, back, 481)
    sent = _to_phone(state, request, back, worker, binding)
    if request.method == "ACK":
        return [Send(binding.flow, acknowledge(sent, request))]
    stop = cancel(sent)
    return [*reply(state, request, back, 200), *send_own(state, stop.via.branch, Send(binding.flow, stop), now)]


def _rung(state: State, request: Request, now: float) -> Binding | None:
    """The phone that a worker's INVITE to this Request-URI rings."""
    try:
        user = parse_uri(request.uri).name
    except FormError:
        return None
    return state.registrar.newest(user, now) if user else None


def _to_phone(state: State, request: Request, back: Flow, worker: Worker, binding: Binding) -> Request:
    """`request`, an INVITE or what has its transaction, on its way to a phone."""
    route = Route(worker.name, worker.sip_port, binding.flow, parse_uri(request.uri).name)
    token = state.tokens.route(route, request.call_id)
    branch = state.tokens.branch(transaction(request), back, mark=mark_of(request))
    secure = binding.contact[:5].lower() == "sips:"
    recorded = routes_for(state.place, token, binding.flow.transport, to_inside=False, secure=secure)
    sent = onward(request, state.place.via(binding.flow.transport, branch), recorded)
    sent.uri = binding.contact
    sent.headers += [("Route", value) for value in binding.path]
    return sent


def _call_phone(state: State, request: Request, source: Flow, back: Flow, now: float) -> list[Action]:
    if not state.workers.known:
        # Just started: who is a worker is not known yet, and the INVITE comes again by itself.
        return []
    worker = state.workers.at(source.port)
    if worker is None or not state.place.is_ours(request.uri):
        return reply(state, request, back, 403)
    try:
        user = parse_uri(request.uri).name
    except FormError:
        return reply(state, request, back, 404)
    binding = _rung(state, request, now)
    if binding is None:
        return reply(state, request, back, 480 if user else 404)
    invite = Invite(transaction(request), request, source, back, "", user, now)
    sent = _to_phone(state, request, back, worker, binding)
    invite.worker, invite.sip_port, invite.sent, invite.to = worker.name, worker.sip_port, sent, binding.flow
    invite.happened(Event.TAKEN)
    state.invites.add(invite)
    state.invites.arm(invite, now + LONGEST)
    return [Send(binding.flow, sent)]
