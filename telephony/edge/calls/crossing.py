"""Calls that were being set up when the edge before this one ended: what can still be known of them. Pure.

Our branch is the same for the same INVITE, and our Record-Route in its 2xx names worker, port and flow.
"""

from telephony.edge.proxy.actions import URI_NAMES
from telephony.edge.proxy.routes import recorded
from telephony.edge.proxy.state import State
from telephony.edge.sip.flows import Flow
from telephony.edge.sip.message import Request, Response
from telephony.edge.sip.uri import FormError, in_brackets, parse_address, parse_uri


def confirm(state: State, response: Response, source: Flow) -> None:
    """A 2xx to an INVITE that nobody here knows: its dialog goes into the ledger, so that it can be ended.

    What the INVITE alone held is made up: the caller's target is where it spoke from, which its next INVITE or UPDATE
    corrects.
    """
    if state.ledger.find(response) is not None:
        return
    values = response.all("Record-Route")
    ours = [
        (at, route)
        for at, value in enumerate(values)
        if (route := recorded(state, value, response.call_id)) is not None
    ]
    worker_called = source.transport == "inside"
    if not ours or (worker_called and ours[0][1].sip_port != source.port):
        return
    last, route = ours[-1]
    if any(dialog.call_id == response.call_id for dialog in state.ledger.of_worker(route.worker)):
        # A branch never grows old: who knows one could fill the ledger with tags.
        return
    target = _outside(response, route.flow) if worker_called else f"sip:{state.place.inside[0]}:{route.sip_port}"
    headers = [(name, response.get(name) or "") for name in ("From", "Call-ID", "CSeq")]
    headers += [("Record-Route", value) for value in values[last + 1 :]] + [("Contact", f"<{target}>")]
    invite = Request(headers, b"", "INVITE", target)
    state.ledger.confirmed(invite, response, route, worker_called, len(values) - ours[0][0])


def _outside(response: Response, flow: Flow) -> str:
    """The caller at the address it called from."""
    try:
        user = parse_uri(parse_address(response.get("From") or "", "From").uri).user
    except FormError:
        user = ""
    transport = f";transport={URI_NAMES[flow.transport]}" if flow.transport in URI_NAMES else ""
    return f"sip:{user}{'@' if user else ''}{in_brackets(flow.host)}:{flow.port}{transport}"
