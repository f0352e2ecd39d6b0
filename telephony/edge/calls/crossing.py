"""Calls that were being set up when the edge before this one ended: what can still be known of them. Pure.

Our branch is the same for the same INVITE, and our Record-Route in its 2xx names worker, port and flow.
"""

import re

from telephony.edge.calls.dialogs import Dialog
from telephony.edge.calls.farewells import farewell
from telephony.edge.calls.forking import ELSEWHERE
from telephony.edge.calls.ringing import incoming, to_phone
from telephony.edge.proxy.actions import URI_NAMES, Action, Send
from telephony.edge.proxy.answers import acknowledge, cancel
from telephony.edge.proxy.routes import recorded
from telephony.edge.proxy.state import State, reply
from telephony.edge.proxy.tokens import Branch, Route
from telephony.edge.sip.flows import DIALLED, Flow
from telephony.edge.sip.message import Request, Response
from telephony.edge.sip.uri import FormError, in_brackets, parse_address, parse_uri
from telephony.edge.transactions.invites import LINGER, LONGEST
from telephony.edge.transactions.own import send_own
from telephony.edge.trunks.carriers import flow_of
from telephony.edge.trunks.numbers import is_number_call
from telephony.edge.trunks.towards import to_trunk, user_of

TAG = re.compile(r"\s*;\s*tag\s*=[^;]*$", re.IGNORECASE)


def picked_up(
    state: State, response: Response, source: Flow, asked: tuple[str, Branch], now: float
) -> tuple[bool, list[Action]]:
    """A 2xx to an INVITE that nobody here knows: whether it goes on, and what is done besides.

    `asked` is the transaction of the INVITE and our branch in the response.
    """
    dialog = _confirm(state, response, source)
    if dialog is None or source.transport == "inside":
        return True, []
    if not _awaited(state, dialog, now):
        return False, farewell(state, dialog, now, ack=True)
    return True, _elsewhere(state, response, asked, dialog.route, now)


def stopped(state: State, request: Request, source: Flow, back: Flow, now: float) -> list[Action]:
    """A worker's CANCEL of an INVITE nobody here knows, or the ACK of its refusal: on with the branch the INVITE had.

    Who was asked is not known any more: all who may have been are told, and who was not answers 481 (§9.2).
    """
    if not state.workers.known:
        return []
    ours = state.tokens.tag(request.call_id, request.from_tag, str(request.cseq[0]))
    if request.method == "ACK" and request.to_tag == ours:
        return []  # of a refusal of our own that nothing is kept of: nobody was asked
    worker = state.workers.at(source.port)
    if worker is None or not state.place.is_ours(request.uri):
        return reply(state, request, back, 481)
    names = worker.name, worker.sip_port
    sent = _trunks(state, request, back, names, now) if is_number_call(request) else []
    sent = sent or _phones(state, request, back, names, now)
    if not sent:
        return reply(state, request, back, 481)
    actions = reply(state, request, back, 200)
    if request.method == "ACK":
        actions += [Send(flow, acknowledge(asked, request), flow.transport in DIALLED) for asked, flow in sent]
    if request.method == "CANCEL" or len(sent) > 1:
        actions += [action for asked, flow in sent for action in _cancel(state, cancel(asked), flow, now)]
    return actions


def _confirm(state: State, response: Response, source: Flow) -> Dialog | None:
    """A 2xx to an INVITE that nobody here knows: its dialog goes into the ledger, so that it can be ended.

    Returns the dialog that was not known before.

    What the INVITE alone held is made up: the caller's target is where it spoke from, which its next INVITE or UPDATE
    corrects.
    """
    if state.ledger.find(response) is not None:
        return None
    values = response.all("Record-Route")
    ours = [
        (at, route)
        for at, value in enumerate(values)
        if (route := recorded(state, value, response.call_id)) is not None
    ]
    worker_called = source.transport == "inside"
    if not ours or (worker_called and ours[0][1].sip_port != source.port):
        return None
    last, route = ours[-1]
    if worker_called and any(dialog.call_id == response.call_id for dialog in state.ledger.of_worker(route.worker)):
        return None
    target = _outside(response, route.flow) if worker_called else f"sip:{state.place.inside[0]}:{route.sip_port}"
    headers = [(name, response.get(name) or "") for name in ("From", "Call-ID", "CSeq")]
    headers += [("Record-Route", value) for value in values[last + 1 :]] + [("Contact", f"<{target}>")]
    invite = Request(headers, b"", "INVITE", target)
    return state.ledger.confirmed(invite, response, route, worker_called, len(values) - ours[0][0])


def _awaited(state: State, dialog: Dialog, now: float) -> bool:
    """Whether its worker may still wait for the 2xx that made `dialog`, which is no worker's answer.

    Not where it has another one of this INVITE, is gone, or where every INVITE that is open came to this edge. A branch
    never grows old: who knows one can send 2xx with new tags for ever.
    """
    if not state.workers.lives(dialog.route.worker, now):
        return False
    if state.since is not None and now >= state.since + LONGEST + LINGER:
        return False
    others = state.ledger.of_worker(dialog.route.worker)
    return not any(each is not dialog and each.call_id == dialog.call_id for each in others)


def _elsewhere(state: State, response: Response, asked: tuple[str, Branch], route: Route, now: float) -> list[Action]:
    """A phone of `route` has picked up: the others of its user, called by the edge before this one, stop ringing."""
    transaction, branch = asked
    actions: list[Action] = []
    for binding in state.registrar.in_order(route.user, now) if route.user else []:
        mark = state.tokens.branch(incoming(transaction, binding), branch.flow, mark=branch.mark)
        if mark == response.via.branch:
            continue
        headers = [("Via", state.place.via(binding.flow.transport, mark))]
        headers += [("Route", value) for value in binding.path]
        headers += [("From", response.get("From") or ""), ("To", TAG.sub("", response.get("To") or ""))]
        headers += [("Call-ID", response.call_id), ("CSeq", f"{response.cseq[0]} CANCEL"), ("Max-Forwards", "70")]
        headers.append(("Reason", ELSEWHERE))
        actions += _cancel(state, Request(headers, b"", "CANCEL", binding.contact), binding.flow, now)
    return actions


def _phones(
    state: State, request: Request, back: Flow, worker: tuple[str, int], now: float
) -> list[tuple[Request, Flow]]:
    """The phones that a worker's INVITE to this Request-URI rings."""
    try:
        user = parse_uri(request.uri).name
    except FormError:
        return []
    phones = state.registrar.in_order(user, now) if user and not is_number_call(request) else []
    return [(to_phone(state, request, back, worker, each), each.flow) for each in phones]


def _trunks(
    state: State, request: Request, back: Flow, worker: tuple[str, int], now: float
) -> list[tuple[Request, Flow]]:
    """The trunks that may have been asked, each with every attempt that may have been its."""
    number = parse_uri(request.uri).name
    ways = [way.outbound for way in state.carriers.ways(number, request.call_id, now) if way.outbound is not None]
    if user_of(request, "From") not in {out.shown(number) for out in ways}:
        return []
    return [
        (to_trunk(state, request, back, worker, out, (number, attempt)), flow_of(out))
        for out in ways
        for attempt in range(len(ways))
    ]


def _cancel(state: State, request: Request, flow: Flow, now: float) -> list[Action]:
    return send_own(state, request.via.branch, Send(flow, request, flow.transport in DIALLED), now)


def _outside(response: Response, flow: Flow) -> str:
    """The caller at the address it called from."""
    try:
        user = parse_uri(parse_address(response.get("From") or "", "From").uri).user
    except FormError:
        user = ""
    transport = f";transport={URI_NAMES[flow.transport]}" if flow.transport in URI_NAMES else ""
    return f"sip:{user}{'@' if user else ''}{in_brackets(flow.host)}:{flow.port}{transport}"
