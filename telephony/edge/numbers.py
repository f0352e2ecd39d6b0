"""Calls of workers to telephone numbers (user=phone, RFC 3261 §19.1.1): over a trunk that allows them, or not. Pure.

Decides the trunk, the number as the trunk wants it and what the called party may see. Nothing goes to a host that is no
trunk's target; what comes back is responses' business, as for a phone.
"""

from config.settings import Outbound
from telephony.edge.actions import Action, Send
from telephony.edge.answers import PRIVATE, onward, routes_for
from telephony.edge.flows import Flow
from telephony.edge.invites import LONGEST, Event, Invite
from telephony.edge.message import Request
from telephony.edge.state import State, reply
from telephony.edge.tokens import Route, mark_of, transaction
from telephony.edge.uri import FormError, parse_address, parse_uri

IDENTITY = ("P-Asserted-Identity", "P-Preferred-Identity", "Remote-Party-Id", "Privacy")
"""Who calls is said by the trunk's caller_id alone (RFC 3325 §9.1)."""


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
    worker = state.workers.at(source.port)
    trunk = state.guard.way_to(parse_uri(request.uri).name)
    out = trunk.outbound if trunk is not None else None
    if worker is None or out is None or not state.place.is_ours(request.uri) or not _shows(request, out):
        return reply(state, request, back, 403)
    flow = Flow(out.transport, str(out.host), out.port)
    token = state.tokens.route(Route(worker.name, worker.sip_port, flow), request.call_id)
    invite = Invite(transaction(request), request, source, back, "", "", now)
    branch = state.tokens.branch(invite.key, back, mark=mark_of(request))
    recorded = routes_for(state.place, token, flow.transport, to_inside=False)
    sent = onward(request, state.place.via(flow.transport, branch), recorded)
    sent.headers = [
        header for header in sent.headers if header[0] not in IDENTITY and not header[0].startswith(PRIVATE)
    ]
    sent.headers.append(("P-Asserted-Identity", f"<sip:{out.caller_id}@{_host(state.place.host)}>"))
    sent.uri = _target(out, parse_uri(request.uri).name)
    invite.worker, invite.sip_port, invite.sent, invite.to = worker.name, worker.sip_port, sent, flow
    invite.happened(Event.TAKEN)
    state.invites.add(invite)
    state.invites.arm(invite, now + LONGEST)
    return [Send(flow, sent, connect=flow.transport == "tcp")]


def _shows(request: Request, out: Outbound) -> bool:
    """Whether the caller shown is the one this trunk may show: a worker cannot give itself another number."""
    try:
        return parse_uri(parse_address(request.get("From") or "", "From").uri).name == out.caller_id
    except FormError:
        return False


def _target(out: Outbound, number: str) -> str:
    transport = ";transport=tcp" if out.transport == "tcp" else ""
    return f"sip:{out.dialled(number)}@{_host(str(out.host))}:{out.port};user=phone{transport}"


def _host(host: str) -> str:
    return f"[{host}]" if ":" in host else host
