"""Requests from the workers: calls to registered phones and to numbers, and what belongs to calls. Pure.

Decides by the port the request came from and the token it carries.
"""

from telephony.edge.calls import crossing, forking
from telephony.edge.calls.setup import caller_cancels
from telephony.edge.proxy.actions import Action, Send
from telephony.edge.proxy.answers import hops_left
from telephony.edge.proxy.routes import looped, tighten
from telephony.edge.proxy.state import State, reply, take_routes, way_out
from telephony.edge.proxy.tokens import transaction
from telephony.edge.sip.flows import Flow
from telephony.edge.sip.message import METHODS, Request
from telephony.edge.sip.uri import FormError, parse_uri
from telephony.edge.transactions.invites import Invite, Stage
from telephony.edge.transactions.refusing import acknowledged
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
        return crossing.stopped(state, request, source, back, now)
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
    """The INVITE again, its CANCEL or the ACK of its refusal."""
    if invite.sent is None or invite.to is None:
        return []
    if request.method == "CANCEL":
        return caller_cancels(state, invite, request, back, now)
    if request.method == "INVITE":
        # It is sent on again by our own timer: who is asked now is not the worker's to know.
        return [Send(back, invite.answer)] if invite.answer is not None and invite.stage is not Stage.FINAL else []
    if invite.stage is Stage.REFUSED:
        acknowledged(state, invite, now)
        if (fork := state.forks.get(invite.key)) is not None:
            forking.lingers(state, invite, fork, now)
    return []


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
    phones = state.registrar.in_order(user, now) if user else []
    if not phones:
        return reply(state, request, back, 480 if user else 404)
    invite = Invite(transaction(request), request, source, back, "", user, now)
    invite.worker, invite.sip_port = worker.name, worker.sip_port
    return forking.begin(state, invite, phones, now)
