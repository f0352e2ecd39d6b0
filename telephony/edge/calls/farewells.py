"""Goodbyes in the name of workers: BYE to parties outside that the ledger knows and no worker speaks to. Pure.

Decides how it is said and to whom; that a worker is gone is known to calls.workers and setup.
"""

from telephony.edge.calls.dialogs import Dialog, bye
from telephony.edge.proxy.actions import Action, Send
from telephony.edge.proxy.state import State, way_out
from telephony.edge.sip.message import Request
from telephony.edge.transactions.own import send_own


def farewell(state: State, dialog: Dialog, now: float, ack: bool = False) -> list[Action]:
    """BYE to the party outside for a worker that is gone or not in this call, after ACK where its 2xx came too late."""
    actions: list[Action] = []
    branch = state.tokens.branch(f"bye|{dialog.call_id}|{dialog.inside_tag}|{dialog.outside_tag}", dialog.route.flow)
    request = bye(dialog, "")
    if state.workers.lives(dialog.route.worker, now):
        request.remove("Reason")
    flow, connect = way_out(state, dialog.route, request, now)
    request.set("Via", state.place.via(flow.transport, branch))
    if ack:
        number = dialog.cseq
        late = Request(list(request.headers), b"", "ACK", request.uri)
        late.set("Via", state.place.via(flow.transport, state.tokens.branch(f"ack|{branch}", dialog.route.flow)))
        late.set("CSeq", f"{number} ACK")
        late.remove("Reason")
        actions.append(Send(flow, late, connect))
    state.ledger.ended(dialog)
    return actions + send_own(state, branch, Send(flow, request, connect), now)


def strays(state: State, now: float) -> list[Action]:
    """Dialogs left by an edge before this one whose worker no nursery knows."""
    left = [dialog for dialog in state.ledger.dialogs() if not state.workers.lives(dialog.route.worker, now)]
    return [action for dialog in left for action in farewell(state, dialog, now)]
