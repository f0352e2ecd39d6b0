"""Calls of workers to telephone numbers (user=phone, RFC 3261 §19.1.1): over trunks that allow them, or not. Pure.

Decides whether the number may be called and by whom; which trunk takes it, and what the called party sees, is
telephony.edge.trunks.divert's business. Nothing goes to a host that is no trunk's target.
"""

from telephony.edge.proxy.actions import Action
from telephony.edge.proxy.state import State, reply
from telephony.edge.proxy.tokens import transaction
from telephony.edge.sip.flows import Flow
from telephony.edge.sip.message import Request
from telephony.edge.sip.uri import FormError, parse_uri
from telephony.edge.transactions.invites import Invite
from telephony.edge.trunks import divert, offers
from telephony.edge.trunks.calls import calls_on
from telephony.edge.trunks.towards import user_of

RETRY_AFTER = 30
"""Seconds after which a call may be tried again that met trunks all of which are full."""


EMERGENCY = "X-Hotline-Emergency"
"""A worker's word that the call is one to an emergency line: limits of ours do not hold. From outside it is removed."""


def is_number_call(request: Request) -> bool:
    """Whether the Request-URI names a telephone number and not a registered phone."""
    try:
        return parse_uri(request.uri).param("user") == "phone"
    except FormError:
        return False


def call_number(state: State, request: Request, source: Flow, back: Flow, now: float) -> list[Action]:
    """An INVITE of the port `source` to a number: 403 unless it is a worker's and a trunk allows the number."""
    if not state.workers.known:
        # Just started: who is a worker is not known yet, and the INVITE comes again by itself.
        return []
    worker, number = state.workers.at(source.port), parse_uri(request.uri).name
    ways = state.carriers.ways(number, request.call_id, now)
    # A worker cannot give itself another number than one that those called by us may see.
    shown = {way.outbound.shown(number) for way in ways if way.outbound is not None}
    if worker is None or not state.place.is_ours(request.uri) or user_of(request, "From") not in shown:
        return reply(state, request, back, 403)
    urgent = request.get(EMERGENCY) is not None
    open_ways = [way for way in ways if urgent or not state.capacity.full(way.name, calls_on(state, way.name))]
    open_ways = offers.untried(request, open_ways)
    if not open_ways:
        state.counts["refused_calls"] += 1
        return reply(state, request, back, 503, [("Retry-After", str(RETRY_AFTER))])
    invite = Invite(transaction(request), request, source, back, "", "", now)
    invite.worker, invite.sip_port = worker.name, worker.sip_port
    suited = offers.split(request, open_ways, request.call_id in state.proving)
    if suited is None:
        anew = offers.asking_anew(open_ways[0], offers.names_in(request.get(offers.TRIED)))
        return reply(state, request, back, offers.ANEW, anew)
    return divert.begin(state, invite, number, suited, now)
