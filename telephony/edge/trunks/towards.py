"""An INVITE of a worker on its way to a trunk: its form, the number as the trunk has it, who is shown to call. Pure.

Which trunk is asked, and when the next one is, is telephony.edge.trunks.divert's business.
"""

from config.settings import Outbound
from telephony.edge.proxy.answers import PRIVATE, onward, routes_for
from telephony.edge.proxy.state import State
from telephony.edge.proxy.tokens import Route, mark_of, transaction
from telephony.edge.sip.flows import Flow
from telephony.edge.sip.message import Request
from telephony.edge.sip.uri import FormError, in_brackets, parse_address, parse_uri
from telephony.edge.trunks.carriers import flow_of

IDENTITY = ("P-Asserted-Identity", "P-Preferred-Identity", "Remote-Party-Id", "Privacy")
"""Who calls is said by the trunk's rules alone (RFC 3325 §9.1)."""


def to_trunk(
    state: State, request: Request, back: Flow, worker: tuple[str, int], out: Outbound, call: tuple[str, int]
) -> Request:
    """`request`, an INVITE or what has its transaction, for the trunk `out`. `call` is the number and the attempt.

    `worker` is its name and SIP port. The branch is the same for the same INVITE and attempt.
    """
    number, attempt = call
    flow = flow_of(out)
    token = state.tokens.route(Route(*worker, flow), request.call_id)
    branch = state.tokens.branch(transaction(request), back, attempt, mark_of(request))
    recorded = routes_for(state.place, token, flow.transport, to_inside=False)
    sent = onward(request, state.place.via(flow.transport, branch), recorded)
    sent.headers = [
        header for header in sent.headers if header[0] not in IDENTITY and not header[0].startswith(PRIVATE)
    ]
    shown, host = out.shown(number), in_brackets(state.place.host)
    sent.headers.append(("P-Asserted-Identity", f"<sip:{shown}@{host}>"))
    if user_of(sent, "From") != shown:
        sent.set("From", f'"{shown}" <sip:{shown}@{host}>;tag={request.from_tag}')
    transport = "" if out.transport == "udp" else f";transport={out.transport}"
    sent.uri = f"sip:{out.dialled(number)}@{in_brackets(str(out.host))}:{out.port};user=phone{transport}"
    return sent


def user_of(request: Request, name: str) -> str:
    """The user part of a From or To; "" where it cannot be read."""
    try:
        return parse_uri(parse_address(request.get(name) or "", name).uri).name
    except FormError:
        return ""
