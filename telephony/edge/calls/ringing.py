"""An INVITE of a worker on its way to one phone of a registered user: its form, and where that phone is. Pure.

Its branch is the same for the same INVITE and contact, so that an edge started meanwhile finds the way again.
"""

from telephony.edge.calls.rings import Ring
from telephony.edge.proxy.answers import onward, routes_for
from telephony.edge.proxy.state import State
from telephony.edge.proxy.tokens import Route, mark_of, transaction
from telephony.edge.registrar.bindings import Binding
from telephony.edge.sip.flows import STREAMS, Flow
from telephony.edge.sip.message import Request


def to_phone(state: State, request: Request, back: Flow, worker: tuple[str, int], binding: Binding) -> Request:
    """`request`, an INVITE or what has its transaction, for `binding`. `worker` is its name and SIP port."""
    route = Route(*worker, binding.flow, binding.user)
    token = state.tokens.route(route, request.call_id)
    branch = state.tokens.branch(incoming(transaction(request), binding), back, mark=mark_of(request))
    secure = binding.contact[:5].lower() == "sips:"
    recorded = routes_for(state.place, token, binding.flow.transport, to_inside=False, secure=secure)
    sent = onward(request, state.place.via(binding.flow.transport, branch), recorded)
    sent.uri = binding.contact
    sent.headers += [("Route", value) for value in binding.path]
    return sent


def incoming(transaction: str, binding: Binding) -> str:
    """What stands for the INVITE's transaction in our branch towards `binding`: of several each has its own."""
    return f"{transaction}|{binding.key}"


def reach(state: State, ring: Ring, now: float) -> bool:
    """Whether there is a way to the phone, from now on over the connection it came again with if its own is gone."""
    if ring.flow.transport not in STREAMS or ring.flow in state.connections:
        return True
    phones = state.registrar.in_order(ring.binding.user, now)
    again = next((each for each in phones if each.key == ring.binding.key), None)
    if again is not None:
        ring.binding = again
    return again is not None
