"""What a 2xx, or the answer before it, leaves at the edge on its way: our Record-Route in it, its dialog kept. Pure."""

from telephony.edge.calls.dialogs import Dialog
from telephony.edge.proxy.routes import recorded
from telephony.edge.proxy.state import State
from telephony.edge.proxy.tokens import Route
from telephony.edge.sip.flows import Flow
from telephony.edge.sip.message import Request, Response
from telephony.edge.transactions.invites import Invite, Stage


def repair(state: State, sent: Request | None, response: Response) -> int:
    """Put our Record-Route back where a phone left it out, or the worker would go round us; the number of ours."""
    if response.status == 100 or response.status >= 300 or sent is None:
        return 0
    if any(recorded(state, value, response.call_id) for value in response.all("Record-Route")):
        return 2
    response.headers += [("Record-Route", value) for value in sent.all("Record-Route")[:2]]
    return 2


def confirm(state: State, invite: Invite, response: Response, ours: int, to: Flow | None) -> Dialog:
    """The dialog of a 2xx to `invite`, in the ledger from now on. `to` is where a worker's INVITE went."""
    flow = to if invite.from_inside else invite.source
    assert flow is not None
    route = Route(invite.worker, invite.sip_port, flow, invite.user)
    return state.ledger.confirmed(invite.request, response, route, not invite.from_inside, ours)


def is_too_many(state: State, invite: Invite, response: Response) -> bool:
    """Whether `response` is a 2xx to the INVITE of a worker, and not the one the worker has its call by.

    After a refusal it has none; after a 2xx it gets that again, and none with another tag, of which a proxy beyond us
    may pass several (§16.7).
    """
    if not invite.from_inside or not 200 <= response.status < 300:
        return False
    return invite.stage is Stage.REFUSED or (invite.stage is Stage.FINAL and state.ledger.find(response) is None)
