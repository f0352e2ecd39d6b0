"""Responses of either side: found by our own branch, noted in the tables, passed on to where the branch says. Pure.

Decides what goes no further: 100 Trying, answers of a worker that was given up, answers to requests of our own.
"""

from telephony.edge import refers
from telephony.edge.actions import Action, Send
from telephony.edge.calls import absorb, farewell, heard
from telephony.edge.dialogs import Dialog
from telephony.edge.flows import Flow
from telephony.edge.invites import Invite, Stage
from telephony.edge.message import Response
from telephony.edge.state import State, own_answered
from telephony.edge.tokens import Branch, Route, transaction
from telephony.edge.uri import FormError, parse_address, parse_uri


def received(state: State, response: Response, source: Flow, now: float) -> list[Action]:
    """A response whose topmost Via is not one of ours is dropped (§16.7, §18.1.2)."""
    branch = state.tokens.read_branch(response.via.branch)
    if branch is None:
        return []
    passed = response.copy()
    at = next(at for at, header in enumerate(passed.headers) if header[0] == "Via")
    del passed.headers[at]
    if passed.get("Via") is None:
        own_answered(state, response, response.via.branch)
        return []
    invite = state.invites.get(transaction(passed)) if response.cseq[1] == "INVITE" else None
    if invite is not None:
        return _to_invite(state, invite, (response, passed), branch, source, now)
    if source.transport == "inside":
        refers.answered(passed)
    if response.status >= 200:
        state.ledger.answered(response, source.transport == "inside")
    return [Send(branch.flow, passed)]


def _to_invite(
    state: State, invite: Invite, answers: tuple[Response, Response], branch: Branch, source: Flow, now: float
) -> list[Action]:
    """`answers` is the response as it came and as it would go on."""
    response, passed = answers
    if branch.attempt != invite.attempt or invite.stage in (Stage.HELD, Stage.REFUSED):
        return absorb(invite, response, source)
    heard(state, invite, response, now)
    if invite.from_inside:
        ours = _repair(state, invite, passed)
    else:
        ours = 0
        if response.status == 100:
            return []
    dialog = _confirm(state, invite, passed, ours) if 200 <= response.status < 300 else None
    if invite.orphaned:
        return farewell(state, dialog, now, ack=True) if dialog is not None else absorb(invite, response, source)
    return [Send(branch.flow, passed)]


def _confirm(state: State, invite: Invite, response: Response, ours: int) -> Dialog:
    flow = invite.source if not invite.from_inside else invite.to
    assert flow is not None
    route = Route(invite.worker, invite.sip_port, flow, invite.user)
    return state.ledger.confirmed(invite.request, response, route, not invite.from_inside, ours)


def _repair(state: State, invite: Invite, response: Response) -> int:
    """Put our Record-Route back where a phone left it out, or the worker would go round us; the number of ours."""
    if response.status == 100 or response.status >= 300 or invite.sent is None:
        return 0
    for value in response.all("Record-Route"):
        try:
            user = parse_uri(parse_address(value, "Record-Route").uri).user
        except FormError:
            continue
        if user and state.tokens.read_route(user, response.call_id) is not None:
            return 2
    response.headers += [("Record-Route", value) for value in invite.sent.all("Record-Route")[:2]]
    return 2
